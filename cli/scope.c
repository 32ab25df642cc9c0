// SPDX-License-Identifier: GPL-2.0-only
/*
 * scope.c - what sections of the policy are about: driver, class, rule, function.
 *
 * A section names one of them, or several: [driver e1000 rule LCK-SLEEP]. How specific it is, is the
 * same sum here and in kernel/scope.c, which refuses a list that is not in that order.
 */
#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scope.h"

bool word_in(const char *words, const char *word)
{
	size_t n = strlen(word);
	const char *p;

	for (p = words; (p = strstr(p, word)); p += n)
		if ((p == words || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

void rules_wanted(struct config *config)
{
	int (*want)(struct config * config) = config->want;

	config->want = NULL;
	if (want)
		config->failed = want(config);
}

const struct config_rule *rule_named(const struct config *config, const char *id)
{
	size_t i;

	for (i = 0; i < config->nrules; i++)
		if (strcmp(config->rules[i].id, id) == 0)
			return &config->rules[i];
	return NULL;
}

/* How many letters have to be changed, added or left out; words are short. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[66], left, above;
	size_t i, j, n = strlen(b);

	if (strlen(a) > 64 || n > 64)
		return 64;
	for (j = 0; j <= n; j++)
		row[j] = (unsigned int)j;
	for (i = 0; a[i]; i++) {
		left = row[0];
		row[0] = (unsigned int)i + 1;
		for (j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = left +
				     (toupper((unsigned char)a[i]) != toupper((unsigned char)b[j]));
			if (row[j + 1] > above + 1)
				row[j + 1] = above + 1;
			if (row[j + 1] > row[j] + 1)
				row[j + 1] = row[j] + 1;
			left = above;
		}
	}
	return row[n];
}

/* The rules whose names are the most like @id, in words. */
static void near_rules(char *buf, size_t size, const struct config *config, const char *id)
{
	unsigned int best = 64, d;
	size_t i, used = 0;

	for (i = 0; i < config->nrules; i++) {
		d = distance(id, config->rules[i].id);
		if (d < best)
			best = d;
	}
	buf[0] = '\0';
	for (i = 0; i < config->nrules && used < size; i++)
		if (distance(id, config->rules[i].id) <= best + 1)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
						 config->rules[i].id);
}

static void all_classes(char *buf, size_t size, const struct config *config)
{
	size_t i, j, used = 0;

	buf[0] = '\0';
	for (i = 0; i < config->nrules && used < size; i++) {
		for (j = 0; j < i; j++)
			if (strcmp(config->rules[j].class_, config->rules[i].class_) == 0)
				break;
		if (j == i)
			used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "",
						 config->rules[i].class_);
	}
}

static bool known_class(const struct config *config, const char *name)
{
	size_t i;

	for (i = 0; i < config->nrules; i++)
		if (strcmp(config->rules[i].class_, name) == 0)
			return true;
	return !config->rules;
}

/* A pattern as glob_match() of the kernel takes it; the module loader's names have no '-'. */
static const char *take_driver(char *to, size_t size, const char *word)
{
	bool set = false;
	size_t i;

	if (strlen(word) >= size)
		return "is longer than a module's name can be";
	for (i = 0; word[i]; i++) {
		if (word[i] == '[' && !set)
			set = true;
		else if (word[i] == ']' && set)
			set = false;
		else if (set ? !isalnum((unsigned char)word[i]) && !strchr("_-!", word[i]) :
			       !isalnum((unsigned char)word[i]) && !strchr("_-*?", word[i]))
			return "is no name of a module, nor a pattern of letters, digits, _, *, ? "
			       "and [...]";
		to[i] = !set && word[i] == '-' ? '_' : word[i];
	}
	to[i] = '\0';
	return set ? "has a [ without a ]" : NULL;
}

static const char *take_function(char *to, size_t size, const char *word)
{
	size_t i;

	if (strlen(word) >= size)
		return "is longer than 63 characters";
	for (i = 0; word[i]; i++)
		if (!isalnum((unsigned char)word[i]) && word[i] != '_')
			return "is no name of a function";
	strcpy(to, word);
	return isdigit((unsigned char)word[0]) ? "is no name of a function" : NULL;
}

/* A kind and its name. Returns false if that was complained about. */
static bool take_pair(struct config *config, const char *file, unsigned int line, const char *kind,
		      const char *name, struct scope *scope)
{
	char *to = strcmp(kind, "driver") == 0	 ? scope->driver :
		   strcmp(kind, "function") == 0 ? scope->function :
		   strcmp(kind, "rule") == 0	 ? scope->rule :
		   strcmp(kind, "class") == 0	 ? scope->class_ :
						   NULL;
	const char *why = NULL;
	char words[400];

	if (!to) {
		config_problem(config, file, line, kind,
			       "\"%s\" is no kind of section; one of suture, driver, class, rule, "
			       "function",
			       kind);
		return false;
	}
	if (!name || *to) {
		config_problem(config, file, line, kind,
			       name ? "\"%s\" stands there twice" : "\"%s\" needs a name", kind);
		return false;
	}
	if (to == scope->driver)
		why = take_driver(to, sizeof(scope->driver), name);
	else if (to == scope->function)
		why = take_function(to, sizeof(scope->function), name);
	else if (strlen(name) >= sizeof(scope->rule))
		why = "is longer than 63 characters";
	if (why) {
		config_problem(config, file, line, name, "%s: \"%s\" %s", kind, name, why);
		return false;
	}
	if (to == scope->rule || to == scope->class_)
		rules_wanted(config);
	if (to == scope->rule && config->rules && !rule_named(config, name)) {
		near_rules(words, sizeof(words), config, name);
		config_problem(config, file, line, name,
			       "rule: there is no \"%s\"; perhaps %s; see `suture rules`", name,
			       words);
		return false;
	}
	if (to == scope->class_ && !known_class(config, name)) {
		all_classes(words, sizeof(words), config);
		config_problem(config, file, line, name, "class: there is no \"%s\"; one of %s",
			       name, words);
		return false;
	}
	if (to == scope->rule || to == scope->class_)
		strcpy(to, name);
	return true;
}

bool config_scope(struct config *config, const char *file, unsigned int line, const char *words,
		  struct scope *scope)
{
	char *copy = strdup(words), *kind, *name, *rest;
	size_t pairs = 0;
	bool good = true;

	memset(scope, 0, sizeof(*scope));
	if (!copy) {
		config->nomem = true;
		return false;
	}
	for (kind = strtok_r(copy, " \t", &rest); kind && good;
	     kind = strtok_r(NULL, " \t", &rest), pairs++) {
		if (strcmp(kind, "suture") == 0 && !pairs) {
			kind = strtok_r(NULL, " \t", &rest);
			if (kind)
				config_problem(config, file, line, kind,
					       "\"%s\": nothing can follow \"suture\"", kind);
			good = !kind;
			pairs++;
			break;
		}
		name = strtok_r(NULL, " \t", &rest);
		good = take_pair(config, file, line, kind, name, scope);
	}
	if (good && !pairs) {
		config_problem(
			config, file, line, "",
			"a section without a name; one of suture, driver NAME, class NAME, rule "
			"NAME, function NAME");
		good = false;
	}
	if (good && *scope->rule && *scope->class_) {
		config_problem(config, file, line, scope->class_,
			       "class: \"%s\": a rule is of one class; name only the rule",
			       scope->class_);
		good = false;
	}
	free(copy);
	return good;
}

void scope_text(char *buf, size_t size, const struct scope *scope)
{
	const struct {
		const char *kind, *name;
	} pairs[] = {
		{ "driver", scope->driver },
		{ "function", scope->function },
		{ "class", scope->class_ },
		{ "rule", scope->rule },
	};
	size_t i, used = 0;

	snprintf(buf, size, "suture");
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]) && used < size; i++)
		if (*pairs[i].name)
			used += (size_t)snprintf(buf + used, size - used, "%s%s %s",
						 used ? " " : "", pairs[i].kind, pairs[i].name);
}

bool scope_same(const struct scope *a, const struct scope *b)
{
	return strcmp(a->driver, b->driver) == 0 && strcmp(a->function, b->function) == 0 &&
	       strcmp(a->rule, b->rule) == 0 && strcmp(a->class_, b->class_) == 0;
}

unsigned int scope_weight(const struct scope *scope)
{
	unsigned int weight = 0;

	if (*scope->driver)
		weight += strpbrk(scope->driver, "*?[") ? 1 : 2;
	if (*scope->class_)
		weight += 4;
	if (*scope->rule)
		weight += 8;
	if (*scope->function)
		weight += 16;
	return weight;
}

bool scope_holds(const struct scope *scope, const struct config_rule *rule, const char *driver,
		 const char *function)
{
	return (!*scope->driver || (driver && fnmatch(scope->driver, driver, 0) == 0)) &&
	       (!*scope->function || (function && strcmp(scope->function, function) == 0)) &&
	       (!*scope->rule || (rule && strcmp(scope->rule, rule->id) == 0)) &&
	       (!*scope->class_ || (rule && strcmp(scope->class_, rule->class_) == 0));
}
