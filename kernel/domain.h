/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domain.h - one guarded module: a driver, or a part of one (group.h).
 *
 * Born when the module loader announces the driver (MODULE_STATE_COMING), gone
 * when it announces its end (MODULE_STATE_GOING) and an RCU grace period has
 * passed. Readers walk the list under RCU, from any context.
 */
#ifndef SUTURE_DOMAIN_H
#define SUTURE_DOMAIN_H

#include <linux/module.h>

#include <suture/image.h>
#include "group.h"
#include "ledger.h"
#include "tally.h"

/**
 * struct suture_domain - one guarded module
 * @node:	list of domains, RCU
 * @module:	its module
 * @image:	head of its .suture.data
 * @entries:	its entries, ordered by thunk
 * @nentries:	number of them
 * @group:	the driver that it is part of; RCU, as groups can join
 * @helped:	modules that are not guarded work for it, too
 * @going:	its records of crashes have their names: it is not to be looked at any more
 * @quiet:	its events are nobody's business: the self-test
 * @events:	events so far
 * @tally:	the same by rule
 * @unwinds:	visits unwound so far
 * @broken:	its init or exit function was abandoned
 * @silent:	it is going, and was not asked to release what it held: that is counted
 * @after_released: what was released after it
 * @after_left:	what was not
 * @ledger:	what it holds
 * @data:	what stood in its .data and .bss before it came to its first device; or NULL
 * @probing:	probes that run
 * @maps:	its DMA mappings are seen, so a visit without one has given
 *		nothing to the device
 * @rcu:	for its end
 * @name:	name of its module
 */
struct suture_domain {
	struct list_head node;
	struct module *module;
	struct suture_image *image;
	struct suture_entry *entries;
	u32 nentries;
	struct suture_group *group;
	bool helped;
	bool going;
	bool quiet;
	atomic64_t events;
	struct suture_tally tally[SUTURE_TALLY_RULES];
	atomic_t unwinds;
	bool broken;
	bool silent;
	unsigned int after_released;
	unsigned int after_left;
	struct suture_ledger ledger;
	void *data;
	atomic_t probing;
	bool maps;
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
unsigned long suture_site(unsigned long addr);

static inline struct suture_domain *suture_entry_domain(const struct suture_entry *entry)
{
	const struct suture_image *image = (void *)entry->image;

	return (struct suture_domain *)READ_ONCE(image->domain);
}

static inline struct suture_group *suture_domain_group(const struct suture_domain *domain)
{
	return READ_ONCE(domain->group);
}

/**
 * suture_entry_mark() - set or clear a run-time flag of an entry
 * @entry:	the entry
 * @flag:	SUTURE_ENTRY_*, of the high half
 * @on:		set it?
 *
 * Restarts, testers and rules do so at the same time: none may undo what another did.
 *
 * Context: any.
 */
static inline void suture_entry_mark(struct suture_entry *entry, u32 flag, bool on)
{
	u32 old = READ_ONCE(entry->flags);

	while (!try_cmpxchg(&entry->flags, &old, on ? old | flag : old & ~flag))
		;
}

static inline const char *suture_entry_name(const struct suture_entry *entry)
{
	return (const char *)entry->name;
}

#endif /* SUTURE_DOMAIN_H */
