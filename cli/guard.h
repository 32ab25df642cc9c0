/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * guard.h - from what the user called a driver to its guarded image in memory.
 */
#ifndef CLI_GUARD_H
#define CLI_GUARD_H

#include <stdbool.h>

#include "modules.h"
#include "out.h"
#include "rewrite/suture_rewrite.h"

struct group;

/**
 * struct guard - a driver and its guarded image
 * @root:	given: the system's root directory; NULL: "/"
 * @kernel_dir:	given: where names and suture.ko are looked for; NULL: the kernel's own
 * @core_path:	given, or found: the suture.ko
 * @btf:	given: the kernel's types; NULL: those of the running kernel, if they fit
 * @contracts:	given: what was learnt from the kernel; NULL: from the cache, if it is there
 * @flags:	given: SUTURE_REWRITE_*
 * @running:	given: it will be loaded now, so all must be for the running kernel
 * @installed:	given: for a kernel that is installed: what its vmlinuz tells is of use, too
 * @modules:	libkmod on the kernel's directory
 * @path:	the driver's file
 * @depends:	modules that it needs, "a,b", or ""
 * @core:	the suture.ko, opened, with the rule packs beside it
 * @packs:	the files of those that the image needs. One whose path is no UTF-8 is not
 *		among them; then the kernel says what is missing.
 * @guarded:	the image
 * @group:	its parts; NULL: it has none
 */
struct guard {
	const char *root;
	const char *kernel_dir;
	char *core_path;
	const char *btf;
	const char *contracts;
	unsigned int flags;
	bool running;
	bool installed;

	struct modules *modules;
	char *path;
	char *depends;
	struct suture_core *core;
	json_t *packs;
	struct suture_types *types;
	struct suture_guarded *guarded;
	const struct group *group;
};

/* Finds and rewrites @what. Exit code; guard_end() is due in any case. */
int guard_prepare(struct out *out, struct guard *guard, const char *what);
void guard_end(struct guard *guard);

/*
 * For many drivers of one kernel: opens what they have in common, rewrites none. With @kernel_dir
 * or @core_path. Exit code; guard_end() is due in any case.
 */
int guard_open(struct out *out, struct guard *guard);

/*
 * Rewrites the driver in the file @path, which it takes over, with SUTURE_REWRITE_* in @flags; uses
 * what @open has opened. guard_part_end() is due in any case.
 */
int guard_driver(struct out *out, const struct guard *open, char *path, unsigned int flags,
		 struct guard *driver);

/* The same for a module that is a part of @driver. */
int guard_part(struct out *out, const struct guard *driver, char *path, struct guard *part);
void guard_part_end(struct guard *part);

#endif /* CLI_GUARD_H */
