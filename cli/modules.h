/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * modules.h - module files: finding them, asking them, loading what others need.
 *
 * A thin layer over libkmod, so that names, aliases, compressed files, modprobe.d and
 * soft dependencies mean here what they mean to modprobe.
 */
#ifndef CLI_MODULES_H
#define CLI_MODULES_H

#include <glob.h>
#include <stdbool.h>
#include <stddef.h>

#include "out.h"

struct modules;

/* "my-driver" and "my_driver" are one module. */
static inline bool modules_same(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (*a != *b && !((*a == '-' && *b == '_') || (*a == '_' && *b == '-')))
			return false;
	return *a == *b;
}

/*
 * @dir: /lib/modules/VERSION of some kernel; NULL: of the running one. @root: of the system whose
 * modprobe.d applies; NULL: "/". Exit code.
 */
int modules_open(struct out *out, const char *root, const char *dir, struct modules **modules);
void modules_close(struct modules *modules);

/*
 * The file that @what means: a path (it has a slash or ends as module files do),
 * or a name or alias in the kernel's directory: of a prepared driver, the stock file. Freed by the caller. Exit code.
 */
int modules_find(struct out *out, struct modules *modules, const char *what, char **path);

/* Value of @key in the modinfo of @path, freed by the caller; NULL: there is none. */
char *modules_info(struct modules *modules, const char *path, const char *key);

/* /lib/modules/VERSION for the kernel that @path was built for; freed by the caller. Exit code. */
int modules_dir(struct out *out, struct modules *modules, const char *path, char **dir);

/*
 * The suture.ko in @dir, where DKMS and `make install` put it; freed by the caller. Exit code.
 */
int modules_core(struct out *out, const char *dir, char **path);

/* The same without a word: NULL if there is none. */
char *modules_core_there(const char *dir);

/**
 * struct core_files - suture.ko and its rule packs, the modules suture_*.ko beside it
 * @list:	the files, suture.ko first
 * @count:	their number
 * @packs:	what the names of the packs belong to
 */
struct core_files {
	const char **list;
	size_t count;
	glob_t packs;
};

/* Exit code; core_files_end() is due in any case. */
int core_files_find(struct out *out, const char *core, struct core_files *files);
void core_files_end(struct core_files *files);

/* The name of the module in the file @path, freed by the caller; NULL: it is none. */
char *modules_name(struct modules *modules, const char *path);

/* What modprobe.d and the kernel command line say for @name, "" if nothing. */
char *modules_options(struct modules *modules, const char *name);

/* Does modprobe.d have an `install` line for @name, which is not Suture's? */
bool modules_install_line(struct modules *modules, const char *name);

/* Is @name in the kernel now (as a module)? */
bool modules_loaded(const char *name);

enum modules_when {
	MODULES_BEFORE, /* dependencies and softdep pre: */
	MODULES_AFTER,	/* softdep post: */
};

/*
 * Loads what the module in @path needs, unguarded, with their own dependencies. Names of
 * those that were loaded now are appended to @loaded (an array). Exit code.
 */
int modules_load_needed(struct out *out, struct modules *modules, const char *path,
			enum modules_when when, json_t *loaded);

/*
 * The file of the module @name, which the one in @path needs: in the kernel's directory, or
 * beside @path. Freed by the caller; NULL: there is none.
 */
char *modules_needed(struct modules *modules, const char *path, const char *name);

/* Loads the module file @path as modprobe would. Returns 0 or a negative errno. */
int modules_load_file(struct modules *modules, const char *path);

#endif /* CLI_MODULES_H */
