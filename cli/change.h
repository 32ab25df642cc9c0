/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * change.h - one line of the drop-in that `suture policy set` writes.
 */
#ifndef CLI_CHANGE_H
#define CLI_CHANGE_H

#include "config.h"

/* Its name; what stands in files that come later counts more. */
#define CHANGE_FILE "90-policy-set.conf"

/*
 * What is to stand in the drop-in @path for @key = @value in the section @words to hold; NULL as
 * @value: for the line to go. Freed by the caller. Exit code; what is wrong has been said.
 */
int change_text(struct out *out, const char *path, const char *words, const struct scope *scope,
		const char *key, const char *value, char **text);

/* Writes @text as a whole: either it is there afterwards, or what was there before. Exit code. */
int change_write(struct out *out, const char *dir, const char *path, const char *text);

#endif /* CLI_CHANGE_H */
