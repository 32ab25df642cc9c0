// SPDX-License-Identifier: GPL-2.0-only
/*
 * rules.c - `suture rules`: the contracts that are watched, and what is done about them.
 */
#include <stdlib.h>
#include <string.h>

#include "catalogue.h"
#include "command.h"
#include "force.h"
#include "link.h"
#include "table.h"
#include "text.h"
#include "uapi/linux/suture.h"

/* Text and JSON are made from the same objects, wherever these came from. */
static const char *get(const json_t *rule, const char *key)
{
	const char *value = json_string_value(json_object_get(rule, key));

	return value ? value : "";
}

static void print_table(struct out *out, const json_t *rules)
{
	struct table table;
	const json_t *rule;
	size_t i;

	if (json_array_size(rules) == 0) {
		out_text(out, "suture.ko has no rules\n");
		return;
	}
	table_start(&table, "RULE|CLASS|ACTION|>HITS|CONTRACT");
	json_array_foreach(rules, i, rule) {
		const json_t *hits = json_object_get(rule, "hits");

		table_cell(&table, get(rule, "rule"));
		table_cell(&table, get(rule, "class"));
		table_cell(&table, get(rule, "action"));
		if (hits)
			table_number(&table, json_integer_value(hits));
		else
			table_cell(&table, NULL);
		table_cell(&table, get(rule, "contract"));
	}
	table_end(&table, out, 0);
}

/* One value, made fit for a terminal. */
static void print(struct out *out, const char *format, const char *value)
{
	char *clean = text_clean(value);

	out_text(out, format, clean ? clean : "");
	free(clean);
}

#define INDENT "           "
#define WIDTH  90

/* Words, or names that are strings of a list, in lines that fit. */
static void print_wrapped(struct out *out, const char *head, const char *words)
{
	size_t length, column = 0;

	for (; *words; words += length) {
		words += strspn(words, " ");
		length = strcspn(words, " ");
		if (!length)
			break;
		if (!column || column + 1 + length > WIDTH) {
			out_text(out, "%s%s", column ? "\n" INDENT : head, "");
			column = strlen(INDENT);
		} else {
			out_text(out, " ");
			column++;
		}
		out_text(out, "%.*s", (int)length, words);
		column += length;
	}
	if (column)
		out_text(out, "\n");
}

static void print_names(struct out *out, const char *head, const json_t *names)
{
	char *all = NULL, *more;
	const json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		char *clean = text_clean(json_string_value(name));

		if (asprintf(&more, "%s%s%s", all ? all : "", all ? " " : "", clean ? clean : "") <
		    0)
			more = NULL;
		free(clean);
		free(all);
		all = more;
		if (!all)
			return;
	}
	if (all)
		print_wrapped(out, head, all);
	free(all);
}

static void print_example(struct out *out, const char *example)
{
	const char *head = "  example  ";
	size_t length, i;

	for (; *example; example += length + (example[length] == '\n')) {
		char *line, *clean;

		out_text(out, "%s", head);
		head = INDENT;
		for (; *example == '\t'; example++)
			out_text(out, "    ");
		length = strcspn(example, "\n");
		line = strndup(example, length);
		for (i = 0; line && line[i]; i++)
			if (line[i] == '\t')
				line[i] = ' ';
		clean = line ? text_clean(line) : NULL;
		out_text(out, "%s\n", clean ? clean : "");
		free(clean);
		free(line);
	}
}

static void print_repairs(struct out *out, const json_t *repairs)
{
	const json_t *repair;
	size_t i;

	json_array_foreach(repairs, i, repair) {
		out_text(out, "  %-8s ", i ? "" : "repairs");
		print(out, "%s", get(repair, "repair"));
		print(out, *get(repair, "gives_up") ? "; gives up: %s" : "%s",
		      get(repair, "gives_up"));
		out_text(out, "\n");
	}
	if (json_array_size(repairs) == 0)
		out_text(out, "  repairs  none; the visit is unwound\n");
}

static void print_page(struct out *out, const json_t *rule)
{
	const json_t *hits = json_object_get(rule, "hits");
	char *look = text_clean(get(rule, "look"));

	print(out, "%s: ", get(rule, "rule"));
	print(out, "%s\n", get(rule, "contract"));
	print(out, "  class    %s\n", get(rule, "class"));
	print(out, "  source   %s\n", get(rule, "source"));
	print(out, "  action   %s\n", get(rule, "action"));
	if (hits)
		out_text(out, "  broken   %" JSON_INTEGER_FORMAT " times\n",
			 json_integer_value(hits));
	print_example(out, get(rule, "example"));
	print_repairs(out, json_object_get(rule, "repairs"));
	if (look)
		print_wrapped(out, "  look     ", look);
	print_names(out, "  judges   ", json_object_get(rule, "judges"));
	print_names(out, "  follows  ", json_object_get(rule, "follows"));
	if (json_object_get(rule, "judges") && !json_array_size(json_object_get(rule, "judges")) &&
	    !json_array_size(json_object_get(rule, "follows")))
		out_text(out, "  judges   each return from the driver, whatever it called\n");
	free(look);
}

/* Prints @rules, taken over: a table, or the page of one. */
static int show(struct out *out, json_t *rules, const char *name)
{
	if (!out->json && name)
		print_page(out, json_array_get(rules, 0));
	else if (!out->json)
		print_table(out, rules);
	return out_json(out, json_pack("{s:o}", "rules", rules));
}

static int no_rule(struct out *out, json_t *rules, const char *name)
{
	json_decref(rules);
	return out_fail(out, "%s: no such rule; see `suture rules`", name);
}

/* The rules of a file, which need not be loaded. */
static int show_file(struct out *out, const char *core, const char *name)
{
	struct suture_catalogue *catalogue;
	json_t *rules;
	int status;
	size_t i;

	status = catalogue_open(out, core, &catalogue);
	if (status)
		return status;
	rules = json_array();
	for (i = 0; i < suture_catalogue_count(catalogue); i++) {
		const struct suture_catalogue_rule *rule = suture_catalogue_rule(catalogue, i);

		if (!name || strcmp(rule->id, name) == 0)
			json_array_append_new(rules, catalogue_json(rule));
	}
	suture_catalogue_free(catalogue);
	if (name && json_array_size(rules) == 0)
		return no_rule(out, rules, name);
	return show(out, rules, name);
}

/*
 * What the loaded suture.ko cannot tell: which functions a rule is about. Without its file
 * the rest is shown all the same.
 */
static void add_functions(json_t *rule)
{
	struct suture_catalogue *catalogue = catalogue_installed();
	const struct suture_catalogue_rule *known = catalogue_find(catalogue, get(rule, "rule"));

	if (known)
		catalogue_functions(rule, known);
	suture_catalogue_free(catalogue);
}

static int show_loaded(struct out *out, struct link *link, const char *name)
{
	struct records records = { 0 };
	json_t *rules;
	int status;
	size_t i;

	status = link_table(out, link, SUTURE_CMD_GET_RULE, &records);
	if (status)
		return status;
	rules = json_array();
	for (i = 0; i < records.count; i++) {
		const char *id = record_raw(records.list[i], SUTURE_A_RULE);

		if (!name || (id && strcmp(id, name) == 0))
			json_array_append_new(rules, record_json(records.list[i]));
	}
	records_clear(&records);
	if (name && json_array_size(rules) == 0)
		return no_rule(out, rules, name);
	if (name)
		add_functions(json_array_get(rules, 0));
	return show(out, rules, name);
}

static int set(struct out *out, struct link *link, const char *rule, const char *action)
{
	json_t *answer;
	int ret;

	/* Or the first driver that is loaded would bring the policy, and undo this. */
	ret = force_first(out, link);
	if (ret)
		return ret;
	link_begin(link, SUTURE_CMD_SET_RULE);
	link_put_string(link, SUTURE_A_RULE, rule);
	link_put_string(link, SUTURE_A_ACTION, action);
	ret = link_do(link, NULL);
	if (ret)
		return link_fail(out, link, rule, ret);

	out_text(out, "%s: action is now %s\n", rule, action);
	answer = json_object();
	out_set(answer, "rule", rule);
	out_set(answer, "action", action);
	return out_json(out, answer);
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "core", required_argument, NULL, OPTION_LONG },
		{ 0 },
	};
	const char *core = NULL;
	struct link *link;
	int option, status;
	bool setting;

	while ((option = option_next(out, &rules_command, argc, argv, "", longs)) != OPTION_END) {
		if (option != OPTION_LONG)
			return option_exit(option);
		core = optarg;
	}
	setting = optind < argc && strcmp(argv[optind], "set") == 0;
	status = operands(out, &rules_command, argc, setting ? 3 : 0, setting ? 3 : 1);
	if (status)
		return status;
	if (core && setting)
		return out_usage(out, "--core %s: rules are set in the loaded suture.ko only",
				 core);
	if (core)
		return show_file(out, core, argv[optind]);

	status = link_start(out, &link);
	if (status)
		return status;
	if (setting)
		status = set(out, link, argv[optind + 1], argv[optind + 2]);
	else
		status = show_loaded(out, link, argv[optind]);
	link_close(link);
	return status;
}

const struct command rules_command = {
	.name = "rules",
	.run = run,
	.brief = "show the rules, or set what is done when one is broken",
	.usage = "rules [--core FILE] [RULE | set RULE ACTION]",
	.help = "Without arguments: all rules. With the name of one: its page, with an example of the\n"
		"mistake, the repairs and what each gives up, and the kernel functions that it judges\n"
		"when they are called, or follows to judge later. `set` says how far suture.ko may go when\n"
		"the rule is broken:\n\n"
		"  off                    do not look\n"
		"  observe                report, change nothing\n"
		"  repair                 make the call right\n"
		"  unwind                 abandon the visit\n"
		"  power-cycle            stop the device and start it again; what programs hold stays\n"
		"  restart                restart the driver\n\n"
		"  --core FILE            the rules of this suture.ko and of the packs beside it, not of\n"
		"                         the loaded one\n",
};
