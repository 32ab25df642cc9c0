// SPDX-License-Identifier: GPL-2.0-only
/*
 * tally.c - how often each guarded driver broke which rule, and what was done.
 *
 * Counted where an event is made, so it costs nothing as long as no rule is broken. The
 * table of a driver is part of its domain: counting allocates nothing and takes no lock.
 */
#include <linux/rculist.h>

#include "domain.h"
#include "tally.h"

/**
 * suture_tally_add() - count an event
 * @domain:	the driver
 * @rule:	rule
 * @did:	what was done
 *
 * An event for which the table has no room is counted in the domain's events alone.
 *
 * Context: any; the caller keeps @domain alive.
 */
void suture_tally_add(struct suture_domain *domain, struct suture_rule *rule,
		      enum suture_action did)
{
	struct suture_tally *tally = domain->tally;
	struct suture_rule *old;

	for (; tally < domain->tally + SUTURE_TALLY_RULES; tally++) {
		old = READ_ONCE(tally->rule);
		if (!old)
			old = cmpxchg(&tally->rule, NULL, rule) ?: rule;
		if (old == rule) {
			atomic64_inc(&tally->did[did]);
			return;
		}
	}
}

/**
 * suture_tally_forget() - a rule goes
 * @rule:	the rule
 *
 * Context: task; nobody reports about @rule any more, and the caller holds suture_rules_lock,
 * as does whoever reads tallies.
 */
void suture_tally_forget(const struct suture_rule *rule)
{
	struct suture_domain *domain;
	unsigned int i, action;

	rcu_read_lock();
	list_for_each_entry_rcu(domain, &suture_domains, node) {
		for (i = 0; i < SUTURE_TALLY_RULES; i++) {
			struct suture_tally *tally = &domain->tally[i];

			if (tally->rule != rule)
				continue;
			for (action = 0; action <= SUTURE_FAILED; action++)
				atomic64_set(&tally->did[action], 0);
			WRITE_ONCE(tally->rule, NULL);
		}
	}
	rcu_read_unlock();
}
