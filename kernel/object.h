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
 * @next:	in its bucket, or in a pool
 * @kind:	its kind
 * @domain:	who holds it
 * @era:	probe in which it was acquired; 0 for none
 * @judged:	era of the last device at whose end it was looked at
 * @record:	what is known of it
 */
struct suture_object {
	struct suture_object *next;
	const struct suture_kind *kind;
	struct suture_domain *domain;
	u32 era;
	u32 judged;
	struct suture_record record;
};

/**
 * struct suture_pool - objects without a use that a CPU has at hand
 * @free:	them, linked by @next
 * @room:	how many more may come
 *
 * As many as a driver has in flight: what a ring of descriptors has mapped. A driver that
 * acquires on one CPU and releases on another moves objects from pool to pool, in batches,
 * through a depot that all share (ledger.c). Touched with interrupts off only.
 */
struct suture_pool {
	struct suture_object *free;
	int room;
};

/**
 * struct suture_bucket - the objects of one hash
 * @head:	the first of them; the lowest bit is the lock
 *
 * Singly linked: an object is nearly always found at the head, or released right after it was
 * looked for.
 */
struct suture_bucket {
	unsigned long head;
};

#define SUTURE_BUCKET_LOCKED	1UL

#define SUTURE_POOL_BATCH	64
#define SUTURE_POOL_ROOM	512

DECLARE_PER_CPU(struct suture_pool, suture_pool);

extern struct suture_bucket *suture_ledger_table;
extern struct kmem_cache *suture_ledger_cache;

/* Objects of kinds with @inside, of all drivers. */
extern atomic_t suture_ledger_insiders;

struct suture_object *suture_pool_fill(void);
void suture_pool_drain(void);
void suture_object_retire_slow(struct suture_bucket *bucket, struct suture_object *object);
void suture_bucket_wait(struct suture_bucket *bucket);
void suture_object_missed(struct suture_domain *domain, const struct suture_kind *kind,
			  unsigned long key);
void suture_object_replaced(struct suture_bucket *bucket, struct suture_object *stale);
struct suture_domain *suture_ledger_domain(unsigned long site);

static __always_inline struct suture_bucket *suture_bucket_of_page(unsigned long addr)
{
	return &suture_ledger_table[hash_long(addr >> PAGE_SHIFT, SUTURE_LEDGER_BITS)];
}

static __always_inline struct suture_bucket *suture_bucket_of(const struct suture_kind *kind,
							      unsigned long key)
{
	/* What lies in the driver's memory is looked up by range, too. */
	if (kind->inside)
		return suture_bucket_of_page(key);
	/* One key of two kinds is rare enough. */
	return &suture_ledger_table[hash_long(key, SUTURE_LEDGER_BITS)];
}

/* Return: flags for suture_bucket_unlock(). */
static __always_inline unsigned long suture_bucket_lock(struct suture_bucket *bucket)
{
	unsigned long flags;

	raw_local_irq_save(flags);
	while (unlikely(test_and_set_bit_lock(0, &bucket->head)))
		suture_bucket_wait(bucket);
	return flags;
}

/* The same where interrupts are off. */
static __always_inline void suture_bucket_release(struct suture_bucket *bucket)
{
	__clear_bit_unlock(0, &bucket->head);
}

static __always_inline void suture_bucket_unlock(struct suture_bucket *bucket,
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
	raw_cpu_write(suture_pool.free, object->next);
	raw_cpu_inc(suture_pool.room);
	return object;
}

/* One that is of no use any more, and in no bucket; with interrupts off. */
static __always_inline void suture_object_delete(struct suture_object *object)
{
	object->next = raw_cpu_read(suture_pool.free);
	raw_cpu_write(suture_pool.free, object);
	raw_cpu_dec(suture_pool.room);
	if (unlikely(raw_cpu_read(suture_pool.room) < 0))
		suture_pool_drain();
}

/* An object has come into the table, or goes. What a driver holds is counted when it is asked. */
static __always_inline void suture_object_comes(const struct suture_kind *kind)
{
	if (kind->inside)
		atomic_inc(&suture_ledger_insiders);
}

static __always_inline void suture_object_goes(const struct suture_kind *kind)
{
	if (kind->inside)
		atomic_dec(&suture_ledger_insiders);
}

static __always_inline bool suture_bucket_empty(const struct suture_bucket *bucket)
{
	return !(READ_ONCE(bucket->head) & ~SUTURE_BUCKET_LOCKED);
}

/* The first object of a locked bucket. */
static __always_inline struct suture_object *suture_bucket_first(const struct suture_bucket *bucket)
{
	return (struct suture_object *)(bucket->head & ~SUTURE_BUCKET_LOCKED);
}

/* Go through a locked bucket. */
#define suture_for_each_object(object, bucket)					\
	for (object = suture_bucket_first(bucket); object; object = object->next)

/* Put an object into a locked bucket, and unlock that; interrupts stay off. */
static __always_inline void suture_object_publish(struct suture_bucket *bucket,
						  struct suture_object *object)
{
	object->next = suture_bucket_first(bucket);
	/* Pairs with the taking of the lock. */
	smp_store_release(&bucket->head, (unsigned long)object);
}

/* Take an object out of its bucket, and unlock that; interrupts stay off. */
static __always_inline void suture_object_retire(struct suture_bucket *bucket,
						 struct suture_object *object)
{
	if (likely(object == suture_bucket_first(bucket)))
		/* Pairs with the taking of the lock. */
		smp_store_release(&bucket->head, (unsigned long)object->next);
	else
		suture_object_retire_slow(bucket, object);
}

static __always_inline struct suture_object *suture_object_find(struct suture_bucket *bucket,
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

/* suture_ledger_add(), for a kind and a driver that are known here */
static __always_inline bool suture_object_add(struct suture_domain *domain,
					      const struct suture_kind *kind,
					      const struct suture_record *record)
{
	struct suture_bucket *bucket = suture_bucket_of(kind, record->key);
	struct suture_object *object, *stale;
	unsigned long flags;

	if (unlikely(!domain))
		return false;
	raw_local_irq_save(flags);
	object = suture_object_new();
	if (unlikely(!object)) {
		raw_local_irq_restore(flags);
		suture_object_missed(domain, kind, record->key);
		return false;
	}
	object->kind = kind;
	object->domain = domain;
	object->era = unlikely(atomic_read(&domain->probing)) ? suture_binding_era() : 0;
	object->judged = 0;
	object->record = *record;
	object->record.freed = 0;
	while (unlikely(test_and_set_bit_lock(0, &bucket->head)))
		suture_bucket_wait(bucket);
	if (!kind->many) {
		stale = suture_object_find(bucket, kind, record->key);
		if (unlikely(stale))
			suture_object_replaced(bucket, stale);
	}
	suture_object_comes(kind);
	suture_object_publish(bucket, object);
	raw_local_irq_restore(flags);
	return true;
}

/* suture_ledger_claim(), for a kind that is known here */
static __always_inline enum suture_claim suture_object_claim(const struct suture_kind *kind,
							     unsigned long key, size_t size,
							     unsigned long info,
							     struct suture_record *record)
{
	struct suture_bucket *bucket = suture_bucket_of(kind, key);
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
		suture_object_goes(kind);
		suture_object_retire(bucket, found);
		*record = found->record;
		suture_object_delete(found);
	} else {
		suture_bucket_release(bucket);
	}
	raw_local_irq_restore(flags);
	return ret;
}

/**
 * suture_object_claim_first() - suture_object_claim(), of the one that is found at once
 * @kind:	a kind that is known here, one with @many
 * @key:	its key
 * @size:	size that it must have
 * @info:	first info word that it must have
 *
 * Calls nothing, so that a wrapper that has found it need not save its arguments.
 *
 * Context: any but NMI.
 * Return: false if it is not the first of its bucket, or somebody else has the bucket, or the
 * pool is full: nothing is changed.
 */
static __always_inline bool suture_object_claim_first(const struct suture_kind *kind,
						      unsigned long key, size_t size,
						      unsigned long info)
{
	struct suture_bucket *bucket = suture_bucket_of(kind, key);
	struct suture_object *object;
	unsigned long flags;

	raw_local_irq_save(flags);
	if (unlikely(test_and_set_bit_lock(0, &bucket->head)))
		goto busy;
	object = suture_bucket_first(bucket);
	if (unlikely(!object || object->record.key != key || object->kind != kind ||
		     object->record.info[0] != info || object->record.size != size ||
		     raw_cpu_read(suture_pool.room) <= 0))
		goto other;
	/* Pairs with the taking of the lock. */
	smp_store_release(&bucket->head, (unsigned long)object->next);
	object->next = raw_cpu_read(suture_pool.free);
	raw_cpu_write(suture_pool.free, object);
	raw_cpu_dec(suture_pool.room);
	raw_local_irq_restore(flags);
	return true;
other:
	suture_bucket_release(bucket);
busy:
	raw_local_irq_restore(flags);
	return false;
}

void suture_quarantine_add(struct suture_ledger *ledger, struct suture_object *object);

#endif /* SUTURE_OBJECT_H */
