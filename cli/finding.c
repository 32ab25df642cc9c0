// SPDX-License-Identifier: GPL-2.0-only
/*
 * finding.c - what a static checker found, out of its SARIF 2.1.0 log.
 *
 * Tools fill in more or less of what the standard allows. What is needed here is a rule, and a
 * function or a line; what is not where the standard has it is taken for not there.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"

static const char *string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* Not a defect, or one that somebody has looked at and waved through. */
static bool is_skipped(const json_t *result)
{
	const char *kind = string(result, "kind"), *baseline = string(result, "baselineState");

	if (*kind && strcmp(kind, "fail") != 0 && strcmp(kind, "open") != 0 &&
	    strcmp(kind, "review") != 0)
		return true;
	return json_array_size(json_object_get(result, "suppressions")) ||
	       strcmp(baseline, "absent") == 0 || strcmp(string(result, "level"), "none") == 0;
}

/* The function that a location is in: the last name of a qualified one. */
static const char *function_of(const json_t *location)
{
	const json_t *logical;
	const char *name, *kind, *last;
	size_t i;

	json_array_foreach(json_object_get(location, "logicalLocations"), i, logical) {
		kind = string(logical, "kind");
		if (*kind && strcmp(kind, "function") != 0 && strcmp(kind, "member") != 0)
			continue;
		name = string(logical, "name");
		if (!*name)
			name = string(logical, "fullyQualifiedName");
		last = strrchr(name, ':');
		if (*name)
			return last ? last + 1 : name;
	}
	return "";
}

/* "CWE-415", "cwe/cwe-415", "415" */
static unsigned int number_of(const char *text)
{
	const char *digits = text + strcspn(text, "0123456789");

	return (unsigned int)strtoul(digits, NULL, 10);
}

static bool is_cwe(const char *name)
{
	return strcasestr(name, "cwe");
}

/* From a list of references to taxa: of the result, or of its rule. */
static unsigned int cwe_of_list(const json_t *list, bool related)
{
	const json_t *one, *taxon;
	size_t i;

	json_array_foreach(list, i, one) {
		taxon = related ? json_object_get(one, "target") : one;
		if (is_cwe(string(json_object_get(taxon, "toolComponent"), "name")) ||
		    is_cwe(string(taxon, "id")))
			return number_of(string(taxon, "id"));
	}
	return 0;
}

static const json_t *rule_of(const json_t *run, const json_t *result)
{
	const json_t *rules =
		json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
	const json_t *index = json_object_get(result, "ruleIndex"), *rule;
	size_t i;

	if (json_is_integer(index) && json_integer_value(index) >= 0)
		return json_array_get(rules, (size_t)json_integer_value(index));
	json_array_foreach(rules, i, rule)
		if (strcmp(string(rule, "id"), string(result, "ruleId")) == 0)
			return rule;
	return NULL;
}

static unsigned int cwe_of(const json_t *run, const json_t *result)
{
	const json_t *rule = rule_of(run, result), *tag;
	unsigned int cwe;
	size_t i;

	cwe = cwe_of_list(json_object_get(result, "taxa"), false);
	if (!cwe)
		cwe = cwe_of_list(json_object_get(rule, "relationships"), true);
	json_array_foreach(json_object_get(json_object_get(rule, "properties"), "tags"), i, tag)
		if (!cwe && json_is_string(tag) && is_cwe(json_string_value(tag)))
			cwe = number_of(json_string_value(tag));
	return cwe;
}

static int add(struct findings *findings, const json_t *run, const json_t *result)
{
	const json_t *location = json_array_get(json_object_get(result, "locations"), 0);
	const json_t *physical = json_object_get(location, "physicalLocation");
	const char *rule = string(result, "ruleId");
	struct finding *more, *f;

	if (!*rule)
		rule = string(rule_of(run, result), "id");
	more = realloc(findings->list, (findings->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	findings->list = more;
	f = &more[findings->count++];
	f->checker =
		strdup(string(json_object_get(json_object_get(run, "tool"), "driver"), "name"));
	f->rule = strdup(rule);
	f->cwe = cwe_of(run, result);
	f->function = strdup(function_of(location));
	f->file = strdup(string(json_object_get(physical, "artifactLocation"), "uri"));
	f->line = (int)json_integer_value(
		json_object_get(json_object_get(physical, "region"), "startLine"));
	f->text = strdup(string(json_object_get(result, "message"), "text"));
	return f->checker && f->rule && f->function && f->file && f->text ? 0 : -ENOMEM;
}

static int add_all(struct findings *findings, const json_t *log)
{
	const json_t *run, *result;
	size_t i, j;
	int ret = 0;

	json_array_foreach(json_object_get(log, "runs"), i, run) {
		json_array_foreach(json_object_get(run, "results"), j, result) {
			if (is_skipped(result))
				findings->skipped++;
			else if (!ret)
				ret = add(findings, run, result);
		}
	}
	return ret;
}

int findings_read(struct out *out, struct findings *findings, const char *path)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *from = standard ? stdin : fopen(path, "re");
	int status = EXIT_SUCCESS;
	json_error_t error;
	json_t *log;

	if (!from)
		return out_fail(out, "%s: cannot be opened: %s", path, strerror(errno));
	log = json_loadf(from, 0, &error);
	if (!standard)
		fclose(from);
	if (!log)
		return out_fail(out, "%s: line %d: %s", path, error.line, error.text);
	if (strcmp(string(log, "version"), "2.1.0") != 0 ||
	    !json_is_array(json_object_get(log, "runs")))
		status = out_fail(out,
				  "%s: is no SARIF log of version 2.1.0; let the checker write one",
				  path);
	else if (add_all(findings, log))
		status = out_fail(out, "%s: no memory", path);
	json_decref(log);
	return status;
}

void findings_end(struct findings *findings)
{
	size_t i;

	for (i = 0; i < findings->count; i++) {
		struct finding *f = &findings->list[i];

		free(f->checker);
		free(f->rule);
		free(f->function);
		free(f->file);
		free(f->text);
	}
	free(findings->list);
	memset(findings, 0, sizeof(*findings));
}
