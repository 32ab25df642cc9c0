/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - an event as a line for people.
 */
#ifndef CLI_EVENT_H
#define CLI_EVENT_H

#include "record.h"

/*
 * "SEQ TIME DRIVER RULE ACTION: TEXT (at SITE, in ENTRY, CONTEXT, cpu N, COMM[PID]; …)".
 * Freed by the caller; NULL without memory.
 */
char *event_line(const struct record *event);

/* The same from DRIVER on, for what has times of its own. */
char *event_words(const struct record *event);

#endif /* CLI_EVENT_H */
