// SPDX-License-Identifier: GPL-2.0-only
/*
 * story.c - what happened on a machine, read from files that this command has written.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "story.h"
#include "uapi/linux/suture.h"

/* Where a reader is, for complaints. */
struct place {
	struct out *out;
	const char *path;
	size_t object; /* number of the object in the file, from 1 */
	bool found;    /* something of use was in it */
};

static int wrong(const struct place *place, const char *what, const char *bad)
{
	return out_fail(place->out, "%s: object %zu: \"%s\" %s; is it as `suture -j` wrote it?",
			place->path, place->object, bad, what);
}

static int take_event(struct place *place, struct story *story, const json_t *object)
{
	struct record *record;
	const char *bad = "";
	int ret = record_of_json(object, SUTURE_CMD_EVENT, &record, &bad);

	if (!ret && (!record_raw(record, SUTURE_A_RULE) || !record_has(record, SUTURE_A_SEQ))) {
		record_free(record);
		return wrong(place, "has an event without number or rule", "events");
	}
	ret = ret ? ret : records_add(&story->events, record);
	if (ret == -EBADMSG)
		return wrong(place, "is of another type than it should be", bad);
	place->found = true;
	return ret ? out_fail(place->out, "%s: no memory", place->path) : EXIT_SUCCESS;
}

static int take_crash(struct place *place, struct story *story, const json_t *object)
{
	const char *bad = "";
	int ret = crash_of_json(object, &story->crashes, &bad);

	if (ret == -EBADMSG)
		return wrong(place, "is of another type than it should be", bad);
	place->found = true;
	return ret ? out_fail(place->out, "%s: no memory", place->path) : EXIT_SUCCESS;
}

/* Each element of the list @key of @answer goes to @take. */
static int take_list(struct place *place, struct story *story, const json_t *answer,
		     const char *key,
		     int (*take)(struct place *place, struct story *story, const json_t *object))
{
	const json_t *list = json_object_get(answer, key), *element;
	int status = EXIT_SUCCESS;
	size_t i;

	if (!list)
		return EXIT_SUCCESS;
	if (!json_is_array(list))
		return wrong(place, "is no list", key);
	place->found = true;
	json_array_foreach(list, i, element) {
		if (!json_is_object(element))
			return wrong(place, "has an element that is no object", key);
		status = take(place, story, element);
		if (status)
			break;
	}
	return status;
}

/* Does each of @keys hold a string in @object, if it is there at all? */
static const char *not_a_string(const json_t *object, const char *const *keys)
{
	for (; *keys; keys++) {
		const json_t *value = json_object_get(object, *keys);

		if (value && !json_is_string(value))
			return *keys;
	}
	return NULL;
}

static int take_rule(struct place *place, struct story *story, const json_t *object)
{
	static const char *const keys[] = { "rule",   "class",	 "contract", "source",
					    "action", "example", "look",     NULL };
	static const char *const repair_keys[] = { "repair", "gives_up", NULL };
	const json_t *repairs = json_object_get(object, "repairs"), *repair;
	const char *bad = not_a_string(object, keys);
	size_t i;

	json_array_foreach(repairs, i, repair)
		bad = bad ? bad : not_a_string(repair, repair_keys);
	if (bad || !json_object_get(object, "rule"))
		return wrong(place, "has a rule that cannot be read", bad ? bad : "rule");
	if (!story->rules)
		story->rules = json_array();
	json_array_append(story->rules, (json_t *)object);
	return EXIT_SUCCESS;
}

static int take_driver(struct place *place, struct story *story, const json_t *object)
{
	struct record *record;
	const char *bad = "";
	int ret = record_of_json(object, SUTURE_CMD_GET_DOMAIN, &record, &bad);

	if (!ret && !record_raw(record, SUTURE_A_DOMAIN)) {
		record_free(record);
		ret = -EBADMSG;
		bad = "driver";
	}
	if (ret)
		return wrong(place, "is of another type than it should be", bad);
	if (!story->drivers)
		story->drivers = json_array();
	json_array_append_new(story->drivers, record_json(record));
	record_free(record);
	return EXIT_SUCCESS;
}

static int take_lost(struct place *place, struct story *story, const json_t *object)
{
	json_int_t first = json_integer_value(json_object_get(object, "first"));
	json_int_t last = json_integer_value(json_object_get(object, "last"));

	if (first < 1 || last < first)
		return wrong(place, "is no number that it can be", "first");
	story->lost += (uint64_t)(last - first) + 1;
	return EXIT_SUCCESS;
}

/* A string that the answer may have, as the first file says it. */
static void take_name(json_t **to, const json_t *answer, const char *key)
{
	json_t *value = json_object_get(answer, key);

	if (!*to && json_is_string(value))
		*to = json_incref(value);
}

static int take_answer(struct place *place, struct story *story, const json_t *answer)
{
	const char *type = json_string_value(json_object_get(answer, "type"));
	const char *error = json_string_value(json_object_get(answer, "error"));
	json_int_t schema = json_integer_value(json_object_get(answer, "schema"));
	int status;

	if (schema != OUT_SCHEMA)
		return out_fail(place->out,
				"%s: object %zu: \"schema\" is not %d: not written by `suture -j`, "
				"or by a version that this one does not know",
				place->path, place->object, OUT_SCHEMA);
	if (type && strcmp(type, "event") == 0)
		return take_event(place, story, answer);
	if (type && strcmp(type, "lost") == 0)
		return take_lost(place, story, answer);
	/* The last words of a follower are no reason not to read the others. */
	if (error) {
		out_warn(place->out, "%s: object %zu tells of a failure: %s", place->path,
			 place->object, error);
		return EXIT_SUCCESS;
	}
	take_name(&story->kernel, answer, "kernel");
	take_name(&story->host, answer, "host");
	story->lost += (uint64_t)json_integer_value(json_object_get(answer, "lost"));
	if (!story->suture && json_is_object(json_object_get(answer, "suture")))
		story->suture = json_incref(json_object_get(answer, "suture"));
	status = take_list(place, story, answer, "events", take_event);
	if (!status)
		status = take_list(place, story, answer, "crashes", take_crash);
	if (!status)
		status = take_list(place, story, answer, "rules", take_rule);
	if (!status)
		status = take_list(place, story, answer, "drivers", take_driver);
	return status;
}

/* At the next object of @from, or at its end: 0. */
static int more(FILE *from)
{
	int c;

	do {
		c = getc(from);
	} while (c != EOF && isspace(c));
	if (c == EOF)
		return 0;
	ungetc(c, from);
	return 1;
}

static int read_objects(struct place *place, struct story *story, FILE *from)
{
	int status = EXIT_SUCCESS;
	json_error_t error;
	json_t *answer;

	while (!status && more(from)) {
		place->object++;
		answer = json_loadf(from, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
		if (!answer)
			status = out_fail(place->out, "%s: object %zu, line %d: %s", place->path,
					  place->object, error.line, error.text);
		else if (!json_is_object(answer))
			status = out_fail(place->out, "%s: object %zu: is no JSON object",
					  place->path, place->object);
		else
			status = take_answer(place, story, answer);
		json_decref(answer);
	}
	if (!status && ferror(from))
		return out_fail(place->out, "%s: cannot be read: %s", place->path, strerror(errno));
	if (!status && !place->found)
		return out_fail(place->out,
				"%s: no events, crashes, rules or drivers in it; make it with "
				"`suture report --save FILE` or `suture events -j >FILE`",
				place->path);
	return status;
}

int story_read(struct out *out, struct story *story, const char *path)
{
	struct place place = { .out = out, .path = path };
	bool standard = strcmp(path, "-") == 0;
	FILE *from = standard ? stdin : fopen(path, "re");
	int status;

	if (!from)
		return out_fail(out, "%s: cannot be opened: %s", path, strerror(errno));
	status = read_objects(&place, story, from);
	if (!standard)
		fclose(from);
	return status;
}

/* Drops the records that are not about @driver; parts of a crash go with their head. */
static void keep(struct records *records, const char *driver)
{
	size_t i, n = 0;
	bool wanted = false;

	for (i = 0; i < records->count; i++) {
		struct record *record = records->list[i];
		const char *name = record_raw(record, SUTURE_A_DOMAIN);

		if (!record_has(record, SUTURE_A_PART))
			wanted = name && strcmp(name, driver) == 0;
		if (wanted)
			records->list[n++] = record;
		else
			record_free(record);
	}
	records->count = n;
}

void story_only(struct story *story, const char *driver)
{
	size_t i = json_array_size(story->drivers);

	keep(&story->events, driver);
	keep(&story->crashes, driver);
	while (i--) {
		const char *name = json_string_value(
			json_object_get(json_array_get(story->drivers, i), "driver"));

		if (!name || strcmp(name, driver) != 0)
			json_array_remove(story->drivers, i);
	}
}

void story_since(struct story *story, uint64_t seq)
{
	struct records *events = &story->events;
	size_t i, n = 0;

	for (i = 0; i < events->count; i++) {
		if (record_number(events->list[i], SUTURE_A_SEQ) >= seq)
			events->list[n++] = events->list[i];
		else
			record_free(events->list[i]);
	}
	events->count = n;
}

json_t *story_json(const struct story *story)
{
	json_t *object = json_object(), *list = json_array();
	struct crash crash;
	size_t i, at = 0;

	for (i = 0; i < story->events.count; i++)
		json_array_append_new(list, record_json(story->events.list[i]));
	json_object_set_new(object, "events", list);
	list = json_array();
	while (crash_next(&story->crashes, &at, &crash))
		json_array_append_new(list, crash_json(&crash));
	json_object_set_new(object, "crashes", list);
	if (story->rules)
		json_object_set(object, "rules", story->rules);
	if (story->drivers)
		json_object_set(object, "drivers", story->drivers);
	if (story->suture)
		json_object_set(object, "suture", story->suture);
	if (story->kernel)
		json_object_set(object, "kernel", story->kernel);
	if (story->host)
		json_object_set(object, "host", story->host);
	if (story->lost)
		out_set_number(object, "lost", story->lost);
	return object;
}

void story_end(struct story *story)
{
	records_clear(&story->events);
	records_clear(&story->crashes);
	json_decref(story->rules);
	json_decref(story->drivers);
	json_decref(story->suture);
	json_decref(story->kernel);
	json_decref(story->host);
	memset(story, 0, sizeof(*story));
}
