// SPDX-License-Identifier: GPL-2.0-only
/*
 * stats.c - `suture stats`: counters, for people, for programs, and for Prometheus.
 *
 * All three are made from the same table, so that a figure has one name and one meaning.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "link.h"
#include "prometheus.h"
#include "table.h"
#include "text.h"
#include "uapi/linux/suture.h"

struct stats {
	struct records info;
	struct records drivers;
	struct records tallies;
	struct records rules;
};

static int ask(struct out *out, struct stats *stats)
{
	struct link *link;
	int status, ret;

	status = link_start(out, &link);
	if (status)
		return status;
	link_begin(link, SUTURE_CMD_GET_INFO);
	ret = link_do(link, &stats->info);
	if (ret)
		status = link_fail(out, link, "suture.ko", ret);
	if (!status)
		status = link_table(out, link, SUTURE_CMD_GET_DOMAIN, &stats->drivers);
	if (!status)
		status = link_table(out, link, SUTURE_CMD_GET_TALLY, &stats->tallies);
	if (!status)
		status = link_table(out, link, SUTURE_CMD_GET_RULE, &stats->rules);
	link_close(link);
	return status;
}

static bool is(const struct record *record, int attr, const char *value)
{
	const char *raw = record_raw(record, attr);

	return raw && strcmp(raw, value) == 0;
}

/* Events of @driver after which @action was taken. */
static uint64_t count(const struct stats *stats, const char *driver, const char *action)
{
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < stats->tallies.count; i++) {
		const struct record *tally = stats->tallies.list[i];

		if (is(tally, SUTURE_A_DOMAIN, driver) && is(tally, SUTURE_A_ACTION, action))
			n += record_number(tally, SUTURE_A_COUNT);
	}
	return n;
}

/* ------------------------------------------------------------------ text */

static void print_one(struct out *out, const struct stats *stats, const struct record *driver)
{
	const char *name = record_raw(driver, SUTURE_A_DOMAIN);
	struct table table;
	char bytes[32];
	size_t i;

	text_bytes(bytes, sizeof(bytes), record_number(driver, SUTURE_A_BYTES));
	out_text(out, "%s: %s\n", record_text(driver, SUTURE_A_DOMAIN),
		 record_text(driver, SUTURE_A_STATE));
	out_text(out,
		 "  holds      %" PRIu64 " objects, %s; %" PRIu64 " more that are not tracked\n",
		 record_number(driver, SUTURE_A_OBJECTS), bytes,
		 record_number(driver, SUTURE_A_UNTRACKED));
	out_text(out,
		 "  events     %" PRIu64 "; %" PRIu64 " repairs, %" PRIu64 " visits unwound, "
		 "%" PRIu64 " restarts\n",
		 record_number(driver, SUTURE_A_EVENTS), count(stats, name, "repair"),
		 record_number(driver, SUTURE_A_UNWINDS), record_number(driver, SUTURE_A_RESTARTS));
	table_start(&table, "RULE|ACTION|>TIMES");
	for (i = 0; i < stats->tallies.count; i++) {
		const struct record *tally = stats->tallies.list[i];

		if (!is(tally, SUTURE_A_DOMAIN, name))
			continue;
		table_cell(&table, record_raw(tally, SUTURE_A_RULE));
		table_cell(&table, record_raw(tally, SUTURE_A_ACTION));
		table_number(&table, record_number(tally, SUTURE_A_COUNT));
	}
	table_end(&table, out, 2);
}

static void print(struct out *out, const struct stats *stats)
{
	size_t i;

	if (stats->drivers.count == 0)
		out_text(out, "no driver is guarded\n");
	for (i = 0; i < stats->drivers.count; i++) {
		if (i)
			out_text(out, "\n");
		print_one(out, stats, stats->drivers.list[i]);
	}
}

/* ------------------------------------------------------------------ JSON */

static json_t *driver_json(const struct stats *stats, const struct record *driver)
{
	const char *name = record_raw(driver, SUTURE_A_DOMAIN);
	json_t *object = record_json(driver), *list = json_array();
	size_t i;

	for (i = 0; i < stats->tallies.count; i++) {
		json_t *one;

		if (!is(stats->tallies.list[i], SUTURE_A_DOMAIN, name))
			continue;
		one = record_json(stats->tallies.list[i]);
		json_object_del(one, "driver");
		json_array_append_new(list, one);
	}
	out_set_number(object, "repairs", count(stats, name, "repair"));
	json_object_set_new(object, "violations", list);
	return object;
}

static json_t *stats_json(const struct stats *stats)
{
	json_t *drivers = json_array(), *rules = json_array(), *one;
	const struct record *rule;
	size_t i;

	for (i = 0; i < stats->drivers.count; i++)
		json_array_append_new(drivers, driver_json(stats, stats->drivers.list[i]));
	for (i = 0; i < stats->rules.count; i++) {
		rule = stats->rules.list[i];
		one = json_object();
		out_set(one, "rule", record_raw(rule, SUTURE_A_RULE));
		out_set(one, "class", record_raw(rule, SUTURE_A_CLASS));
		out_set_number(one, "hits", record_number(rule, SUTURE_A_HITS));
		json_array_append_new(rules, one);
	}
	return json_pack("{s:o, s:o, s:o}", "suture",
			 stats->info.count ? record_json(stats->info.list[0]) : json_object(),
			 "drivers", drivers, "rules", rules);
}

/* Leaves only the driver called @name, if one was asked for. */
static int keep(struct out *out, struct stats *stats, const char *name)
{
	size_t i, n = 0;

	for (i = 0; name && i < stats->drivers.count; i++) {
		struct record *driver = stats->drivers.list[i];

		if (is(driver, SUTURE_A_DOMAIN, name))
			stats->drivers.list[n++] = driver;
		else
			record_free(driver);
	}
	if (name)
		stats->drivers.count = n;
	if (name && n == 0)
		return out_fail(out, "%s: is not guarded; see `suture status` for what is", name);
	return EXIT_SUCCESS;
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "prometheus", no_argument, NULL, OPTION_LONG },
		{ 0 },
	};
	struct stats stats = { 0 };
	bool prometheus = false;
	char *name = NULL;
	int option, status;
	json_t *answer;

	while ((option = option_next(out, &stats_command, argc, argv, "", longs)) != OPTION_END) {
		if (option != OPTION_LONG)
			return option_exit(option);
		prometheus = true;
	}
	status = operands(out, &stats_command, argc, 0, 1);
	if (status)
		return status;
	if (prometheus && out->json)
		return out_usage(out, "stats: --prometheus and --json are two formats; choose one");
	if (optind < argc)
		name = module_name(argv[optind]);
	status = ask(out, &stats);
	if (!status)
		status = keep(out, &stats, name);
	if (!status) {
		answer = stats_json(&stats);
		if (prometheus)
			prometheus_print(out->to, answer);
		else
			print(out, &stats);
		status = out_json(out, answer);
	}
	free(name);
	records_clear(&stats.info);
	records_clear(&stats.drivers);
	records_clear(&stats.tallies);
	records_clear(&stats.rules);
	return status;
}

const struct command stats_command = {
	.name = "stats",
	.run = run,
	.brief = "show counters of guarded drivers and of rules",
	.usage = "stats [--prometheus] [DRIVER]",
	.help = "Shows what each guarded driver holds, how often it broke which rule and what was done\n"
		"about it, since it was loaded. Visits and calls are not counted: that would cost time\n"
		"in each.\n\n"
		"      --prometheus       as a textfile for the node exporter of Prometheus: write it to\n"
		"                         a new file and rename that, so that no half of it is read\n",
};
