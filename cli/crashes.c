// SPDX-License-Identifier: GPL-2.0-only
/*
 * crashes.c - `suture report`: the records of crashes that suture.ko keeps.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "crash.h"
#include "link.h"
#include "table.h"
#include "text.h"
#include "uapi/linux/suture.h"

#define OPTION_LAST (OPTION_LONG + 0)
#define OPTION_ID   (OPTION_LONG + 1)

/* Which records are wanted, and how. */
struct wish {
	const char *driver; /* NULL: all */
	uint64_t id;	    /* 0: all */
	bool last;
	bool list;
};

static bool wanted(const struct wish *wish, const struct crash *crash)
{
	const char *driver = record_raw(crash->head, SUTURE_A_DOMAIN);

	if (wish->id && record_number(crash->head, SUTURE_A_SEQ) != wish->id)
		return false;
	return !wish->driver || (driver && strcmp(driver, wish->driver) == 0);
}

static void print_row(struct table *table, const struct record *head)
{
	char time[48];

	text_time(time, sizeof(time), record_number(head, SUTURE_A_TIME));
	table_number(table, record_number(head, SUTURE_A_SEQ));
	table_cell(table, time);
	table_cell(table, record_text(head, SUTURE_A_DOMAIN));
	table_cell(table, record_text(head, SUTURE_A_RULE));
	table_cell(table, record_text(head, SUTURE_A_ENTRY));
	table_cell(table, record_text(head, SUTURE_A_TEXT));
	table_cell(table, record_text(head, SUTURE_A_OUTCOME));
}

static void print(struct out *out, const struct wish *wish, const struct crash *crash, size_t n)
{
	struct table table;
	size_t i;

	if (!wish->list) {
		for (i = 0; i < n; i++) {
			if (i)
				out_text(out, "\n");
			crash_text(out, &crash[i]);
		}
		return;
	}
	table_start(&table, ">NUMBER|TIME|DRIVER|RULE|ENTRY|WHAT|OUTCOME");
	for (i = 0; i < n; i++)
		print_row(&table, crash[i].head);
	table_end(&table, out, 0);
}

static int answer(struct out *out, const struct wish *wish, const struct records *records)
{
	struct crash *crash = calloc(records->count + 1, sizeof(*crash));
	size_t at = 0, i, n = 0;
	json_t *list;

	if (!crash)
		return out_fail(out, "report: no memory");
	while (crash_next(records, &at, &crash[n]))
		if (wanted(wish, &crash[n]))
			n++;
	if (wish->last && n > 1) {
		crash[0] = crash[n - 1];
		n = 1;
	}
	if (wish->id && n == 0) {
		free(crash);
		return out_fail(out,
				"report: no record %" PRIu64 "%s%s; see `suture report --list`",
				wish->id, wish->driver ? " of " : "",
				wish->driver ? wish->driver : "");
	}
	if (n == 0)
		out_text(out, "no crash is on record\n");
	else
		print(out, wish, crash, n);
	list = json_array();
	for (i = 0; out->json && i < n; i++)
		json_array_append_new(list, crash_json(&crash[i]));
	free(crash);
	return out_json(out, json_pack("{s:o}", "crashes", list));
}

static int report(struct out *out, const struct wish *wish)
{
	struct records records = { 0 };
	struct link *link;
	int status;

	status = link_start(out, &link);
	if (status)
		return status;
	status = link_table(out, link, SUTURE_CMD_GET_CRASH, &records);
	if (!status)
		status = answer(out, wish, &records);
	records_clear(&records);
	link_close(link);
	return status;
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "last", no_argument, NULL, OPTION_LAST },
		{ "id", required_argument, NULL, OPTION_ID },
		{ "list", no_argument, NULL, 'l' },
		{ 0 },
	};
	struct wish wish = { 0 };
	char *driver = NULL;
	int option, status;

	while ((option = option_next(out, &report_command, argc, argv, "l", longs)) != OPTION_END) {
		switch (option) {
		case OPTION_LAST:
			wish.last = true;
			break;
		case OPTION_ID:
			if (parse_number(optarg, 1, &wish.id))
				return out_usage(out,
						 "report: --id %s: is not a number from 1 on; "
						 "see `suture report --list`",
						 optarg);
			break;
		case 'l':
			wish.list = true;
			break;
		default:
			return option_exit(option);
		}
	}
	status = operands(out, &report_command, argc, 0, 1);
	if (status)
		return status;
	if (optind < argc)
		wish.driver = driver = module_name(argv[optind]);
	status = report(out, &wish);
	free(driver);
	return status;
}

const struct command report_command = {
	.name = "report",
	.run = run,
	.brief = "show the records of crashes",
	.usage = "report [--list] [--last | --id NUMBER] [DRIVER]",
	.help = "Shows what is on record of crashes, restarts and quarantines: what happened, which\n"
		"rungs were taken and how long each took, the stack, what was held, registers.\n"
		"Records stay when the driver is unloaded, as long as suture.ko is loaded.\n\n"
		"  -l, --list             one line for each record\n"
		"      --last             only the newest one\n"
		"      --id NUMBER        only this one\n",
};
