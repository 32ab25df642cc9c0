// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream.c - the guest's end of a TCP connection to peer, with everything checked.
 *
 *   stream bulk HOST PORT BYTES	that many bytes in each direction at once
 *   stream lines HOST PORT FILE	numbered lines and their answers, as long as FILE exists;
 *					how many there are stands in FILE.count
 *
 * The exit status is 0 only if not a byte was lost or wrong.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 60000
#define TEXT	    600
#define WINDOW	    32

static uint32_t crc_table[256];

static void crc_init(void)
{
	uint32_t i, bit, c;

	for (i = 0; i < 256; i++) {
		c = i;
		for (bit = 0; bit < 8; bit++)
			c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
		crc_table[i] = c;
	}
}

static uint32_t crc32(uint32_t crc, const void *data, size_t n)
{
	const uint8_t *p = data;

	crc = ~crc;
	while (n--)
		crc = crc >> 8 ^ crc_table[(crc ^ *p++) & 0xff];
	return ~crc;
}

static void die(const char *what)
{
	fprintf(stderr, "stream: %s: %s\n", what,
		errno ? strerror(errno) : "the other end is wrong");
	exit(1);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int dial(const char *host, const char *port)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_port = htons((uint16_t)atoi(port));
	if (fd < 0 || inet_pton(AF_INET, host, &to.sin_addr) != 1)
		die(host);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)))
		die("connect");
	return fd;
}

/* Waits until there is something to read, or room to write if @write. */
static short ready(int fd, bool write)
{
	struct pollfd p = { .fd = fd, .events = (short)(POLLIN | (write ? POLLOUT : 0)) };
	int n = poll(&p, 1, PATIENCE_MS);

	errno = n ? errno : ETIMEDOUT;
	if (n <= 0)
		die("poll");
	return p.revents;
}

static int bulk(int fd, size_t size)
{
	uint32_t sent = 0, got = 0, they_got, they_sent;
	size_t out = 0, in = 0, i, tail = 0;
	static uint8_t buf[65536], data[65536];
	char answer[64] = "";
	ssize_t n;

	for (i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 2654435761u >> 13);
	if (dprintf(fd, "bulk %zu\n", size) < 0)
		die("write");
	for (;;) {
		short what = ready(fd, out < size);

		if (what & POLLOUT) {
			size_t part = size - out < sizeof(data) ? size - out : sizeof(data);

			n = send(fd, data, part, MSG_DONTWAIT | MSG_NOSIGNAL);
			if (n < 0 && errno != EAGAIN)
				die("send");
			if (n > 0) {
				sent = crc32(sent, data, (size_t)n);
				out += (size_t)n;
			}
		}
		if (!(what & (POLLIN | POLLHUP | POLLERR)))
			continue;
		n = recv(fd, buf, sizeof(buf), 0);
		if (n <= 0)
			die("recv");
		i = size - in < (size_t)n ? size - in : (size_t)n;
		got = crc32(got, buf, i);
		in += i;
		for (; i < (size_t)n && tail < sizeof(answer) - 1; i++)
			answer[tail++] = (char)buf[i];
		if (tail > 1 && answer[tail - 1] == '\n')
			break;
	}
	errno = 0;
	if (sscanf(answer, "%x %x", &they_got, &they_sent) != 2 || out != size)
		die(answer);
	printf("bulk: %zu bytes each way, checksums out %08x %08x, in %08x %08x\n", size, sent,
	       they_got, they_sent, got);
	return sent == they_got && got == they_sent ? 0 : 1;
}

static void put_line(int fd, unsigned long seq)
{
	char text[TEXT + 1], line[TEXT + 64];
	int i, n;

	for (i = 0; i < TEXT; i++)
		text[i] = (char)('a' + (seq + (unsigned long)i * 7) % 26);
	text[TEXT] = '\0';
	n = snprintf(line, sizeof(line), "%lu %08x %s\n", seq, crc32(0, text, TEXT), text);
	for (i = 0; i < n;) {
		ssize_t done = send(fd, line + i, (size_t)(n - i), MSG_NOSIGNAL);

		if (done < 0)
			die("send");
		i += (int)done;
	}
}

/* One answer: is it the one that is due, and right? */
static void check_line(char *line, unsigned long due)
{
	char *text;
	unsigned long seq, crc;

	errno = 0;
	seq = strtoul(line, &text, 10);
	if (*text != ' ')
		die(line);
	crc = strtoul(text + 1, &text, 16);
	if (*text != ' ' || seq != due || crc != crc32(0, text + 1, strlen(text + 1)))
		die(line);
}

static void put_count(const char *file, unsigned long count)
{
	char name[256];
	FILE *to;

	snprintf(name, sizeof(name), "%s.count", file);
	to = fopen(name, "w");
	if (!to)
		die(name);
	fprintf(to, "%lu\n", count);
	fclose(to);
}

static int lines(int fd, const char *file)
{
	unsigned long sent = 0, got = 0, total;
	int64_t last = now_ms(), longest = 0;
	static char buf[65536];
	bool ending = false;
	size_t have = 0;
	ssize_t n;
	char *end;

	if (dprintf(fd, "lines\n") < 0)
		die("write");
	for (;;) {
		if (!ending && access(file, F_OK)) {
			ending = true;
			if (dprintf(fd, "end\n") < 0)
				die("write");
		}
		while (!ending && sent - got < WINDOW)
			put_line(fd, sent++);
		ready(fd, false);
		n = recv(fd, buf + have, sizeof(buf) - have, 0);
		if (n <= 0)
			die("recv");
		have += (size_t)n;
		if (now_ms() - last > longest)
			longest = now_ms() - last;
		last = now_ms();
		while ((end = memchr(buf, '\n', have))) {
			*end = '\0';
			if (ending && sscanf(buf, "total %lu", &total) == 1) {
				printf("lines: %lu sent, %lu arrived, %lu answered, longest pause %lld ms\n",
				       sent, total, got, (long long)longest);
				return sent == total && sent == got && sent ? 0 : 1;
			}
			check_line(buf, got++);
			have -= (size_t)(end + 1 - buf);
			memmove(buf, end + 1, have);
		}
		put_count(file, got);
	}
}

int main(int argc, char **argv)
{
	crc_init();
	if (argc == 5 && !strcmp(argv[1], "bulk"))
		return bulk(dial(argv[2], argv[3]), strtoul(argv[4], NULL, 10));
	if (argc == 5 && !strcmp(argv[1], "lines"))
		return lines(dial(argv[2], argv[3]), argv[4]);
	fprintf(stderr, "usage: stream bulk HOST PORT BYTES | stream lines HOST PORT FILE\n");
	return 2;
}
