/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * escalate.h - the same failure again and again climbs the ladder.
 */
#ifndef SUTURE_ESCALATE_H
#define SUTURE_ESCALATE_H

#include <linux/spinlock.h>
#include <linux/types.h>

struct suture_domain;
struct suture_rule;
struct suture_visit;

#define SUTURE_SITES_COUNTED 8

/**
 * struct suture_escalation - what has failed lately in a driver
 * @lock:	protects the rest
 * @site:	place in the driver; of those that hash alike the last one
 * @site.addr:	its address
 * @site.since:	jiffies of the first failure counted
 * @site.count:	failures since then
 */
struct suture_escalation {
	raw_spinlock_t lock;
	struct {
		unsigned long addr;
		unsigned long since;
		unsigned int count;
	} site[SUTURE_SITES_COUNTED];
};

void suture_escalate_init(struct suture_escalation *escalation);
void suture_escalate_unwind(struct suture_domain *domain, const struct suture_visit *visit);
void suture_escalate_repair(struct suture_domain *domain, const struct suture_rule *rule,
			    unsigned long site);

#endif /* SUTURE_ESCALATE_H */
