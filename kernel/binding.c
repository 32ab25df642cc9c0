// SPDX-License-Identifier: GPL-2.0-only
/*
 * binding.c - which device a driver is on, and since when; and entries that the kernel
 * must not call any more for what is gone.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <suture/rule.h>
#include "binding.h"
#include "domain.h"
#include "rules/bounds.h"
#include "rules/probe.h"

static LIST_HEAD(bindings);
static DEFINE_RAW_SPINLOCK(bindings_lock);
static u32 eras;

/* Is what @v is nested in the same task, softirq or hardirq? */
static bool same_level(const struct suture_visit *v, const struct suture_visit *in)
{
	return in && !((v->preempt ^ in->preempt) & SUTURE_LEVEL_MASK);
}

/* The innermost probe or init function that the caller runs in; hold the lock. */
static struct suture_binding *binding_here(void)
{
	const struct suture_visit *v, *first = suture_visit_current();
	struct suture_binding *b;

	for (v = first; v && same_level(first, v); v = v->prev)
		list_for_each_entry(b, &bindings, node)
			if (b->visit == v)
				return b;
	return NULL;
}

static struct suture_binding *binding_of(const struct suture_domain *domain,
					 const struct device *dev)
{
	struct suture_binding *b;

	list_for_each_entry(b, &bindings, node)
		if (b->domain == domain && b->dev == dev)
			return b;
	return NULL;
}

/**
 * suture_binding_era() - the probe that the caller runs in
 *
 * Context: any.
 * Return: its number; 0 if it runs in none.
 */
u32 suture_binding_era(void)
{
	struct suture_binding *b;
	unsigned long flags;
	u32 era;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	b = binding_here();
	era = b && b->dev ? b->era : 0;
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	return era;
}

/**
 * suture_binding_find() - the device that something is a part of
 * @domain:	guarded driver
 * @match:	is it a part of this one? Called with a raw spinlock held.
 * @what:	for @match
 *
 * Context: any.
 * Return: the one device that the driver is on and that matches; NULL if there is none
 * or several, unless one of them is being probed here. Good for comparison only.
 */
struct device *suture_binding_find(struct suture_domain *domain,
				   bool (*match)(const struct device *dev, unsigned long what),
				   unsigned long what)
{
	struct suture_binding *b, *here;
	struct device *found = NULL;
	unsigned long flags;
	unsigned int n = 0;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	here = binding_here();
	list_for_each_entry(b, &bindings, node) {
		if (b->domain != domain || !b->dev || !match(b->dev, what))
			continue;
		n++;
		found = b->dev;
		if (b == here) {
			n = 1;
			break;
		}
	}
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	return n == 1 ? found : NULL;
}

/* The object that the device's driver data points to. */
static void note_data(struct suture_binding *b)
{
	struct suture_record record;
	void *data = dev_get_drvdata(b->dev);

	b->data = 0;
	if (!suture_memory_at(data, &record) || record.freed)
		return;
	b->size = record.size;
	b->data = record.key;
}

/* Does another device of the driver have the same data? Then it is not this one's. */
static bool data_shared(const struct suture_binding *b)
{
	struct suture_binding *other;
	unsigned long flags;
	bool shared = false;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	list_for_each_entry(other, &bindings, node)
		if (other != b && other->dev && dev_get_drvdata(other->dev) &&
		    (unsigned long)dev_get_drvdata(other->dev) - b->data < b->size)
			shared = true;
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	return shared;
}

/* All that the driver core manages for the driver is released. */
static void binding_release(struct device *dev, void *res)
{
	struct suture_binding *b = res;
	struct suture_unbound left = {
		.domain = b->domain, .dev = dev, .era = b->era, .failed = b->failed,
		.size = b->size,
	};
	unsigned long flags;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	list_del(&b->node);
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	if (b->data && !data_shared(b))
		left.data = b->data;
	suture_settle(&left);
}

/**
 * suture_binding_early() - the interrupt messages of a device are about to go
 * @dev:	the device, locked, its driver on the way off it
 *
 * Context: task.
 */
void suture_binding_early(struct device *dev)
{
	struct suture_unbound left = { .dev = dev, .early = true };
	struct suture_binding *b;
	unsigned long flags;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	list_for_each_entry(b, &bindings, node) {
		if (b->dev != dev || b->visit)
			continue;
		left.domain = b->domain;
		left.era = b->era;
		left.failed = b->failed;
		break;
	}
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	if (left.domain)
		suture_settle(&left);
}

/* suture_bound() - is the driver of a call site on this device? Context: any but NMI. */
bool suture_bound(unsigned long site, const struct device *dev)
{
	struct suture_domain *domain;
	unsigned long flags;
	bool bound;

	rcu_read_lock();
	domain = suture_domain_of(site);
	raw_spin_lock_irqsave(&bindings_lock, flags);
	bound = domain && dev && binding_of(domain, dev);
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	rcu_read_unlock();
	return bound;
}
EXPORT_SYMBOL_GPL(suture_bound);

static int binding_match(struct device *dev, void *res, void *data)
{
	return res == data;
}

static void binding_open(struct suture_binding *b, struct suture_visit *visit,
			 struct device *dev)
{
	unsigned long flags;

	b->domain = suture_entry_domain(visit->entry);
	b->dev = dev;
	b->visit = visit;
	atomic_inc(&b->domain->probing);
	raw_spin_lock_irqsave(&bindings_lock, flags);
	b->era = ++eras ?: ++eras;
	list_add(&b->node, &bindings);
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
}

/* The function of @visit returns. Return: its binding, NULL if it has none. */
static struct suture_binding *binding_return(const struct suture_visit *visit)
{
	struct suture_binding *b, *found = NULL;
	unsigned long flags;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	list_for_each_entry(b, &bindings, node)
		if (b->visit == visit) {
			b->visit = NULL;
			found = b;
			break;
		}
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	if (found)
		atomic_dec(&found->domain->probing);
	return found;
}

static struct device *device_of(const struct suture_visit *visit)
{
	return (struct device *)(visit->arg[0] + suture_role_of(visit->entry)->device);
}

/**
 * suture_probe_enter() - the kernel offers the driver a device
 * @visit:	the visit of its probe function
 *
 * Without memory for a binding nothing is said about this device.
 * Context: task, the device locked.
 */
void suture_probe_enter(struct suture_visit *visit)
{
	struct device *dev = device_of(visit);
	struct suture_binding *b;
	unsigned long flags;
	bool known;

	/* A driver may call its own probe function, too. */
	raw_spin_lock_irqsave(&bindings_lock, flags);
	known = binding_of(suture_entry_domain(visit->entry), dev);
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	if (known || suture_atomic())
		return;
	b = devres_alloc(binding_release, sizeof(*b), GFP_KERNEL);
	if (!b)
		return;
	suture_exhume((unsigned long)dev);
	binding_open(b, visit, dev);
	devres_add(dev, b);
}
EXPORT_SYMBOL_GPL(suture_probe_enter);

/* suture_probe_leave() - the probe function returns. Context: as its entry. */
long suture_probe_leave(struct suture_visit *visit, long ret)
{
	struct suture_binding *b = binding_return(visit);

	if (!b)
		return ret;
	ret = suture_probe_result(b, (int)ret);
	b->failed = ret < 0;
	note_data(b);
	return ret;
}
EXPORT_SYMBOL_GPL(suture_probe_leave);

/* suture_probe_abandon() - the probe function was unwound. Context: as its entry. */
long suture_probe_abandon(struct suture_visit *visit, long failed)
{
	struct suture_binding *b = binding_return(visit);

	if (b) {
		b->failed = true;
		note_data(b);
	}
	return failed;
}
EXPORT_SYMBOL_GPL(suture_probe_abandon);

/* suture_remove_enter() - the driver is about to leave a device. Context: task. */
void suture_remove_enter(struct suture_visit *visit)
{
	struct suture_binding *b;
	unsigned long flags;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	b = binding_of(suture_entry_domain(visit->entry), device_of(visit));
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	/* It may clear its data. The device's lock keeps the binding. */
	if (b)
		note_data(b);
}
EXPORT_SYMBOL_GPL(suture_remove_enter);

/* suture_init_enter() - a driver's module_init() begins. Context: task. */
void suture_init_enter(struct suture_visit *visit)
{
	struct suture_binding *b = kzalloc(sizeof(*b), GFP_KERNEL);

	if (b)
		binding_open(b, visit, NULL);
}

/* Out of the list, which keeps only what has a device. */
static void init_done(struct suture_binding *b)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	list_del(&b->node);
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	kfree(b);
}

/* suture_init_leave() - module_init() returns. Context: task. */
long suture_init_leave(struct suture_visit *visit, long ret)
{
	struct suture_binding *b = binding_return(visit);

	if (b) {
		ret = suture_probe_result(b, (int)ret);
		init_done(b);
	}
	return ret;
}

/* suture_init_abandon() - module_init() was unwound. Context: task. */
long suture_init_abandon(struct suture_visit *visit, long failed)
{
	struct suture_binding *b = binding_return(visit);

	if (b)
		init_done(b);
	return failed;
}

/**
 * suture_step() - the driver has registered something, or could not
 * @err:	0; or the error that it got, of a registration that a probe cannot do without
 *		unless there is another
 * @site:	call site
 * @api:	what it called, of static duration
 *
 * Context: task.
 */
void suture_step(int err, unsigned long site, const char *api)
{
	struct suture_binding *b;
	unsigned long flags;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	b = binding_here();
	if (b && !err) {
		b->steps++;
	} else if (b) {
		b->step_err = err;
		b->step_site = site;
		b->step_api = api;
	}
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
}
EXPORT_SYMBOL_GPL(suture_step);

/* --------------------------------------- entries for what is gone */

#define GRAVES 32

static struct grave {
	struct suture_entry *entry;
	unsigned int arg;
	unsigned long value;
} graves[GRAVES];
static unsigned int graves_next;

/* Nobody is refused for its sake any more; hold the lock. */
static void grave_open(struct grave *grave)
{
	struct suture_entry *entry = grave->entry;
	unsigned int i;

	grave->entry = NULL;
	for (i = 0; i < GRAVES && graves[i].entry != entry; i++)
		;
	/* It is as quick as the others again. */
	if (entry && i == GRAVES)
		suture_entry_mark(entry, SUTURE_ENTRY_BURIED, false);
}

/* Has anything ever been buried? */
bool suture_graves;
EXPORT_SYMBOL_GPL(suture_graves);

/**
 * suture_bury() - an entry must not be called for an object any more
 * @thunk:	function pointer as the kernel has it; may be NULL or not guarded
 * @arg:	which argument names the object: 0 or 1
 * @value:	the object
 *
 * Context: any but NMI.
 */
void suture_bury(unsigned long thunk, unsigned int arg, unsigned long value)
{
	struct suture_domain *domain;
	struct suture_entry *entry;
	unsigned long flags;

	rcu_read_lock();
	domain = suture_domain_of(thunk);
	entry = domain ? suture_entry_of(domain, thunk) : NULL;
	if (entry) {
		raw_spin_lock_irqsave(&bindings_lock, flags);
		grave_open(&graves[graves_next]);
		graves[graves_next] = (struct grave){ entry, arg, value };
		graves_next = (graves_next + 1) % GRAVES;
		WRITE_ONCE(suture_graves, true);
		suture_entry_mark(entry, SUTURE_ENTRY_BURIED, true);
		raw_spin_unlock_irqrestore(&bindings_lock, flags);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(suture_bury);

/* suture_exhume_slow() - see suture_exhume() */
void suture_exhume_slow(unsigned long value)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	for (i = 0; i < GRAVES; i++)
		if (graves[i].value == value)
			grave_open(&graves[i]);
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
}
EXPORT_SYMBOL_GPL(suture_exhume_slow);

/**
 * suture_buried() - is this visit for something that is gone?
 * @visit:	a visit that begins
 *
 * Context: any but NMI.
 * Return: true if it shall be refused; it is reported then.
 */
bool suture_buried(struct suture_visit *visit)
{
	unsigned long flags;
	bool found = false;
	unsigned int i;

	raw_spin_lock_irqsave(&bindings_lock, flags);
	for (i = 0; i < GRAVES; i++)
		found |= graves[i].entry == visit->entry &&
			 graves[i].value == visit->arg[graves[i].arg];
	raw_spin_unlock_irqrestore(&bindings_lock, flags);
	return found && suture_after(visit);
}

/**
 * suture_bindings_close() - a driver is gone
 * @domain:	guarded driver
 *
 * Context: task.
 */
void suture_bindings_close(struct suture_domain *domain)
{
	struct suture_binding *b;
	unsigned long flags;
	unsigned int i;

	do {
		raw_spin_lock_irqsave(&bindings_lock, flags);
		list_for_each_entry(b, &bindings, node)
			if (b->domain == domain)
				break;
		if (list_entry_is_head(b, &bindings, node))
			b = NULL;
		else
			list_del(&b->node);
		for (i = 0; i < GRAVES; i++)
			if (graves[i].entry && suture_entry_domain(graves[i].entry) == domain)
				graves[i].entry = NULL;
		raw_spin_unlock_irqrestore(&bindings_lock, flags);
		/* A device that its driver was never taken off. */
		if (b && b->dev)
			devres_destroy(b->dev, binding_release, binding_match, b);
	} while (b);
}
