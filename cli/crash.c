// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash.c - the record of a crash, put together from its messages.
 */
#include <errno.h>
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

static bool same(const struct record *a, const struct record *b, int attr)
{
	return strcmp(record_text(a, attr), record_text(b, attr)) == 0;
}

bool crash_find(const struct records *records, const struct record *event, struct crash *crash)
{
	uint64_t time = record_number(event, SUTURE_A_TIME), other;
	size_t at = 0;

	while (crash_next(records, &at, crash)) {
		other = record_number(crash->head, SUTURE_A_TIME);
		other = other > time ? other - time : time - other;
		/* The record is begun a moment after the event. */
		if (other < 1000000000 && same(event, crash->head, SUTURE_A_DOMAIN) &&
		    same(event, crash->head, SUTURE_A_RULE) &&
		    same(event, crash->head, SUTURE_A_SITE))
			return true;
	}
	return false;
}

bool crash_is_after(const struct records *records, const struct record *event)
{
	const char *rule = record_text(event, SUTURE_A_RULE);
	struct crash crash;
	size_t i;

	/* A rule sees the address that the driver's call returns to. */
	if (strcmp(rule, "CB-OOPS") != 0 && strcmp(rule, "CB-TIME") != 0)
		return true;
	/* A fault may have been in a function that the driver called. */
	if (!crash_find(records, event, &crash))
		return false;
	for (i = 0; i < crash.parts; i++)
		if (is_a(crash.part[i], "frame"))
			return !same(crash.part[i], event, SUTURE_A_SITE);
	return false;
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

/* One part of a record, back from JSON: with what its list said of it. */
static int part_of_json(const json_t *element, const char *part, const json_t *seq,
			struct records *records, const char **bad)
{
	json_t *object = json_copy((json_t *)element);
	struct record *record = NULL;
	int ret;

	out_set(object, "part", part);
	if (seq)
		json_object_set(object, "seq", (json_t *)seq);
	ret = record_of_json(object, SUTURE_CMD_GET_CRASH, &record, bad);
	json_decref(object);
	return ret ? ret : records_add(records, record);
}

static int registers_of_json(const json_t *registers, const json_t *seq, struct records *records,
			     const char **bad)
{
	const char *name;
	json_t *value, *element;
	int ret = 0;

	json_object_foreach((json_t *)registers, name, value) {
		element = json_object();
		out_set(element, "name", name);
		json_object_set(element, "address", value);
		ret = part_of_json(element, "register", seq, records, bad);
		json_decref(element);
		if (ret)
			break;
	}
	return ret;
}

int crash_of_json(const json_t *object, struct records *records, const char **bad)
{
	const json_t *seq = json_object_get(object, "seq"), *list, *element;
	struct record *head = NULL;
	size_t l, i;
	int ret;

	ret = record_of_json(object, SUTURE_CMD_GET_CRASH, &head, bad);
	if (!ret && record_has(head, SUTURE_A_PART)) {
		/* It would be taken for a part of the record before it. */
		record_free(head);
		*bad = "part";
		return -EBADMSG;
	}
	ret = ret ? ret : records_add(records, head);
	for (l = 0; l < LISTS && !ret; l++) {
		list = json_object_get(object, lists[l].key);
		*bad = lists[l].key;
		if (list && !json_is_array(list))
			return -EBADMSG;
		json_array_foreach(list, i, element) {
			*bad = lists[l].key;
			ret = json_is_object(element) ?
				      part_of_json(element, lists[l].part, seq, records, bad) :
				      -EBADMSG;
			if (ret)
				return ret;
		}
	}
	return ret ? ret :
		     registers_of_json(json_object_get(object, "registers"), seq, records, bad);
}
