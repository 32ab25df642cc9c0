// SPDX-License-Identifier: GPL-2.0-only
/*
 * fileio.c - writes records into files, each one followed by fsync(), and reads others back
 * from the disk itself, until it is told to stop.
 *
 *   fileio work DIR GO LOG	as long as the file GO is there; LOG says what is on the disk for certain
 *   fileio verify DIR LOG	is it?
 *
 * A record is 64 KiB: its number, and what follows from that. The files are used in turn. Work
 * that sees a single error, or a wrong byte, ends with status 1 and says so; GO.count holds the number of
 * records that are on the disk.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIZE  65536
#define FILES 64

static uint64_t wanted[SIZE / 8], *have;

static int fail(const char *what, const char *path, uint64_t number)
{
	fprintf(stderr, "fileio: %s %s, record %llu: %s\n", what, path, (unsigned long long)number,
		errno ? strerror(errno) : "wrong data");
	return 1;
}

static void fill(uint64_t number)
{
	uint64_t x = number * 0x9e3779b97f4a7c15ULL + 1;

	for (unsigned int i = 0; i < SIZE / 8; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		wanted[i] = x;
	}
	wanted[0] = number;
}

static const char *name(const char *dir, uint64_t number)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/record%u", dir, (unsigned int)(number % FILES));
	return path;
}

static int put(const char *dir, uint64_t number)
{
	const char *path = name(dir, number);
	int fd = open(path, O_WRONLY | O_CREAT, 0644);

	errno = fd < 0 ? errno : 0;
	if (fd < 0)
		return fail("open", path, number);
	fill(number);
	if (write(fd, wanted, SIZE) != SIZE)
		return fail("write", path, number);
	if (fsync(fd))
		return fail("fsync", path, number);
	if (close(fd))
		return fail("close", path, number);
	return 0;
}

/* Past the page cache; @or_next: the record that took its place may be there as well. */
static int get(const char *dir, uint64_t number, int or_next)
{
	const char *path = name(dir, number);
	int fd = open(path, O_RDONLY | O_DIRECT);
	ssize_t n;

	if (fd < 0)
		return fail("open", path, number);
	errno = 0;
	n = read(fd, have, SIZE);
	if (n != SIZE)
		return fail("read", path, number);
	close(fd);
	fill(number);
	if (!memcmp(have, wanted, SIZE))
		return 0;
	/* What was written when the work ended, and not acknowledged, may be there in part. */
	errno = 0;
	return or_next ? 0 : fail("compare", path, number);
}

/* A file in RAM with one number. */
static void note(const char *path, uint64_t number)
{
	char text[32];
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	int n = snprintf(text, sizeof(text), "%llu\n", (unsigned long long)number);

	if (fd < 0 || pwrite(fd, text, n, 0) != n)
		exit(fail("note", path, number));
	close(fd);
}

static int work(const char *dir, const char *go, const char *log)
{
	uint64_t number = 0;
	char count[256];

	snprintf(count, sizeof(count), "%s.count", go);
	do {
		number++;
		if (put(dir, number))
			return 1;
		note(count, number);
		note(log, number);
		if (get(dir, number > FILES / 2 ? number - FILES / 2 : 1, 0))
			return 1;
	} while (!access(go, F_OK));
	printf("%llu records\n", (unsigned long long)number);
	return 0;
}

static int verify(const char *dir, const char *log)
{
	unsigned long long last;
	uint64_t number;
	FILE *f = fopen(log, "r");

	if (!f || fscanf(f, "%llu", &last) != 1)
		return fail("open", log, 0);
	fclose(f);
	for (number = last > FILES ? last - FILES + 1 : 1; number <= last; number++)
		if (get(dir, number, last >= FILES && number == last - FILES + 1))
			return 1;
	printf("%llu records, the last %u are there\n", last,
	       last < FILES ? (unsigned int)last : FILES);
	return 0;
}

int main(int argc, char **argv)
{
	if (posix_memalign((void **)&have, 4096, SIZE))
		return 1;
	if (argc == 5 && !strcmp(argv[1], "work"))
		return work(argv[2], argv[3], argv[4]);
	if (argc == 4 && !strcmp(argv[1], "verify"))
		return verify(argv[2], argv[3]);
	fprintf(stderr, "usage: fileio work DIR GO LOG | verify DIR LOG\n");
	return 2;
}
