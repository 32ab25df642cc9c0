/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page_part.h - the parts that the page of a report consists of.
 */
#ifndef CLI_PAGE_PART_H
#define CLI_PAGE_PART_H

#include <stdio.h>

#include "crash.h"
#include "source.h"
#include "story.h"
#include "timeline.h"

/* The style sheet. */
extern const char page_style[];

/* The events of an episode, those that differ only in their time together. */
void page_events(FILE *to, const struct story *story, const struct episode *episode,
		 struct source *source);

/* The record of a crash. */
void page_crash(FILE *to, const struct crash *crash, struct source *source);

/* The rules that some event or crash is about. */
void page_rules(FILE *to, const struct story *story);

/* The rule of that name, or NULL. */
const json_t *page_rule(const struct story *story, const char *name);

/* A link to a rule on this page; its name alone if the rule is not known. */
void page_rule_link(FILE *to, const struct story *story, const char *name);

#endif /* CLI_PAGE_PART_H */
