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
#include "link.h"
#include "text.h"
#include "uapi/linux/suture.h"

struct watch {
	struct out *out;
	struct link *link;
	const char *driver; /* only this one, or NULL */
	uint64_t next;	    /* number of the next event; 0: not known yet */
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

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "follow", no_argument, NULL, 'f' },
		{ "since", required_argument, NULL, OPTION_LONG },
		{ 0 },
	};
	struct watch watch = { .out = out };
	char *driver = NULL;
	int option, status;

	while ((option = option_next(out, &events_command, argc, argv, "f", longs)) != OPTION_END) {
		switch (option) {
		case 'f':
			watch.follow = true;
			break;
		case OPTION_LONG:
			if (parse_number(optarg, 1, &watch.next))
				return out_usage(out,
						 "events: --since %s: is no event number "
						 "(they start at 1)",
						 optarg);
			break;
		default:
			return option_exit(option);
		}
	}
	status = operands(out, &events_command, argc, 0, 1);
	if (status)
		return status;

	if (optind < argc)
		driver = module_name(argv[optind]);
	watch.driver = driver;
	out->lines = watch.follow;
	watch.list = json_array();
	status = watch_start(&watch);
	json_decref(watch.list);
	free(driver);
	return status;
}

const struct command events_command = {
	.name = "events",
	.run = run,
	.brief = "show what guarded drivers did wrong and what was done about it",
	.usage = "events [-f] [--since SEQ] [DRIVER]",
	.help = "Shows the events that suture.ko still keeps, oldest first, one per line: number,\n"
		"time, driver, rule, what was done, where, and what happened.\n\n"
		"  -f, --follow           go on with events as they happen; with -j one object a line,\n"
		"                         of \"type\" event, or lost (with \"first\" and \"last\")\n"
		"  --since SEQ            only from this event number on\n",
};
