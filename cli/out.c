// SPDX-License-Identifier: GPL-2.0-only
/*
 * out.c - the one place that decides whether people or programs are answered.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "text.h"

void out_start(struct out *out, bool json)
{
	memset(out, 0, sizeof(*out));
	out->json = json;
	out->to = stdout;
	out->err = stderr;
}

int out_finish(struct out *out, int status)
{
	json_decref(out->warnings);
	json_decref(out->notes);
	out->warnings = NULL;
	out->notes = NULL;

	/* A full disk or a closed pipe must not pass as success. */
	if (fflush(out->to) || ferror(out->to)) {
		fprintf(out->err, "suture: standard output: cannot be written: %s\n",
			strerror(errno));
		return EXIT_FAILURE;
	}
	return status;
}

json_t *out_string(const char *s)
{
	char *valid = text_valid(s ? s : "");
	json_t *value = valid ? json_string_nocheck(valid) : NULL;

	free(valid);
	return value;
}

json_t *out_number(uint64_t n)
{
	/* jansson's integers are signed. No counter gets there, no parser may choke. */
	return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

void out_set(json_t *object, const char *key, const char *s)
{
	json_object_set_new(object, key, out_string(s));
}

void out_set_number(json_t *object, const char *key, uint64_t n)
{
	json_object_set_new(object, key, out_number(n));
}

void out_text(struct out *out, const char *fmt, ...)
{
	va_list args;

	if (out->json)
		return;
	va_start(args, fmt);
	vfprintf(out->to, fmt, args);
	va_end(args);
}

static int dump(struct out *out, json_t *object)
{
	json_t *answer = json_object();
	int status = EXIT_SUCCESS;

	json_object_set_new(answer, "schema", json_integer(OUT_SCHEMA));
	if (object)
		json_object_update(answer, object);
	json_decref(object);

	if (out->warnings)
		json_object_set_new(answer, "warnings", out->warnings);
	if (out->notes)
		json_object_set_new(answer, "notes", out->notes);
	out->warnings = NULL;
	out->notes = NULL;

	if (json_dumpf(answer, out->to, out->lines ? JSON_COMPACT : JSON_INDENT(2)))
		status = EXIT_FAILURE;
	fputc('\n', out->to);
	/* Who follows a stream wants each line when it happens. */
	if (out->lines)
		fflush(out->to);
	json_decref(answer);
	return status;
}

int out_json(struct out *out, json_t *object)
{
	if (!out->json) {
		json_decref(object);
		return EXIT_SUCCESS;
	}
	return dump(out, object);
}

/* The words, as they are. NULL without memory. */
static char *message(const char *fmt, va_list args)
{
	char *words;

	return vasprintf(&words, fmt, args) < 0 ? NULL : words;
}

/* For a terminal. */
static void say(struct out *out, const char *prefix, const char *words)
{
	char *clean = words ? text_clean(words) : NULL;

	/* So that the two streams read in order when they meet in one file. */
	fflush(out->to);
	fprintf(out->err, "suture: %s%s\n", prefix, clean ? clean : "out of memory");
	free(clean);
}

void out_warn(struct out *out, const char *fmt, ...)
{
	va_list args;
	char *words;

	va_start(args, fmt);
	words = message(fmt, args);
	va_end(args);

	if (out->json) {
		if (!out->warnings)
			out->warnings = json_array();
		json_array_append_new(out->warnings, out_string(words));
	} else {
		say(out, "warning: ", words);
	}
	free(words);
}

void out_note(struct out *out, const char *line)
{
	if (!out->json) {
		say(out, "kernel: ", line);
		return;
	}
	if (!out->notes)
		out->notes = json_array();
	json_array_append_new(out->notes, out_string(line));
}

static int fail(struct out *out, int status, const char *fmt, va_list args)
{
	char *words = message(fmt, args);

	if (out->json) {
		json_t *object = json_object();

		out_set(object, "error", words ? words : "out of memory");
		dump(out, object);
	} else {
		say(out, "", words);
	}
	free(words);
	return status;
}

int out_fail(struct out *out, const char *fmt, ...)
{
	va_list args;
	int status;

	va_start(args, fmt);
	status = fail(out, EXIT_FAILURE, fmt, args);
	va_end(args);
	return status;
}

int out_usage(struct out *out, const char *fmt, ...)
{
	va_list args;
	int status;

	va_start(args, fmt);
	status = fail(out, EXIT_USAGE, fmt, args);
	va_end(args);
	return status;
}
