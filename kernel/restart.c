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

/**
 * suture_quarantine() - refuse all entries of a driver from now on
 * @domain:	guarded driver; its exit function stays open
 *
 * Context: any.
 */
void suture_quarantine(struct suture_domain *domain)
{
	u32 i;

	WRITE_ONCE(domain->state, SUTURE_QUARANTINED);
	for (i = 0; i < domain->nentries; i++)
		if (!(domain->entries[i].flags & SUTURE_ENTRY_EXIT))
			WRITE_ONCE(domain->entries[i].flags,
				   domain->entries[i].flags | SUTURE_ENTRY_GATED);
}
EXPORT_SYMBOL_GPL(suture_quarantine);

static void restart_work(struct work_struct *work)
{
	struct suture_domain *domain = container_of(work, struct suture_domain, restart);
	struct device *dev = domain->restart_device;
	ktime_t start = ktime_get();
	int err;

	if (!dev || domain->state != SUTURE_LIVE)
		return;
	WRITE_ONCE(domain->state, SUTURE_RESTARTING);
	domain->restart_when[atomic_read(&domain->restarts) % SUTURE_RESTARTS_KEPT] = jiffies;
	get_device(dev);
	WRITE_ONCE(domain->restarter, current);
	err = device_reprobe(dev);
	if (!err && !READ_ONCE(dev->driver))
		err = -ENODEV;
	if (!err)
		err = suture_net_resume(domain);
	WRITE_ONCE(domain->restarter, NULL);
	domain->restart_ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	atomic_inc(&domain->restarts);
	if (err) {
		suture_report_for(domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
				  "restart on %s: error %d; quarantined", dev_name(dev), err);
		suture_quarantine(domain);
	} else {
		WRITE_ONCE(domain->state, SUTURE_LIVE);
		suture_report_for(domain, &rule_restart, SUTURE_RESTART, SUTURE_NO_REPAIR, 0,
				  "restarted on %s in %llu ms", dev_name(dev),
				  domain->restart_ns / NSEC_PER_MSEC);
		kobject_uevent(&dev->kobj, KOBJ_CHANGE);
	}
	put_device(dev);
}

/* Have there been too many restarts lately? */
static bool looping(const struct suture_domain *domain)
{
	unsigned int n = atomic_read(&domain->restarts);

	return n >= SUTURE_RESTARTS_KEPT &&
	       time_before(jiffies, domain->restart_when[n % SUTURE_RESTARTS_KEPT] +
					    SUTURE_RESTART_WINDOW);
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
	if (rule->action < SUTURE_RESTART || !domain->restart_device ||
	    READ_ONCE(domain->state) != SUTURE_LIVE)
		return;
	if (looping(domain)) {
		suture_report_for(domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
				  "%u restarts within a minute; quarantined",
				  SUTURE_RESTARTS_KEPT);
		suture_quarantine(domain);
		return;
	}
	queue_work(system_long_wq, &domain->restart);
}

/**
 * suture_restart_request() - the owner asks for a restart
 * @domain:	guarded driver
 *
 * Context: any but NMI.
 * Return: 0; -EOPNOTSUPP if no class of device knows how; -EBUSY if it is being
 * restarted or in quarantine.
 */
int suture_restart_request(struct suture_domain *domain)
{
	if (!domain->restart_device)
		return -EOPNOTSUPP;
	if (READ_ONCE(domain->state) != SUTURE_LIVE)
		return -EBUSY;
	queue_work(system_long_wq, &domain->restart);
	return 0;
}

/* suture_restart_init() - part of a new domain. Context: task. */
void suture_restart_init(struct suture_domain *domain)
{
	INIT_WORK(&domain->restart, restart_work);
}

/* suture_restart_cancel() - the driver is going: no restart any more. Context: task. */
void suture_restart_cancel(struct suture_domain *domain)
{
	cancel_work_sync(&domain->restart);
	put_device(domain->restart_device);
	domain->restart_device = NULL;
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
