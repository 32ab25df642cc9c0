/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * force.h - from the policy files into the kernel.
 */
#ifndef CLI_FORCE_H
#define CLI_FORCE_H

#include "config.h"
#include "link.h"

struct suture_catalogue;

/* The rules that policy can name. */
struct force_rules {
	struct out *out;
	const char *core;
	bool tried;
	struct suture_catalogue *catalogue;
	struct config_rule *list;
	size_t count;
};

/*
 * Lets @config find out which rules there are, once it wants to know: those of @core, or of the
 * suture.ko for the running kernel if that is NULL. Without any none is known, and that is no
 * failure. force_rules_end() is due in any case.
 */
void force_rules(struct out *out, const char *core, struct force_rules *rules,
		 struct config *config);
void force_rules_end(struct force_rules *rules);

/* Hands @config to suture.ko, all or nothing. Exit code. */
int force_apply(struct out *out, struct link *link, const struct config *config);

/* What is in force now: digest of its files (0: nothing), and the profile. Exit code. */
int force_now(struct out *out, struct link *link, uint64_t *digest, char *profile, size_t size);

/*
 * Reads the files and says what is wrong in them; nothing is changed. Exit code; force_end() is due
 * in any case.
 */
struct force {
	struct force_rules rules;
	struct config config;
};
int force_read(struct out *out, const char *core, struct force *force);
void force_end(struct force *force);

/* Puts what was read into force, unless it is already. suture.ko is loaded. Exit code. */
int force_policy(struct out *out, const struct force *force);

/* Before something is changed by hand: if nothing is in force yet, what the files say. Exit code. */
int force_first(struct out *out, struct link *link);

#endif /* CLI_FORCE_H */
