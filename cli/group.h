/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * group.h - the modules that are one driver with the one that the user named.
 */
#ifndef CLI_GROUP_H
#define CLI_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include "guard.h"

#define GROUP_PARTS 16

/**
 * struct part - a module that is a part of a driver
 * @guard:	its guarded image
 * @why:	how we know
 * @outside:	it is loaded without guard and in use: it stays as it is
 * @there:	it is guarded already
 * @fresh:	it was loaded just now
 */
struct part {
	struct guard guard;
	const char *why;
	bool outside;
	bool there;
	bool fresh;
};

/**
 * struct group - the parts of a driver
 * @with:	given: names of more modules that are to be guarded with it
 * @nwith:	given: their number
 * @alone:	given: none is to be guarded with it
 * @parts:	in the order in which they have to be loaded
 * @nparts:	their number
 */
struct group {
	const char *with[GROUP_PARTS];
	size_t nwith;
	bool alone;
	struct part parts[GROUP_PARTS];
	size_t nparts;
};

/*
 * Why the module @name is known to be a part of the drivers that import from it; NULL: it is
 * not known to be one.
 */
const char *group_known(const char *name);

/* --with NAME: remember it. Exit code. */
int group_with(struct out *out, struct group *group, const char *name);

/* Finds and rewrites the parts of @driver. Exit code; group_end() is due in any case. */
int group_prepare(struct out *out, struct group *group, const struct guard *driver);
void group_end(struct group *group);

/* Which of them are loaded; those without guard that nobody uses are unloaded. */
int group_look(struct out *out, struct group *group, const struct guard *driver);

#endif /* CLI_GROUP_H */
