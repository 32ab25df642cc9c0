// SPDX-License-Identifier: GPL-2.0-only
/*
 * escalate.c - the same failure again and again climbs the ladder.
 *
 * A call that is repaired, or abandoned, is news once, and a bother a thousand times a second:
 * an interrupt whose handler crashes comes back at once. So failures are counted by their place
 * in the driver. Too many of them within a while, and the driver is restarted, whatever the rule
 * asks for; if it cannot be, it is put into quarantine: both as far as the policy's ceiling allows.
 * For restarts restart.c counts. What policy says goes before the parameters below.
 */
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>

#include "domain.h"
#include "escalate.h"
#include "policy.h"
#include "restart.h"
#include "visit.h"

static unsigned int escalate_unwinds = 50;
module_param(escalate_unwinds, uint, 0644);
MODULE_PARM_DESC(escalate_unwinds, "so many calls abandoned at one place lead to a restart or quarantine; 0: never");

static unsigned int escalate_repairs;
module_param(escalate_repairs, uint, 0644);
MODULE_PARM_DESC(escalate_repairs, "the same for calls that were repaired; 0: never");

static unsigned int escalate_ms = 10000;
module_param(escalate_ms, uint, 0644);
MODULE_PARM_DESC(escalate_ms, "within so many milliseconds");

/* Count a failure at @site. Return: true if it is the one too many. */
static bool one_too_many(struct suture_escalation *e, unsigned long site, unsigned int limit,
			 unsigned int ms)
{
	unsigned int i = hash_long(site, ilog2(SUTURE_SITES_COUNTED));
	unsigned long window = msecs_to_jiffies(ms);
	unsigned long flags;
	bool over;

	raw_spin_lock_irqsave(&e->lock, flags);
	if (e->site[i].addr != site || time_after(jiffies, e->site[i].since + window)) {
		e->site[i].addr = site;
		e->site[i].since = jiffies;
		e->site[i].count = 0;
	}
	over = ++e->site[i].count > limit;
	if (over)
		e->site[i].addr = 0;
	raw_spin_unlock_irqrestore(&e->lock, flags);
	return over;
}

static void failed(struct suture_domain *domain, const struct suture_rule *rule,
		   unsigned long site, unsigned long place, enum suture_value which,
		   unsigned int limit, const char *what)
{
	struct suture_group *group;
	unsigned int ms;

	if (domain->quiet)
		return;
	limit = suture_policy_value(rule, domain, place, which, limit);
	if (!limit)
		return;
	ms = suture_policy_value(rule, domain, place, SUTURE_VALUE_ESCALATE_MS,
				 READ_ONCE(escalate_ms));
	rcu_read_lock();
	group = suture_domain_group(domain);
	if (group && READ_ONCE(group->state) == SUTURE_LIVE &&
	    one_too_many(&group->escalation, site, limit, ms))
		suture_restart_climb(domain, site, suture_policy_ceiling(rule, domain, place),
				     what);
	rcu_read_unlock();
}

/**
 * suture_escalate_unwind() - a visit was abandoned
 * @domain:	guarded driver
 * @visit:	the visit
 *
 * Context: any but NMI.
 */
void suture_escalate_unwind(struct suture_domain *domain, const struct suture_visit *visit)
{
	failed(domain, visit->rule, visit->site,
	       suture_policy_place(visit, visit->rule, visit->site), SUTURE_VALUE_ESCALATE_UNWINDS,
	       READ_ONCE(escalate_unwinds), "abandoned");
}

/**
 * suture_escalate_repair() - a call was repaired
 * @domain:	guarded driver
 * @rule:	rule that was broken
 * @site:	where
 *
 * The call itself has been made right, and goes on.
 *
 * Context: any but NMI.
 */
void suture_escalate_repair(struct suture_domain *domain, const struct suture_rule *rule,
			    unsigned long site)
{
	failed(domain, rule, site, site, SUTURE_VALUE_ESCALATE_REPAIRS, READ_ONCE(escalate_repairs),
	       "repaired");
}

/* suture_escalate_init() - nothing has failed yet. Context: task. */
void suture_escalate_init(struct suture_escalation *escalation)
{
	raw_spin_lock_init(&escalation->lock);
}
