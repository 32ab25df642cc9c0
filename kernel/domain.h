/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domain.h - one guarded driver.
 *
 * Born when the module loader announces the driver (MODULE_STATE_COMING), gone
 * when it announces its end (MODULE_STATE_GOING) and an RCU grace period has
 * passed. Readers walk the list under RCU, from any context.
 */
#ifndef SUTURE_DOMAIN_H
#define SUTURE_DOMAIN_H

#include <linux/module.h>
#include <linux/workqueue.h>

#include <suture/image.h>
#include "ledger.h"

/* More restarts than this within SUTURE_RESTART_WINDOW lead to quarantine. */
#define SUTURE_RESTARTS_KEPT	5
#define SUTURE_RESTART_WINDOW	(60 * HZ)

enum suture_state {
	SUTURE_LIVE,
	SUTURE_RESTARTING,
	SUTURE_QUARANTINED,
};

/**
 * struct suture_domain - one guarded driver
 * @node:	list of domains, RCU
 * @module:	its module
 * @image:	head of its .suture.data
 * @entries:	its entries, ordered by thunk
 * @nentries:	number of them
 * @state:	enum suture_state
 * @quiet:	its events are nobody's business: the self-test
 * @events:	events so far
 * @unwinds:	visits unwound so far
 * @restarts:	restarts so far
 * @restart_ns:	how long the last one took
 * @ledger:	what it holds
 * @probing:	probes that run
 * @maps:	its DMA mappings are seen, so a visit without one has given
 *		nothing to the device
 * @restart:	work that restarts it
 * @restarter:	task that is restarting it
 * @restart_device: device whose driver is to be restarted; holds a reference
 * @restart_when: when the recent restarts began, jiffies, a ring
 * @rcu:	for its end
 * @name:	name of its module
 */
struct suture_domain {
	struct list_head node;
	struct module *module;
	struct suture_image *image;
	struct suture_entry *entries;
	u32 nentries;
	enum suture_state state;
	bool quiet;
	atomic64_t events;
	atomic_t unwinds;
	atomic_t restarts;
	u64 restart_ns;
	struct suture_ledger ledger;
	atomic_t probing;
	bool maps;
	struct work_struct restart;
	struct task_struct *restarter;
	struct device *restart_device;
	unsigned long restart_when[SUTURE_RESTARTS_KEPT];
	struct rcu_head rcu;
	char name[MODULE_NAME_LEN];
};

extern struct list_head suture_domains;

int suture_domain_start(void);
void suture_domain_stop(void);

struct suture_domain *suture_domain_of(unsigned long addr);
struct suture_domain *suture_domain_find(const char *name);
struct suture_entry *suture_entry_of(struct suture_domain *domain, unsigned long thunk);
struct suture_entry *suture_entry_find(struct suture_domain *domain, const char *name);
const char *suture_callback_name(unsigned long thunk);
unsigned long suture_site(struct suture_domain *domain, unsigned long addr);

static inline struct suture_domain *suture_entry_domain(const struct suture_entry *entry)
{
	const struct suture_image *image = (void *)entry->image;

	return (struct suture_domain *)READ_ONCE(image->domain);
}

static inline const char *suture_entry_name(const struct suture_entry *entry)
{
	return (const char *)entry->name;
}

#endif /* SUTURE_DOMAIN_H */
