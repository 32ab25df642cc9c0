// SPDX-License-Identifier: GPL-2.0-only
/*
 * witness.c - what happened on this machine, as its suture.ko tells it.
 */
#include <stdlib.h>
#include <sys/utsname.h>

#include "catalogue.h"
#include "story.h"
#include "uapi/linux/suture.h"

static json_t *list_of(const struct records *records)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < records->count; i++)
		json_array_append_new(list, record_json(records->list[i]));
	return list;
}

/* A table as JSON; *@list stays NULL if it cannot be had. Exit code. */
static int ask_table(struct out *out, struct link *link, uint8_t command, json_t **list)
{
	struct records records = { 0 };
	int status = link_table(out, link, command, &records);

	if (!status)
		*list = list_of(&records);
	records_clear(&records);
	return status;
}

static int ask(struct out *out, struct link *link, struct story *story, int what)
{
	struct records info = { 0 };
	int status = EXIT_SUCCESS;

	if (what & STORY_EVENTS)
		status = link_table(out, link, SUTURE_CMD_GET_EVENT, &story->events);
	if (!status && what & STORY_EVENTS)
		status = ask_table(out, link, SUTURE_CMD_GET_RULE, &story->rules);
	if (!status && what & STORY_CRASHES)
		status = link_table(out, link, SUTURE_CMD_GET_CRASH, &story->crashes);
	if (!status && what & STORY_DRIVERS)
		status = ask_table(out, link, SUTURE_CMD_GET_DOMAIN, &story->drivers);
	if (status || !(what & STORY_DRIVERS))
		return status;
	link_begin(link, SUTURE_CMD_GET_INFO);
	if (link_do(link, &info) == 0 && info.count)
		story->suture = record_json(info.list[0]);
	records_clear(&info);
	return EXIT_SUCCESS;
}

int story_ask(struct out *out, struct story *story, int what)
{
	struct utsname name;
	struct link *link;
	int status;

	status = link_start(out, &link);
	if (status)
		return status;
	status = ask(out, link, story, what);
	link_close(link);
	if (!status && uname(&name) == 0) {
		story->kernel = out_string(name.release);
		story->host = out_string(name.nodename);
	}
	/* The oldest ones that suture.ko does not keep any more. */
	if (!status && story->events.count)
		story->lost = record_number(story->events.list[0], SUTURE_A_SEQ) - 1;
	return status;
}

int story_rules(struct out *out, struct story *story, const char *core)
{
	struct suture_catalogue *catalogue = NULL;
	int status = EXIT_SUCCESS;
	size_t i;

	if (story->rules)
		return EXIT_SUCCESS;
	if (core)
		status = catalogue_open(out, core, &catalogue);
	else
		catalogue = catalogue_installed();
	if (!catalogue)
		return status;
	story->rules = json_array();
	for (i = 0; i < suture_catalogue_count(catalogue); i++)
		json_array_append_new(story->rules,
				      catalogue_json(suture_catalogue_rule(catalogue, i)));
	suture_catalogue_free(catalogue);
	return status;
}
