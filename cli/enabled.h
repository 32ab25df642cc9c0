/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * enabled.h - the list of drivers that are guarded for good: /etc/suture/enabled.
 *
 * A line a driver: its name, then words: alone, entries-only, initramfs, with=MODULE.
 */
#ifndef CLI_ENABLED_H
#define CLI_ENABLED_H

#include <stdbool.h>
#include <stddef.h>

#include "group.h"
#include "system.h"

#define ENABLED_FILE "/etc/suture/enabled"

/**
 * struct enabled - a driver that is guarded for good
 * @name:	its name
 * @words:	how, separated by single spaces, or ""
 */
struct enabled {
	char *name;
	char *words;
};

struct enabled_list {
	struct enabled *list;
	size_t count;
};

/* The list of the system @root. Exit code; a wrong line is complained about. */
int enabled_read(struct out *out, const struct root *root, struct enabled_list *list);

/* Writes it; an empty one is removed. Exit code. */
int enabled_write(struct out *out, const struct root *root, const struct enabled_list *list);
void enabled_end(struct enabled_list *list);

const struct enabled *enabled_find(const struct enabled_list *list, const char *name);

/* Puts the driver on the list, or gives it other words. Exit code. */
int enabled_set(struct out *out, struct enabled_list *list, const char *name, const char *words);

/* Takes it off; false: it was not there. */
bool enabled_drop(struct enabled_list *list, const char *name);

/* Is @word among @words? */
bool enabled_has(const char *words, const char *word);

/*
 * What the words mean for a rewrite. @copy: of the words, which the group then points into; freed
 * by the caller. Exit code.
 */
int enabled_apply(struct out *out, const struct enabled *driver, char **copy, unsigned int *flags,
		  struct group *group);

#endif /* CLI_ENABLED_H */
