/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * page.h - a report as one page of HTML, for someone who was not there.
 */
#ifndef CLI_PAGE_H
#define CLI_PAGE_H

#include "story.h"

/*
 * Writes the page; @debug: a folder where modules and their debug files are looked for before the
 * usual ones, or NULL. Return: 0, or -1 without memory.
 */
int page_write(FILE *to, const struct story *story, const char *debug);

#endif /* CLI_PAGE_H */
