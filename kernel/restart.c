// SPDX-License-Identifier: GPL-2.0-only
/*
 * restart.c - put a driver right that has failed: power-cycle, restart, quarantine.
 *
 * For a restart the driver core does the work: detach the driver from its device, attach
 * it again. What keeps the identity are the wrappers of the device's class: while a
 * driver is being restarted, the call that would unregister its object parks
 * it, the call that would allocate a new one hands the old one back, and the
 * registering call attaches it again. See include/suture/class.h and classes/.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/rculist.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <suture/class.h>

#include "crash.h"
#include "domain.h"
#include "event.h"
#include "patient.h"
#include "policy.h"
#include "restart.h"
#include "rules/rules.h"

static struct suture_rule rule_restart = {
	.id = "RESTART",
	.class = "recovery",
	.contract = "A driver that failed, or whose owner asks for it, is power-cycled or started again with its devices' identity retained.",
	.source = "docs/design.md",
	.example = "# suture restart e1000\n",
	.look = "No contract that a driver breaks: events of this name say how it went. Which comes first is the device's class's to say. A driver that fails six times within a minute is quarantined.",
	.action = SUTURE_RESTART,
};

static struct suture_rule *const rules[] = { &rule_restart, NULL };

/* suture_restarting(): see class.h */
bool suture_restarting(unsigned long site)
{
	struct suture_domain *domain;
	bool restarting;

	rcu_read_lock();
	domain = suture_domain_of(site);
	restarting = domain && READ_ONCE(suture_domain_group(domain)->restarter) == current;
	rcu_read_unlock();
	return restarting;
}
EXPORT_SYMBOL_GPL(suture_restarting);

static int reprobe(struct suture_group *group, struct device *dev)
{
	int err;

	WRITE_ONCE(group->restarter, current);
	err = device_reprobe(dev);
	WRITE_ONCE(group->restarter, NULL);
	if (!err && !READ_ONCE(dev->driver))
		err = -ENODEV;
	return err;
}

static enum suture_action rung_of(const struct suture_patient *p)
{
	return p->class->rungs[p->rung];
}

/* The driver is closed to what it can do without. Take the rung that it is @p's turn for. */
static void treat(struct suture_group *group, struct suture_patient *p)
{
	enum suture_action rung = rung_of(p);

	suture_crash_rung(group, p->domain->name, suture_action_name(rung), p->dev);
	p->err = p->class->hold ? p->class->hold(p->dev, rung) : 0;
	if (p->err)
		return;
	if (rung == SUTURE_RESTART)
		p->err = reprobe(group, p->dev);
	else
		p->err = p->class->cycle ? p->class->cycle(p->dev) : suture_power_cycle(p->dev);
	p->held = true;
}

/* And now it is open again. True if there is another rung to try. */
static bool see_after(struct suture_group *group, struct suture_patient *p,
		      enum suture_action ceiling, ktime_t start)
{
	enum suture_action rung = rung_of(p), next;

	if (p->held && p->class->resume) {
		/* What opens it again belongs to the restart. */
		WRITE_ONCE(group->restarter, rung == SUTURE_RESTART ? current : NULL);
		p->err = p->class->resume(p->dev, rung, p->err);
		WRITE_ONCE(group->restarter, NULL);
	}
	p->held = false;
	if (!p->err) {
		p->done = true;
		suture_crash_rung_end(group, p->dev, rung == SUTURE_RESTART ?
				      "the driver is as new" : "the device is in a known state");
		suture_report_for(p->domain, &rule_restart, rung, SUTURE_NO_REPAIR, 0,
				  rung == SUTURE_RESTART ? "restarted on %s in %llu ms" :
				  "power-cycled on %s in %llu ms", dev_name(p->dev),
				  ktime_ms_delta(ktime_get(), start));
		kobject_uevent(&p->dev->kobj, KOBJ_CHANGE);
		return false;
	}
	suture_crash_rung_end(group, p->dev, "failed: error %d", p->err);
	next = p->rung < SUTURE_MAX_RUNGS ? p->class->rungs[p->rung + 1] : 0;
	if (!next || next > ceiling) {
		suture_report_for(p->domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
				  "%s on %s: error %d; quarantined", suture_action_name(rung),
				  dev_name(p->dev), p->err);
		return false;
	}
	suture_report_for(p->domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
			  "%s on %s: error %d; next %s", suture_action_name(rung),
			  dev_name(p->dev), p->err, suture_action_name(next));
	p->rung++;
	return true;
}

/* Drivers with more devices than this have the first ones recovered. */
#define PATIENTS 64

/* All devices together, rung by rung: the driver is open or closed for all of them. */
static void recover(struct suture_group *group, struct suture_patient *patients, unsigned int n,
		    enum suture_action ceiling)
{
	ktime_t start = ktime_get();
	struct suture_patient *p;
	bool again, lost = false;

	group->restart_when[atomic_read(&group->restarts) % SUTURE_RESTARTS_KEPT] = jiffies;
	do {
		again = false;
		/* If the owner asked for it, nothing is refused yet. */
		suture_entries_mark(group, SUTURE_ENTRY_PAUSED, true);
		for (p = patients; p < patients + n; p++)
			if (!p->done)
				treat(group, p);
		suture_entries_mark(group, SUTURE_ENTRY_PAUSED, false);
		for (p = patients; p < patients + n; p++)
			if (!p->done && see_after(group, p, ceiling, start))
				again = true;
			else if (!p->done)
				lost = true;
		/* What crashed meanwhile may have been one crash too many. */
	} while (again && !lost && READ_ONCE(group->state) == SUTURE_RESTARTING);
	group->restart_ns = ktime_to_ns(ktime_sub(ktime_get(), start));
	atomic_inc(&group->restarts);
	if (lost) {
		suture_quarantine(patients->domain);
		return;
	}
	if (cmpxchg(&group->state, SUTURE_RESTARTING, SUTURE_LIVE) == SUTURE_RESTARTING)
		suture_crash_close(group, "recovered");
}

static void no_memory(const struct suture_group *group)
{
	struct suture_domain *member;

	rcu_read_lock();
	list_for_each_entry_rcu(member, &suture_domains, node)
		if (suture_domain_group(member) == group) {
			suture_report_for(member, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
					  "no memory for a restart; not restarted");
			break;
		}
	rcu_read_unlock();
}

static void restart_work(struct work_struct *work)
{
	struct suture_group *group = container_of(work, struct suture_group, restart);
	struct suture_patient *patients;
	enum suture_action ceiling = xchg(&group->ceiling, SUTURE_OFF);
	unsigned int i, n, bound;

	WRITE_ONCE(group->crashed, xchg(&group->failed, false));
	patients = kcalloc(PATIENTS, sizeof(*patients), GFP_KERNEL);
	if (!patients) {
		/* It goes on as it is, which is what it would have done without Suture. */
		no_memory(group);
		goto open;
	}
	if (group->state != SUTURE_LIVE)
		goto open;
	/* Members wait for this work before they go. */
	rcu_read_lock();
	n = suture_patients(group, ceiling, patients, PATIENTS);
	rcu_read_unlock();
	/* If the crash was in the probe, this waits for its end, and there is nothing to do. */
	for (i = 0, bound = 0; i < n; i++) {
		device_lock(patients[i].dev);
		patients[i].done = !patients[i].dev->driver;
		bound += !patients[i].done;
		device_unlock(patients[i].dev);
	}
	if (!bound) {
		suture_entries_mark(group, SUTURE_ENTRY_PAUSED, false);
		suture_crash_close(group, "unwound; the driver is on no device");
		goto out;
	}
	WRITE_ONCE(group->recoverer, current);
	if (cmpxchg(&group->state, SUTURE_LIVE, SUTURE_RESTARTING) == SUTURE_LIVE)
		recover(group, patients, n, ceiling);
	WRITE_ONCE(group->recoverer, NULL);
out:
	for (i = 0; i < n; i++)
		put_device(patients[i].dev);
	kfree(patients);
	return;
open:
	suture_entries_mark(group, SUTURE_ENTRY_PAUSED, false);
	suture_crash_close(group, "unwound; nothing more could be done");
	kfree(patients);
}

/* Have there been too many restarts lately? */
static bool looping(const struct suture_group *group)
{
	unsigned int n = atomic_read(&group->restarts);

	return n >= SUTURE_RESTARTS_KEPT &&
	       time_before(jiffies, group->restart_when[n % SUTURE_RESTARTS_KEPT] +
					    SUTURE_RESTART_WINDOW);
}

/* Does policy ask for more than unwinding? The caller holds RCU. */
static bool recoverable(const struct suture_group *group, enum suture_action action)
{
	enum suture_state state = group ? READ_ONCE(group->state) : SUTURE_QUARANTINED;

	/* What fails in the recovery's own hands is for the recovery to judge. */
	return action >= SUTURE_CYCLE && state != SUTURE_QUARANTINED &&
	       (state == SUTURE_LIVE || READ_ONCE(group->recoverer) != current) &&
	       suture_patients(group, action, NULL, 1);
}

/* suture_recovers(): see class.h */
bool suture_recovers(const struct suture_visit *visit)
{
	struct suture_domain *domain = suture_entry_domain(visit->entry);
	struct suture_group *group;
	bool recovers;

	rcu_read_lock();
	group = domain ? suture_domain_group(domain) : NULL;
	recovers = visit->rule && recoverable(group, suture_visit_action(visit)) && !looping(group);
	rcu_read_unlock();
	return recovers;
}
EXPORT_SYMBOL_GPL(suture_recovers);

/* suture_quarantined(): see class.h */
bool suture_quarantined(const struct suture_visit *visit)
{
	struct suture_domain *domain = suture_entry_domain(visit->entry);
	bool quarantined;

	rcu_read_lock();
	quarantined = !domain ||
		      READ_ONCE(suture_domain_group(domain)->state) == SUTURE_QUARANTINED;
	rcu_read_unlock();
	return quarantined;
}
EXPORT_SYMBOL_GPL(suture_quarantined);

/* Have the work done; it takes the highest ceiling of all who have asked since it last began. */
static void ask(struct suture_group *group, enum suture_action ceiling)
{
	if (ceiling > READ_ONCE(group->ceiling))
		WRITE_ONCE(group->ceiling, ceiling);
	queue_work(system_long_wq, &group->restart);
}

/* Restart a driver that is live, or put it into quarantine; the caller holds RCU. */
static void restart_or_end(struct suture_domain *domain, struct suture_group *group,
			   enum suture_action rung, enum suture_action ceiling)
{
	if (looping(group) && ceiling < SUTURE_QUARANTINE) {
		/* It goes on as it is: unwound, and open. */
		suture_report_for(domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
				  "%u restarts within a minute; policy allows no quarantine",
				  SUTURE_RESTARTS_KEPT);
		return;
	}
	if (looping(group)) {
		suture_report_for(domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, 0,
				  "%u restarts within a minute; quarantined",
				  SUTURE_RESTARTS_KEPT);
		suture_quarantine(domain);
		return;
	}
	suture_crash_pending(group);
	WRITE_ONCE(group->failed, true);
	/* What it had begun is not finished: no more of it until it is as new. */
	suture_entries_mark(group, SUTURE_ENTRY_PAUSED, true);
	ask(group, rung);
}

/**
 * suture_restart_climb() - the same failure again and again
 * @domain:	guarded driver, live
 * @site:	where it fails
 * @ceiling:	how far up the ladder policy lets that lead
 * @what:	what happened to it there: abandoned, repaired
 *
 * Context: any but NMI; the caller holds RCU.
 */
void suture_restart_climb(struct suture_domain *domain, unsigned long site,
			  enum suture_action ceiling, const char *what)
{
	struct suture_group *group = suture_domain_group(domain);
	enum suture_action rung = min(ceiling, SUTURE_RESTART);

	if (rung >= SUTURE_CYCLE && suture_patients(group, rung, NULL, 1)) {
		suture_report_for(domain, &rule_restart, rung, SUTURE_NO_REPAIR, site,
				  "%s too often", what);
		restart_or_end(domain, group, rung, ceiling);
		return;
	}
	if (ceiling < SUTURE_QUARANTINE) {
		suture_report_for(domain, &rule_restart, SUTURE_OBSERVE, SUTURE_NO_REPAIR, site,
				  "%s too often; policy allows no more than %s", what,
				  suture_action_name(ceiling));
		return;
	}
	suture_report_for(domain, &rule_restart, SUTURE_FAILED, SUTURE_NO_REPAIR, site,
			  "%s too often, and cannot be restarted; quarantined", what);
	suture_quarantine(domain);
}

/**
 * suture_restart_consider() - a visit was unwound: does policy ask for more?
 * @domain:	guarded driver
 * @visit:	the visit
 *
 * Context: any but NMI.
 */
void suture_restart_consider(struct suture_domain *domain, const struct suture_visit *visit)
{
	enum suture_action action = suture_visit_action(visit);
	struct suture_group *group;

	/* Groups can be joined; the old one stays for an RCU grace period. */
	rcu_read_lock();
	group = suture_domain_group(domain);
	if (!recoverable(group, action))
		goto out;
	restart_or_end(domain, group, action,
		       suture_policy_ceiling(visit->rule, domain,
					     suture_policy_place(visit, visit->rule, visit->site)));
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

	if (READ_ONCE(group->state) != SUTURE_LIVE)
		return -EBUSY;
	if (!suture_patients(group, SUTURE_RESTART, NULL, 1))
		return -EOPNOTSUPP;
	ask(group, SUTURE_RESTART);
	return 0;
}

/* suture_restart_init() - part of a new group. Context: task. */
void suture_restart_init(struct suture_group *group)
{
	INIT_WORK(&group->restart, restart_work);
}

/**
 * suture_restart_cancel() - a module is going: no restart with it any more
 * @domain:	the module's
 *
 * Context: task; no other member of its group comes to its end meanwhile.
 */
void suture_restart_cancel(struct suture_domain *domain)
{
	cancel_work_sync(&domain->group->restart);
	suture_entries_mark(domain->group, SUTURE_ENTRY_PAUSED, false);
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
