/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.h - the ledger's table from inside: for ledger.c, which fills it, and remains.c, which
 * looks for what a driver has left.
 *
 * Buckets are locked in groups, with interrupts off, for a few instructions. Nothing is
 * called while a lock is held.
 */
#ifndef SUTURE_OBJECT_H
#define SUTURE_OBJECT_H

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "domain.h"
#include "ledger.h"

#define SUTURE_LEDGER_BITS	14
#define SUTURE_LEDGER_BUCKETS	BIT(SUTURE_LEDGER_BITS)
#define SUTURE_LEDGER_LOCKS	256

/**
 * struct suture_object - one object
 * @node:	bucket
 * @kind:	its kind
 * @domain:	who holds it
 * @era:	probe in which it was acquired; 0 for none
 * @judged:	era of the last device at whose end it was looked at
 * @record:	what is known of it
 */
struct suture_object {
	struct hlist_node node;
	const struct suture_kind *kind;
	struct suture_domain *domain;
	u32 era;
	u32 judged;
	struct suture_record record;
};

extern struct hlist_head *suture_ledger_table;
extern raw_spinlock_t suture_ledger_locks[SUTURE_LEDGER_LOCKS];
extern struct kmem_cache *suture_ledger_cache;

/* Objects of kinds with @inside, of all drivers. */
extern atomic_t suture_ledger_insiders;

static inline u32 suture_bucket_of_page(unsigned long addr)
{
	return hash_long(addr >> PAGE_SHIFT, SUTURE_LEDGER_BITS);
}

static inline u32 suture_bucket_of(const struct suture_kind *kind, unsigned long key)
{
	/* What lies in the driver's memory is looked up by range, too. */
	if (kind->inside)
		return suture_bucket_of_page(key);
	return hash_long(key ^ (unsigned long)kind << 16, SUTURE_LEDGER_BITS);
}

static inline raw_spinlock_t *suture_bucket_lock(u32 bucket)
{
	return &suture_ledger_locks[bucket % SUTURE_LEDGER_LOCKS];
}

static inline void suture_object_count(const struct suture_object *object)
{
	atomic_inc(&object->domain->ledger.objects);
	if (object->kind->inside)
		atomic_inc(&suture_ledger_insiders);
	if (object->kind->order == SUTURE_ORDER_MEMORY)
		atomic64_add(object->record.size, &object->domain->ledger.bytes);
}

static inline void suture_object_uncount(const struct suture_object *object)
{
	atomic_dec(&object->domain->ledger.objects);
	if (object->kind->inside)
		atomic_dec(&suture_ledger_insiders);
	if (object->kind->order == SUTURE_ORDER_MEMORY)
		atomic64_sub(object->record.size, &object->domain->ledger.bytes);
}

void suture_quarantine_add(struct suture_ledger *ledger, struct suture_object *object);

#endif /* SUTURE_OBJECT_H */
