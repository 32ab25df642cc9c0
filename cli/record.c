// SPDX-License-Identifier: GPL-2.0-only
/*
 * record.c - one message of suture.ko, taken apart and checked.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>

#include "out.h"
#include "record.h"
#include "text.h"
#include "uapi/linux/suture.h"

enum kind {
	KIND_NONE,
	KIND_STRING,
	KIND_U32,
	KIND_U64,
};

/* The one place where attributes get their type and their name in JSON. */
static const struct {
	enum kind kind;
	const char *key;
} known[SUTURE_A_MAX + 1] = {
	[SUTURE_A_VERSION] = { KIND_STRING, "version" },
	[SUTURE_A_DOMAIN] = { KIND_STRING, "driver" },
	[SUTURE_A_STATE] = { KIND_STRING, "state" },
	[SUTURE_A_NENTRIES] = { KIND_U32, "entry_thunks" },
	[SUTURE_A_NWRAPPED] = { KIND_U32, "wrapped_sites" },
	[SUTURE_A_NTAILS] = { KIND_U32, "tail_stubs" },
	[SUTURE_A_OBJECTS] = { KIND_U32, "objects" },
	[SUTURE_A_BYTES] = { KIND_U64, "bytes" },
	[SUTURE_A_UNTRACKED] = { KIND_U64, "untracked" },
	[SUTURE_A_EVENTS] = { KIND_U64, "events" },
	[SUTURE_A_LOST] = { KIND_U64, "lost" },
	[SUTURE_A_UNWINDS] = { KIND_U32, "unwinds" },
	[SUTURE_A_RESTARTS] = { KIND_U32, "restarts" },
	[SUTURE_A_ENTRY] = { KIND_STRING, "entry" },
	[SUTURE_A_ROLE] = { KIND_STRING, "role" },
	[SUTURE_A_RULE] = { KIND_STRING, "rule" },
	[SUTURE_A_CLASS] = { KIND_STRING, "class" },
	[SUTURE_A_CONTRACT] = { KIND_STRING, "contract" },
	[SUTURE_A_SOURCE] = { KIND_STRING, "source" },
	[SUTURE_A_ACTION] = { KIND_STRING, "action" },
	[SUTURE_A_REPAIR] = { KIND_STRING, "repair" },
	[SUTURE_A_GIVES_UP] = { KIND_STRING, "gives_up" },
	[SUTURE_A_SEQ] = { KIND_U64, "seq" },
	[SUTURE_A_TIME] = { KIND_U64, "time_ns" },
	[SUTURE_A_CONTEXT] = { KIND_STRING, "context" },
	[SUTURE_A_SITE] = { KIND_STRING, "site" },
	[SUTURE_A_TEXT] = { KIND_STRING, "text" },
	[SUTURE_A_CPU] = { KIND_U32, "cpu" },
	[SUTURE_A_PID] = { KIND_U32, "pid" },
	[SUTURE_A_COMM] = { KIND_STRING, "comm" },
	[SUTURE_A_HITS] = { KIND_U64, "hits" },
	[SUTURE_A_INJECT] = { KIND_STRING, "inject" },
	[SUTURE_A_NTH] = { KIND_U64, "nth" },
	[SUTURE_A_FAILURES] = { KIND_U64, "failures" },
	[SUTURE_A_DURATION] = { KIND_U64, "duration_ns" },
	[SUTURE_A_API] = { KIND_STRING, "function" },
	[SUTURE_A_VALUE] = { KIND_U64, "value" },
	[SUTURE_A_RATE] = { KIND_U64, "rate" },
	[SUTURE_A_AFTER] = { KIND_U64, "after_ms" },
	[SUTURE_A_CALLS] = { KIND_U64, "calls" },
	[SUTURE_A_STRUCK] = { KIND_U64, "struck" },
	[SUTURE_A_EXAMPLE] = { KIND_STRING, "example" },
	[SUTURE_A_LOOK] = { KIND_STRING, "look" },
	[SUTURE_A_GROUP] = { KIND_STRING, "group" },
	[SUTURE_A_OUTCOME] = { KIND_STRING, "outcome" },
	[SUTURE_A_DEVICE] = { KIND_STRING, "device" },
	[SUTURE_A_KERNEL] = { KIND_STRING, "kernel" },
	[SUTURE_A_MODVERSION] = { KIND_STRING, "module_version" },
	[SUTURE_A_SRCVERSION] = { KIND_STRING, "srcversion" },
	[SUTURE_A_BUILD_ID] = { KIND_STRING, "build_id" },
	[SUTURE_A_CODE] = { KIND_STRING, "code" },
	[SUTURE_A_ADDRESS] = { KIND_U64, "address" },
	[SUTURE_A_PROFILE] = { KIND_STRING, "profile" },
	[SUTURE_A_DIGEST] = { KIND_U64, "policy_digest" },
	[SUTURE_A_MAY_INJECT] = { KIND_U32, "may_inject" },
	[SUTURE_A_CEILING] = { KIND_STRING, "ceiling" },
	[SUTURE_A_PART] = { KIND_STRING, "part" },
	[SUTURE_A_NAME] = { KIND_STRING, "name" },
	[SUTURE_A_WHERE] = { KIND_STRING, "where" },
	[SUTURE_A_INNER] = { KIND_U32, "inner" },
	[SUTURE_A_UNSURE] = { KIND_U32, "unsure" },
	[SUTURE_A_COUNT] = { KIND_U64, "count" },
	[SUTURE_A_BEGAN] = { KIND_U64, "began_ns" },
};

struct repair {
	char *name;
	char *gives_up;
};

struct record {
	uint8_t command;
	bool present[SUTURE_A_MAX + 1];
	char *raw[SUTURE_A_MAX + 1];
	char *clean[SUTURE_A_MAX + 1];
	uint64_t number[SUTURE_A_MAX + 1];
	struct repair *repair;
	size_t repairs;
};

static int string_set(char **to, const char *value)
{
	free(*to);
	*to = strdup(value);
	return *to ? 0 : -ENOMEM;
}

static int take_repair(struct record *record, int attr, const char *value)
{
	struct repair *more;

	if (attr == SUTURE_A_GIVES_UP) {
		/* An event may say what was given up without a list of repairs. */
		if (record->repairs == 0)
			return 0;
		return string_set(&record->repair[record->repairs - 1].gives_up, value);
	}

	more = realloc(record->repair, (record->repairs + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	record->repair = more;
	memset(&more[record->repairs], 0, sizeof(*more));
	return string_set(&more[record->repairs++].name, value);
}

static int string_take(struct record *record, int attr, const char *value)
{
	int ret;

	if (attr == SUTURE_A_REPAIR || attr == SUTURE_A_GIVES_UP) {
		ret = take_repair(record, attr, value);
		if (ret)
			return ret;
	}

	ret = string_set(&record->raw[attr], value);
	if (ret)
		return ret;
	free(record->clean[attr]);
	record->clean[attr] = text_clean(value);
	return record->clean[attr] ? 0 : -ENOMEM;
}

static int take(struct record *record, const struct nlattr *nla)
{
	int attr = mnl_attr_get_type(nla);
	int ret = 0;

	if (attr > SUTURE_A_MAX)
		return 0;

	switch (known[attr].kind) {
	case KIND_NONE:
		return 0;
	case KIND_STRING:
		if (mnl_attr_validate(nla, MNL_TYPE_NUL_STRING) < 0)
			return -EBADMSG;
		ret = string_take(record, attr, mnl_attr_get_str(nla));
		break;
	case KIND_U32:
		if (mnl_attr_validate(nla, MNL_TYPE_U32) < 0)
			return -EBADMSG;
		record->number[attr] = mnl_attr_get_u32(nla);
		break;
	case KIND_U64:
		if (mnl_attr_validate(nla, MNL_TYPE_U64) < 0)
			return -EBADMSG;
		record->number[attr] = mnl_attr_get_u64(nla);
		break;
	}
	record->present[attr] = true;
	return ret;
}

int record_parse(const struct nlmsghdr *nlh, struct record **result)
{
	const size_t head = MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct genlmsghdr));
	const struct genlmsghdr *genl;
	const struct nlattr *nla;
	struct record *record;
	int left, ret;

	if (nlh->nlmsg_len < head)
		return -EBADMSG;
	genl = mnl_nlmsg_get_payload(nlh);

	record = calloc(1, sizeof(*record));
	if (!record)
		return -ENOMEM;
	record->command = genl->cmd;

	nla = mnl_nlmsg_get_payload_offset(nlh, sizeof(*genl));
	left = (int)(nlh->nlmsg_len - head);
	while (mnl_attr_ok(nla, left)) {
		ret = take(record, nla);
		if (ret) {
			record_free(record);
			return ret;
		}
		left -= MNL_ALIGN(nla->nla_len);
		nla = mnl_attr_next(nla);
	}

	/* What is left is no attribute: the message was cut off. */
	if (left > 0) {
		record_free(record);
		return -EBADMSG;
	}
	*result = record;
	return 0;
}

void record_free(struct record *record)
{
	size_t i;

	if (!record)
		return;
	for (i = 0; i <= SUTURE_A_MAX; i++) {
		free(record->raw[i]);
		free(record->clean[i]);
	}
	for (i = 0; i < record->repairs; i++) {
		free(record->repair[i].name);
		free(record->repair[i].gives_up);
	}
	free(record->repair);
	free(record);
}

uint8_t record_command(const struct record *record)
{
	return record->command;
}

bool record_has(const struct record *record, int attr)
{
	return record->present[attr];
}

const char *record_raw(const struct record *record, int attr)
{
	return record->raw[attr];
}

const char *record_text(const struct record *record, int attr)
{
	return record->clean[attr] ? record->clean[attr] : "";
}

uint64_t record_number(const struct record *record, int attr)
{
	return record->number[attr];
}

size_t record_repairs(const struct record *record)
{
	return record->repairs;
}

const char *record_repair(const struct record *record, size_t i, const char **gives_up)
{
	*gives_up = record->repair[i].gives_up ? record->repair[i].gives_up : "";
	return record->repair[i].name;
}

/* A rule has a list of repairs; an event has the one that was made. */
static void repairs_json(const struct record *record, json_t *object)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < record->repairs; i++) {
		const struct repair *repair = &record->repair[i];
		json_t *one = json_object();

		out_set(one, "repair", repair->name);
		out_set(one, "gives_up", repair->gives_up);
		json_array_append_new(list, one);
	}
	json_object_set_new(object, "repairs", list);
}

json_t *record_json(const struct record *record)
{
	bool rule = record->command == SUTURE_CMD_GET_RULE;
	json_t *object = json_object();
	int i;

	for (i = 0; i <= SUTURE_A_MAX; i++) {
		if (!record->present[i])
			continue;
		if (rule && (i == SUTURE_A_REPAIR || i == SUTURE_A_GIVES_UP))
			continue;
		if (known[i].kind == KIND_STRING)
			out_set(object, known[i].key, record->raw[i]);
		else
			out_set_number(object, known[i].key, record->number[i]);
	}
	if (rule)
		repairs_json(record, object);
	return object;
}

/* Counts and flags are integers and booleans; an address may be a string in hex. */
static bool number_of_json(const json_t *value, uint64_t *number)
{
	const char *text = json_string_value(value);
	char *end;

	if (json_is_boolean(value)) {
		*number = json_is_true(value);
		return true;
	}
	if (text && strncmp(text, "0x", 2) == 0 && isxdigit((unsigned char)text[2])) {
		errno = 0;
		*number = strtoull(text, &end, 16);
		return !errno && !*end;
	}
	*number = (uint64_t)json_integer_value(value);
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static int attr_of_json(struct record *record, int attr, const json_t *value)
{
	int ret = 0;

	if (known[attr].kind == KIND_STRING)
		ret = json_is_string(value) ? string_take(record, attr, json_string_value(value)) :
					      -EBADMSG;
	else if (!number_of_json(value, &record->number[attr]))
		ret = -EBADMSG;
	record->present[attr] = true;
	return ret;
}

int record_of_json(const json_t *object, uint8_t command, struct record **result, const char **bad)
{
	struct record *record = calloc(1, sizeof(*record));
	const json_t *value;
	int i, ret;

	if (!record)
		return -ENOMEM;
	record->command = command;
	for (i = 0; i <= SUTURE_A_MAX; i++) {
		value = known[i].kind == KIND_NONE ? NULL : json_object_get(object, known[i].key);
		if (!value || json_is_array(value) || json_is_object(value))
			continue;
		ret = attr_of_json(record, i, value);
		if (ret) {
			*bad = known[i].key;
			record_free(record);
			return ret;
		}
	}
	*result = record;
	return 0;
}

int records_add(struct records *records, struct record *record)
{
	struct record **more;
	size_t room;

	if (records->count == records->room) {
		room = records->room ? records->room * 2 : 16;
		more = realloc(records->list, room * sizeof(*more));
		if (!more) {
			record_free(record);
			return -ENOMEM;
		}
		records->list = more;
		records->room = room;
	}
	records->list[records->count++] = record;
	return 0;
}

void records_clear(struct records *records)
{
	size_t i;

	for (i = 0; i < records->count; i++)
		record_free(records->list[i]);
	free(records->list);
	memset(records, 0, sizeof(*records));
}

const struct record *records_find(const struct records *records, int attr, const char *value)
{
	size_t i;

	for (i = 0; i < records->count; i++) {
		const char *raw = record_raw(records->list[i], attr);

		if (raw && strcmp(raw, value) == 0)
			return records->list[i];
	}
	return NULL;
}
