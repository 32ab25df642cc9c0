// SPDX-License-Identifier: GPL-2.0-only
/*
 * events.c - `suture events`: what guarded drivers did wrong and what was done about it.
 *
 * Following: the multicast group is joined first, then what suture.ko still keeps is
 * dumped, then the group is heard. Events have numbers without gaps, so a gap or
 * a full socket buffer is seen, and mended from a dump as far as suture.ko still
 * keeps the missing ones. What is gone for good is said to be gone.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "event.h"
#include "journal.h"
#include "link.h"
#include "sarif.h"
#include "story.h"
#include "text.h"
#include "uapi/linux/suture.h"

struct watch {
	struct out *out;
	struct link *link;
	const char *driver; /* only this one, or NULL */
	const char *input;  /* a file in place of suture.ko, or NULL */
	const char *core;   /* rules for SARIF, or NULL */
	const char *debug;  /* where debug files are, or NULL */
	bool sarif;
	bool journal;  /* to the journal, not to standard output */
	uint64_t next; /* number of the next event; 0: not known yet */
	bool follow;
	json_t *list; /* collected, when not following */
};

static int show(struct watch *watch, const struct record *event)
{
	const char *driver = record_raw(event, SUTURE_A_DOMAIN);
	json_t *object;
	char *line;

	if (watch->driver && (!driver || strcmp(driver, watch->driver) != 0))
		return EXIT_SUCCESS;

	if (watch->journal)
		return journal_send(watch->out, event);
	if (!watch->out->json) {
		line = event_line(event);
		out_text(watch->out, "%s\n", line ? line : "");
		free(line);
		return EXIT_SUCCESS;
	}

	object = record_json(event);
	if (!watch->follow) {
		json_array_append_new(watch->list, object);
		return EXIT_SUCCESS;
	}
	json_object_set_new(object, "type", json_string("event"));
	return out_json(watch->out, object);
}

static void say_lost(struct watch *watch, uint64_t first, uint64_t last)
{
	json_t *object;

	if (!watch->out->json || !watch->follow) {
		out_warn(watch->out,
			 "events %" PRIu64 " to %" PRIu64 " are lost: "
			 "suture.ko keeps only the last ones",
			 first, last);
		return;
	}
	object = json_object();
	json_object_set_new(object, "type", json_string("lost"));
	out_set_number(object, "first", first);
	out_set_number(object, "last", last);
	out_json(watch->out, object);
}

/* Shows what suture.ko still keeps from watch->next on. */
static int catch_up(struct watch *watch)
{
	struct records events = { 0 };
	int status = EXIT_SUCCESS;
	int ret;
	size_t i;

	link_begin(watch->link, SUTURE_CMD_GET_EVENT);
	if (watch->next)
		link_put_number(watch->link, SUTURE_A_SEQ, watch->next);
	ret = link_dump(watch->link, &events);
	if (ret && ret != -EINTR)
		return link_fail(watch->out, watch->link, "events", ret);

	for (i = 0; i < events.count && !status; i++) {
		uint64_t seq = record_number(events.list[i], SUTURE_A_SEQ);

		if (seq < watch->next)
			continue;
		if (watch->next && seq > watch->next)
			say_lost(watch, watch->next, seq - 1);
		watch->next = seq + 1;
		status = show(watch, events.list[i]);
	}
	records_clear(&events);
	return status;
}

/* One event from the group; mends a gap before it. */
static int heard(struct watch *watch, const struct record *event)
{
	uint64_t seq = record_number(event, SUTURE_A_SEQ);
	int status;

	if (record_command(event) != SUTURE_CMD_EVENT || seq < watch->next)
		return EXIT_SUCCESS;

	/* The dump shows this one too, if it is still kept. */
	if (seq > watch->next && watch->next) {
		status = catch_up(watch);
		if (status || seq < watch->next)
			return status;
		if (seq > watch->next)
			say_lost(watch, watch->next, seq - 1);
	}
	watch->next = seq + 1;
	return show(watch, event);
}

static int follow(struct watch *watch, struct link *group)
{
	struct records events = { 0 };
	int status = EXIT_SUCCESS;
	int ret;
	size_t i;

	while (!status) {
		ret = link_hear(group, &events);
		for (i = 0; i < events.count && !status; i++)
			status = heard(watch, events.list[i]);
		records_clear(&events);

		if (ret == -ENOBUFS) {
			if (!watch->out->json)
				out_warn(watch->out,
					 "events came faster than they were read; "
					 "going on from event %" PRIu64,
					 watch->next);
			status = status ? status : catch_up(watch);
		} else if (ret == -ENODEV) {
			return out_fail(watch->out, "suture.ko was unloaded; no more events");
		} else if (ret && ret != -EINTR) {
			return link_fail(watch->out, group, "events", ret);
		}

		/* Nobody reads any more, or the disk is full. */
		if (fflush(watch->out->to) || ferror(watch->out->to))
			return EXIT_FAILURE;
	}
	return status;
}

/* Events that are there as a whole: from a file, or to be one document. */
static int tell(struct watch *watch)
{
	struct story story = { 0 };
	json_t *log;
	int status;
	size_t i;

	status = watch->input ? story_read(watch->out, &story, watch->input) :
				story_ask(watch->out, &story, STORY_EVENTS);
	if (!status && watch->driver)
		story_only(&story, watch->driver);
	if (!status)
		story_since(&story, watch->next);
	if (!status && watch->sarif)
		status = story_rules(watch->out, &story, watch->core);
	for (i = 0; !status && !watch->sarif && i < story.events.count; i++)
		status = show(watch, story.events.list[i]);
	if (!status && watch->sarif) {
		log = sarif_json(&story, watch->debug);
		json_dumpf(log, watch->out->to, JSON_INDENT(1));
		fputc('\n', watch->out->to);
		json_decref(log);
	} else if (!status) {
		status = out_json(watch->out, json_pack("{s:O}", "events", watch->list));
	}
	story_end(&story);
	return status;
}

static int watch_start(struct watch *watch)
{
	struct link *group = NULL;
	int status, ret;

	status = link_start(watch->out, &watch->link);
	if (status)
		return status;

	/* Joined before the dump, so that nothing falls between the two. */
	if (watch->follow) {
		status = link_start(watch->out, &group);
		if (status)
			goto done;
		ret = link_listen(group);
		if (ret) {
			status = link_fail(watch->out, group, "events", ret);
			goto done;
		}
	}

	status = catch_up(watch);
	if (status)
		goto done;
	if (watch->follow) {
		/* From here on every number is expected, also the very first. */
		if (watch->next == 0)
			watch->next = 1;
		fflush(watch->out->to);
		status = follow(watch, group);
	} else {
		status = out_json(watch->out, json_pack("{s:O}", "events", watch->list));
	}
done:
	link_close(group);
	link_close(watch->link);
	return status;
}

enum {
	OPTION_SINCE = OPTION_LONG,
	OPTION_INPUT,
	OPTION_SARIF,
	OPTION_JOURNAL,
	OPTION_CORE,
	OPTION_DEBUG,
};

/* The exit code, or this: */
#define GO_ON (-1)

static int read_options(struct watch *watch, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "follow", no_argument, NULL, 'f' },
		{ "since", required_argument, NULL, OPTION_SINCE },
		{ "input", required_argument, NULL, OPTION_INPUT },
		{ "sarif", no_argument, NULL, OPTION_SARIF },
		{ "journal", no_argument, NULL, OPTION_JOURNAL },
		{ "core", required_argument, NULL, OPTION_CORE },
		{ "debug", required_argument, NULL, OPTION_DEBUG },
		{ 0 },
	};
	struct out *out = watch->out;
	int option;

	while ((option = option_next(out, &events_command, argc, argv, "f", longs)) != OPTION_END) {
		switch (option) {
		case 'f':
			watch->follow = true;
			break;
		case OPTION_SINCE:
			if (parse_number(optarg, 1, &watch->next))
				return out_usage(out,
						 "events: --since %s: is no event number "
						 "(they start at 1)",
						 optarg);
			break;
		case OPTION_INPUT:
			watch->input = optarg;
			break;
		case OPTION_SARIF:
			watch->sarif = true;
			break;
		case OPTION_JOURNAL:
			watch->journal = true;
			break;
		case OPTION_CORE:
			watch->core = optarg;
			break;
		case OPTION_DEBUG:
			watch->debug = optarg;
			break;
		default:
			return option_exit(option);
		}
	}
	if (watch->follow && (watch->input || watch->sarif))
		return out_usage(out, "events: --follow: %s has an end; leave one of them out",
				 watch->input ? "--input" : "--sarif");
	if (watch->sarif + watch->journal + out->json > 1)
		return out_usage(out, "events: --sarif, --journal and --json: choose one");
	return GO_ON;
}

static int run(struct out *out, int argc, char **argv)
{
	struct watch watch = { .out = out };
	char *driver = NULL;
	int status;

	status = read_options(&watch, argc, argv);
	if (status != GO_ON)
		return status;
	status = operands(out, &events_command, argc, 0, 1);
	if (status)
		return status;

	if (optind < argc)
		driver = module_name(argv[optind]);
	watch.driver = driver;
	out->lines = watch.follow;
	watch.list = json_array();
	status = watch.input || watch.sarif ? tell(&watch) : watch_start(&watch);
	json_decref(watch.list);
	free(driver);
	return status;
}

const struct command events_command = {
	.name = "events",
	.run = run,
	.brief = "show what guarded drivers did wrong and what was done about it",
	.usage = "events [-f] [--since SEQ] [--input FILE] [--journal | --sarif] [DRIVER]",
	.help = "Shows the events that suture.ko still keeps, oldest first, one per line: number,\n"
		"time, driver, rule, what was done, where, and what happened.\n\n"
		"  -f, --follow           go on with events as they happen; with -j one object a line,\n"
		"                         of \"type\" event, or lost (with \"first\" and \"last\")\n"
		"      --since SEQ        only from this event number on\n"
		"      --input FILE       the events in FILE, which `events -j` or `report --save` wrote\n"
		"      --journal          into the systemd journal, each with fields of its own\n"
		"      --sarif            as one SARIF 2.1.0 log, for tools that show findings at lines\n"
		"      --core FILE        SARIF: the rules of this suture.ko\n"
		"      --debug DIR        SARIF: look here, too, for modules and their debug files\n",
};
