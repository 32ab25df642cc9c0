// SPDX-License-Identifier: GPL-2.0-only
/*
 * kmsg.c - what the kernel logged about a module while we loaded it.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kmsg.h"

/* A failing driver can log a lot: the last lines tell. */
#define LINES	    8
#define LINE_SIZE   256
#define RECORD_SIZE 8192

int kmsg_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && lseek(fd, 0, SEEK_END) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static int is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Is @word in @text as a word of its own, - and _ being the same? */
static int mentions(const char *text, const char *word)
{
	const char *p;
	size_t i;

	for (p = text; *p; p++) {
		if (p > text && is_word(p[-1]))
			continue;
		for (i = 0; word[i]; i++)
			if (p[i] != word[i] && !(p[i] == '-' && word[i] == '_'))
				break;
		if (!word[i] && i && !is_word(p[i]))
			return 1;
	}
	return 0;
}

int kmsg_line(const char *record, const char *name, char *line, size_t size)
{
	const char *text = strchr(record, ';');

	if (!text)
		return 0;
	text++;
	snprintf(line, size, "%.*s", (int)strcspn(text, "\n"), text);
	return mentions(line, name) || mentions(line, "suture");
}

void kmsg_close(struct out *out, int fd, const char *name)
{
	char lines[LINES][LINE_SIZE];
	char record[RECORD_SIZE];
	size_t n = 0, i;
	ssize_t got;

	if (fd < 0)
		return;
	for (;;) {
		got = read(fd, record, sizeof(record) - 1);
		/* EPIPE: the ring has run over what we had not read yet. */
		if (got < 0 && (errno == EPIPE || errno == EINTR))
			continue;
		if (got <= 0)
			break;
		record[got] = '\0';
		if (kmsg_line(record, name, lines[n % LINES], LINE_SIZE))
			n++;
	}
	close(fd);

	for (i = n > LINES ? n - LINES : 0; i < n; i++)
		out_note(out, lines[i % LINES]);
}
