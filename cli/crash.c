// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash.c - the record of a crash, put together from its messages.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crash.h"
#include "text.h"
#include "uapi/linux/suture.h"

/* Width of the keys of the head. */
#define KEY "  %-10s "

static bool is_head(const struct record *record)
{
	return !record_has(record, SUTURE_A_PART);
}

bool crash_next(const struct records *records, size_t *at, struct crash *crash)
{
	uint64_t seq;

	while (*at < records->count && !is_head(records->list[*at]))
		++*at;
	if (*at == records->count)
		return false;
	crash->head = records->list[(*at)++];
	crash->part = &records->list[*at];
	crash->parts = 0;
	seq = record_number(crash->head, SUTURE_A_SEQ);
	while (*at < records->count && !is_head(records->list[*at]) &&
	       record_number(records->list[*at], SUTURE_A_SEQ) == seq) {
		crash->parts++;
		++*at;
	}
	return true;
}

static bool is_a(const struct record *part, const char *what)
{
	return strcmp(record_text(part, SUTURE_A_PART), what) == 0;
}

/* ------------------------------------------------------------------ text */

static void line(struct out *out, const char *key, const struct record *head, int attr)
{
	const char *text = record_text(head, attr);

	if (*text)
		out_text(out, KEY "%s\n", key, text);
}

static void print_where(struct out *out, const struct record *head)
{
	const char *role = record_text(head, SUTURE_A_ROLE);
	const char *entry = record_text(head, SUTURE_A_ENTRY);

	line(out, "site", head, SUTURE_A_SITE);
	if (*entry)
		out_text(out, KEY "%s%s%s%s\n", "entry", entry, *role ? " (" : "", role,
			 *role ? ")" : "");
	out_text(out, KEY "%s, cpu %" PRIu64 ", %s[%" PRIu64 "]\n", "context",
		 record_text(head, SUTURE_A_CONTEXT), record_number(head, SUTURE_A_CPU),
		 record_text(head, SUTURE_A_COMM), record_number(head, SUTURE_A_PID));
}

static void print_head(struct out *out, const struct record *head)
{
	char time[48];

	text_time(time, sizeof(time), record_number(head, SUTURE_A_TIME));
	out_text(out, "crash %" PRIu64 ": %s, %s, %s\n", record_number(head, SUTURE_A_SEQ),
		 record_text(head, SUTURE_A_DOMAIN), record_text(head, SUTURE_A_RULE), time);
	line(out, "what", head, SUTURE_A_TEXT);
	if (record_has(head, SUTURE_A_OUTCOME))
		line(out, "outcome", head, SUTURE_A_OUTCOME);
	else
		out_text(out, KEY "%s\n", "outcome", "not known yet");
	print_where(out, head);
	line(out, "device", head, SUTURE_A_DEVICE);
	line(out, "version", head, SUTURE_A_MODVERSION);
	line(out, "srcversion", head, SUTURE_A_SRCVERSION);
	line(out, "build id", head, SUTURE_A_BUILD_ID);
	line(out, "kernel", head, SUTURE_A_KERNEL);
	if (record_has(head, SUTURE_A_ADDRESS))
		out_text(out, KEY "0x%" PRIx64 "\n", "address",
			 record_number(head, SUTURE_A_ADDRESS));
	line(out, "code", head, SUTURE_A_CODE);
}

static void print_step(struct out *out, const struct record *part)
{
	const char *device = record_text(part, SUTURE_A_DEVICE);
	char began[32], took[32];

	text_duration(began, sizeof(began), record_number(part, SUTURE_A_BEGAN));
	text_duration(took, sizeof(took), record_number(part, SUTURE_A_DURATION));
	out_text(out, "    %-12s after %s, took %s: %s%s%s\n", record_text(part, SUTURE_A_NAME),
		 began, took, device, *device ? ": " : "", record_text(part, SUTURE_A_TEXT));
}

/* An address only where there is no name. */
static void print_place(struct out *out, const struct record *part)
{
	const char *site = record_text(part, SUTURE_A_SITE);

	if (*site)
		out_text(out, "%s", site);
	else
		out_text(out, "0x%" PRIx64, record_number(part, SUTURE_A_ADDRESS));
}

static void print_frame(struct out *out, const struct record *part)
{
	out_text(out, "    %-7s %s", record_text(part, SUTURE_A_WHERE),
		 record_number(part, SUTURE_A_UNSURE) ? "? " : "");
	print_place(out, part);
	out_text(out, "\n");
}

static void print_lock(struct out *out, const struct record *part)
{
	const char *site = record_text(part, SUTURE_A_SITE);

	out_text(out, "    %s", record_text(part, SUTURE_A_NAME));
	if (record_has(part, SUTURE_A_ADDRESS))
		out_text(out, " at 0x%" PRIx64, record_number(part, SUTURE_A_ADDRESS));
	out_text(out, "%s%s\n", *site ? ", taken at " : "", site);
}

static void print_held(struct out *out, const struct record *part)
{
	if (record_has(part, SUTURE_A_COUNT))
		out_text(out, "    %s: %" PRIu64 "\n", record_text(part, SUTURE_A_NAME),
			 record_number(part, SUTURE_A_COUNT));
	else
		print_lock(out, part);
}

static void print_call(struct out *out, const struct record *part)
{
	char began[32];

	text_duration(began, sizeof(began), record_number(part, SUTURE_A_BEGAN));
	out_text(out, "    %s, %s before, at ", record_text(part, SUTURE_A_NAME), began);
	print_place(out, part);
	out_text(out, "\n");
}

static void print_object(struct out *out, const struct record *part)
{
	char bytes[32];

	out_text(out, "    %s: %" PRIu64, record_text(part, SUTURE_A_NAME),
		 record_number(part, SUTURE_A_COUNT));
	if (record_has(part, SUTURE_A_BYTES)) {
		text_bytes(bytes, sizeof(bytes), record_number(part, SUTURE_A_BYTES));
		out_text(out, ", %s", bytes);
	}
	out_text(out, "\n");
}

static void print_registers(struct out *out, const struct crash *crash)
{
	size_t i, n = 0;

	for (i = 0; i < crash->parts; i++) {
		if (!is_a(crash->part[i], "register"))
			continue;
		if (n % 3 == 0)
			out_text(out, n ? "\n    " : "  registers\n    ");
		out_text(out, "%s%-6s %016" PRIx64, n % 3 ? "  " : "",
			 record_text(crash->part[i], SUTURE_A_NAME),
			 record_number(crash->part[i], SUTURE_A_ADDRESS));
		n++;
	}
	if (n)
		out_text(out, "\n");
}

/* The lists of a record: what suture.ko calls their elements, and their names here. */
static const struct {
	const char *part;
	const char *title;
	const char *key;
	void (*print)(struct out *out, const struct record *part);
} lists[] = {
	{ "step", "steps", "steps", print_step },
	{ "frame", "stack", "stack", print_frame },
	{ "held", "held by the visit", "held", print_held },
	{ "call", "calls, the last one first", "calls", print_call },
	{ "object", "held by the driver", "objects", print_object },
};

#define LISTS (sizeof(lists) / sizeof(lists[0]))

void crash_text(struct out *out, const struct crash *crash)
{
	bool begun;
	size_t l, i;

	print_head(out, crash->head);
	for (l = 0; l < LISTS; l++) {
		begun = false;
		for (i = 0; i < crash->parts; i++) {
			if (!is_a(crash->part[i], lists[l].part))
				continue;
			if (!begun)
				out_text(out, "  %s\n", lists[l].title);
			begun = true;
			lists[l].print(out, crash->part[i]);
		}
	}
	print_registers(out, crash);
}

/* ------------------------------------------------------------------ JSON */

/* In hex: readers of JSON make floating point of large numbers. */
static void set_address(json_t *object, const char *key, const struct record *record)
{
	char hex[24];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, record_number(record, SUTURE_A_ADDRESS));
	out_set(object, key, hex);
}

/* record_json(), with the address in hex. */
static json_t *hex_json(const struct record *record)
{
	json_t *object = record_json(record);

	if (record_has(record, SUTURE_A_ADDRESS))
		set_address(object, "address", record);
	return object;
}

static json_t *part_json(const struct record *part)
{
	json_t *object = hex_json(part);

	/* Said by the list that it stands in. */
	json_object_del(object, "part");
	json_object_del(object, "seq");
	if (record_has(part, SUTURE_A_WHERE)) {
		json_object_set_new(object, "inner",
				    json_boolean(record_number(part, SUTURE_A_INNER)));
		json_object_set_new(object, "unsure",
				    json_boolean(record_number(part, SUTURE_A_UNSURE)));
	}
	return object;
}

json_t *crash_json(const struct crash *crash)
{
	json_t *object = hex_json(crash->head), *registers = json_object(), *list;
	size_t l, i;

	for (l = 0; l < LISTS; l++) {
		list = json_array();
		for (i = 0; i < crash->parts; i++)
			if (is_a(crash->part[i], lists[l].part))
				json_array_append_new(list, part_json(crash->part[i]));
		json_object_set_new(object, lists[l].key, list);
	}
	for (i = 0; i < crash->parts; i++)
		if (is_a(crash->part[i], "register") && record_has(crash->part[i], SUTURE_A_NAME))
			set_address(registers, record_raw(crash->part[i], SUTURE_A_NAME),
				    crash->part[i]);
	json_object_set_new(object, "registers", registers);
	return object;
}
