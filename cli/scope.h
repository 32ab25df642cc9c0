/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * scope.h - what sections of the policy are about; for config.c and scope.c.
 */
#ifndef CLI_SCOPE_H
#define CLI_SCOPE_H

#include "config.h"

void config_problem(struct config *config, const char *file, unsigned int line, const char *word,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Finds out which rules there are, if that can be done and has not been. */
void rules_wanted(struct config *config);

/* The rule of that name; NULL: there is none, or it is not known which there are. */
const struct config_rule *rule_named(const struct config *config, const char *id);

/* Is @word one of the @words, which are separated by spaces? */
bool word_in(const char *words, const char *word);

#endif /* CLI_SCOPE_H */
