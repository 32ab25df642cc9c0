// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - an event as a line for people.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "event.h"
#include "text.h"
#include "uapi/linux/suture.h"

static void part(FILE *to, const char *before, const struct record *event, int attr)
{
	const char *text = record_text(event, attr);

	if (*text)
		fprintf(to, "%s%s", before, text);
}

/* Opens the parenthesis before the first part of it, separates the others. */
static const char *next(bool *begun)
{
	const char *before = *begun ? ", " : " (";

	*begun = true;
	return before;
}

static void where(FILE *to, const struct record *event)
{
	const char *site = record_text(event, SUTURE_A_SITE);
	const char *entry = record_text(event, SUTURE_A_ENTRY);
	const char *role = record_text(event, SUTURE_A_ROLE);
	const char *context = record_text(event, SUTURE_A_CONTEXT);
	bool begun = false;

	if (*site)
		fprintf(to, "%sat %s", next(&begun), site);
	if (*entry)
		fprintf(to, "%sin %s", next(&begun), entry);
	if (*entry && *role)
		fprintf(to, " [%s]", role);
	if (*context)
		fprintf(to, "%s%s", next(&begun), context);
	if (record_has(event, SUTURE_A_CPU))
		fprintf(to, "%scpu %" PRIu64, next(&begun), record_number(event, SUTURE_A_CPU));
	if (record_has(event, SUTURE_A_PID))
		fprintf(to, "%s%s[%" PRIu64 "]", next(&begun), record_text(event, SUTURE_A_COMM),
			record_number(event, SUTURE_A_PID));
	if (begun)
		fputc(')', to);
}

/* @before stands in front of the first part that there is. */
static void words(FILE *to, const char *before, const struct record *event)
{
	static const int names[] = { SUTURE_A_DOMAIN, SUTURE_A_RULE, SUTURE_A_ACTION };
	char duration[32];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		part(to, before, event, names[i]);
		if (*record_text(event, names[i]))
			before = " ";
	}
	part(to, ": ", event, SUTURE_A_TEXT);
	where(to, event);
	part(to, "; repair: ", event, SUTURE_A_REPAIR);
	part(to, "; gives up: ", event, SUTURE_A_GIVES_UP);
	if (record_number(event, SUTURE_A_DURATION)) {
		text_duration(duration, sizeof(duration), record_number(event, SUTURE_A_DURATION));
		fprintf(to, "; took %s", duration);
	}
}

static char *line_of(const struct record *event, bool numbered)
{
	char *line = NULL;
	char time[48];
	size_t size;
	FILE *to;

	to = open_memstream(&line, &size);
	if (!to)
		return NULL;

	if (numbered) {
		text_time(time, sizeof(time), record_number(event, SUTURE_A_TIME));
		fprintf(to, "%" PRIu64 " %s", record_number(event, SUTURE_A_SEQ), time);
	}
	words(to, numbered ? " " : "", event);
	if (fclose(to)) {
		free(line);
		return NULL;
	}
	return line;
}

char *event_line(const struct record *event)
{
	return line_of(event, true);
}

char *event_words(const struct record *event)
{
	return line_of(event, false);
}
