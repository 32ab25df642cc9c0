/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tally.h - how often each guarded driver broke which rule, and what was done.
 *
 * Events are kept in a ring, of which the oldest go; the tally counts them all, as long as
 * the driver is loaded.
 */
#ifndef SUTURE_TALLY_H
#define SUTURE_TALLY_H

#include <linux/atomic.h>

#include <suture/rule.h>

/* Rules that one driver is counted for; more than any driver has been seen to break. */
#define SUTURE_TALLY_RULES 40

/**
 * struct suture_tally - one rule that a driver broke
 * @rule:	the rule; NULL: nothing yet
 * @did:	how often, by what was done about it
 */
struct suture_tally {
	struct suture_rule *rule;
	atomic64_t did[SUTURE_FAILED + 1];
};

struct suture_domain;

void suture_tally_add(struct suture_domain *domain, struct suture_rule *rule,
		      enum suture_action did);
void suture_tally_forget(const struct suture_rule *rule);

#endif /* SUTURE_TALLY_H */
