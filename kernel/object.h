/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * object.h - the ledger's table from inside: for ledger.c, which fills it, and remains.c, which
 * looks for what a driver has left.
 *
 * Each bucket has a lock of its own, the lowest bit of its head, held with interrupts off
 * for a few instructions; nothing is called meanwhile. Acquiring and releasing stand on the
 * path of every packet of some drivers, so these functions are inline: where the kind
 * is known when they are compiled, what its fields ask for is decided then.
 */
#ifndef SUTURE_OBJECT_H
#define SUTURE_OBJECT_H

#include <linux/hash.h>
#include <linux/list_bl.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "binding.h"
#include "domain.h"
#include "ledger.h"
#include "visit.h"

#define SUTURE_LEDGER_BITS	16
#define SUTURE_LEDGER_BUCKETS	BIT(SUTURE_LEDGER_BITS)

/**
 * struct suture_object - one object
 * @node:	bucket; its @next in a pool
 * @kind:	its kind
 * @domain:	who holds it
 * @era:	probe in which it was acquired; 0 for none
 * @judged:	era of the last device at whose end it was looked at
 * @record:	what is known of it
 */
struct suture_object {
	struct hlist_bl_node node;
	const struct suture_kind *kind;
	struct suture_domain *domain;
	u32 era;
	u32 judged;
	struct suture_record record;
};

/**
 * struct suture_pool - objects without a use that a CPU has at hand
 * @free:	them, linked by @node.next
 * @room:	how many more may come
 *
 * A driver that acquires on one CPU and releases on another moves objects between the two
 * pools, so both exchange with the slab in batches. Touched with interrupts off only.
 */
struct suture_pool {
	struct suture_object *free;
	int room;
};

#define SUTURE_POOL_BATCH	16
#define SUTURE_POOL_ROOM	64

DECLARE_PER_CPU(struct suture_pool, suture_pool);

extern struct hlist_bl_head *suture_ledger_table;
extern struct kmem_cache *suture_ledger_cache;

/* Objects of kinds with @inside, of all drivers. */
extern atomic_t suture_ledger_insiders;

struct suture_object *suture_pool_fill(void);
void suture_pool_drain(void);
void suture_bucket_wait(struct hlist_bl_head *bucket);
struct suture_domain *suture_ledger_domain(unsigned long site);

static __always_inline struct hlist_bl_head *suture_bucket_of_page(unsigned long addr)
{
	return &suture_ledger_table[hash_long(addr >> PAGE_SHIFT, SUTURE_LEDGER_BITS)];
}

static __always_inline struct hlist_bl_head *suture_bucket_of(const struct suture_kind *kind,
							      unsigned long key)
{
	/* What lies in the driver's memory is looked up by range, too. */
	if (kind->inside)
		return suture_bucket_of_page(key);
	return &suture_ledger_table[hash_long(key ^ (unsigned long)kind << 16,
					      SUTURE_LEDGER_BITS)];
}

/* Return: flags for suture_bucket_unlock(). */
static __always_inline unsigned long suture_bucket_lock(struct hlist_bl_head *bucket)
{
	unsigned long flags;

	raw_local_irq_save(flags);
	while (unlikely(test_and_set_bit_lock(0, (unsigned long *)bucket)))
		suture_bucket_wait(bucket);
	return flags;
}

/* The same where interrupts are off. */
static __always_inline void suture_bucket_release(struct hlist_bl_head *bucket)
{
	__clear_bit_unlock(0, (unsigned long *)bucket);
}

static __always_inline void suture_bucket_unlock(struct hlist_bl_head *bucket,
						 unsigned long flags)
{
	suture_bucket_release(bucket);
	raw_local_irq_restore(flags);
}

/* An object to be used, with interrupts off; NULL if there is no memory. */
static __always_inline struct suture_object *suture_object_new(void)
{
	struct suture_object *object = raw_cpu_read(suture_pool.free);

	if (unlikely(!object))
		return suture_pool_fill();
	raw_cpu_write(suture_pool.free, (struct suture_object *)object->node.next);
	raw_cpu_inc(suture_pool.room);
	return object;
}

/* One that is of no use any more, and in no bucket; with interrupts off. */
static __always_inline void suture_object_delete(struct suture_object *object)
{
	object->node.next = (struct hlist_bl_node *)raw_cpu_read(suture_pool.free);
	raw_cpu_write(suture_pool.free, object);
	raw_cpu_dec(suture_pool.room);
	if (unlikely(raw_cpu_read(suture_pool.room) < 0))
		suture_pool_drain();
}

/* Both: with interrupts off, or the object is in a locked bucket. */
static __always_inline void suture_object_count(const struct suture_object *object,
						const struct suture_kind *kind)
{
	struct suture_count __percpu *count = object->domain->ledger.count;

	raw_cpu_inc(count->objects);
	if (kind->inside)
		atomic_inc(&suture_ledger_insiders);
	if (kind->order == SUTURE_ORDER_MEMORY)
		raw_cpu_add(count->bytes, object->record.size);
}

static __always_inline void suture_object_uncount(const struct suture_object *object,
						  const struct suture_kind *kind)
{
	struct suture_count __percpu *count = object->domain->ledger.count;

	raw_cpu_dec(count->objects);
	if (kind->inside)
		atomic_dec(&suture_ledger_insiders);
	if (kind->order == SUTURE_ORDER_MEMORY)
		raw_cpu_sub(count->bytes, object->record.size);
}

static_assert(!offsetof(struct suture_object, node));

/* Go through a locked bucket. */
#define suture_for_each_object(object, bucket)					\
	for (object = (struct suture_object *)hlist_bl_first(bucket); object;	\
	     object = (struct suture_object *)object->node.next)

static __always_inline struct suture_object *suture_object_find(struct hlist_bl_head *bucket,
								const struct suture_kind *kind,
								unsigned long key)
{
	struct suture_object *object;

	suture_for_each_object(object, bucket)
		if (object->record.key == key && object->kind == kind)
			return object;
	return NULL;
}

/* The driver that runs here. */
static __always_inline struct suture_domain *suture_ledger_here(unsigned long site)
{
	struct suture_visit *v = suture_visit_current();

	if (likely(v && v->entry))
		return suture_entry_domain(v->entry);
	return suture_ledger_domain(site);
}

/* suture_ledger_add(), for a kind that is known here */
static __always_inline bool suture_object_add(const struct suture_kind *kind,
					      const struct suture_record *record)
{
	struct suture_domain *domain = suture_ledger_here(record->site);
	struct hlist_bl_head *bucket = suture_bucket_of(kind, record->key);
	struct suture_object *object, *stale = NULL;
	unsigned long flags;

	if (unlikely(!domain))
		return false;
	raw_local_irq_save(flags);
	object = suture_object_new();
	if (likely(object)) {
		object->kind = kind;
		object->domain = domain;
		object->era = unlikely(atomic_read(&domain->probing)) ? suture_binding_era() : 0;
		object->judged = 0;
		object->record = *record;
		object->record.freed = 0;
	} else {
		atomic64_inc(&domain->ledger.untracked);
	}
	while (unlikely(test_and_set_bit_lock(0, (unsigned long *)bucket)))
		suture_bucket_wait(bucket);
	if (!kind->many) {
		stale = suture_object_find(bucket, kind, record->key);
		if (unlikely(stale)) {
			if (!kind->inside)
				atomic64_inc(&stale->domain->ledger.handed_over);
			suture_object_uncount(stale, kind);
			hlist_bl_del(&stale->node);
		}
	}
	if (likely(object)) {
		hlist_bl_add_head(&object->node, bucket);
		suture_object_count(object, kind);
	}
	suture_bucket_release(bucket);
	if (unlikely(stale))
		suture_object_delete(stale);
	raw_local_irq_restore(flags);
	return object;
}

/* suture_ledger_claim(), for a kind that is known here */
static __always_inline enum suture_claim suture_object_claim(const struct suture_kind *kind,
							     unsigned long key, size_t size,
							     unsigned long info,
							     struct suture_record *record)
{
	struct hlist_bl_head *bucket = suture_bucket_of(kind, key);
	struct suture_object *object, *found = NULL;
	enum suture_claim ret = SUTURE_CLAIM_NONE;
	unsigned long flags;

	flags = suture_bucket_lock(bucket);
	suture_for_each_object(object, bucket) {
		if (object->record.key != key || object->kind != kind ||
		    (object->record.info[0] ^ info) & SUTURE_OWNER_MASK)
			continue;
		ret = found ? SUTURE_CLAIM_UNSURE : SUTURE_CLAIM_OTHER;
		found = object;
		if (likely(object->record.size == size && object->record.info[0] == info)) {
			ret = SUTURE_CLAIM_EXACT;
			break;
		}
	}
	if (likely(found)) {
		hlist_bl_del(&found->node);
		suture_object_uncount(found, kind);
		suture_bucket_release(bucket);
		*record = found->record;
		suture_object_delete(found);
	} else {
		suture_bucket_release(bucket);
	}
	raw_local_irq_restore(flags);
	return ret;
}

void suture_quarantine_add(struct suture_ledger *ledger, struct suture_object *object);

#endif /* SUTURE_OBJECT_H */
