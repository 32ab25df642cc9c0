// SPDX-License-Identifier: GPL-2.0-only
/*
 * release.c - what a driver holds for a device, released without the help of its own
 * remove function: that has crashed, or did not come back, or is not to be called.
 *
 * First the device is stopped, so that it neither writes to memory nor interrupts. Then
 * nobody new comes in: what is registered for the device goes, then interrupts, timers and work.
 * When no task runs in the driver any more, mappings for DMA, of registers, and regions follow. If
 * one still does, it may use them, and they stay.
 *
 * Memory stays until the module goes: the driver's own data may point to it, and its
 * code is still there. See docs/recovery.md.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/device.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rculist.h>
#include <linux/sched/task.h>

#include "binding.h"
#include "bus.h"
#include "classes/net.h"
#include "data.h"
#include "domain.h"
#include "ledger.h"
#include "release.h"
#include "rules/rules.h"
#include "running.h"

static struct suture_rule rule_release = {
	.id = "RELEASE",
	.class = "recovery",
	.contract = "What a driver holds is released for it where its own remove or exit function cannot be trusted.",
	.source = "docs/recovery.md",
	.example = "static void card_remove(struct pci_dev *pdev)\n"
		   "{\n"
		   "\tstruct card *card = pci_get_drvdata(pdev);\n"
		   "\n"
		   "\tcard->ring->head = NULL;\t/* crashes: card->ring is NULL */\n"
		   "\tfree_irq(pdev->irq, card);\n"
		   "}\n",
	.look = "An event of this name says how much was released, and what had to stay. Memory is given back when the module goes, and only if nobody else can be meant to free it.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "release",
			.gives_up = "the driver's own end: its device is stopped, not shut down in the way it likes",
		},
	},
};

static struct suture_rule *const rules[] = { &rule_release, NULL };

/* How long a task may still be in the driver before what it may use is left alone. */
static unsigned int release_wait_ms = 3000;
module_param(release_wait_ms, uint, 0644);
MODULE_PARM_DESC(release_wait_ms, "how long to wait for the last task in a driver that is taken off its device");

static bool skip_remove;
module_param(skip_remove, bool, 0644);
MODULE_PARM_DESC(skip_remove, "a driver that is restarted is not asked to release what it holds: the ledger does");

/**
 * suture_release_wanted() - shall the ledger do what a remove function is called for?
 * @visit:	visit of the remove function that begins during a restart
 * @group:	its driver
 *
 * Context: task.
 */
bool suture_release_wanted(const struct suture_visit *visit, const struct suture_group *group)
{
	return READ_ONCE(skip_remove) && READ_ONCE(group->restarter) == current &&
	       !suture_release_unsure(group);
}

/* Release an object, if it is certain that it is there. Return: was it? */
static bool object(const struct suture_unbound *left, const struct suture_kind *kind,
		   const struct suture_record *record)
{
	if (kind->held(record, left) != SUTURE_REMAINS_SURE || !suture_ledger_remove(kind, record))
		return false;
	kind->undo(record, left);
	return true;
}

/**
 * suture_release() - a driver was taken off a device, and has not released what it held
 * @left:	the device
 *
 * Context: task, the device locked.
 */
void suture_release(struct suture_unbound *left)
{
	struct suture_group *group = suture_domain_group(left->domain);
	const struct suture_kind *kind;
	struct suture_record record;
	enum suture_order order;
	unsigned int n = 0, back = 0;
	bool runs = false;
	u32 bucket;

	WRITE_ONCE(group->distrusted, true);
	if (!suture_device_stop(left->dev))
		WRITE_ONCE(group->unsure, true);
	left->sole = suture_ledger_sole(left->domain);
	/* Whoever has a file open comes to entries that refuse, or to the new instance. */
	left->idle = true;
	left->all = suture_binding_last(left->domain, left->dev);
	suture_net_extent(left->domain, left->dev, &left->net, &left->net_size);
	if (!left->early)
		n += suture_net_release(left->domain, left->dev);
	for (order = 0; order < SUTURE_ORDER_MEMORY && !runs; order++) {
		if (order == SUTURE_ORDER_DMA)
			runs = !left->early && !suture_running_wait(group, NULL, release_wait_ms);
		for (bucket = 0; !runs && suture_ledger_next(left, order, &bucket, &kind, &record);)
			n += object(left, kind, &record);
	}
	/* For the next probe; in quarantine there is none. */
	if (!left->early && left->all && !runs && READ_ONCE(group->state) != SUTURE_QUARANTINED &&
	    module_refcount(left->domain->module) <= 0)
		back = suture_data_restore(left);
	if (!n && !runs && !back)
		return;
	suture_report_for(left->domain, &rule_release, SUTURE_DID(rule_release, 0), 0,
			  "%s: %u object%s released, %u variable%s put back%s",
			  dev_name(left->dev), n, n == 1 ? "" : "s", back, back == 1 ? "" : "s",
			  runs ? "; DMA and mappings stay: a task is still in the driver" : "");
}

/**
 * suture_release_unsure() - may a driver hold what the ledger has found no memory to note?
 * @group:	the driver
 *
 * Then only the driver itself can release all of it.
 *
 * Context: any.
 */
bool suture_release_unsure(const struct suture_group *group)
{
	struct suture_domain *member;
	bool unsure = false;

	rcu_read_lock();
	list_for_each_entry_rcu(member, &suture_domains, node)
		if (suture_domain_group(member) == group &&
		    atomic64_read(&member->ledger.untracked))
			unsure = true;
	rcu_read_unlock();
	return unsure;
}

/**
 * suture_release_broken() - a module's init or exit function was abandoned
 * @domain:	the module
 *
 * Context: task.
 */
void suture_release_broken(struct suture_domain *domain)
{
	WRITE_ONCE(domain->broken, true);
	WRITE_ONCE(suture_domain_group(domain)->distrusted, true);
}

/**
 * suture_release_end() - a module that was not trusted is gone: say what became of the rest
 * @domain:	the module, its ledger closed
 *
 * Context: task.
 */
void suture_release_end(struct suture_domain *domain)
{
	unsigned int released = domain->after_released, stay = domain->after_left;

	domain->silent = false;
	if (released || stay)
		suture_report_for(domain, &rule_release, SUTURE_DID(rule_release, 0), 0,
				  "%u object%s released after it%s", released,
				  released == 1 ? "" : "s",
				  stay ? "; some stay: they may be somebody else's" : "");
}

static void thread_left(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	put_task_struct((struct task_struct *)record->key);
}

static const struct suture_kind kind_thread = {
	.name = "thread",
	.order = SUTURE_ORDER_REFERENCE,
	.left = thread_left,
};

/**
 * suture_release_thread() - a thread of the driver's own was abandoned, and ends
 * @site:	where
 *
 * The driver does not know, and will stop it: so long it must be there to be asked. Without
 * memory for a record it stays for good.
 *
 * Context: task.
 */
void suture_release_thread(unsigned long site)
{
	struct suture_record record = { .key = (unsigned long)current, .site = site };

	get_task_struct(current);
	suture_ledger_add(&kind_thread, &record);
}

int suture_release_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_release_stop(void)
{
	suture_rules_remove(rules);
}
