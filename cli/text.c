// SPDX-License-Identifier: GPL-2.0-only
/*
 * text.c - strings made safe to show, and numbers made easy to read.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text.h"

size_t text_utf8(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t code, least;
	size_t len, i;

	if (p[0] == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if ((p[0] & 0xe0) == 0xc0) {
		len = 2;
		code = p[0] & 0x1f;
		least = 0x80;
	} else if ((p[0] & 0xf0) == 0xe0) {
		len = 3;
		code = p[0] & 0x0f;
		least = 0x800;
	} else if ((p[0] & 0xf8) == 0xf0) {
		len = 4;
		code = p[0] & 0x07;
		least = 0x10000;
	} else {
		return 0;
	}

	/* The NUL that ends a string is no continuation byte: never read past it. */
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}

	if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return len;
}

/* U+0080..U+009F: terminals take these as control characters as well. */
static int is_c1(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	return p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f;
}

static int is_plain(const char *s, size_t len)
{
	unsigned char c = (unsigned char)s[0];

	if (len == 0)
		return 0;
	if (len == 1)
		return c >= 0x20 && c != 0x7f;
	return !is_c1(s);
}

char *text_clean(const char *s)
{
	char *copy, *to;
	size_t len, i;

	copy = malloc(strlen(s) * 4 + 1);
	if (!copy)
		return NULL;

	for (to = copy; *s; s += len) {
		len = text_utf8(s);
		if (is_plain(s, len)) {
			memcpy(to, s, len);
			to += len;
			continue;
		}
		if (len == 0)
			len = 1;
		for (i = 0; i < len; i++, to += 4)
			snprintf(to, 5, "\\x%02x", (unsigned char)s[i]);
	}
	*to = '\0';
	return copy;
}

char *text_valid(const char *s)
{
	static const char replacement[] = "\xef\xbf\xbd";
	char *copy, *to;
	size_t len;

	copy = malloc(strlen(s) * 3 + 1);
	if (!copy)
		return NULL;

	for (to = copy; *s; s += len) {
		len = text_utf8(s);
		if (len) {
			memcpy(to, s, len);
			to += len;
		} else {
			memcpy(to, replacement, 3);
			to += 3;
			len = 1;
		}
	}
	*to = '\0';
	return copy;
}

void text_time(char *buf, size_t size, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	unsigned int us = (unsigned int)(ns % 1000000000 / 1000);
	struct tm tm;
	char day[64];

	if (!localtime_r(&seconds, &tm) || !strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm)) {
		snprintf(buf, size, "%" PRIu64 " ns", ns);
		return;
	}
	snprintf(buf, size, "%s.%06u", day, us);
}

void text_utc(char *buf, size_t size, uint64_t ns)
{
	time_t seconds = (time_t)(ns / 1000000000);
	unsigned int us = (unsigned int)(ns % 1000000000 / 1000);
	struct tm tm;
	char day[64];

	/* 64 bits of nanoseconds end in 2554: no date of theirs is too long. */
	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, size, "%s.%06uZ", day, us);
}

void text_bytes(char *buf, size_t size, uint64_t bytes)
{
	static const char *const unit[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	unsigned int i = 0;

	if (bytes < 1024) {
		snprintf(buf, size, "%" PRIu64 " B", bytes);
		return;
	}
	while (value >= 1023.95 && i < 3) {
		value /= 1024;
		i++;
	}
	snprintf(buf, size, "%.1f %s", value, unit[i]);
}

void text_duration(char *buf, size_t size, uint64_t ns)
{
	if (ns < 1000)
		snprintf(buf, size, "%" PRIu64 " ns", ns);
	else if (ns < 1000000)
		snprintf(buf, size, "%.1f us", (double)ns / 1e3);
	else if (ns < 1000000000)
		snprintf(buf, size, "%" PRIu64 " ms", ns / 1000000);
	else
		snprintf(buf, size, "%.2f s", (double)ns / 1e9);
}

const char *text_count(char *buf, size_t size, uint64_t n, const char *one, const char *many)
{
	snprintf(buf, size, "%" PRIu64 " %s", n, n == 1 ? one : many);
	return buf;
}
