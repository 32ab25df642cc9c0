/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * out.h - the one place that decides whether people or programs are answered.
 *
 * Text goes to standard output, complaints to standard error as "suture: …".
 * With -j everything goes to standard output: one object with "schema": 1,
 * with "error" in it if the command failed, with "warnings" if there were any.
 * Only `events -f` prints more than one object, one per line.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#define OUT_SCHEMA 1

#define EXIT_USAGE 2

struct out {
	bool json;
	bool lines; /* JSON: one object a line, also that of a failure */
	FILE *to;
	FILE *err;
	json_t *warnings;
	json_t *notes;
};

void out_start(struct out *out, bool json);

/* Flushes; turns @status into a failure if what was said could not be written. */
int out_finish(struct out *out, int status);

/* Text for people; says nothing with -j. */
void out_text(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The answer for programs, taken over and freed; says nothing without -j. */
int out_json(struct out *out, json_t *object);

/* What does not stop the command but should be known. */
void out_warn(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A line of the kernel log that explains the failure reported next. */
void out_note(struct out *out, const char *line);

/* "OBJECT: what is wrong; next step". Returns the exit code of a failure. */
int out_fail(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The same for a command line that makes no sense. Returns EXIT_USAGE. */
int out_usage(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* JSON values out of strings that need not be UTF-8 and of full 64-bit numbers. */
json_t *out_string(const char *s);
json_t *out_number(uint64_t n);

/* json_object_set_new() of the two. */
void out_set(json_t *object, const char *key, const char *s);
void out_set_number(json_t *object, const char *key, uint64_t n);

#endif /* CLI_OUT_H */
