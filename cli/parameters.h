/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parameters.h - module parameters as one string that the kernel takes apart again.
 */
#ifndef CLI_PARAMETERS_H
#define CLI_PARAMETERS_H

/*
 * Joins @first (may be "" or NULL) and the @n words, quoting what holds spaces. Freed by the caller.
 * Returns 0, -ENOMEM, or -EINVAL with @bad set to the word that the kernel could not take and
 * @why to what is wrong with it.
 */
int parameters_join(const char *first, char **words, int n, char **joined, const char **bad,
		    const char **why);

#endif /* CLI_PARAMETERS_H */
