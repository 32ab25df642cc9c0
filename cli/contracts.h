/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * contracts.h - the file of what was learnt from a kernel: where it is, and making it.
 */
#ifndef CLI_CONTRACTS_H
#define CLI_CONTRACTS_H

#include <stdbool.h>

#include "out.h"
#include "rewrite/suture_rewrite.h"

#define CONTRACTS_CACHE "/var/cache/suture"

/**
 * struct contracts_paths - where things are for a kernel
 * @kernel:	its vmlinuz
 * @modules:	its modules
 * @cache:	the file
 */
struct contracts_paths {
	char *kernel;
	char *modules;
	char *cache;
};

/* Fills @paths for the kernel @release of the system in @root (NULL: "/"). Exit code. */
int contracts_paths(struct out *out, const char *root, const char *release,
		    struct contracts_paths *paths);
void contracts_paths_end(struct contracts_paths *paths);

/* Makes the file @output, and the folder that it is in. Exit code. */
int contracts_learn(struct out *out, const char *kernel, const char *modules, const char *output,
		    struct suture_learned *learned);

/*
 * Lets images made for @core check arguments. @given: the file, which then has to be good;
 * NULL: that of the kernel that @core was built for, if there is one, in @root. @make: make that
 * if need be. Exit code.
 */
int contracts_use(struct out *out, struct suture_core *core, const char *root, const char *given,
		  bool make);

#endif /* CLI_CONTRACTS_H */
