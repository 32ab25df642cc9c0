// SPDX-License-Identifier: GPL-2.0-only
/*
 * crashes.c - `suture report`: the records of crashes that suture.ko keeps, and reports.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "crash.h"
#include "page.h"
#include "sarif.h"
#include "story.h"
#include "table.h"
#include "text.h"
#include "uapi/linux/suture.h"

enum {
	OPTION_LAST = OPTION_LONG,
	OPTION_ID,
	OPTION_INPUT,
	OPTION_SAVE,
	OPTION_HTML,
	OPTION_SARIF,
	OPTION_CORE,
	OPTION_DEBUG,
};

#define INPUTS 16

/* Which records are wanted, from where, and how. */
struct wish {
	const char *driver; /* NULL: all */
	uint64_t id;	    /* 0: all */
	bool last;
	bool list;
	const char *input[INPUTS]; /* files in place of suture.ko */
	size_t inputs;
	const char *save; /* files to write in place of an answer, or NULL */
	const char *html;
	const char *sarif;
	const char *core;
	const char *debug;
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

/* ------------------------------------------------------------------ files */

static bool is_standard(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

typedef int writer(FILE *to, const struct story *story, const struct wish *wish);

static int write_save(FILE *to, const struct story *story, const struct wish *wish)
{
	json_t *object = json_object(), *rest = story_json(story);
	int ret;

	(void)wish;
	json_object_set_new(object, "schema", json_integer(OUT_SCHEMA));
	json_object_update(object, rest);
	ret = json_dumpf(object, to, JSON_INDENT(1));
	fputc('\n', to);
	json_decref(rest);
	json_decref(object);
	return ret;
}

static int write_html(FILE *to, const struct story *story, const struct wish *wish)
{
	return page_write(to, story, wish->debug);
}

static int write_sarif(FILE *to, const struct story *story, const struct wish *wish)
{
	json_t *log = sarif_json(story, wish->debug);
	int ret = json_dumpf(log, to, JSON_INDENT(1));

	fputc('\n', to);
	json_decref(log);
	return ret;
}

/* @path as @write makes it; nothing if there is no @path. The names go to @written. Exit code. */
static int write_file(struct out *out, const char *path, writer *write, const struct story *story,
		      const struct wish *wish, json_t *written)
{
	bool standard = is_standard(path);
	int failed;
	FILE *to;

	if (!path)
		return EXIT_SUCCESS;
	to = standard ? out->to : fopen(path, "we");
	if (!to)
		return out_fail(out, "%s: cannot be opened: %s", path, strerror(errno));
	errno = 0;
	failed = write(to, story, wish) || ferror(to);
	if (!standard && fclose(to))
		failed = 1;
	if (failed)
		return out_fail(out, "%s: cannot be written: %s", path,
				errno ? strerror(errno) : "no memory");
	if (!standard)
		out_text(out, "%s: written\n", path);
	json_array_append_new(written, out_string(path));
	return EXIT_SUCCESS;
}

static int write_files(struct out *out, const struct wish *wish, struct story *story)
{
	json_t *written = json_array();
	int status;

	status = story_rules(out, story, wish->core);
	if (!status)
		status = write_file(out, wish->save, write_save, story, wish, written);
	if (!status)
		status = write_file(out, wish->html, write_html, story, wish, written);
	if (!status)
		status = write_file(out, wish->sarif, write_sarif, story, wish, written);
	if (status) {
		json_decref(written);
		return status;
	}
	return out_json(out, json_pack("{s:o}", "written", written));
}

static int report(struct out *out, const struct wish *wish)
{
	bool files = wish->save || wish->html || wish->sarif;
	struct story story = { 0 };
	int status = EXIT_SUCCESS;
	size_t i;

	for (i = 0; i < wish->inputs && !status; i++)
		status = story_read(out, &story, wish->input[i]);
	if (!wish->inputs)
		status = story_ask(out, &story, files ? STORY_ALL : STORY_CRASHES);
	if (!status && files && wish->driver)
		story_only(&story, wish->driver);
	if (!status)
		status = files ? write_files(out, wish, &story) : answer(out, wish, &story.crashes);
	story_end(&story);
	return status;
}

/* The exit code, or this: */
#define GO_ON (-1)

static int read_options(struct out *out, int argc, char **argv, struct wish *wish)
{
	static const struct option longs[] = {
		{ "last", no_argument, NULL, OPTION_LAST },
		{ "id", required_argument, NULL, OPTION_ID },
		{ "list", no_argument, NULL, 'l' },
		{ "input", required_argument, NULL, OPTION_INPUT },
		{ "save", required_argument, NULL, OPTION_SAVE },
		{ "html", required_argument, NULL, OPTION_HTML },
		{ "sarif", required_argument, NULL, OPTION_SARIF },
		{ "core", required_argument, NULL, OPTION_CORE },
		{ "debug", required_argument, NULL, OPTION_DEBUG },
		{ 0 },
	};
	int option;

	while ((option = option_next(out, &report_command, argc, argv, "l", longs)) != OPTION_END) {
		switch (option) {
		case OPTION_LAST:
			wish->last = true;
			break;
		case OPTION_ID:
			if (parse_number(optarg, 1, &wish->id))
				return out_usage(out,
						 "report: --id %s: is not a number from 1 on; "
						 "see `suture report --list`",
						 optarg);
			break;
		case 'l':
			wish->list = true;
			break;
		case OPTION_INPUT:
			if (wish->inputs == INPUTS)
				return out_usage(out, "report: --input %s: %d files are the most",
						 optarg, INPUTS);
			wish->input[wish->inputs++] = optarg;
			break;
		case OPTION_SAVE:
			wish->save = optarg;
			break;
		case OPTION_HTML:
			wish->html = optarg;
			break;
		case OPTION_SARIF:
			wish->sarif = optarg;
			break;
		case OPTION_CORE:
			wish->core = optarg;
			break;
		case OPTION_DEBUG:
			wish->debug = optarg;
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
	char *driver = NULL;
	int status;

	status = read_options(out, argc, argv, &wish);
	if (status != GO_ON)
		return status;
	status = operands(out, &report_command, argc, 0, 1);
	if (status)
		return status;
	if ((wish.last || wish.id || wish.list) && (wish.save || wish.html || wish.sarif))
		return out_usage(out,
				 "report: --last, --id and --list choose what is shown; a file "
				 "has everything");
	if (out->json &&
	    (is_standard(wish.save) || is_standard(wish.html) || is_standard(wish.sarif)))
		return out_usage(out, "report: -: with --json the answer is on standard output; "
				      "name a file");
	if (optind < argc)
		wish.driver = driver = module_name(argv[optind]);
	status = report(out, &wish);
	free(driver);
	return status;
}

const struct command report_command = {
	.name = "report",
	.run = run,
	.brief = "show the records of crashes, or write a report",
	.usage = "report [--list] [--last | --id NUMBER] [--input FILE]... [DRIVER]\n"
		 "       suture report (--html | --sarif | --save) FILE... [--input FILE]...\n"
		 "                     [--core FILE] [--debug DIR] [DRIVER]",
	.help = "Shows what is on record of crashes, restarts and quarantines: what happened, which\n"
		"rungs were taken and how long each took, the stack, what was held, registers.\n"
		"Records stay when the driver is unloaded, as long as suture.ko is loaded.\n\n"
		"  -l, --list             one line for each record\n"
		"      --last             only the newest one\n"
		"      --id NUMBER        only this one\n\n"
		"Or writes a report of everything, events too, for someone who was not there. FILE may\n"
		"be -, for standard output.\n\n"
		"      --html FILE        a page: time line, what happened, the rules, stacks\n"
		"      --sarif FILE       SARIF 2.1.0, for tools that show findings at source lines\n"
		"      --save FILE        all of it in JSON, for --input on another machine\n"
		"      --input FILE       what --save, `events -j` or `report -j` wrote, not suture.ko\n"
		"      --core FILE        the rules of this suture.ko, if FILE does not have them\n"
		"      --debug DIR        look here, too, for modules and their debug files, which tell the\n"
		"                         lines of source\n",
};
