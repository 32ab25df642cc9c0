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

#include "binding.h"
#include "object.h"
#include "visit.h"

struct hlist_head *suture_ledger_table;
raw_spinlock_t suture_ledger_locks[SUTURE_LEDGER_LOCKS];
struct kmem_cache *suture_ledger_cache;
atomic_t suture_ledger_insiders;

static struct suture_object *find(u32 bucket, const struct suture_kind *kind, unsigned long key)
{
	struct suture_object *object;

	hlist_for_each_entry(object, &suture_ledger_table[bucket], node)
		if (object->record.key == key && object->kind == kind)
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
	struct suture_domain *domain = domain_here(record->site);
	u32 bucket = suture_bucket_of(kind, record->key);
	struct suture_object *object, *stale;
	unsigned long flags;

	if (!domain)
		return false;
	object = kmem_cache_alloc(suture_ledger_cache, GFP_NOWAIT | __GFP_NOWARN);
	if (!object) {
		struct suture_record old;

		atomic64_inc(&domain->ledger.untracked);
		if (!kind->many)
			suture_ledger_take(kind, record->key, &old);
		return false;
	}
	object->kind = kind;
	object->domain = domain;
	object->era = unlikely(atomic_read(&domain->probing)) ? suture_binding_era() : 0;
	object->judged = 0;
	object->record = *record;
	object->record.freed = 0;

	raw_spin_lock_irqsave(suture_bucket_lock(bucket), flags);
	stale = kind->many ? NULL : find(bucket, kind, record->key);
	if (stale) {
		if (!kind->inside)
			atomic64_inc(&stale->domain->ledger.handed_over);
		suture_object_uncount(stale);
		hlist_del(&stale->node);
	}
	hlist_add_head(&object->node, &suture_ledger_table[bucket]);
	suture_object_count(object);
	raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);
	if (stale)
		kmem_cache_free(suture_ledger_cache, stale);
	return true;
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
	unsigned int n = 0;
	unsigned long flags;
	u32 bucket;

	for (bucket = 0; bucket < SUTURE_LEDGER_BUCKETS; bucket++) {
		if (hlist_empty(&suture_ledger_table[bucket]))
			continue;
		raw_spin_lock_irqsave(suture_bucket_lock(bucket), flags);
		hlist_for_each_entry(object, &suture_ledger_table[bucket], node)
			if (!object->record.freed &&
			    suture_domain_group(object->domain) == group)
				holding_add(holdings, room, &n, object);
		raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);
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
	domain = domain_here(site);
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
	u32 bucket = suture_bucket_of(kind, key);
	struct suture_object *object;
	unsigned long flags;

	/* Most keys asked for are not known, and most buckets are empty. */
	if (hlist_empty(&suture_ledger_table[bucket]))
		return false;
	raw_spin_lock_irqsave(suture_bucket_lock(bucket), flags);
	object = find(bucket, kind, key);
	if (object && record)
		*record = object->record;
	raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);
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
	u32 bucket = suture_bucket_of(kind, key);
	struct suture_object *object;
	unsigned long flags;

	raw_spin_lock_irqsave(suture_bucket_lock(bucket), flags);
	object = find(bucket, kind, key);
	if (object && object->record.freed)
		object = NULL;
	if (object) {
		hlist_del(&object->node);
		suture_object_uncount(object);
	}
	raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);
	if (!object)
		return false;
	if (record)
		*record = object->record;
	kmem_cache_free(suture_ledger_cache, object);
	return true;
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
	struct suture_object *object, *found = NULL;
	enum suture_claim ret = SUTURE_CLAIM_NONE;
	u32 bucket = suture_bucket_of(kind, key);
	unsigned long flags;

	raw_spin_lock_irqsave(suture_bucket_lock(bucket), flags);
	hlist_for_each_entry(object, &suture_ledger_table[bucket], node) {
		if (object->record.key != key || object->kind != kind ||
		    (object->record.info[0] ^ info) & SUTURE_OWNER_MASK)
			continue;
		ret = found ? SUTURE_CLAIM_UNSURE : SUTURE_CLAIM_OTHER;
		found = object;
		if (object->record.size == size && object->record.info[0] == info) {
			ret = SUTURE_CLAIM_EXACT;
			break;
		}
	}
	if (found) {
		hlist_del(&found->node);
		suture_object_uncount(found);
	}
	raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);
	if (found) {
		*record = found->record;
		kmem_cache_free(suture_ledger_cache, found);
	}
	return ret;
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
	       !hlist_empty(&suture_ledger_table[suture_bucket_of_page(start)]);
}
EXPORT_SYMBOL_GPL(suture_ledger_maybe_inside);

/* An object that lies between @start and @end and in @bucket, taken out of it. */
static struct suture_object *object_inside(u32 bucket, unsigned long start, unsigned long end)
{
	struct suture_object *object;
	unsigned long flags;

	raw_spin_lock_irqsave(suture_bucket_lock(bucket), flags);
	hlist_for_each_entry(object, &suture_ledger_table[bucket], node) {
		if (!object->kind->inside || object->record.key < start ||
		    object->record.key >= end)
			continue;
		hlist_del(&object->node);
		suture_object_uncount(object);
		raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);
		return object;
	}
	raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);
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
	struct suture_object *object;
	u32 bucket;

	for (page = start & PAGE_MASK; page < end; page += PAGE_SIZE) {
		bucket = suture_bucket_of_page(page);
		if (hlist_empty(&suture_ledger_table[bucket]))
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
	u32 bucket = suture_bucket_of(object->kind, object->record.key);
	unsigned long flags;

	raw_spin_lock_irqsave(suture_bucket_lock(bucket), flags);
	hlist_del(&object->node);
	raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);
	object->kind->release(&object->record);
	kmem_cache_free(suture_ledger_cache, object);
}

/**
 * suture_quarantine_add() - keep a released object; push out as many as that takes
 * @ledger:	whose
 * @object:	the object; NULL: push out the oldest
 *
 * Context: any but NMI.
 */
void suture_quarantine_add(struct suture_ledger *ledger, struct suture_object *object)
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
			ledger->kept += object->record.size;
		if (old)
			ledger->kept -= old->record.size;
		more = ledger->kept > SUTURE_QUARANTINE_BYTES;
		raw_spin_unlock_irqrestore(&ledger->lock, flags);
		if (old)
			object_release(old);
		object = NULL;
	} while (more);
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
	u32 bucket = suture_bucket_of(kind, key);
	struct suture_object *object;
	enum suture_free ret;
	unsigned long flags;

	raw_spin_lock_irqsave(suture_bucket_lock(bucket), flags);
	object = find(bucket, kind, key);
	if (object && record)
		*record = object->record;
	if (!object) {
		ret = SUTURE_FREE_UNKNOWN;
	} else if (object->record.freed) {
		ret = SUTURE_FREE_AGAIN;
	} else if (keep && kind->release && object->record.size <= SUTURE_QUARANTINE_LARGEST) {
		object->record.freed = site;
		suture_object_uncount(object);
		ret = SUTURE_FREE_KEPT;
	} else {
		hlist_del(&object->node);
		suture_object_uncount(object);
		ret = SUTURE_FREE_NOW;
	}
	raw_spin_unlock_irqrestore(suture_bucket_lock(bucket), flags);

	if (ret == SUTURE_FREE_KEPT)
		suture_quarantine_add(&object->domain->ledger, object);
	else if (ret == SUTURE_FREE_NOW)
		kmem_cache_free(suture_ledger_cache, object);
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
	struct suture_domain *domain = domain_here(site);
	unsigned int i;

	for (i = 0; domain && i < SUTURE_QUARANTINE_OBJECTS; i++)
		suture_quarantine_add(&domain->ledger, NULL);
}
EXPORT_SYMBOL_GPL(suture_ledger_flush);

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

	suture_ledger_table = kvcalloc(SUTURE_LEDGER_BUCKETS, sizeof(*suture_ledger_table),
				       GFP_KERNEL);
	suture_ledger_cache = KMEM_CACHE(suture_object, 0);
	if (!suture_ledger_table || !suture_ledger_cache) {
		kvfree(suture_ledger_table);
		kmem_cache_destroy(suture_ledger_cache);
		return -ENOMEM;
	}
	for (i = 0; i < SUTURE_LEDGER_LOCKS; i++)
		raw_spin_lock_init(&suture_ledger_locks[i]);
	return 0;
}

/* suture_ledger_stop() - no driver is left, so no object is. Context: task. */
void suture_ledger_stop(void)
{
	kmem_cache_destroy(suture_ledger_cache);
	kvfree(suture_ledger_table);
}
