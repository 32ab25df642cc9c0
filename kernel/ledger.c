// SPDX-License-Identifier: GPL-2.0-only
/*
 * ledger.c - the table of objects, hashed by kind and key.
 *
 * Buckets are locked in groups, with interrupts off, for a few instructions. The
 * locks are in here alone: nothing is called while one is held.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/hash.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "binding.h"
#include "domain.h"
#include "ledger.h"
#include "visit.h"

#define LEDGER_BITS	14
#define LEDGER_LOCKS	256

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

static struct hlist_head *table;
static raw_spinlock_t locks[LEDGER_LOCKS];
static struct kmem_cache *cache;

/* Objects of kinds with @inside, of all drivers. */
static atomic_t insiders;

static u32 bucket_of_page(unsigned long addr)
{
	return hash_long(addr >> PAGE_SHIFT, LEDGER_BITS);
}

static u32 bucket_of(const struct suture_kind *kind, unsigned long key)
{
	/* What lies in the driver's memory is looked up by range, too. */
	if (kind->inside)
		return bucket_of_page(key);
	return hash_long(key ^ (unsigned long)kind << 16, LEDGER_BITS);
}

static raw_spinlock_t *lock_of(u32 bucket)
{
	return &locks[bucket % LEDGER_LOCKS];
}

static struct suture_object *find(u32 bucket, const struct suture_kind *kind, unsigned long key)
{
	struct suture_object *object;

	hlist_for_each_entry(object, &table[bucket], node)
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

static void count(const struct suture_object *object)
{
	atomic_inc(&object->domain->ledger.objects);
	if (object->kind->inside)
		atomic_inc(&insiders);
	if (object->kind->order == SUTURE_ORDER_MEMORY)
		atomic64_add(object->record.size, &object->domain->ledger.bytes);
}

static void uncount(const struct suture_object *object)
{
	atomic_dec(&object->domain->ledger.objects);
	if (object->kind->inside)
		atomic_dec(&insiders);
	if (object->kind->order == SUTURE_ORDER_MEMORY)
		atomic64_sub(object->record.size, &object->domain->ledger.bytes);
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
	u32 bucket = bucket_of(kind, record->key);
	struct suture_object *object, *stale;
	unsigned long flags;

	if (!domain)
		return false;
	object = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN);
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

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	stale = kind->many ? NULL : find(bucket, kind, record->key);
	if (stale) {
		if (!kind->inside)
			atomic64_inc(&stale->domain->ledger.handed_over);
		uncount(stale);
		hlist_del(&stale->node);
	}
	hlist_add_head(&object->node, &table[bucket]);
	count(object);
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	if (stale)
		kmem_cache_free(cache, stale);
	return true;
}
EXPORT_SYMBOL_GPL(suture_ledger_add);

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
	u32 bucket = bucket_of(kind, key);
	struct suture_object *object;
	unsigned long flags;

	/* Most keys asked for are not known, and most buckets are empty. */
	if (hlist_empty(&table[bucket]))
		return false;
	raw_spin_lock_irqsave(lock_of(bucket), flags);
	object = find(bucket, kind, key);
	if (object && record)
		*record = object->record;
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
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
	u32 bucket = bucket_of(kind, key);
	struct suture_object *object;
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	object = find(bucket, kind, key);
	if (object && object->record.freed)
		object = NULL;
	if (object) {
		hlist_del(&object->node);
		uncount(object);
	}
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	if (!object)
		return false;
	if (record)
		*record = object->record;
	kmem_cache_free(cache, object);
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
	u32 bucket = bucket_of(kind, key);
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	hlist_for_each_entry(object, &table[bucket], node) {
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
		uncount(found);
	}
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	if (found) {
		*record = found->record;
		kmem_cache_free(cache, found);
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
	if (likely(!atomic_read(&insiders)))
		return false;
	return !(start & ~PAGE_MASK) || !hlist_empty(&table[bucket_of_page(start)]);
}
EXPORT_SYMBOL_GPL(suture_ledger_maybe_inside);

/* An object that lies between @start and @end and in @bucket, taken out of it. */
static struct suture_object *object_inside(u32 bucket, unsigned long start, unsigned long end)
{
	struct suture_object *object;
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	hlist_for_each_entry(object, &table[bucket], node) {
		if (!object->kind->inside || object->record.key < start ||
		    object->record.key >= end)
			continue;
		hlist_del(&object->node);
		uncount(object);
		raw_spin_unlock_irqrestore(lock_of(bucket), flags);
		return object;
	}
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
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
		bucket = bucket_of_page(page);
		if (hlist_empty(&table[bucket]))
			continue;
		while ((object = object_inside(bucket, start, end))) {
			object->kind->inside(&object->record, site, api);
			kmem_cache_free(cache, object);
		}
	}
}
EXPORT_SYMBOL_GPL(suture_ledger_inside);

/* Take an object out of the table and give it back to the kernel. */
static void object_release(struct suture_object *object)
{
	u32 bucket = bucket_of(object->kind, object->record.key);
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	hlist_del(&object->node);
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	object->kind->release(&object->record);
	kmem_cache_free(cache, object);
}

/* Put a released object into quarantine; push out as many as that takes. */
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
	u32 bucket = bucket_of(kind, key);
	struct suture_object *object;
	enum suture_free ret;
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	object = find(bucket, kind, key);
	if (object && record)
		*record = object->record;
	if (!object) {
		ret = SUTURE_FREE_UNKNOWN;
	} else if (object->record.freed) {
		ret = SUTURE_FREE_AGAIN;
	} else if (keep && kind->release && object->record.size <= SUTURE_QUARANTINE_LARGEST) {
		object->record.freed = site;
		uncount(object);
		ret = SUTURE_FREE_KEPT;
	} else {
		hlist_del(&object->node);
		uncount(object);
		ret = SUTURE_FREE_NOW;
	}
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);

	if (ret == SUTURE_FREE_KEPT)
		quarantine(&object->domain->ledger, object);
	else if (ret == SUTURE_FREE_NOW)
		kmem_cache_free(cache, object);
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
		quarantine(&domain->ledger, NULL);
}
EXPORT_SYMBOL_GPL(suture_ledger_flush);

/* Any object of @domain and @order, from *@bucket on, taken out of the table. */
static struct suture_object *object_left(struct suture_domain *domain, enum suture_order order,
					 u32 *bucket)
{
	struct suture_object *object;
	unsigned long flags;

	for (; *bucket < 1u << LEDGER_BITS; ++*bucket) {
		if (hlist_empty(&table[*bucket]))
			continue;
		raw_spin_lock_irqsave(lock_of(*bucket), flags);
		hlist_for_each_entry(object, &table[*bucket], node)
			if (object->domain == domain && object->kind->order == order &&
			    !object->record.freed) {
				hlist_del(&object->node);
				uncount(object);
				raw_spin_unlock_irqrestore(lock_of(*bucket), flags);
				return object;
			}
		raw_spin_unlock_irqrestore(lock_of(*bucket), flags);
	}
	return NULL;
}

/* Modules of which a rule pack sees what they release. */
#define VOUCHED_MAX 32
static const char *vouched[VOUCHED_MAX];

/**
 * suture_ledger_vouch() - what a module releases of a driver's objects is seen
 * @name:	name of a subsystem's module, of static duration
 * @sure:	from now on; or no longer
 *
 * For a rule pack that knows all ways in which the subsystem releases what drivers hand it,
 * and takes those objects out of the ledger at the call that hands them over.
 *
 * Context: task, a pack's start or stop.
 */
void suture_ledger_vouch(const char *name, bool sure)
{
	unsigned int i;

	for (i = 0; i < VOUCHED_MAX; i++)
		if (sure ? !cmpxchg(&vouched[i], NULL, name) :
		    cmpxchg(&vouched[i], name, NULL) == name)
			return;
}
EXPORT_SYMBOL_GPL(suture_ledger_vouch);

static bool is_vouched(const struct module *mod)
{
	const char *name;
	unsigned int i;

	for (i = 0; i < VOUCHED_MAX; i++) {
		name = READ_ONCE(vouched[i]);
		if (name && !strcmp(name, mod->name))
			return true;
	}
	return false;
}

/* Does a module that is not guarded work for this one? It may release objects, too. */
static bool helped(struct module *mod)
{
	struct module_use *use, *also;

	list_for_each_entry(use, &mod->target_list, target_list) {
		bool guarded = use->target == THIS_MODULE || is_vouched(use->target);

		list_for_each_entry(also, &use->target->target_list, target_list)
			guarded |= also->target == THIS_MODULE;
		if (!guarded)
			return true;
	}
	return false;
}

/**
 * suture_ledger_sole() - is nothing of the driver ever released behind its back?
 * @domain:	guarded driver
 *
 * Context: task.
 */
bool suture_ledger_sole(struct suture_domain *domain)
{
	/* An address of a freeing function was given away: it may have been used. */
	return !domain->image->ntaken && !atomic64_read(&domain->ledger.handed_over) &&
	       !helped(domain->module);
}

static bool belongs(const struct suture_object *object, const struct suture_unbound *left)
{
	if (object->domain != left->domain || object->judged == left->era ||
	    object->record.freed || !object->kind->held ||
	    (left->early && !object->kind->early))
		return false;
	return object->kind->of ? object->kind->of(&object->record, left) :
				  object->era == left->era;
}

/**
 * suture_ledger_any() - does the driver hold anything that it acquired in a probe?
 * @domain:	guarded driver
 * @era:	the probe
 *
 * Context: task.
 */
bool suture_ledger_any(struct suture_domain *domain, u32 era)
{
	struct suture_object *object;
	unsigned long flags;
	bool any = false;
	u32 bucket;

	for (bucket = 0; !any && bucket < 1u << LEDGER_BITS; bucket++) {
		if (hlist_empty(&table[bucket]))
			continue;
		raw_spin_lock_irqsave(lock_of(bucket), flags);
		hlist_for_each_entry(object, &table[bucket], node)
			any |= object->domain == domain && object->era == era &&
			       !object->record.freed;
		raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	}
	return any;
}

/**
 * suture_ledger_next() - the next object of a device that a driver has left
 * @left:	the device
 * @order:	objects of kinds of this order
 * @bucket:	where to look; 0 at first
 * @kind:	gets its kind
 * @record:	gets what is known of it
 *
 * The object stays in the ledger; each is found once.
 *
 * Context: task.
 * Return: false if there is none any more.
 */
bool suture_ledger_next(const struct suture_unbound *left, enum suture_order order, u32 *bucket,
			const struct suture_kind **kind, struct suture_record *record)
{
	struct suture_object *object;
	unsigned long flags;

	if (!atomic_read(&left->domain->ledger.objects))
		return false;
	for (; *bucket < 1u << LEDGER_BITS; ++*bucket) {
		if (hlist_empty(&table[*bucket]))
			continue;
		raw_spin_lock_irqsave(lock_of(*bucket), flags);
		hlist_for_each_entry(object, &table[*bucket], node)
			if (object->kind->order == order && belongs(object, left)) {
				object->judged = left->era;
				*kind = object->kind;
				*record = object->record;
				raw_spin_unlock_irqrestore(lock_of(*bucket), flags);
				return true;
			}
		raw_spin_unlock_irqrestore(lock_of(*bucket), flags);
	}
	return false;
}

/**
 * suture_ledger_find() - is there an object of a driver and a kind such that ...?
 * @domain:	guarded driver
 * @kind:	the kind
 * @match:	is it what is looked for? Called with a raw spinlock held.
 *
 * Context: task.
 */
bool suture_ledger_find(struct suture_domain *domain, const struct suture_kind *kind,
			bool (*match)(const struct suture_record *record))
{
	struct suture_object *object;
	unsigned long flags;
	bool found = false;
	u32 bucket;

	for (bucket = 0; !found && bucket < 1u << LEDGER_BITS; bucket++) {
		if (hlist_empty(&table[bucket]))
			continue;
		raw_spin_lock_irqsave(lock_of(bucket), flags);
		hlist_for_each_entry(object, &table[bucket], node)
			if (object->domain == domain && object->kind == kind &&
			    match(&object->record)) {
				found = true;
				break;
			}
		raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	}
	return found;
}

/**
 * suture_ledger_pop() - forget any object of a driver and a kind
 * @domain:	guarded driver
 * @kind:	the kind
 * @record:	gets what was known of it
 *
 * Context: task.
 * Return: false if there is none.
 */
bool suture_ledger_pop(struct suture_domain *domain, const struct suture_kind *kind,
		       struct suture_record *record)
{
	struct suture_object *object;
	unsigned long flags;
	u32 bucket;

	for (bucket = 0; bucket < 1u << LEDGER_BITS; bucket++) {
		if (hlist_empty(&table[bucket]))
			continue;
		raw_spin_lock_irqsave(lock_of(bucket), flags);
		hlist_for_each_entry(object, &table[bucket], node) {
			if (object->domain != domain || object->kind != kind)
				continue;
			*record = object->record;
			hlist_del(&object->node);
			uncount(object);
			raw_spin_unlock_irqrestore(lock_of(bucket), flags);
			kmem_cache_free(cache, object);
			return true;
		}
		raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	}
	return false;
}

/**
 * suture_ledger_remove() - forget exactly this object
 * @kind:	its kind
 * @record:	all that is known of it
 *
 * Context: any but NMI.
 * Return: false if it is not there any more.
 */
bool suture_ledger_remove(const struct suture_kind *kind, const struct suture_record *record)
{
	u32 bucket = bucket_of(kind, record->key);
	struct suture_object *object;
	unsigned long flags;

	raw_spin_lock_irqsave(lock_of(bucket), flags);
	hlist_for_each_entry(object, &table[bucket], node) {
		if (object->kind != kind || memcmp(&object->record, record, sizeof(*record)))
			continue;
		hlist_del(&object->node);
		uncount(object);
		raw_spin_unlock_irqrestore(lock_of(bucket), flags);
		kmem_cache_free(cache, object);
		return true;
	}
	raw_spin_unlock_irqrestore(lock_of(bucket), flags);
	return false;
}

/**
 * suture_ledger_close() - the driver is gone: what does it still hold?
 * @domain:	guarded driver whose exit function has returned
 *
 * Context: task.
 */
void suture_ledger_close(struct suture_domain *domain)
{
	struct suture_ledger *ledger = &domain->ledger;
	struct suture_object *object;
	enum suture_order order;
	u32 bucket, i;
	bool sole;

	/* Objects on their way through RCU callbacks of the driver. */
	rcu_barrier();
	sole = suture_ledger_sole(domain);
	for (order = 0; order < SUTURE_ORDERS; order++) {
		for (bucket = 0; (object = object_left(domain, order, &bucket));) {
			if (object->kind->left)
				object->kind->left(domain, &object->record, sole);
			kmem_cache_free(cache, object);
		}
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
