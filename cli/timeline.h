/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * timeline.h - events along an axis, for the page of a report.
 *
 * A machine runs for weeks and a driver fails for a second: events are cut where nothing
 * happened for long, and each piece, an episode, has an axis of its own.
 */
#ifndef CLI_TIMELINE_H
#define CLI_TIMELINE_H

#include <stdbool.h>

#include "story.h"

/* More episodes than this are not made: the largest gaps are the ones that count. */
#define EPISODES 8

/**
 * struct episode - events with no long gap between them
 * @first:	index of its first event
 * @end:	index behind its last one
 */
struct episode {
	size_t first;
	size_t end;
};

/* What was done, in the order in which it matters. */
enum deed {
	DEED_OBSERVED,
	DEED_REPAIRED,
	DEED_UNWOUND,
	DEED_CYCLED,
	DEED_RESTARTED,
	DEED_QUARANTINED,
	DEED_FAILED,
	DEEDS,
};

/* Of an event; its name for the style sheet; and a word for people, of one and of several. */
enum deed deed_of(const struct record *event);
const char *deed_class(enum deed deed);
const char *deed_word(enum deed deed);

/* Orders @events by time; cuts them. Return: number of episodes. */
size_t timeline_cut(struct records *events, struct episode episode[EPISODES]);

/* The time line of one episode, a lane for each of its drivers. */
void timeline_write(FILE *to, const struct story *story, const struct episode *episode);

#endif /* CLI_TIMELINE_H */
