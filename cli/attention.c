// SPDX-License-Identifier: GPL-2.0-only
/*
 * attention.c - `suture attention`: what a static checker suspects is watched more closely.
 *
 * A static checker says where a driver may be wrong, and cannot know whether it ever is; Suture
 * sees what happens, and may leave more to it where nobody suspects anything. So a place that a
 * checker names gets a section of policy: its rule, if there is one of Suture's for it, does
 * not stay at observing, and trouble that repeats there climbs the ladder sooner. What is written is a
 * drop-in for /etc/suture/suture.conf.d, see suture.conf(5): write_section() is the only place that knows
 * its form.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "finding.h"
#include "source.h"
#include "story.h"
#include "text.h"

/* Repeated trouble at a place under suspicion climbs after so many times. */
#define SOONER 3

/* What others call what a rule of ours is about: part of a name, or a weakness of the CWE. */
static const struct {
	const char *word;
	unsigned int cwe;
	const char *rule;
} known[] = {
	{ "double-free", 415, "MEM-DFREE" },
	{ "use-after-free", 416, "MEM-UAF" },
	{ "memory-leak", 401, "MEM-LEAK" },
	{ "malloc-leak", 401, "MEM-LEAK" },
	{ "null-deref", 476, "ARG-PTR" },
	{ "unchecked-alloc", 690, "MEM-NULL" },
	{ "free-of-non-heap", 590, "MEM-BADFREE" },
	{ "mismatching-dealloc", 762, "MEM-WRONGFREE" },
	{ "double-lock", 764, "LCK-DBL" },
	{ "double-unlock", 765, "LCK-UNBAL" },
	{ "sleep", 0, "LCK-SLEEP" },
};

struct attention {
	struct out *out;
	struct story rules; /* only its rules */
	const char *driver; /* NULL: any */
	const char *action; /* NULL: as the rule suggests */
	struct source *source;
	json_t *sites; /* what is raised */
	size_t nowhere;
};

static const char *string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static const json_t *rule_named(const struct attention *at, const char *name)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(at->rules.rules, i, rule)
		if (strcasecmp(string(rule, "rule"), name) == 0)
			return rule;
	return NULL;
}

/* Is @word in @name, whatever the case, and with _ or - between the words? */
static bool has_word(const char *name, const char *word)
{
	char *copy = strdup(name), *p;
	bool found;

	for (p = copy; p && *p; p++)
		*p = *p == '_' || *p == ' ' ? '-' : (char)tolower((unsigned char)*p);
	found = copy && strstr(copy, word);
	free(copy);
	return found;
}

/* The rule of ours that a finding is about; NULL: none, only the place counts. */
static const json_t *rule_for(const struct attention *at, const struct finding *finding)
{
	const json_t *rule = rule_named(at, finding->rule);
	size_t i;

	for (i = 0; !rule && i < sizeof(known) / sizeof(known[0]); i++)
		if ((finding->cwe && finding->cwe == known[i].cwe) ||
		    has_word(finding->rule, known[i].word))
			rule = rule_named(at, known[i].rule);
	return rule;
}

/* A rule that only looks is made to act; one that acts goes on as it is. */
static const char *raised(const struct attention *at, const json_t *rule)
{
	const char *action = string(rule, "action");

	if (at->action)
		return at->action;
	if (strcmp(action, "off") == 0 || strcmp(action, "observe") == 0)
		return json_array_size(json_object_get(rule, "repairs")) ? "repair" : "unwind";
	return action;
}

/* What policy takes for the name of a function; .cold and .isra.0 are the compiler's. */
static bool is_function(const char *name)
{
	size_t length = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789_");

	return length && length < 64 && !name[length] && !isdigit((unsigned char)*name);
}

/* The one site for @function and @rule, made if it is new. */
static json_t *site_of(struct attention *at, const char *function, const json_t *rule)
{
	json_t *site;
	size_t i;

	json_array_foreach(at->sites, i, site)
		if (strcmp(string(site, "function"), function) == 0 &&
		    strcmp(string(site, "rule"), string(rule, "rule")) == 0)
			return site;
	site = json_object();
	if (at->driver)
		out_set(site, "driver", at->driver);
	out_set(site, "function", function);
	if (rule) {
		out_set(site, "rule", string(rule, "rule"));
		out_set(site, "action", raised(at, rule));
	}
	out_set_number(site, "escalate_repairs", SOONER);
	out_set_number(site, "escalate_unwinds", SOONER);
	json_object_set_new(site, "findings", json_array());
	json_array_append_new(at->sites, site);
	return site;
}

static void take(struct attention *at, const struct finding *finding)
{
	const char *function = finding->function;
	char bare[80];
	json_t *found;

	if (!*function && *finding->file && finding->line > 0 && at->driver)
		function = source_function(at->source, at->driver, finding->file, finding->line);
	/* "free_twice(void *)", as some write it. */
	snprintf(bare, sizeof(bare), "%.*s", function ? (int)strcspn(function, "(. ") : 0,
		 function ? function : "");
	if (!is_function(bare)) {
		at->nowhere++;
		return;
	}
	found = json_object();
	out_set(found, "checker", finding->checker);
	out_set(found, "name", finding->rule);
	out_set(found, "text", finding->text);
	if (*finding->file)
		out_set(found, "file", finding->file);
	if (finding->line > 0)
		out_set_number(found, "line", (uint64_t)finding->line);
	json_array_append_new(json_object_get(site_of(at, bare, rule_for(at, finding)), "findings"),
			      found);
}

/* ------------------------------------------------------------------ the drop-in */

/* One line of a comment; what the checker says may have several. */
static void write_comment(FILE *to, const json_t *finding)
{
	char *name = text_clean(string(finding, "name")),
	     *text = text_clean(string(finding, "text"));
	char *file = text_clean(string(finding, "file"));

	fprintf(to, "# %s", name ? name : "");
	if (file && *file)
		fprintf(to, " at %s:%" JSON_INTEGER_FORMAT, file,
			json_integer_value(json_object_get(finding, "line")));
	fprintf(to, ": %.200s\n", text ? text : "");
	free(name);
	free(text);
	free(file);
}

static void write_section(FILE *to, const json_t *site)
{
	const json_t *finding;
	size_t i;

	fputc('\n', to);
	json_array_foreach(json_object_get(site, "findings"), i, finding)
		write_comment(to, finding);
	fputc('[', to);
	if (*string(site, "driver"))
		fprintf(to, "driver %s ", string(site, "driver"));
	fprintf(to, "function %s", string(site, "function"));
	if (*string(site, "rule"))
		fprintf(to, " rule %s", string(site, "rule"));
	fputs("]\n", to);
	if (*string(site, "action"))
		fprintf(to, "action = %s\n", string(site, "action"));
	fprintf(to, "escalate_repairs = %d\nescalate_unwinds = %d\n", SOONER, SOONER);
}

static int write_all(struct out *out, const struct attention *at, const char *path)
{
	FILE *to = path ? fopen(path, "we") : out->to;
	const json_t *site;
	int failed;
	size_t i;

	if (!to)
		return out_fail(out, "%s: cannot be opened: %s", path, strerror(errno));
	fputs("# Written by `suture attention`: places that a static checker suspects. See suture.conf(5).\n",
	      to);
	json_array_foreach(at->sites, i, site)
		write_section(to, site);
	errno = 0;
	failed = ferror(to);
	if (path && fclose(to))
		failed = 1;
	if (failed)
		return out_fail(out, "%s: cannot be written: %s", path ? path : "standard output",
				strerror(errno));
	if (path)
		out_text(out,
			 "%s: written; `suture policy apply` puts it into force when it is in "
			 "/etc/suture/suture.conf.d\n",
			 path);
	return EXIT_SUCCESS;
}

/* ------------------------------------------------------------------ command */

enum {
	OPTION_DRIVER = OPTION_LONG,
	OPTION_ACTION,
	OPTION_CORE,
	OPTION_DEBUG,
};

struct wish {
	char *driver;
	const char *action;
	const char *core;
	const char *debug;
	const char *output;
};

static int answer(struct out *out, struct attention *at, const struct wish *wish,
		  const struct findings *findings)
{
	size_t i;
	int status = EXIT_SUCCESS;

	for (i = 0; i < findings->count; i++)
		take(at, &findings->list[i]);
	if (at->nowhere)
		out_warn(out, "%zu of %zu findings name no function%s: nothing is raised for them",
			 at->nowhere, findings->count,
			 wish->driver ? ", and no debug file tells it" :
					"; --driver says whose debug file to look in");
	if (!out->json || wish->output)
		status = write_all(out, at, wish->output);
	if (status)
		return status;
	return out_json(out,
			json_pack("{s:O, s:I, s:I, s:I}", "sites", at->sites, "findings",
				  (json_int_t)findings->count, "nowhere", (json_int_t)at->nowhere,
				  "skipped", (json_int_t)findings->skipped));
}

static int attend(struct out *out, const struct wish *wish, int n, char **paths)
{
	struct attention at = { .out = out, .driver = wish->driver, .action = wish->action };
	struct findings findings = { 0 };
	int status = EXIT_SUCCESS, i;

	for (i = 0; i < n && !status; i++)
		status = findings_read(out, &findings, paths[i]);
	if (!status)
		status = story_rules(out, &at.rules, wish->core);
	if (!status && !at.rules.rules)
		status = out_fail(out,
				  "attention: suture.ko: not found; it has the rules: --core FILE");
	if (!status) {
		at.sites = json_array();
		at.source = source_open(NULL, wish->debug);
		status = at.source ? answer(out, &at, wish, &findings) :
				     out_fail(out, "attention: no memory");
		source_close(at.source);
		json_decref(at.sites);
	}
	story_end(&at.rules);
	findings_end(&findings);
	return status;
}

/* The exit code, or this: */
#define GO_ON (-1)

static int read_options(struct out *out, int argc, char **argv, struct wish *wish)
{
	static const char *const actions[] = { "observe", "repair", "unwind", "power-cycle",
					       "restart" };
	static const struct option longs[] = {
		{ "driver", required_argument, NULL, OPTION_DRIVER },
		{ "action", required_argument, NULL, OPTION_ACTION },
		{ "core", required_argument, NULL, OPTION_CORE },
		{ "debug", required_argument, NULL, OPTION_DEBUG },
		{ "output", required_argument, NULL, 'o' },
		{ 0 },
	};
	int option;
	size_t i;

	while ((option = option_next(out, &attention_command, argc, argv, "o:", longs)) !=
	       OPTION_END) {
		switch (option) {
		case OPTION_DRIVER:
			free(wish->driver);
			wish->driver = module_name(optarg);
			if (!wish->driver || !is_function(wish->driver))
				return out_usage(out,
						 "attention: --driver %s: is no name of a module",
						 optarg);
			break;
		case OPTION_ACTION:
			for (i = 0; i < 5 && strcmp(actions[i], optarg) != 0; i++)
				;
			if (i == 5)
				return out_usage(
					out,
					"attention: --action %s: is none of observe, repair, "
					"unwind, power-cycle, restart",
					optarg);
			wish->action = optarg;
			break;
		case OPTION_CORE:
			wish->core = optarg;
			break;
		case OPTION_DEBUG:
			wish->debug = optarg;
			break;
		case 'o':
			wish->output = optarg;
			break;
		default:
			return option_exit(option);
		}
	}
	return GO_ON;
}

static int run(struct out *out, int argc, char **argv)
{
	struct wish wish = { 0 };
	int status;

	status = read_options(out, argc, argv, &wish);
	if (status == GO_ON)
		status = operands(out, &attention_command, argc, 1, -1);
	else
		goto done;
	if (!status)
		status = attend(out, &wish, argc - optind, argv + optind);
done:
	free(wish.driver);
	return status;
}

const struct command attention_command = {
	.name = "attention",
	.run = run,
	.brief = "watch more closely what a static checker suspects",
	.usage = "attention [--driver DRIVER] [--action ACTION] [-o FILE] LOG.sarif...",
	.help = "Reads the SARIF 2.1.0 log of a static checker and writes policy for the places that it\n"
		"names, to be put into /etc/suture/suture.conf.d: a rule that only observes acts there,\n"
		"and trouble that repeats there climbs sooner. A finding is about a rule if it has its\n"
		"name, or a name or CWE number that means the same; else only its function counts.\n\n"
		"      --driver DRIVER    the places are in this driver; without: in any\n"
		"      --action ACTION    what is done when the rule is broken there\n"
		"  -o, --output FILE      where to write (default: standard output)\n"
		"      --core FILE        the rules of this suture.ko\n"
		"      --debug DIR        look here, too, for the driver and its debug file, which tell the\n"
		"                         function of a line\n",
};
