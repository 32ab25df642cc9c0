// SPDX-License-Identifier: GPL-2.0-only
/*
 * rules.c - `suture rules`: the contracts that are watched, and what is done about them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "link.h"
#include "table.h"
#include "uapi/linux/suture.h"

static void print_table(struct out *out, const struct records *rules)
{
	struct table table;
	size_t i;

	if (rules->count == 0) {
		out_text(out, "suture.ko has no rules\n");
		return;
	}
	table_start(&table, "RULE|CLASS|ACTION|>HITS|CONTRACT");
	for (i = 0; i < rules->count; i++) {
		const struct record *record = rules->list[i];

		table_cell(&table, record_raw(record, SUTURE_A_RULE));
		table_cell(&table, record_raw(record, SUTURE_A_CLASS));
		table_cell(&table, record_raw(record, SUTURE_A_ACTION));
		table_number(&table, record_number(record, SUTURE_A_HITS));
		table_cell(&table, record_raw(record, SUTURE_A_CONTRACT));
	}
	table_end(&table, out, 0);
}

static void print_page(struct out *out, const struct record *rule)
{
	size_t i, n = record_repairs(rule);
	const char *name, *gives_up;

	out_text(out, "%s: %s\n", record_text(rule, SUTURE_A_RULE),
		 record_text(rule, SUTURE_A_CONTRACT));
	out_text(out, "  class    %s\n", record_text(rule, SUTURE_A_CLASS));
	out_text(out, "  source   %s\n", record_text(rule, SUTURE_A_SOURCE));
	out_text(out, "  action   %s\n", record_text(rule, SUTURE_A_ACTION));
	out_text(out, "  broken   %" PRIu64 " times\n", record_number(rule, SUTURE_A_HITS));
	for (i = 0; i < n; i++) {
		name = record_repair(rule, i, &gives_up);
		out_text(out, "  %-8s %s", i ? "" : "repairs", name);
		out_text(out, "%s%s\n", *gives_up ? "; gives up: " : "", gives_up);
	}
	if (n == 0)
		out_text(out, "  repairs  none; the visit is unwound\n");
}

static int show(struct out *out, struct link *link, const char *name)
{
	struct records rules = { 0 };
	const struct record *one = NULL;
	json_t *list;
	int status;
	size_t i;

	status = link_table(out, link, SUTURE_CMD_GET_RULE, &rules);
	if (status)
		return status;

	if (name) {
		one = records_find(&rules, SUTURE_A_RULE, name);
		if (!one) {
			records_clear(&rules);
			return out_fail(out, "%s: no such rule; see `suture rules`", name);
		}
	}

	list = json_array();
	for (i = 0; i < rules.count; i++)
		if (!one || rules.list[i] == one)
			json_array_append_new(list, record_json(rules.list[i]));
	if (!out->json && one)
		print_page(out, one);
	else if (!out->json)
		print_table(out, &rules);
	records_clear(&rules);
	return out_json(out, json_pack("{s:o}", "rules", list));
}

static int set(struct out *out, struct link *link, const char *rule, const char *action)
{
	json_t *answer;
	int ret;

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
	struct link *link;
	int option, status;
	bool setting;

	while ((option = option_next(out, &rules_command, argc, argv, "", NULL)) != OPTION_END)
		return option_exit(option);
	setting = optind < argc && strcmp(argv[optind], "set") == 0;
	status = operands(out, &rules_command, argc, setting ? 3 : 0, setting ? 3 : 1);
	if (status)
		return status;

	status = link_start(out, &link);
	if (status)
		return status;
	if (setting)
		status = set(out, link, argv[optind + 1], argv[optind + 2]);
	else
		status = show(out, link, argv[optind]);
	link_close(link);
	return status;
}

const struct command rules_command = {
	.name = "rules",
	.run = run,
	.brief = "show the rules, or set what is done when one is broken",
	.usage = "rules [RULE | set RULE ACTION]",
	.help = "Without arguments: all rules. With the name of one: its page, with its repairs and\n"
		"what each gives up. `set` says how far suture.ko may go when the rule is broken:\n\n"
		"  off                    do not look\n"
		"  observe                report, change nothing\n"
		"  repair                 make the call right\n"
		"  unwind                 abandon the visit\n"
		"  restart                restart the driver\n\n",
};
