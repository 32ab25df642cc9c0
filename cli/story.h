/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * story.h - what happened on a machine: events, records of crashes, the rules, the drivers.
 *
 * It comes from suture.ko or from files that this command has written with -j, on this machine
 * or another one. Either way it passes through records, so that a file is checked as
 * a message is.
 */
#ifndef CLI_STORY_H
#define CLI_STORY_H

#include "crash.h"
#include "link.h"
#include "out.h"
#include "record.h"

/**
 * struct story - what happened
 * @events:	the events, oldest first
 * @crashes:	messages of the records of crashes, see crash.h
 * @rules:	array of rules, as `suture rules -j` has them; or NULL
 * @drivers:	array of drivers, as `suture status -j` has them; or NULL
 * @suture:	counters of suture.ko; or NULL
 * @kernel:	release of the kernel; or NULL
 * @host:	name of the machine; or NULL
 * @lost:	number of events that are known to have been lost
 */
struct story {
	struct records events;
	struct records crashes;
	json_t *rules;
	json_t *drivers;
	json_t *suture;
	json_t *kernel;
	json_t *host;
	uint64_t lost;
};

/* What is asked of suture.ko. Only root gets the records of crashes. */
#define STORY_CRASHES 1
#define STORY_EVENTS  2 /* and the rules */
#define STORY_DRIVERS 4
#define STORY_ALL     7

int story_ask(struct out *out, struct story *story, int what); /* Exit code. */

/*
 * Adds what stands in @path ("-": standard input): answers of events, events -f, report, rules,
 * status or report --save, one or several. Exit code.
 */
int story_read(struct out *out, struct story *story, const char *path);

/* Rules from @core (NULL: from this machine's suture.ko, if it has one), unless they are there. */
int story_rules(struct out *out, struct story *story, const char *core);

/* Only what is about @driver. */
void story_only(struct story *story, const char *driver);

/* Only events from number @seq on. */
void story_since(struct story *story, uint64_t seq);

/* The whole as an object that story_read() reads. */
json_t *story_json(const struct story *story);

void story_end(struct story *story);

#endif /* CLI_STORY_H */
