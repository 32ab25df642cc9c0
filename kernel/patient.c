// SPDX-License-Identifier: GPL-2.0-only
/*
 * patient.c - which devices of a driver can be recovered, and how.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/spinlock.h>

#include "domain.h"
#include "patient.h"

/*
 * A managed resource of the device: there from the moment when the driver registered
 * something of a class, until it leaves the device.
 */
struct known {
	struct list_head node;
	struct suture_patient patient;
};

static LIST_HEAD(all);
static DEFINE_RAW_SPINLOCK(all_lock);

static void known_release(struct device *dev, void *res)
{
	struct known *known = res;
	unsigned long flags;

	raw_spin_lock_irqsave(&all_lock, flags);
	list_del(&known->node);
	raw_spin_unlock_irqrestore(&all_lock, flags);
}

static int known_match(struct device *dev, void *res, void *data)
{
	return res == data;
}

static struct known *known_find(const struct device *dev)
{
	struct known *known;

	list_for_each_entry(known, &all, node)
		if (known->patient.dev == dev)
			return known;
	return NULL;
}

/* Another driver's device, further up, is none of ours to recover. */
static bool is_ours(const struct suture_domain *domain, const struct device *dev)
{
	return suture_group_owns(suture_domain_group(domain),
				 (unsigned long)dev->driver->owner);
}

/* suture_recoverable(): see class.h */
struct device *suture_recoverable(struct device *dev, const struct suture_class *class,
				  unsigned long site)
{
	struct suture_domain *domain;
	struct device *driven;
	struct known *known;
	unsigned long flags;
	bool there;

	rcu_read_lock();
	domain = suture_domain_of(site);
	rcu_read_unlock();
	if (!domain)
		return NULL;
	/* Class devices may lie between. Without a bus there is no driver to be taken off it. */
	driven = dev;
	while (driven && !READ_ONCE(driven->driver))
		driven = driven->parent;
	if (!driven || !driven->bus || (driven != dev && !is_ours(domain, driven)))
		return NULL;
	dev = driven;
	raw_spin_lock_irqsave(&all_lock, flags);
	there = known_find(dev);
	raw_spin_unlock_irqrestore(&all_lock, flags);
	if (there)
		return dev;
	known = devres_alloc(known_release, sizeof(*known), GFP_KERNEL);
	if (!known)
		return NULL;
	known->patient = (struct suture_patient){ .dev = dev, .class = class, .domain = domain };
	raw_spin_lock_irqsave(&all_lock, flags);
	list_add_tail(&known->node, &all);
	raw_spin_unlock_irqrestore(&all_lock, flags);
	devres_add(dev, known);
	return dev;
}
EXPORT_SYMBOL_GPL(suture_recoverable);

/**
 * suture_patients() - the devices of a driver that a class knows how to recover
 * @group:	the driver; the caller holds RCU
 * @ceiling:	how far up the ladder it may go; those whose first rung is higher are left out
 * @patients:	filled with them, oldest first, a reference on each; may be NULL
 * @most:	room for so many
 *
 * Context: any but NMI. Return: their number.
 */
unsigned int suture_patients(const struct suture_group *group, enum suture_action ceiling,
			     struct suture_patient *patients, unsigned int most)
{
	struct known *known;
	unsigned long flags;
	unsigned int n = 0;

	raw_spin_lock_irqsave(&all_lock, flags);
	list_for_each_entry(known, &all, node) {
		if (n == most || suture_domain_group(known->patient.domain) != group ||
		    known->patient.class->rungs[0] > ceiling)
			continue;
		if (patients) {
			patients[n] = known->patient;
			get_device(known->patient.dev);
		}
		n++;
	}
	raw_spin_unlock_irqrestore(&all_lock, flags);
	return n;
}

/**
 * suture_patients_forget() - a driver is gone
 * @domain:	guarded driver
 *
 * Context: task.
 */
void suture_patients_forget(const struct suture_domain *domain)
{
	struct known *known;
	unsigned long flags;

	do {
		raw_spin_lock_irqsave(&all_lock, flags);
		list_for_each_entry(known, &all, node)
			if (known->patient.domain == domain)
				break;
		if (list_entry_is_head(known, &all, node))
			known = NULL;
		raw_spin_unlock_irqrestore(&all_lock, flags);
		/* A device that its driver was never taken off. */
		if (known)
			devres_destroy(known->patient.dev, known_release, known_match, known);
	} while (known);
}
