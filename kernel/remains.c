// SPDX-License-Identifier: GPL-2.0-only
/*
 * remains.c - what a driver has left in the ledger: when it leaves a device, when one of its
 * modules goes, and when it is gone.
 */
#include <linux/module.h>
#include <linux/rcupdate.h>

#include "binding.h"
#include "object.h"

/* Does an object come to its end with @domain? Others of its group may stay. */
static bool is_left(const struct suture_object *object, const struct suture_domain *domain,
		    bool last)
{
	if (object->record.freed)
		return false;
	if (last)
		return object->domain == domain;
	return object->kind->function &&
	       suture_domain_group(object->domain) == suture_domain_group(domain) &&
	       within_module(object->record.info[object->kind->function - 1], domain->module);
}

/* Any object of @order that is left, from *@bucket on, taken out of the table. */
static struct suture_object *object_left(struct suture_domain *domain, bool last,
					 enum suture_order order, u32 *bucket)
{
	struct suture_object *object;
	unsigned long flags;

	for (; *bucket < SUTURE_LEDGER_BUCKETS; ++*bucket) {
		if (suture_bucket_empty(&suture_ledger_table[*bucket]))
			continue;
		flags = suture_bucket_lock(&suture_ledger_table[*bucket]);
		suture_for_each_object(object, &suture_ledger_table[*bucket])
			if (object->kind->order == order && is_left(object, domain, last)) {
				suture_object_goes(object->kind);
				suture_object_retire(&suture_ledger_table[*bucket], object);
				raw_local_irq_restore(flags);
				return object;
			}
		suture_bucket_unlock(&suture_ledger_table[*bucket], flags);
	}
	return NULL;
}

/*
 * What is in @bucket of @domain becomes its heir's. Return: a call site in the module that
 * goes, to be given a name that stays; 0 if there is none any more.
 */
static unsigned long bucket_hand_over(u32 bucket, const struct suture_domain *domain,
				      struct suture_domain *heir)
{
	struct suture_object *object;
	unsigned long flags, site = 0;

	flags = suture_bucket_lock(&suture_ledger_table[bucket]);
	suture_for_each_object(object, &suture_ledger_table[bucket]) {
		if (object->domain == domain)
			object->domain = heir;
		if (within_module(object->record.site, domain->module))
			site = object->record.site;
	}
	suture_bucket_unlock(&suture_ledger_table[bucket], flags);
	return site;
}

static void bucket_rename(u32 bucket, unsigned long site, unsigned long name)
{
	struct suture_object *object;
	unsigned long flags;

	flags = suture_bucket_lock(&suture_ledger_table[bucket]);
	suture_for_each_object(object, &suture_ledger_table[bucket])
		if (object->record.site == site)
			object->record.site = name;
	suture_bucket_unlock(&suture_ledger_table[bucket], flags);
}

static void hand_over(struct suture_domain *domain, struct suture_domain *heir)
{
	unsigned long site;
	u32 bucket;

	for (bucket = 0; bucket < SUTURE_LEDGER_BUCKETS; bucket++)
		while (!suture_bucket_empty(&suture_ledger_table[bucket]) &&
		       (site = bucket_hand_over(bucket, domain, heir)))
			bucket_rename(bucket, site, suture_group_bury(domain->group, site));
}

/* Nothing of a driver is in quarantine any more. */
static void flush(const struct suture_group *group)
{
	struct suture_domain *member;
	unsigned int i;

	list_for_each_entry_rcu(member, &suture_domains, node, true)
		for (i = 0; member->group == group && i < SUTURE_QUARANTINE_OBJECTS; i++)
			suture_quarantine_add(&member->ledger, NULL);
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

/**
 * suture_ledger_helped() - does a module that is not guarded work for this one?
 * @mod:	guarded module, linked to those that it imports from
 *
 * It may release objects, too.
 *
 * Context: task, while @mod is being loaded.
 */
bool suture_ledger_helped(const struct module *mod)
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
	struct suture_group *group = domain->group;
	struct suture_domain *member;
	bool sole = !READ_ONCE(group->unsure);

	rcu_read_lock();
	list_for_each_entry_rcu(member, &suture_domains, node)
		/* The address of a freeing function was given away: it may have been used. */
		if (suture_domain_group(member) == group &&
		    (member->helped || member->image->ntaken ||
		     atomic64_read(&member->ledger.handed_over)))
			sole = false;
	rcu_read_unlock();
	return sole;
}

static bool belongs(const struct suture_object *object, const struct suture_unbound *left)
{
	if (object->domain != left->domain || object->judged == left->era ||
	    object->record.freed || !object->kind->held ||
	    (left->early && !object->kind->early))
		return false;
	if (object->era == left->era && (!object->kind->of ||
					 (left->distrust && object->kind->probed)))
		return true;
	return object->kind->of && object->kind->of(&object->record, left);
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

	for (bucket = 0; !any && bucket < SUTURE_LEDGER_BUCKETS; bucket++) {
		if (suture_bucket_empty(&suture_ledger_table[bucket]))
			continue;
		flags = suture_bucket_lock(&suture_ledger_table[bucket]);
		suture_for_each_object(object, &suture_ledger_table[bucket])
			any |= object->domain == domain && object->era == era &&
			       !object->record.freed;
		suture_bucket_unlock(&suture_ledger_table[bucket], flags);
	}
	return any;
}

/**
 * suture_ledger_extents() - the memory that a driver acquired in a probe, freed lately or not
 * @domain:	guarded driver
 * @era:	the probe
 * @extents:	gets it
 * @most:	room for so many
 *
 * Context: task.
 * Return: their number.
 */
unsigned int suture_ledger_extents(struct suture_domain *domain, u32 era,
				   struct suture_extent *extents, unsigned int most)
{
	struct suture_object *object;
	unsigned long flags;
	unsigned int n = 0;
	u32 bucket;

	for (bucket = 0; bucket < SUTURE_LEDGER_BUCKETS; bucket++) {
		if (suture_bucket_empty(&suture_ledger_table[bucket]))
			continue;
		flags = suture_bucket_lock(&suture_ledger_table[bucket]);
		suture_for_each_object(object, &suture_ledger_table[bucket])
			if (object->domain == domain && object->era == era && n < most &&
			    object->kind->order == SUTURE_ORDER_MEMORY)
				extents[n++] = (struct suture_extent){ object->record.key,
								       object->record.size };
		suture_bucket_unlock(&suture_ledger_table[bucket], flags);
	}
	return n;
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

	for (; *bucket < SUTURE_LEDGER_BUCKETS; ++*bucket) {
		if (suture_bucket_empty(&suture_ledger_table[*bucket]))
			continue;
		flags = suture_bucket_lock(&suture_ledger_table[*bucket]);
		suture_for_each_object(object, &suture_ledger_table[*bucket])
			if (object->kind->order == order && belongs(object, left)) {
				object->judged = left->era;
				*kind = object->kind;
				*record = object->record;
				suture_bucket_unlock(&suture_ledger_table[*bucket], flags);
				return true;
			}
		suture_bucket_unlock(&suture_ledger_table[*bucket], flags);
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

	for (bucket = 0; !found && bucket < SUTURE_LEDGER_BUCKETS; bucket++) {
		if (suture_bucket_empty(&suture_ledger_table[bucket]))
			continue;
		flags = suture_bucket_lock(&suture_ledger_table[bucket]);
		suture_for_each_object(object, &suture_ledger_table[bucket])
			if (object->domain == domain && object->kind == kind &&
			    match(&object->record)) {
				found = true;
				break;
			}
		suture_bucket_unlock(&suture_ledger_table[bucket], flags);
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

	for (bucket = 0; bucket < SUTURE_LEDGER_BUCKETS; bucket++) {
		if (suture_bucket_empty(&suture_ledger_table[bucket]))
			continue;
		flags = suture_bucket_lock(&suture_ledger_table[bucket]);
		suture_for_each_object(object, &suture_ledger_table[bucket]) {
			if (object->domain != domain || object->kind != kind)
				continue;
			*record = object->record;
			suture_object_goes(object->kind);
			suture_object_retire(&suture_ledger_table[bucket], object);
			raw_local_irq_restore(flags);
			kmem_cache_free(suture_ledger_cache, object);
			return true;
		}
		suture_bucket_unlock(&suture_ledger_table[bucket], flags);
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
	struct suture_bucket *bucket = suture_bucket_of(kind, record->key);
	struct suture_object *object;
	unsigned long flags;

	flags = suture_bucket_lock(bucket);
	suture_for_each_object(object, bucket) {
		if (object->kind != kind || memcmp(&object->record, record, sizeof(*record)))
			continue;
		suture_object_goes(object->kind);
		suture_object_retire(bucket, object);
		raw_local_irq_restore(flags);
		kmem_cache_free(suture_ledger_cache, object);
		return true;
	}
	suture_bucket_unlock(bucket, flags);
	return false;
}

/**
 * suture_ledger_close() - a module is gone: what does its driver still hold?
 * @domain:	guarded module whose exit function has returned
 *
 * While other modules of the driver stay, only what would call the code that goes is
 * looked at; the rest may be released by them.
 *
 * Context: task; no other member of its group comes to its end meanwhile.
 */
void suture_ledger_close(struct suture_domain *domain)
{
	struct suture_domain *heir = suture_group_heir(domain);
	struct suture_group *group = domain->group;
	struct suture_object *object;
	enum suture_order order;
	u32 bucket;

	/* Objects on their way through RCU callbacks of the driver. */
	rcu_barrier();
	if (!suture_ledger_sole(domain))
		WRITE_ONCE(group->unsure, true);
	for (order = 0; order < SUTURE_ORDERS; order++) {
		for (bucket = 0; (object = object_left(domain, !heir, order, &bucket));) {
			if (object->kind->left)
				object->kind->left(domain, &object->record, !group->unsure);
			kmem_cache_free(suture_ledger_cache, object);
		}
	}
	flush(group);
	if (heir)
		hand_over(domain, heir);
}
