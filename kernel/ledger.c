// SPDX-License-Identifier: GPL-2.0-only
/*
 * ledger.c - the table of objects, hashed by address, one lock a bucket group.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "domain.h"
#include "ledger.h"
#include "rules/rules.h"
#include "visit.h"

#define LEDGER_BITS	14
#define LEDGER_LOCKS	256

/**
 * struct suture_object - one object
 * @node:	bucket
 * @ptr:	address
 * @size:	bytes asked for
 * @site:	where it was allocated
 * @freed:	where it was freed; 0 while it is live
 * @domain:	who holds it
 * @kind:	which allocator
 */
struct suture_object {
	struct hlist_node node;
	const void *ptr;
	size_t size;
	unsigned long site;
	unsigned long freed;
	struct suture_domain *domain;
	u8 kind;
};

static struct hlist_head *table;
static raw_spinlock_t locks[LEDGER_LOCKS];
static struct kmem_cache *cache;

static u32 bucket_of(const void *ptr)
{
	return hash_ptr((void *)ptr, LEDGER_BITS);
}

static raw_spinlock_t *lock_of(u32 bucket)
{
	return &locks[bucket % LEDGER_LOCKS];
}

static struct suture_object *find(u32 bucket, const void *ptr)
{
	struct suture_object *object;

	hlist_for_each_entry(object, &table[bucket], node)
		if (object->ptr == ptr)
			return object;
	return NULL;
}

static struct suture_domain *domain_here(unsigned long site)
{
	struct suture_visit *v = suture_visit_current();

	if (v && v->entry)
		return suture_entry_domain(v->entry);
	return suture_domain_of(site);
}

static void uncount(const struct suture_object *object)
{
	atomic_dec(&object->domain->ledger.objects);
	atomic64_sub(object->size, &object->domain->ledger.bytes);
}

/**
 * suture_ledger_add() - note an object that the driver has just allocated
 * @ptr:	its address
 * @size:	bytes
 * @kind:	allocator
 * @site:	call site
 *
 * Context: any but NMI. If there is no memory for the record, the object is
 * counted as untracked and nothing is ever said about it.
 */
void suture_ledger_add(const void *ptr, size_t size, enum suture_object_kind kind,
		       unsigned long site)
{
	struct suture_domain *domain = domain_here(site);
	struct suture_object *object, *stale;
	u32 bucket = bucket_of(ptr);
	unsigned long flags;

	if (!domain)
		return;
	object = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN);
	if (!object) {
		atomic64_inc(&domain->ledger.untracked);
		suture_ledger_forget(ptr);
		return;
	}
	object->ptr = ptr;
	object->size = size;
	object->site = site;
	object->freed = 0;
	object->domain = domain;
	object->kind = kind;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	stale = find(bucket, ptr);
	if (stale) {
		/* The kernel gave it out again: somebody else has freed it. */
		atomic64_inc(&stale->domain->ledger.handed_over);
		uncount(stale);
		hlist_del(&stale->node);
	}
	hlist_add_head(&object->node, &table[bucket]);
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	atomic_inc(&domain->ledger.objects);
	atomic64_add(size, &domain->ledger.bytes);
	if (stale)
		kmem_cache_free(cache, stale);
}

/* Take an object out of the table and give it back to the kernel. */
static void object_release(struct suture_object *object)
{
	u32 bucket = bucket_of(object->ptr);
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	hlist_del(&object->node);
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	kfree(object->ptr);
	kmem_cache_free(cache, object);
}

/* Put a freed object into quarantine; push out as many as it takes. */
static void quarantine(struct suture_ledger *ledger, struct suture_object *object)
{
	struct suture_object *old;
	unsigned long flags;
	bool more;

	do {
		raw_spin_lock_irqsave(&ledger->lock, flags);
		old = ledger->quarantine[ledger->next];
		ledger->quarantine[ledger->next] = object;
		ledger->next = (ledger->next + 1) % SUTURE_QUARANTINE_OBJECTS;
		if (object)
			ledger->kept += object->size;
		if (old)
			ledger->kept -= old->size;
		more = ledger->kept > SUTURE_QUARANTINE_BYTES;
		raw_spin_unlock_irqrestore(&ledger->lock, flags);
		if (old)
			object_release(old);
		object = NULL;
	} while (more);
}

/**
 * suture_ledger_free() - the driver frees something
 * @ptr:	what
 * @kind:	allocator that the freeing function belongs to
 * @site:	call site
 * @keep:	may the object be kept in quarantine?
 * @before:	gets the site of the first free for SUTURE_FREE_AGAIN
 *
 * Context: any but NMI.
 */
enum suture_free suture_ledger_free(const void *ptr, enum suture_object_kind kind,
				    unsigned long site, bool keep, unsigned long *before)
{
	u32 bucket = bucket_of(ptr);
	struct suture_object *object;
	enum suture_free ret;
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	object = find(bucket, ptr);
	if (!object) {
		ret = SUTURE_FREE_UNKNOWN;
	} else if (object->freed) {
		*before = object->freed;
		ret = SUTURE_FREE_AGAIN;
	} else if (keep && object->kind == kind && kind == SUTURE_OBJECT_KMALLOC &&
		   object->size <= SUTURE_QUARANTINE_LARGEST) {
		object->freed = site;
		ret = SUTURE_FREE_KEPT;
	} else {
		hlist_del(&object->node);
		ret = object->kind == kind ? SUTURE_FREE_NOW : SUTURE_FREE_WRONG;
	}
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);

	switch (ret) {
	case SUTURE_FREE_KEPT:
		uncount(object);
		quarantine(&object->domain->ledger, object);
		break;
	case SUTURE_FREE_NOW:
	case SUTURE_FREE_WRONG:
		uncount(object);
		kmem_cache_free(cache, object);
		break;
	default:
		break;
	}
	return ret;
}

/**
 * suture_ledger_forget() - the object goes to somebody else
 * @ptr:	its address; need not be known
 *
 * Context: any but NMI.
 */
void suture_ledger_forget(const void *ptr)
{
	u32 bucket = bucket_of(ptr);
	struct suture_object *object;
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	object = find(bucket, ptr);
	if (object && !object->freed)
		hlist_del(&object->node);
	else
		object = NULL;
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	if (object) {
		uncount(object);
		kmem_cache_free(cache, object);
	}
}

/**
 * suture_ledger_freed() - has an object been freed?
 * @ptr:	its address
 * @before:	gets the site of the free
 *
 * Context: any but NMI.
 * Return: true only if that is certain.
 */
bool suture_ledger_freed(const void *ptr, unsigned long *before)
{
	u32 bucket = bucket_of(ptr);
	struct suture_object *object;
	unsigned long flags;
	bool freed;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	object = find(bucket, ptr);
	freed = object && object->freed;
	if (freed)
		*before = object->freed;
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	return freed;
}

/* Any live object of @domain, taken out of the table. */
static struct suture_object *object_left(struct suture_domain *domain, u32 *bucket)
{
	struct suture_object *object;
	unsigned long flags;

	for (; *bucket < 1u << LEDGER_BITS; ++*bucket) {
		raw_spin_lock_irqsave(lock_of(*bucket), flags);
		hlist_for_each_entry(object, &table[*bucket], node)
			if (object->domain == domain && !object->freed) {
				hlist_del(&object->node);
				raw_spin_unlock_irqrestore(lock_of(*bucket), flags);
				return object;
			}
		raw_spin_unlock_irqrestore(lock_of(*bucket), flags);
	}
	return NULL;
}

/**
 * suture_ledger_close() - the driver is gone: what does it still hold?
 * @domain:	guarded driver whose exit function has returned
 *
 * Frees what is left only if it is certain that nobody else has freed it or
 * will: see suture_rule_mem_leak.
 *
 * Context: task.
 */
void suture_ledger_close(struct suture_domain *domain)
{
	struct suture_ledger *ledger = &domain->ledger;
	struct suture_object *object;
	u32 bucket = 0, i;
	bool sole;

	/* Objects on their way through RCU callbacks of the driver. */
	rcu_barrier();
	sole = !domain->image->ntaken && !atomic64_read(&ledger->handed_over);
	while ((object = object_left(domain, &bucket))) {
		uncount(object);
		if (suture_rule_leak(domain, object->site, object->size, sole)) {
			if (object->kind == SUTURE_OBJECT_VMALLOC)
				vfree(object->ptr);
			else
				kfree(object->ptr);
		}
		kmem_cache_free(cache, object);
	}
	for (i = 0; i < SUTURE_QUARANTINE_OBJECTS; i++)
		quarantine(ledger, NULL);
}

/* suture_ledger_init() - an empty ledger. Context: task. Return: 0 or -ENOMEM. */
int suture_ledger_init(struct suture_ledger *ledger)
{
	raw_spin_lock_init(&ledger->lock);
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
	unsigned int i;

	table = kvcalloc(1u << LEDGER_BITS, sizeof(*table), GFP_KERNEL);
	cache = KMEM_CACHE(suture_object, 0);
	if (!table || !cache) {
		kvfree(table);
		kmem_cache_destroy(cache);
		return -ENOMEM;
	}
	for (i = 0; i < LEDGER_LOCKS; i++)
		raw_spin_lock_init(&locks[i]);
	return 0;
}

/* suture_ledger_stop() - no driver is left, so no object is. Context: task. */
void suture_ledger_stop(void)
{
	kmem_cache_destroy(cache);
	kvfree(table);
}
