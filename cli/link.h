/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * link.h - the way to suture.ko: one generic netlink socket.
 *
 * All functions return 0 or a negative errno; link_words() has what the
 * kernel said about it. -ENOENT from link_open() means that suture.ko
 * is not loaded.
 */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include <stdint.h>

#include "out.h"
#include "record.h"

struct link;

int link_open(struct link **link);
void link_close(struct link *link);

/* "" when the kernel had nothing to add to its errno. */
const char *link_words(const struct link *link);

/* A request: begin, put, then send it with link_do() or link_dump(). */
void link_begin(struct link *link, uint8_t command);
void link_put_string(struct link *link, int attr, const char *value);
void link_put_number(struct link *link, int attr, uint64_t value);

/* What is put between the two stands inside of @attr. */
void *link_nest_begin(struct link *link, int attr);
void link_nest_end(struct link *link, void *nest);

/* @records (may be NULL): what was answered, on success only. */
int link_do(struct link *link, struct records *records);

/*
 * Asks again when the table changed meanwhile. Gives up after some tries with
 * -EINTR; then @records holds the last, perhaps uneven, view.
 */
int link_dump(struct link *link, struct records *records);

/* Turns @link into one that hears events; no requests on it any more. */
int link_listen(struct link *link);

/*
 * Waits for events. -ENOBUFS: some were lost, go on from a dump;
 * -ENODEV: suture.ko has gone; -EINTR: a signal.
 */
int link_hear(struct link *link, struct records *records);

/* link_open() for a subcommand: says what is wrong. Returns an exit code. */
int link_start(struct out *out, struct link **link);

/* The failure of a request in words, about @object. Returns an exit code. */
int link_fail(struct out *out, const struct link *link, const char *object, int error);

/* A whole dump of @command for a subcommand; says what is wrong. Returns an exit code. */
int link_table(struct out *out, struct link *link, uint8_t command, struct records *records);

#endif /* CLI_LINK_H */
