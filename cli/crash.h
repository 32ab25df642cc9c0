/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * crash.h - the record of a crash, put together from its messages.
 *
 * suture.ko sends a record as a head and, after it, its parts, all with the same number.
 */
#ifndef CLI_CRASH_H
#define CLI_CRASH_H

#include "out.h"
#include "record.h"

/**
 * struct crash - the messages of one record
 * @head:	the first of them
 * @part:	those that follow, in the order in which they came
 * @parts:	number of @part
 */
struct crash {
	const struct record *head;
	struct record *const *part;
	size_t parts;
};

/*
 * The next record in @records, from *@at on, which is moved behind it. Parts without
 * a head, as its record was overwritten meanwhile, are passed over. False if there is none.
 */
bool crash_next(const struct records *records, size_t *at, struct crash *crash);

/*
 * The messages that @object was put together from, by crash_json(), appended to @records.
 * As record_of_json(); *@bad may also be the name of a list.
 */
int crash_of_json(const json_t *object, struct records *records, const char **bad);

/* The record of the crash that @event tells of. False if there is none. */
bool crash_find(const struct records *records, const struct record *event, struct crash *crash);

/* Is the place of @event the address that a call returns to, not that of the instruction? */
bool crash_is_after(const struct records *records, const struct record *event);

/* For people, several lines. */
void crash_text(struct out *out, const struct crash *crash);

/* For programs, under the names that the man page promises to keep. */
json_t *crash_json(const struct crash *crash);

#endif /* CLI_CRASH_H */
