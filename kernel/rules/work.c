// SPDX-License-Identifier: GPL-2.0-only
/*
 * work.c - work items: cancelled before their memory or their code goes, and not
 * waited for from within.
 *
 * The ledger knows each item that was queued. Items that are done stay noted;
 * whether one is pending is always asked of the item itself.
 */
#include <linux/module.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include <suture/ledger.h>
#include "../domain.h"
#include "../ledger.h"
#include "../role.h"
#include "rules.h"

static struct suture_rule rule_live = {
	.id = "WRK-LIVE",
	.class = "timers",
	.contract = "A driver that is removed has no work item pending or running any more.",
	.source = "Documentation/core-api/workqueue.rst; Documentation/core-api/debug-objects.rst; DCUAF (USENIX ATC 2019)",
	.example = "static void __exit card_exit(void)\n"
		   "{\n"
		   "\tcancel_work(&card_work);\t/* a run that has begun goes on in code that is gone */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "cancel",
			.gives_up = "the pending run: its code is about to go; a running one is waited for",
		},
	},
};

static struct suture_rule rule_self = {
	.id = "WRK-SELF",
	.class = "timers",
	.contract = "A work item does not wait for itself.",
	.source = "kernel/workqueue.c cancel_work_sync(), flush_work(); Documentation/core-api/workqueue.rst",
	.example = "static void card_work(struct work_struct *work)\n"
		   "{\n"
		   "\tcancel_work_sync(work);\t/* waits for itself */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "substitute",
			.gives_up = "the wait: a pending run is cancelled, and the one that asks runs to its end",
		},
		{ "skip", "the wait: the item that asks, and others of its queue, may still run" },
	},
};

static struct suture_rule rule_queue = {
	.id = "WRK-WQ",
	.class = "timers",
	.contract = "Work is queued on a workqueue that was had: the result of alloc_workqueue() is checked.",
	.source = "Documentation/core-api/workqueue.rst; smatch check_unchecked_allocation",
	.example = "x->wq = alloc_workqueue(\"x\", 0, 0);\n"
		   "queue_work(x->wq, &x->work);\t/* wrong: x->wq may be NULL */\n",
	.look = "alloc_workqueue() is variadic and not seen, so of a queue that was destroyed nothing is said.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "substitute", "a queue of its own: the work runs on the system's" },
		{ "drop", "nothing: there is no queue to destroy" },
	},
};

static struct suture_rule *const rules[] = { &rule_live, &rule_self, &rule_queue, NULL };

static const struct suture_role role_work = {
	.name = "work",
	.flags = SUTURE_ROLE_TERMINAL,
};

static void work_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole);
static void work_inside(const struct suture_record *record, unsigned long site,
			const char *api);

enum { INFO_FUNCTION, INFO_QUEUE };

static bool work_of(const struct suture_record *record, const struct suture_unbound *left);
static enum suture_remains work_held(const struct suture_record *record,
				     const struct suture_unbound *left);
static void work_undo(const struct suture_record *record, const struct suture_unbound *left);

static const struct suture_kind kind_work = {
	.name = "work item",
	.order = SUTURE_ORDER_WORK,
	.function = INFO_FUNCTION + 1,
	.left = work_left,
	.inside = work_inside,
	.of = work_of,
	.held = work_held,
	.undo = work_undo,
};

/* A delayed item is one with a timer behind it; the record's size tells. */
static bool is_delayed(const struct suture_record *record)
{
	return record->size == sizeof(struct delayed_work);
}

static void noted(const struct work_struct *work, size_t size,
		  const struct workqueue_struct *wq, unsigned long site)
{
	struct suture_record record = {
		.key = (unsigned long)work,
		.size = size,
		.info[INFO_FUNCTION] = (unsigned long)work->func,
		.info[INFO_QUEUE] = (unsigned long)wq,
		.site = site,
	};

	/* One that is noted has its label, too. */
	if (suture_ledger_note(&kind_work, &record))
		suture_role_set((unsigned long)work->func, &role_work);
}

/*
 * Is this memory still the work item that was noted? One that says it is pending
 * is pointed to by the list of a pool, or by the timer wheel.
 */
static bool work_intact(const struct suture_record *record)
{
	const struct work_struct *work = (const struct work_struct *)record->key;
	const struct delayed_work *dwork = container_of(work, struct delayed_work, work);
	struct list_head *back;
	struct work_struct copy;
	unsigned long data;

	if (copy_from_kernel_nofault(&copy, work, sizeof(copy)) ||
	    (unsigned long)copy.func != record->info[INFO_FUNCTION])
		return false;
	data = atomic_long_read(&copy.data);
	if (!(data & WORK_STRUCT_PENDING))
		return !(data & WORK_STRUCT_PWQ);
	if (is_delayed(record) && suture_timer_linked(&dwork->timer))
		return true;
	return !copy_from_kernel_nofault(&back, &copy.entry.prev->next, sizeof(back)) &&
	       back == &work->entry;
}

/* The driver is gone. */
static void work_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole)
{
	struct work_struct *work = (struct work_struct *)record->key;
	unsigned long function = record->info[INFO_FUNCTION];
	unsigned int busy;

	if (rule_live.action == SUTURE_OFF || !within_module(function, domain->module) ||
	    !work_intact(record))
		return;
	busy = work_busy(work);
	if (!busy)
		return;
	suture_report_for(domain, &rule_live, SUTURE_DID(rule_live, 0), record->site,
			  "work of %s %s after removal", suture_callback_name(function),
			  busy & WORK_BUSY_PENDING ? "pending" : "running");
	if (!suture_may_for(domain, &rule_live, 0, record->site))
		return;
	if (is_delayed(record))
		cancel_delayed_work_sync(container_of(work, struct delayed_work, work));
	else
		cancel_work_sync(work);
}

static bool work_alive(const struct suture_record *record)
{
	return work_intact(record) && work_busy((struct work_struct *)record->key);
}

/* A driver that is trusted may leave a device while work goes on, until it goes itself. */
static bool work_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return left->distrust && suture_left_owns(left, record->key);
}

static enum suture_remains work_held(const struct suture_record *record,
				     const struct suture_unbound *left)
{
	return left->distrust && work_alive(record) ? SUTURE_REMAINS_SURE : SUTURE_REMAINS_NO;
}

/* Not waited for: it may wait for the lock that the caller holds. See suture_running_wait(). */
static void work_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	struct work_struct *work = (struct work_struct *)record->key;

	if (is_delayed(record))
		cancel_delayed_work(container_of(work, struct delayed_work, work));
	else
		cancel_work(work);
}

/*
 * Its memory is being released. Waiting could be for a mutex that the caller holds;
 * the quarantine covers a run that is under way.
 */
static void work_inside(const struct suture_record *record, unsigned long site,
			const char *api)
{
	struct work_struct *work = (struct work_struct *)record->key;
	struct delayed_work *dwork = container_of(work, struct delayed_work, work);

	if (suture_rule_livefree.action == SUTURE_OFF || !work_pending(work) ||
	    !work_intact(record))
		return;
	if (suture_may(&suture_rule_livefree, 0, site)) {
		if (is_delayed(record) ? !cancel_delayed_work(dwork) : !cancel_work(work))
			return;
	}
	suture_report(&suture_rule_livefree, SUTURE_DID(suture_rule_livefree, 0), site,
		      "%s of memory with a work item pending in it, its function %s", api,
		      suture_callback_name(record->info[INFO_FUNCTION]));
}

/* suture_work_pending() - does any work item of a driver pend or run? Context: task. */
bool suture_work_pending(struct suture_domain *domain)
{
	return suture_ledger_find(domain, &kind_work, work_alive);
}

/* -------------------------------------------------------------- queue */

static noinline struct workqueue_struct *queue_missing(unsigned long site, const char *api)
{
	if (rule_queue.action == SUTURE_OFF)
		return NULL;
	suture_report(&rule_queue, SUTURE_DID(rule_queue, 0), site, "%s without a workqueue", api);
	return suture_may(&rule_queue, 0, site) ? system_wq : NULL;
}

SUTURE_DEFINE(void, destroy_workqueue, struct workqueue_struct *wq)
{
	if (unlikely(!wq) && rule_queue.action != SUTURE_OFF) {
		suture_report(&rule_queue, SUTURE_DID(rule_queue, 1), SUTURE_SITE,
			      "destroy_workqueue without a workqueue");
		if (suture_may(&rule_queue, 1, SUTURE_SITE))
			return;
	}
	suture_check_pointer(wq, SUTURE_SITE, "destroy_workqueue");
	SUTURE_MAY_BLOCK("destroy_workqueue", destroy_workqueue(wq));
}
SUTURE_WRAPPER(destroy_workqueue);
SUTURE_CHECKED(destroy_workqueue);

SUTURE_DEFINE(bool, queue_work_on,
	      int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	suture_check_pointer(work, SUTURE_SITE, "queue_work");
	if (unlikely(!wq))
		wq = queue_missing(SUTURE_SITE, "queue_work");
	noted(work, sizeof(*work), wq, SUTURE_SITE);
	return queue_work_on(cpu, wq, work);
}
SUTURE_WRAPPER(queue_work_on);
SUTURE_CHECKED(queue_work_on);

SUTURE_DEFINE(bool, queue_delayed_work_on,
	      int cpu, struct workqueue_struct *wq, struct delayed_work *work,
	      unsigned long delay)
{
	suture_check_pointer(work, SUTURE_SITE, "queue_delayed_work");
	if (unlikely(!wq))
		wq = queue_missing(SUTURE_SITE, "queue_delayed_work");
	noted(&work->work, sizeof(*work), wq, SUTURE_SITE);
	return queue_delayed_work_on(cpu, wq, work, delay);
}
SUTURE_WRAPPER(queue_delayed_work_on);
SUTURE_CHECKED(queue_delayed_work_on);

SUTURE_DEFINE(bool, mod_delayed_work_on,
	      int cpu, struct workqueue_struct *wq, struct delayed_work *work,
	      unsigned long delay)
{
	suture_check_pointer(work, SUTURE_SITE, "mod_delayed_work");
	if (unlikely(!wq))
		wq = queue_missing(SUTURE_SITE, "mod_delayed_work");
	noted(&work->work, sizeof(*work), wq, SUTURE_SITE);
	return mod_delayed_work_on(cpu, wq, work, delay);
}
SUTURE_WRAPPER(mod_delayed_work_on);
SUTURE_CHECKED(mod_delayed_work_on);

/* ------------------------------------------------------- cancel, flush */

/*
 * Shall a wait be left out, because it is the caller's own item that is waited for?
 * The kernel knows what the current worker is doing.
 */
static noinline bool self_wait(int repair, unsigned long site, const char *api)
{
	if (rule_self.action == SUTURE_OFF)
		return false;
	suture_report(&rule_self, SUTURE_DID(rule_self, repair), site,
		      "%s by the work item itself", api);
	return suture_may(&rule_self, repair, site);
}

enum { REPAIR_SUBSTITUTE, REPAIR_SKIP };

/*
 * WAITING - the wrapper of a function that waits for a work item
 *
 * @api, its @proto and @args; @item, the work item that is waited for; @gone, is it
 * idle afterwards; @repair, what is done where it would wait for itself, and
 * @instead, how.
 */
#define WAITING(api, proto, args, item, gone, repair, instead)			\
	bool SUTURE_W(api) proto;						\
	bool SUTURE_W(api) proto						\
	{									\
		bool ret;							\
										\
		suture_check_pointer(item, SUTURE_SITE, #api);			\
		if (unlikely(current_work() == (item)) &&			\
		    self_wait(repair, SUTURE_SITE, #api))			\
			return instead;						\
		if (gone)							\
			suture_ledger_take(&kind_work, (unsigned long)(item), NULL);\
		SUTURE_MAY_BLOCK(#api, ret = api args);				\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

WAITING(cancel_work_sync, (struct work_struct *work), (work), work, true,
	REPAIR_SUBSTITUTE, cancel_work(work));
WAITING(cancel_delayed_work_sync, (struct delayed_work *dwork), (dwork), &dwork->work, true,
	REPAIR_SUBSTITUTE, cancel_delayed_work(dwork));
WAITING(flush_work, (struct work_struct *work), (work), work, false, REPAIR_SKIP, false);
WAITING(flush_delayed_work, (struct delayed_work *dwork), (dwork), &dwork->work, false,
	REPAIR_SKIP, false);

SUTURE_DEFINE(void, __flush_workqueue, struct workqueue_struct *wq)
{
	struct suture_record record;
	struct work_struct *work;

	suture_check_pointer(wq, SUTURE_SITE, "flush_workqueue");
	work = current_work();
	if (unlikely(work) && suture_ledger_get(&kind_work, (unsigned long)work, &record) &&
	    record.info[INFO_QUEUE] == (unsigned long)wq &&
	    self_wait(REPAIR_SKIP, SUTURE_SITE, "flush_workqueue"))
		return;
	SUTURE_MAY_BLOCK("flush_workqueue", __flush_workqueue(wq));
}
SUTURE_WRAPPER(__flush_workqueue);
SUTURE_CHECKED(__flush_workqueue);

int suture_rules_work_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_work_stop(void)
{
	suture_rules_remove(rules);
}
