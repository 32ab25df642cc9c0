/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * text.h - strings made safe to show, and numbers made easy to read.
 *
 * Names, comms and log lines come from the kernel and from files that nobody
 * has checked. On a terminal a control character in them could move the
 * cursor or fake a line; in JSON an invalid byte would make the output unreadable.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the valid UTF-8 sequence at @s, or 0 if there is none. */
size_t text_utf8(const char *s);

/*
 * A copy of @s for a terminal: control characters (also newline and C1) and
 * invalid UTF-8 are written as \xNN. Freed by the caller; NULL without memory.
 */
char *text_clean(const char *s);

/* A copy of @s in valid UTF-8; invalid bytes become U+FFFD. Freed by the caller. */
char *text_valid(const char *s);

/* "2026-02-01 14:03:07.123456", local time, from nanoseconds since the epoch. */
void text_time(char *buf, size_t size, uint64_t ns);

/* "2026-02-01T13:03:07.123456Z", from nanoseconds since the epoch. */
void text_utc(char *buf, size_t size, uint64_t ns);

/* "0 B", "1000 B", "12.3 KiB", "4.0 MiB". */
void text_bytes(char *buf, size_t size, uint64_t bytes);

/* "850 ns", "12.3 us", "640 ms", "2.10 s". */
void text_duration(char *buf, size_t size, uint64_t ns);

/* "1 entry", "58 entries": @n and the word for it, in a buffer of the caller. */
const char *text_count(char *buf, size_t size, uint64_t n, const char *one, const char *many);

#endif /* CLI_TEXT_H */
