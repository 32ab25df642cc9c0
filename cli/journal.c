// SPDX-License-Identifier: GPL-2.0-only
/*
 * journal.c - events in the systemd journal, with fields of their own.
 *
 * The journal has the kernel's log line already, as text. This is the event itself: a
 * program finds a driver's or a rule's events by field, without taking a line apart.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "event.h"
#include "journal.h"
#include "uapi/linux/suture.h"

#define SOCKET "/run/systemd/journal/socket"

/* Strings of an event, and what the journal calls them. */
static const struct {
	int attr;
	const char *field;
} strings[] = {
	{ SUTURE_A_DOMAIN, "SUTURE_DRIVER" },	  { SUTURE_A_RULE, "SUTURE_RULE" },
	{ SUTURE_A_ACTION, "SUTURE_ACTION" },	  { SUTURE_A_TEXT, "SUTURE_TEXT" },
	{ SUTURE_A_SITE, "SUTURE_SITE" },	  { SUTURE_A_ENTRY, "SUTURE_ENTRY" },
	{ SUTURE_A_CONTEXT, "SUTURE_CONTEXT" },	  { SUTURE_A_REPAIR, "SUTURE_REPAIR" },
	{ SUTURE_A_GIVES_UP, "SUTURE_GIVES_UP" }, { SUTURE_A_COMM, "SUTURE_COMM" },
};

static const struct {
	int attr;
	const char *field;
} numbers[] = {
	{ SUTURE_A_SEQ, "SUTURE_SEQ" },
	{ SUTURE_A_TIME, "SUTURE_TIME_NSEC" },
	{ SUTURE_A_CPU, "SUTURE_CPU" },
	{ SUTURE_A_PID, "SUTURE_PID" },
};

#define STRINGS (sizeof(strings) / sizeof(strings[0]))
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))
#define FIXED	4

struct fields {
	struct iovec list[STRINGS + NUMBERS + FIXED];
	int count;
	bool failed;
};

static void add(struct fields *fields, const char *name, const char *value)
{
	struct iovec *field = &fields->list[fields->count];
	char *text;

	if (asprintf(&text, "%s=%s", name, value) < 0) {
		fields->failed = true;
		return;
	}
	field->iov_base = text;
	field->iov_len = strlen(text);
	fields->count++;
}

/* As syslog's: what was put right is a warning, what could not be is an error. */
static const char *priority(const struct record *event)
{
	const char *action = record_text(event, SUTURE_A_ACTION);

	if (strcmp(action, "observe") == 0 || strcmp(action, "repair") == 0)
		return "4";
	return "3";
}

int journal_send(struct out *out, const struct record *event)
{
	struct fields fields = { .count = 0 };
	char *line = event_words(event), number[24];
	int ret, i;
	size_t n;

	add(&fields, "MESSAGE", line ? line : "");
	add(&fields, "MESSAGE_ID", JOURNAL_MESSAGE_ID);
	add(&fields, "PRIORITY", priority(event));
	add(&fields, "SYSLOG_IDENTIFIER", "suture");
	for (n = 0; n < STRINGS; n++) {
		const char *raw = record_raw(event, strings[n].attr);

		if (raw && *raw)
			add(&fields, strings[n].field, raw);
	}
	for (n = 0; n < NUMBERS; n++) {
		if (!record_has(event, numbers[n].attr))
			continue;
		snprintf(number, sizeof(number), "%" PRIu64, record_number(event, numbers[n].attr));
		add(&fields, numbers[n].field, number);
	}
	/* Without a journal the library throws the event away, and says that all is well. */
	if (fields.failed)
		ret = -ENOMEM;
	else if (access(SOCKET, W_OK))
		ret = -errno;
	else
		ret = sd_journal_sendv(fields.list, fields.count);
	for (i = 0; i < fields.count; i++)
		free(fields.list[i].iov_base);
	free(line);
	if (ret < 0)
		return out_fail(out,
				"the journal: cannot be written: %s; does systemd-journald run?",
				strerror(-ret));
	return EXIT_SUCCESS;
}
