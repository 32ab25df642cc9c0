// SPDX-License-Identifier: GPL-2.0-only
/*
 * quarantine.c - the last rung: a driver is taken off its devices, and its code is not
 * entered any more.
 *
 * All at once, in whatever context the driver failed: its entries refuse, each with the
 * error of its role, and its devices are stopped. A moment later, in task context, the driver core
 * takes the driver off its devices; its remove function refuses like all others, and what
 * it would have released is released by the ledger (release.c). The module stays until somebody
 * unloads it: its exit function is the one that is still called.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/device.h>
#include <linux/module.h>
#include <linux/rculist.h>

#include "binding.h"
#include "bus.h"
#include "classes/net.h"
#include "crash.h"
#include "domain.h"
#include "event.h"
#include "quarantine.h"
#include "release.h"
#include "restart.h"
#include "role.h"
#include "rules/rules.h"

static struct suture_rule rule_quarantine = {
	.id = "QUARANTINE",
	.class = "recovery",
	.contract = "A driver that cannot be put right, or whose owner does not want it any more, is taken off its devices, and its code is not entered any more.",
	.source = "docs/recovery.md",
	.example = "# suture quarantine e1000\n",
	.look = "No contract that a driver breaks: an event of this name says which devices have no driver now. The module can be unloaded, and loaded again.",
	.action = SUTURE_OBSERVE,
};

static struct suture_rule *const rules[] = { &rule_quarantine, NULL };

/* A driver that comes back to a device at once is taken off it no more often than this. */
#define DEVICES_MAX 256

/* The next member of a group behind the one that was found before, with a hold on its module. */
static struct suture_domain *member_next(const struct suture_group *group,
					 const struct suture_domain *before)
{
	struct suture_domain *member, *found = NULL;
	bool seen = !before;

	rcu_read_lock();
	list_for_each_entry_rcu(member, &suture_domains, node) {
		if (seen && suture_domain_group(member) == group &&
		    try_module_get(member->module)) {
			found = member;
			break;
		}
		seen |= member == before;
	}
	rcu_read_unlock();
	return found;
}

/* Take a driver off its devices. Return: how many there were. */
static unsigned int detach(struct suture_domain *domain, struct device_driver *drv)
{
	struct device *dev, *parent;
	unsigned int n = 0;

	while (n < DEVICES_MAX && (dev = suture_bus_device(drv))) {
		/* As the driver core does for somebody who writes to "unbind". */
		parent = dev->bus && dev->bus->need_parent_lock ? dev->parent : NULL;
		if (parent)
			device_lock(parent);
		/* Where a device cannot be stopped, nothing that it may write to is ever freed. */
		if (!suture_device_stop(dev))
			WRITE_ONCE(suture_domain_group(domain)->unsure, true);
		device_release_driver(dev);
		suture_net_release(domain, dev);
		if (parent)
			device_unlock(parent);
		kobject_uevent(&dev->kobj, KOBJ_CHANGE);
		put_device(dev);
		n++;
	}
	return n;
}

static void detach_work(struct work_struct *work)
{
	struct suture_group *group = container_of(work, struct suture_group, detach);
	struct suture_domain *member = NULL, *before = NULL;
	struct device_driver *drv;
	unsigned int n;

	suture_net_lost(group);
	while ((member = member_next(group, before))) {
		n = 0;
		for (drv = NULL; (drv = suture_bus_driver(member->module, drv));)
			n += detach(member, drv);
		suture_report_for(member, &rule_quarantine, SUTURE_QUARANTINE, SUTURE_NO_REPAIR, 0,
				  "entries refused; taken off %u device%s", n, n == 1 ? "" : "s");
		if (before)
			module_put(before->module);
		before = member;
	}
	if (before)
		module_put(before->module);
}

/* Set or clear a run-time flag of all entries of a driver but its exit functions. */
void suture_entries_mark(const struct suture_group *group, u32 flag, bool on)
{
	struct suture_domain *member;
	struct suture_entry *entry;

	rcu_read_lock();
	list_for_each_entry_rcu(member, &suture_domains, node) {
		if (suture_domain_group(member) != group)
			continue;
		for (entry = member->entries; entry < member->entries + member->nentries; entry++)
			if (!(entry->flags & SUTURE_ENTRY_EXIT))
				suture_entry_mark(entry, flag, on);
	}
	rcu_read_unlock();
}

/*
 * What the ledger does not know only the driver can release: it has to be asked after all. On
 * some buses that is so for all that makes a device work, such as the queues of virtio.
 */
static void removes_open(const struct suture_group *group, bool unsure)
{
	const struct suture_role *role;
	struct suture_domain *member;
	struct suture_entry *entry;

	rcu_read_lock();
	list_for_each_entry_rcu(member, &suture_domains, node) {
		if (suture_domain_group(member) != group)
			continue;
		for (entry = member->entries; entry < member->entries + member->nentries; entry++) {
			role = suture_role_of(entry);
			if (role && (role->flags & SUTURE_ROLE_LEAVES ||
				     (unsure && role->enter == suture_remove_enter)))
				suture_entry_mark(entry, SUTURE_ENTRY_GATED, false);
		}
	}
	rcu_read_unlock();
}

/**
 * suture_quarantine() - refuse all entries of a driver from now on, and take it off its devices
 * @domain:	guarded driver, or a part of one; exit functions stay open
 *
 * Context: any but NMI. The devices are stopped at once, the driver is taken off them later.
 */
void suture_quarantine(struct suture_domain *domain)
{
	struct suture_group *group;

	rcu_read_lock();
	group = suture_domain_group(domain);
	WRITE_ONCE(group->state, SUTURE_QUARANTINED);
	suture_entries_mark(group, SUTURE_ENTRY_GATED, true);
	removes_open(group, suture_release_unsure(group));
	suture_bindings_stop(group);
	suture_crash_step(group, domain->name, "quarantine", "all entries are refused");
	suture_crash_close(group, "quarantined");
	queue_work(system_long_wq, &group->detach);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(suture_quarantine);

/**
 * suture_quarantine_request() - the owner wants a driver out of the way
 * @domain:	guarded driver, or a part of one
 *
 * Context: any but NMI; the caller holds RCU.
 * Return: 0; -EBUSY if it is being restarted; -EALREADY.
 */
int suture_quarantine_request(struct suture_domain *domain)
{
	switch (READ_ONCE(suture_domain_group(domain)->state)) {
	case SUTURE_RESTARTING:
		return -EBUSY;
	case SUTURE_QUARANTINED:
		return -EALREADY;
	default:
		suture_quarantine(domain);
		return 0;
	}
}

/* suture_quarantine_init() - part of a new group. Context: task. */
void suture_quarantine_init(struct suture_group *group)
{
	INIT_WORK(&group->detach, detach_work);
}

/* suture_quarantine_cancel() - a member of a group is going. Context: task. */
void suture_quarantine_cancel(struct suture_group *group)
{
	cancel_work_sync(&group->detach);
}

int suture_quarantine_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_quarantine_stop(void)
{
	suture_rules_remove(rules);
}
