/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * source.h - from a place in a driver's code to a line of its source, where debug files exist.
 */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

struct source;

/**
 * struct source_place - "FUNCTION+0xOFFSET/0xSIZE [MODULE]", taken apart
 * @function:	name
 * @module:	name, "" if it is not said
 * @offset:	in the function
 * @size:	of the function, 0 if it is not said
 */
struct source_place {
	char function[128];
	char module[64];
	unsigned long offset;
	unsigned long size;
};

/* False if @text is no such place. */
bool source_place(const char *text, struct source_place *place);

/*
 * @kernel: release whose modules are meant, NULL: the running one. @debug: a folder to look in
 * first, for modules and for debug files as /usr/lib/debug has them, or NULL. NULL without memory.
 */
struct source *source_open(const char *kernel, const char *debug);
void source_close(struct source *source);

/*
 * The line of @place in a driver; @after: it is a return address, so the call stands before
 * it. @file is valid until source_close(). False if no debug file tells.
 */
bool source_line(struct source *source, const struct source_place *place, bool after,
		 const char **file, int *line);

/*
 * The function of the module @driver that line @line of @file belongs to; of @file only the name
 * counts. Valid until source_close(); NULL if no debug file tells.
 */
const char *source_function(struct source *source, const char *driver, const char *file, int line);

#endif /* CLI_SOURCE_H */
