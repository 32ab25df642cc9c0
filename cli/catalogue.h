/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * catalogue.h - the rules as they stand in the files of suture.ko and its packs.
 */
#ifndef CLI_CATALOGUE_H
#define CLI_CATALOGUE_H

#include "out.h"
#include "rewrite/suture_rewrite.h"

/* Reads @core (NULL: none, which is no failure) and the packs beside it. Exit code. */
int catalogue_open(struct out *out, const char *core, struct suture_catalogue **catalogue);

/* That of this machine's suture.ko, loaded or not; NULL, without a word, if there is none. */
struct suture_catalogue *catalogue_installed(void);

/* The rule of that name, or NULL; @catalogue may be NULL. */
const struct suture_catalogue_rule *catalogue_find(const struct suture_catalogue *catalogue,
						   const char *id);

/* What the kernel would send of it, and which functions it is about. */
json_t *catalogue_json(const struct suture_catalogue_rule *rule);

/* "functions": what the rule judges and notes, into the object of a rule. */
void catalogue_functions(json_t *object, const struct suture_catalogue_rule *rule);

#endif /* CLI_CATALOGUE_H */
