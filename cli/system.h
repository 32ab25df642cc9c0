/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * system.h - the machine that is set up, or another one's root directory: its files, its kernels,
 * its programs.
 */
#ifndef CLI_SYSTEM_H
#define CLI_SYSTEM_H

#include <stdbool.h>

#include "out.h"

/**
 * struct root - whose system it is
 * @dir:	its root directory, or NULL: this machine's own
 */
struct root {
	const char *dir;
};

/* --root DIR. Exit code. */
int root_set(struct out *out, struct root *root, const char *dir);

/* A path in it, of a format and its arguments; freed by the caller, NULL without memory. */
char *root_path(const struct root *root, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The releases of the kernels that have modules there, oldest first: an array. */
json_t *root_kernels(const struct root *root);

/* Is the kernel @release the one that runs, and the system this machine's own? */
bool root_runs(const struct root *root, const char *release);

/* The whole of a file, with a NUL behind it; freed by the caller. NULL: it cannot be read. */
char *file_text(const char *path);

/* Makes the folders that @path is in. What cannot be made is said when the file cannot be. */
void file_folders(const char *path);

/* Writes @text beside @path and renames it. Exit code. */
int file_put(struct out *out, const char *path, const char *text);

/* Removes a folder with all that is in it; one that is not there is no news. Exit code. */
int folder_remove(struct out *out, const char *path);

/* Is the program there, in PATH or where the administrator's are? */
bool program_there(const char *name);

/*
 * Runs a program; what it says goes to standard error. Returns its exit status, or 127 if it
 * cannot be started.
 */
int program_run(const char *const *argv);

/* The same, with what it writes to standard output in *@text, freed by the caller. */
int program_ask(const char *const *argv, char **text);

#endif /* CLI_SYSTEM_H */
