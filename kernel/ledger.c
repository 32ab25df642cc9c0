// SPDX-License-Identifier: GPL-2.0-only
/*
 * ledger.c - the table of objects, hashed by kind and key. What a driver has left in it
 * when it goes is looked for in remains.c.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "object.h"

struct suture_bucket *suture_ledger_table;
struct kmem_cache *suture_ledger_cache;
atomic_t suture_ledger_insiders;
DEFINE_PER_CPU(struct suture_pool, suture_pool);

/* suture_bucket_wait() - another CPU has the bucket. Context: interrupts off. */
noinline void suture_bucket_wait(struct suture_bucket *bucket)
{
	while (READ_ONCE(bucket->head) & SUTURE_BUCKET_LOCKED)
		cpu_relax();
}

/* Take an object, not the first, out of a locked bucket. */
static void object_unlink(struct suture_bucket *bucket, struct suture_object *object)
{
	struct suture_object *before;

	suture_for_each_object(before, bucket) {
		if (before->next != object)
			continue;
		before->next = object->next;
		return;
	}
}

/* suture_object_retire_slow() - of one that is not the first. Context: interrupts off. */
noinline void suture_object_retire_slow(struct suture_bucket *bucket,
					struct suture_object *object)
{
	object_unlink(bucket, object);
	suture_bucket_release(bucket);
}

/**
 * suture_object_replaced() - an object is acquired whose record says that it is held
 * @bucket:	locked, and stays so
 * @stale:	the record; is deleted
 *
 * Context: interrupts off.
 */
noinline void suture_object_replaced(struct suture_bucket *bucket, struct suture_object *stale)
{
	if (!stale->kind->inside)
		atomic64_inc(&stale->domain->ledger.handed_over);
	suture_object_goes(stale->kind);
	if (stale == suture_bucket_first(bucket))
		WRITE_ONCE(bucket->head, (unsigned long)stale->next | SUTURE_BUCKET_LOCKED);
	else
		object_unlink(bucket, stale);
	suture_object_delete(stale);
}

/**
 * suture_object_missed() - there is no memory for the record of an object
 * @domain:	who has acquired it
 * @kind:	its kind
 * @key:	its key
 *
 * Context: any but NMI.
 */
noinline void suture_object_missed(struct suture_domain *domain, const struct suture_kind *kind,
				   unsigned long key)
{
	atomic64_inc(&domain->ledger.untracked);
	if (!kind->many)
		suture_ledger_take(kind, key, NULL);
}

/*
 * The depot: batches of objects that one CPU had too many of, for one that has too few. A lock for
 * each SUTURE_POOL_BATCH objects is no lock for each. The objects of a batch are linked
 * by @next; the first of each has the next batch in place of its kind.
 */
#define DEPOT_MOST 64
static DEFINE_RAW_SPINLOCK(depot_lock);
static struct suture_object *depot;
static unsigned int depot_batches;

static struct suture_object *depot_take(void)
{
	struct suture_object *batch;

	raw_spin_lock(&depot_lock);
	batch = depot;
	if (batch) {
		depot = (struct suture_object *)batch->kind;
		depot_batches--;
	}
	raw_spin_unlock(&depot_lock);
	return batch;
}

static bool depot_give(struct suture_object *batch)
{
	bool room;

	raw_spin_lock(&depot_lock);
	room = depot_batches < DEPOT_MOST;
	if (room) {
		batch->kind = (const struct suture_kind *)depot;
		depot = batch;
		depot_batches++;
	}
	raw_spin_unlock(&depot_lock);
	return room;
}

static void batch_free(struct suture_object *batch)
{
	struct suture_object *object;

	while ((object = batch)) {
		batch = object->next;
		kmem_cache_free(suture_ledger_cache, object);
	}
}

/**
 * suture_pool_fill() - this CPU's pool is empty
 *
 * Context: interrupts off.
 * Return: an object to be used, or NULL: there is no memory.
 */
noinline struct suture_object *suture_pool_fill(void)
{
	struct suture_object *batch = depot_take();

	if (!batch) {
		batch = kmem_cache_alloc(suture_ledger_cache, GFP_NOWAIT | __GFP_NOWARN);
		if (batch)
			batch->next = NULL;
		return batch;
	}
	raw_cpu_write(suture_pool.free, batch->next);
	raw_cpu_sub(suture_pool.room, SUTURE_POOL_BATCH - 1);
	return batch;
}

/* suture_pool_drain() - this CPU's pool is full. Context: interrupts off. */
noinline void suture_pool_drain(void)
{
	struct suture_object *batch = raw_cpu_read(suture_pool.free), *last = batch;
	unsigned int i;

	for (i = 1; i < SUTURE_POOL_BATCH; i++)
		last = last->next;
	raw_cpu_write(suture_pool.free, last->next);
	raw_cpu_add(suture_pool.room, SUTURE_POOL_BATCH);
	last->next = NULL;
	if (!depot_give(batch))
		batch_free(batch);
}

/**
 * suture_ledger_domain() - who runs, where there is no visit
 * @site:	call site
 *
 * Context: any.
 */
noinline struct suture_domain *suture_ledger_domain(unsigned long site)
{
	return suture_domain_of(site);
}

/**
 * suture_ledger_add() - note an object that the driver has just acquired
 * @kind:	its kind
 * @record:	key, size, info and site
 *
 * An object of the same key that is still noted has been released behind the
 * driver's back; it is replaced. If there is no memory for the record, the
 * object is counted as untracked and nothing is ever said about it.
 *
 * Context: any but NMI.
 * Return: false if there is no record of it.
 */
bool suture_ledger_add(const struct suture_kind *kind, const struct suture_record *record)
{
	return suture_object_add(suture_ledger_here(record->site), kind, record);
}
EXPORT_SYMBOL_GPL(suture_ledger_add);

static void holding_add(struct suture_holding *holding, unsigned int room, unsigned int *n,
			const struct suture_object *object)
{
	unsigned int i;

	for (i = 0; i < *n; i++)
		if (!strncmp(holding[i].name, object->kind->name, sizeof(holding[i].name) - 1))
			break;
	if (i == *n) {
		if (i == room)
			return;
		strscpy(holding[i].name, object->kind->name, sizeof(holding[i].name));
		holding[i].count = 0;
		holding[i].bytes = 0;
		++*n;
	}
	holding[i].count++;
	if (object->kind->order == SUTURE_ORDER_MEMORY)
		holding[i].bytes += object->record.size;
}

/**
 * suture_ledger_sum() - how much a driver holds now
 * @domain:	guarded module
 *
 * Context: any but NMI; goes through all objects of all drivers.
 */
struct suture_count suture_ledger_sum(const struct suture_domain *domain)
{
	struct suture_count sum = {};
	struct suture_object *object;
	struct suture_bucket *bucket;
	unsigned long flags;

	for (bucket = suture_ledger_table; bucket < suture_ledger_table + SUTURE_LEDGER_BUCKETS;
	     bucket++) {
		if (suture_bucket_empty(bucket))
			continue;
		flags = suture_bucket_lock(bucket);
		suture_for_each_object(object, bucket) {
			if (object->domain != domain || object->record.freed)
				continue;
			sum.objects++;
			if (object->kind->order == SUTURE_ORDER_MEMORY)
				sum.bytes += object->record.size;
		}
		suture_bucket_unlock(bucket, flags);
	}
	return sum;
}

/**
 * suture_ledger_holdings() - what a driver holds now, by kind
 * @group:	the driver
 * @holdings:	gets the kinds, in no order
 * @room:	elements of @holdings; kinds for which there is none are left out
 *
 * Context: task.
 * Return: number of kinds.
 */
unsigned int suture_ledger_holdings(const struct suture_group *group,
				    struct suture_holding *holdings, unsigned int room)
{
	struct suture_object *object;
	struct suture_bucket *bucket;
	unsigned int n = 0;
	unsigned long flags;

	for (bucket = suture_ledger_table; bucket < suture_ledger_table + SUTURE_LEDGER_BUCKETS;
	     bucket++) {
		if (suture_bucket_empty(bucket))
			continue;
		flags = suture_bucket_lock(bucket);
		suture_for_each_object(object, bucket)
			if (!object->record.freed &&
			    suture_domain_group(object->domain) == group)
				holding_add(holdings, room, &n, object);
		suture_bucket_unlock(bucket, flags);
	}
	return n;
}

/**
 * suture_ledger_missed() - there is no memory to note something that a driver has acquired
 * @site:	call site
 *
 * From now on it is known that what the ledger shows is not all.
 *
 * Context: any but NMI.
 */
void suture_ledger_missed(unsigned long site)
{
	struct suture_domain *domain;

	rcu_read_lock();
	domain = suture_ledger_here(site);
	if (domain)
		atomic64_inc(&domain->ledger.untracked);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(suture_ledger_missed);

/**
 * suture_ledger_get() - look an object up
 * @kind:	its kind
 * @key:	its key
 * @record:	gets what is known; may be NULL
 *
 * Context: any but NMI.
 * Return: true if it is held or in quarantine (then @record->freed is set).
 */
bool suture_ledger_get(const struct suture_kind *kind, unsigned long key,
		       struct suture_record *record)
{
	struct suture_bucket *bucket = suture_bucket_of(kind, key);
	struct suture_object *object;
	unsigned long flags;

	/* See suture_ledger_take(). */
	if (suture_bucket_empty(bucket))
		return false;
	flags = suture_bucket_lock(bucket);
	object = suture_object_find(bucket, kind, key);
	if (object && record)
		*record = object->record;
	suture_bucket_unlock(bucket, flags);
	return object;
}
EXPORT_SYMBOL_GPL(suture_ledger_get);

/**
 * suture_ledger_take() - forget an object: it is released, or somebody else's now
 * @kind:	its kind
 * @key:	its key
 * @record:	gets what was known; may be NULL
 *
 * Context: any but NMI.
 * Return: true if it was held. An object in quarantine stays there.
 */
bool suture_ledger_take(const struct suture_kind *kind, unsigned long key,
			struct suture_record *record)
{
	struct suture_bucket *bucket = suture_bucket_of(kind, key);
	struct suture_object *object;
	unsigned long flags;

	/* Most keys asked for are not known, and most buckets are empty. */
	if (suture_bucket_empty(bucket))
		return false;
	flags = suture_bucket_lock(bucket);
	object = suture_object_find(bucket, kind, key);
	if (object && object->record.freed)
		object = NULL;
	if (object) {
		suture_object_goes(kind);
		suture_object_retire(bucket, object);
		if (record)
			*record = object->record;
		suture_object_delete(object);
	} else {
		suture_bucket_release(bucket);
	}
	raw_local_irq_restore(flags);
	return object;
}
EXPORT_SYMBOL_GPL(suture_ledger_take);

/**
 * suture_ledger_claim() - forget one of several objects of the same key
 * @kind:	its kind, one with @many
 * @key:	its key
 * @size:	size that it should have
 * @info:	first info word that it should have; only objects that agree with
 *		it in SUTURE_OWNER_MASK are looked at
 * @record:	gets what was known
 *
 * Context: any but NMI.
 */
enum suture_claim suture_ledger_claim(const struct suture_kind *kind, unsigned long key,
				      size_t size, unsigned long info,
				      struct suture_record *record)
{
	return suture_object_claim(kind, key, size, info, record);
}
EXPORT_SYMBOL_GPL(suture_ledger_claim);

/**
 * suture_ledger_note() - note an object that may be noted already
 * @kind:	its kind
 * @record:	key, size, info and site
 *
 * Context: any but NMI.
 * Return: true if it was not, or not with this info.
 */
bool suture_ledger_note(const struct suture_kind *kind, const struct suture_record *record)
{
	struct suture_record old;

	if (suture_ledger_get(kind, record->key, &old) &&
	    !memcmp(old.info, record->info, sizeof(old.info)))
		return false;
	suture_ledger_add(kind, record);
	return true;
}
EXPORT_SYMBOL_GPL(suture_ledger_note);

/**
 * suture_ledger_maybe_inside() - may there be objects inside an allocation?
 * @start:	its first byte
 *
 * A quick look, to save the slow one. Only allocations of whole pages reach
 * into a second page.
 *
 * Context: any.
 */
bool suture_ledger_maybe_inside(unsigned long start)
{
	if (likely(!atomic_read(&suture_ledger_insiders)))
		return false;
	return !(start & ~PAGE_MASK) ||
	       !suture_bucket_empty(suture_bucket_of_page(start));
}
EXPORT_SYMBOL_GPL(suture_ledger_maybe_inside);

/* An object that lies between @start and @end and in @bucket, taken out of it. */
static struct suture_object *object_inside(struct suture_bucket *bucket, unsigned long start,
					   unsigned long end)
{
	struct suture_object *object;
	unsigned long flags;

	flags = suture_bucket_lock(bucket);
	suture_for_each_object(object, bucket) {
		if (!object->kind->inside || object->record.key < start ||
		    object->record.key >= end)
			continue;
		suture_object_goes(object->kind);
		suture_object_retire(bucket, object);
		raw_local_irq_restore(flags);
		return object;
	}
	suture_bucket_unlock(bucket, flags);
	return NULL;
}

/**
 * suture_ledger_inside() - memory is about to be freed: what lies in it?
 * @start:	first byte
 * @size:	bytes
 * @site:	call site
 * @api:	freeing function
 *
 * Objects that lie in it are forgotten; their kinds see to them before.
 *
 * Context: any but NMI.
 */
void suture_ledger_inside(unsigned long start, size_t size, unsigned long site,
			  const char *api)
{
	unsigned long page, end = start + size;
	struct suture_bucket *bucket;
	struct suture_object *object;

	for (page = start & PAGE_MASK; page < end; page += PAGE_SIZE) {
		bucket = suture_bucket_of_page(page);
		if (suture_bucket_empty(bucket))
			continue;
		while ((object = object_inside(bucket, start, end))) {
			object->kind->inside(&object->record, site, api);
			kmem_cache_free(suture_ledger_cache, object);
		}
	}
}
EXPORT_SYMBOL_GPL(suture_ledger_inside);

/* Take an object out of the table and give it back to the kernel. */
static void object_release(struct suture_object *object)
{
	struct suture_bucket *bucket = suture_bucket_of(object->kind, object->record.key);
	unsigned long flags;

	flags = suture_bucket_lock(bucket);
	suture_object_retire(bucket, object);
	raw_local_irq_restore(flags);
	object->kind->release(&object->record);
	raw_local_irq_save(flags);
	suture_object_delete(object);
	raw_local_irq_restore(flags);
}

/**
 * suture_quarantine_add() - keep a released object; push out as many as that takes
 * @ledger:	whose
 * @object:	the object; NULL: push out the oldest
 *
 * Whoever exchanges a slot has what was in it, so no lock is needed. The bytes kept
 * follow a moment later: they may be wrong by what others are about to take out, hence
 * at most one round through the ring.
 *
 * Context: any but NMI.
 */
void suture_quarantine_add(struct suture_ledger *ledger, struct suture_object *object)
{
	struct suture_object *old;
	unsigned int n, slot;
	long change;

	for (n = 0; n < SUTURE_QUARANTINE_OBJECTS; n++) {
		change = object ? object->record.size : 0;
		slot = (unsigned int)atomic_inc_return(&ledger->next) % SUTURE_QUARANTINE_OBJECTS;
		old = xchg(&ledger->quarantine[slot], object);
		if (old)
			change -= old->record.size;
		change = atomic_long_add_return(change, &ledger->kept);
		if (old)
			object_release(old);
		if (likely(change <= SUTURE_QUARANTINE_BYTES))
			return;
		object = NULL;
	}
}

/**
 * suture_ledger_free() - the driver releases something
 * @kind:	kind that the releasing function belongs to
 * @key:	what
 * @site:	call site
 * @keep:	may it be kept in quarantine? The kind must have @release.
 * @record:	gets what was known; may be NULL
 *
 * Context: any but NMI.
 */
enum suture_free suture_ledger_free(const struct suture_kind *kind, unsigned long key,
				    unsigned long site, bool keep,
				    struct suture_record *record)
{
	struct suture_bucket *bucket = suture_bucket_of(kind, key);
	struct suture_object *object;
	enum suture_free ret;
	unsigned long flags;

	flags = suture_bucket_lock(bucket);
	object = suture_object_find(bucket, kind, key);
	if (object && record)
		*record = object->record;
	if (!object) {
		ret = SUTURE_FREE_UNKNOWN;
	} else if (object->record.freed) {
		ret = SUTURE_FREE_AGAIN;
	} else if (keep && kind->release && object->record.size <= SUTURE_QUARANTINE_LARGEST) {
		object->record.freed = site;
		suture_object_goes(object->kind);
		ret = SUTURE_FREE_KEPT;
	} else {
		suture_object_goes(kind);
		ret = SUTURE_FREE_NOW;
	}
	if (ret == SUTURE_FREE_NOW) {
		suture_object_retire(bucket, object);
		suture_object_delete(object);
	} else {
		suture_bucket_release(bucket);
	}
	raw_local_irq_restore(flags);

	if (ret == SUTURE_FREE_KEPT)
		suture_quarantine_add(&object->domain->ledger, object);
	return ret;
}
EXPORT_SYMBOL_GPL(suture_ledger_free);

/**
 * suture_ledger_flush() - give back what is in the quarantine of the driver that runs
 * @site:	call site
 *
 * Context: any but NMI.
 */
void suture_ledger_flush(unsigned long site)
{
	struct suture_domain *domain = suture_ledger_here(site);
	unsigned int i;

	for (i = 0; domain && i < SUTURE_QUARANTINE_OBJECTS; i++)
		suture_quarantine_add(&domain->ledger, NULL);
}
EXPORT_SYMBOL_GPL(suture_ledger_flush);

/* suture_ledger_init() - an empty ledger. Context: task. Return: 0 or -ENOMEM. */
int suture_ledger_init(struct suture_ledger *ledger)
{
	ledger->quarantine = kcalloc(SUTURE_QUARANTINE_OBJECTS, sizeof(*ledger->quarantine),
				     GFP_KERNEL);
	return ledger->quarantine ? 0 : -ENOMEM;
}

/* suture_ledger_exit() - free a closed ledger. Context: task. */
void suture_ledger_exit(struct suture_ledger *ledger)
{
	kfree(ledger->quarantine);
}

/* suture_ledger_start() - set up the table. Context: task. Return: 0 or -ENOMEM. */
int suture_ledger_start(void)
{
	int cpu;

	suture_ledger_table = kvcalloc(SUTURE_LEDGER_BUCKETS, sizeof(*suture_ledger_table),
				       GFP_KERNEL);
	suture_ledger_cache = KMEM_CACHE(suture_object, 0);
	if (!suture_ledger_table || !suture_ledger_cache) {
		kvfree(suture_ledger_table);
		kmem_cache_destroy(suture_ledger_cache);
		return -ENOMEM;
	}
	for_each_possible_cpu(cpu)
		per_cpu(suture_pool.room, cpu) = SUTURE_POOL_ROOM;
	return 0;
}

/* suture_ledger_stop() - no driver is left, so no object is. Context: task. */
void suture_ledger_stop(void)
{
	struct suture_object *batch;
	int cpu;

	for_each_possible_cpu(cpu)
		batch_free(per_cpu(suture_pool.free, cpu));
	while ((batch = depot_take()))
		batch_free(batch);
	kmem_cache_destroy(suture_ledger_cache);
	kvfree(suture_ledger_table);
}
