// SPDX-License-Identifier: GPL-2.0-only
/*
 * sarif.c - violations in SARIF 2.1.0, the format of static checkers.
 *
 * One result for each place that broke a rule and each thing that was done about it, with the
 * number of times: a code-scanning tool is to show a place once. What Suture did by itself (a
 * restart) is no result. Where no debug file tells the line, the place is a logical one: the function.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/version.h"
#include "sarif.h"
#include "source.h"
#include "text.h"
#include "uapi/linux/suture.h"

#define SCHEMA \
	"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

struct log {
	const struct story *story;
	struct source *source;
	json_t *rules;	 /* reportingDescriptors */
	json_t *results; /* result objects */
};

static const char *string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static json_t *message(const char *text)
{
	return json_pack("{s:o}", "text", out_string(text));
}

/* ------------------------------------------------------------------ rules */

static const json_t *find_rule(const struct log *log, const char *id)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(log->story->rules, i, rule)
		if (strcmp(string(rule, "rule"), id) == 0)
			return rule;
	return NULL;
}

/* How to repair it is what Suture does; what to change in the source is what this says. */
static json_t *help_of(const json_t *rule)
{
	char *text = NULL;
	json_t *help;

	if (asprintf(&text, "%s\n\nWhat it looks like:\n\n%s\n%s\n\nWritten down in: %s",
		     string(rule, "contract"), string(rule, "example"), string(rule, "look"),
		     string(rule, "source")) < 0)
		text = NULL;
	help = message(text ? text : "");
	free(text);
	return help;
}

/* The index of the rule among the descriptors, which it is added to. */
static size_t rule_index(struct log *log, const char *id)
{
	const json_t *known = find_rule(log, id), *one;
	json_t *rule;
	size_t i;

	json_array_foreach(log->rules, i, one)
		if (strcmp(string(one, "id"), id) == 0)
			return i;
	rule = json_pack("{s:o}", "id", out_string(id));
	if (known) {
		json_object_set_new(rule, "shortDescription", message(string(known, "contract")));
		json_object_set_new(rule, "help", help_of(known));
		json_object_set_new(rule, "properties",
				    json_pack("{s:[o]}", "tags",
					      out_string(string(known, "class"))));
	}
	json_array_append_new(log->rules, rule);
	return json_array_size(log->rules) - 1;
}

/* ------------------------------------------------------------------ places */

/* SARIF wants URIs: everything that has a meaning in one, and all that is not ASCII, is encoded. */
static json_t *uri(const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);
	json_t *value;

	if (!to)
		return json_string("");
	if (*path == '/')
		fputs("file://", to);
	for (; *path; path++)
		fprintf(to, strchr(plain, *path) ? "%c" : "%%%02X", (unsigned char)*path);
	fclose(to);
	value = json_string(text);
	free(text);
	return value;
}

/* A place as %pS writes it; @after: a return address. NULL if there is none. */
static json_t *location(struct log *log, const char *site, const char *driver, bool after)
{
	struct source_place place;
	json_t *location, *logical;
	const char *file;
	int line;

	if (!*site)
		return NULL;
	location = json_object();
	if (!source_place(site, &place)) {
		json_object_set_new(location, "logicalLocations",
				    json_pack("[{s:o}]", "fullyQualifiedName", out_string(site)));
		return location;
	}
	if (!*place.module && driver)
		snprintf(place.module, sizeof(place.module), "%s", driver);
	if (source_line(log->source, &place, after, &file, &line))
		json_object_set_new(location, "physicalLocation",
				    json_pack("{s:{s:o}, s:{s:i}}", "artifactLocation", "uri",
					      uri(file), "region", "startLine", line));
	logical = json_pack("{s:o, s:s}", "name", out_string(place.function), "kind", "function");
	out_set(logical, "fullyQualifiedName", site);
	json_object_set_new(location, "logicalLocations", json_pack("[o]", logical));
	return location;
}

static json_t *locations(struct log *log, const struct record *event)
{
	json_t *list = json_array(), *one;
	const char *entry = record_text(event, SUTURE_A_ENTRY);

	one = location(log, record_text(event, SUTURE_A_SITE), record_raw(event, SUTURE_A_DOMAIN),
		       crash_is_after(&log->story->crashes, event));
	if (!one && *entry)
		one = json_pack("{s:[{s:o, s:s}]}", "logicalLocations", "name", out_string(entry),
				"kind", "function");
	/* A tool has nothing to show without; the module is at least something. */
	if (!one)
		one = json_pack("{s:[{s:o, s:s}]}", "logicalLocations", "name",
				out_string(record_text(event, SUTURE_A_DOMAIN)), "kind", "module");
	json_array_append_new(list, one);
	return list;
}

/* ------------------------------------------------------------------ stacks */

static json_t *stack(struct log *log, const struct record *event)
{
	json_t *frames = json_array(), *frame, *where;
	struct crash crash;
	bool inner = true;
	size_t i;

	if (!crash_find(&log->story->crashes, event, &crash))
		crash.parts = 0;
	for (i = 0; i < crash.parts; i++) {
		const struct record *part = crash.part[i];

		if (strcmp(record_text(part, SUTURE_A_PART), "frame") != 0)
			continue;
		where = location(log, record_text(part, SUTURE_A_SITE), NULL, !inner);
		inner = false;
		if (!where)
			continue;
		frame = json_pack("{s:o}", "location", where);
		out_set(frame, "module",
			strcmp(record_text(part, SUTURE_A_WHERE), "driver") == 0 ?
				record_raw(event, SUTURE_A_DOMAIN) :
				record_text(part, SUTURE_A_WHERE));
		json_array_append_new(frames, frame);
	}
	if (json_array_size(frames) == 0) {
		json_decref(frames);
		return NULL;
	}
	return json_pack("[{s:o, s:o}]", "message", message("when the driver crashed"), "frames",
			 frames);
}

/* ------------------------------------------------------------------ results */

/* Where a violation is and what was done: what makes it another result. Freed by the caller. */
static char *fingerprint(const struct record *event)
{
	char *text;

	if (asprintf(&text, "%s|%s|%s|%s", record_text(event, SUTURE_A_DOMAIN),
		     record_text(event, SUTURE_A_RULE), record_text(event, SUTURE_A_SITE),
		     record_text(event, SUTURE_A_ACTION)) < 0)
		return NULL;
	return text;
}

static json_t *find_result(const struct log *log, const char *print)
{
	json_t *result;
	size_t i;

	json_array_foreach(log->results, i, result)
		if (strcmp(string(json_object_get(result, "partialFingerprints"), "sutureSite/v1"),
			   print) == 0)
			return result;
	return NULL;
}

/* What the driver could not go on after is an error; what was put right, a warning. */
static const char *level(const struct record *event)
{
	const char *action = record_text(event, SUTURE_A_ACTION);

	return strcmp(action, "observe") == 0 || strcmp(action, "repair") == 0 ? "warning" :
										 "error";
}

static void set_utc(json_t *object, const char *key, const struct record *event)
{
	char time[48];

	text_utc(time, sizeof(time), record_number(event, SUTURE_A_TIME));
	/* SARIF has milliseconds at most. */
	memcpy(time + 23, "Z", 2);
	out_set(object, key, time);
}

static json_t *make_result(struct log *log, const struct record *event, const char *print)
{
	static const int kept[] = { SUTURE_A_DOMAIN, SUTURE_A_ACTION, SUTURE_A_REPAIR,
				    SUTURE_A_ENTRY, SUTURE_A_CONTEXT };
	static const char *const names[] = { "driver", "action", "repair", "entry", "context" };
	const char *rule = record_text(event, SUTURE_A_RULE);
	json_t *result = json_object(), *properties = json_object(), *stacks;
	size_t i;

	out_set(result, "ruleId", rule);
	out_set_number(result, "ruleIndex", rule_index(log, rule));
	out_set(result, "kind", "fail");
	out_set(result, "level", level(event));
	json_object_set_new(result, "message",
			    message(*record_text(event, SUTURE_A_TEXT) ?
					    record_raw(event, SUTURE_A_TEXT) :
					    rule));
	json_object_set_new(result, "locations", locations(log, event));
	json_object_set_new(result, "partialFingerprints",
			    json_pack("{s:o}", "sutureSite/v1", out_string(print)));
	stacks = stack(log, event);
	if (stacks)
		json_object_set_new(result, "stacks", stacks);
	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (*record_text(event, kept[i]))
			out_set(properties, names[i], record_raw(event, kept[i]));
	json_object_set_new(result, "properties", properties);
	json_object_set_new(result, "provenance", json_object());
	set_utc(json_object_get(result, "provenance"), "firstDetectionTimeUtc", event);
	return result;
}

static void add_event(struct log *log, const struct record *event)
{
	const json_t *rule = find_rule(log, record_text(event, SUTURE_A_RULE));
	char *print = fingerprint(event);
	json_t *result;

	if (print && strcmp(string(rule, "class"), "recovery") != 0) {
		result = find_result(log, print);
		if (!result) {
			result = make_result(log, event, print);
			json_array_append_new(log->results, result);
		}
		out_set_number(
			result, "occurrenceCount",
			(uint64_t)json_integer_value(json_object_get(result, "occurrenceCount")) +
				1);
		set_utc(json_object_get(result, "provenance"), "lastDetectionTimeUtc", event);
	}
	free(print);
}

json_t *sarif_json(const struct story *story, const char *debug)
{
	struct log log = { .story = story, .rules = json_array(), .results = json_array() };
	json_t *invocation = json_pack("{s:b}", "executionSuccessful", 1);
	const char *host = json_string_value(story->host);
	size_t i;

	log.source = source_open(json_string_value(story->kernel), debug);
	for (i = 0; log.source && i < story->events.count; i++)
		add_event(&log, story->events.list[i]);
	source_close(log.source);
	if (host)
		out_set(invocation, "machine", host);
	return json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:[o], s:s, s:o}]}", "$schema",
			 SCHEMA, "version", "2.1.0", "runs", "tool", "driver", "name", "suture",
			 "semanticVersion", SUTURE_VERSION, "rules", log.rules, "invocations",
			 invocation, "columnKind", "utf16CodeUnits", "results", log.results);
}
