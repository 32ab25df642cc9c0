// SPDX-License-Identifier: GPL-2.0-only
/*
 * restart.c - start a driver again, with its identity retained.
 *
 * The driver core does the work: detach the driver from its device, attach it
 * again. What keeps the identity are the wrappers of the device's class: while a
 * driver is being restarted, the call that would unregister its object parks
 * it, the call that would allocate a new one hands the old one back, and the
 * registering call attaches it again. See classes/.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/rculist.h>
#include <linux/sched.h>

#include "classes/net.h"
#include "domain.h"
#include "event.h"
#include "restart.h"
#include "rules/rules.h"

static struct suture_rule rule_restart = {
	.id = "RESTART",
	.class = "recovery",
	.contract = "A driver that failed, or whose owner asks for it, is started again with its devices' identity retained.",
	.source = "docs/design.md",
	.example = "# suture restart e1000\n",
	.look = "No contract that a driver breaks: events of this name say how a restart went. A driver that fails six times within a minute is quarantined.",
	.action = SUTURE_RESTART,
};

static struct suture_rule *const rules[] = { &rule_restart, NULL };

/* The member that an event about a restart is told of: the one bound to the device. */
static struct suture_domain *restarted(const struct suture_group *group, const struct device *dev)
{
	struct device_driver *drv = READ_ONCE(dev->driver);
	struct suture_domain *member, *found = NULL;

	/* Members come in the order in which they are loaded, drivers after their parts. */
	list_for_each_entry_rcu(member, &suture_domains, node) {
		if (suture_domain_group(member) != group)
			continue;
		found = member;
		if (drv && drv->owner == member->module)
			break;
	}
	return found;
}

static void restart_work(struct work_struct *work)
{
	struct suture_group *group = container_of(work, struct suture_group, restart);
	struct device *dev = group->restart_device;
	struct suture_domain *domain;
	ktime_t start = ktime_get();
	int err;

	if (!dev || group->state != SUTURE_LIVE)
		goto open;
	/* Members wait for this work before they go. */
	rcu_read_lock();
	domain = restarted(group, dev);
	rcu_read_unlock();
	if (!domain)
		goto open;
	WRITE_ONCE(group->state, SUTURE_RESTARTING);
	/* If the owner asked for it, nothing is refused yet. */
	suture_entries_mark(group, SUTURE_ENTRY_PAUSED, true);
	group->restart_when[atomic_read(&group->restarts) % SUTURE_RESTARTS_KEPT] = jiffies;
	get_device(dev);
	WRITE_ONCE(group->restarter, current);
	err = device_reprobe(dev);
	if (!err && !READ_ONCE(dev->driver))
		err = -ENODEV;
	suture_entries_mark(group, SUTURE_ENTRY_PAUSED, false);
	if (!err)
		err = suture_net_resume(group);
	WRITE_ONCE(group->restarter, NULL);
	group->restart_ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	atomic_inc(&group->restarts);
	if (err) {
		suture_report_for(domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
				  "restart on %s: error %d; quarantined", dev_name(dev), err);
		suture_quarantine(domain);
	} else {
		WRITE_ONCE(group->state, SUTURE_LIVE);
		suture_report_for(domain, &rule_restart, SUTURE_RESTART, SUTURE_NO_REPAIR, 0,
				  "restarted on %s in %llu ms", dev_name(dev),
				  group->restart_ns / NSEC_PER_MSEC);
		kobject_uevent(&dev->kobj, KOBJ_CHANGE);
	}
	put_device(dev);
	return;
open:
	suture_entries_mark(group, SUTURE_ENTRY_PAUSED, false);
}

/* Have there been too many restarts lately? */
static bool looping(const struct suture_group *group)
{
	unsigned int n = atomic_read(&group->restarts);

	return n >= SUTURE_RESTARTS_KEPT &&
	       time_before(jiffies, group->restart_when[n % SUTURE_RESTARTS_KEPT] +
					    SUTURE_RESTART_WINDOW);
}

/* Restart a driver that is live, or put it into quarantine; the caller holds RCU. */
static void restart_or_end(struct suture_domain *domain, struct suture_group *group)
{
	if (looping(group)) {
		suture_report_for(domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
				  "%u restarts within a minute; quarantined",
				  SUTURE_RESTARTS_KEPT);
		suture_quarantine(domain);
		return;
	}
	/* What it had begun is not finished: no more of it until it is as new. */
	suture_entries_mark(group, SUTURE_ENTRY_PAUSED, true);
	queue_work(system_long_wq, &group->restart);
}

/**
 * suture_restart_climb() - the same failure again and again
 * @domain:	guarded driver, live
 * @site:	where it fails
 * @what:	what happened to it there: abandoned, repaired
 *
 * Context: any but NMI; the caller holds RCU.
 */
void suture_restart_climb(struct suture_domain *domain, unsigned long site, const char *what)
{
	struct suture_group *group = suture_domain_group(domain);

	if (group->restart_device) {
		suture_report_for(domain, &rule_restart, SUTURE_RESTART, SUTURE_NO_REPAIR, site,
				  "%s too often", what);
		restart_or_end(domain, group);
		return;
	}
	suture_report_for(domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, site,
			  "%s too often, and cannot be restarted; quarantined", what);
	suture_quarantine(domain);
}

/**
 * suture_restart_consider() - a visit was unwound: does policy ask for more?
 * @domain:	guarded driver
 * @rule:	rule that was broken
 *
 * Context: any but NMI.
 */
void suture_restart_consider(struct suture_domain *domain, const struct suture_rule *rule)
{
	struct suture_group *group;

	/* Groups can be joined; the old one stays for an RCU grace period. */
	rcu_read_lock();
	group = suture_domain_group(domain);
	if (rule->action < SUTURE_RESTART || !group || !group->restart_device ||
	    READ_ONCE(group->state) != SUTURE_LIVE)
		goto out;
	restart_or_end(domain, group);
out:
	rcu_read_unlock();
}

/**
 * suture_restart_request() - the owner asks for a restart
 * @domain:	guarded driver, or a part of one
 *
 * Context: any but NMI; the caller holds RCU.
 * Return: 0; -EOPNOTSUPP if no class of device knows how; -EBUSY if it is being
 * restarted or in quarantine.
 */
int suture_restart_request(struct suture_domain *domain)
{
	struct suture_group *group = suture_domain_group(domain);

	if (!group->restart_device)
		return -EOPNOTSUPP;
	if (READ_ONCE(group->state) != SUTURE_LIVE)
		return -EBUSY;
	queue_work(system_long_wq, &group->restart);
	return 0;
}

/* suture_restart_init() - part of a new group. Context: task. */
void suture_restart_init(struct suture_group *group)
{
	INIT_WORK(&group->restart, restart_work);
}

/**
 * suture_restart_cancel() - a module is going: no restart with it any more
 * @domain:	the module's; its device, if any, has no driver any more
 *
 * Context: task; no other member of its group comes to its end meanwhile.
 */
void suture_restart_cancel(struct suture_domain *domain)
{
	struct suture_group *group = domain->group;
	struct device *dev = group->restart_device;

	cancel_work_sync(&group->restart);
	suture_entries_mark(group, SUTURE_ENTRY_PAUSED, false);
	if (!dev || (READ_ONCE(dev->driver) && suture_group_heir(domain)))
		return;
	/* Another driver of the group may have a device of its own. */
	group->restart_device = suture_group_heir(domain) ? suture_net_device(group) : NULL;
	put_device(dev);
}

int suture_restart_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_restart_stop(void)
{
	suture_rules_remove(rules);
}
