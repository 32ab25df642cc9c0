// SPDX-License-Identifier: GPL-2.0-only
/*
 * timer.c - timers: stopped before their memory or their code goes, and not waited
 * for from within.
 *
 * The ledger knows each timer that may be armed. A timer that has expired stays
 * noted; whether it is armed is always asked of the timer itself.
 */
#include <linux/hardirq.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/rbtree.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

#include <suture/ledger.h>
#include "../binding.h"
#include "../domain.h"
#include "../role.h"
#include "rules.h"

static struct suture_rule rule_live = {
	.id = "TMR-LIVE",
	.class = "timers",
	.contract = "A driver that is removed has no timer armed any more.",
	.source = "Documentation/core-api/debug-objects.rst; kernel/time/timer.c timer_shutdown_sync(); DCUAF (USENIX ATC 2019)",
	.example = "static void __exit card_exit(void)\n"
		   "{\n"
		   "\ttimer_delete(&card_timer);\t/* its callback may run and arm it anew */\n"
		   "}\n",
	.look = "Timers and high-resolution timers.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "cancel", "the pending call: its code is about to go" },
	},
};

static struct suture_rule rule_sync = {
	.id = "TMR-SYNC",
	.class = "timers",
	.contract = "Nobody waits for a timer's callback from within that callback, or in a hard interrupt.",
	.source = "kernel/time/timer.c timer_delete_sync(); kernel/time/hrtimer.c hrtimer_cancel()",
	.example = "static void card_timeout(struct timer_list *timer)\n"
		   "{\n"
		   "\ttimer_delete_sync(timer);\t/* waits for itself */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "substitute",
			.gives_up = "the wait: the timer is stopped, and a callback that runs now runs to its end",
		},
	},
};

static struct suture_rule *const rules[] = { &rule_live, &rule_sync, NULL };

static const struct suture_role role_timer = {
	.name = "timer",
	.flags = SUTURE_ROLE_TERMINAL,
};

static const struct suture_role role_hrtimer = {
	.name = "hrtimer",
	.failed = HRTIMER_NORESTART,
	.flags = SUTURE_ROLE_TERMINAL,
};

static void timer_left(struct suture_domain *domain, const struct suture_record *record,
		       bool sole);
static void timer_inside(const struct suture_record *record, unsigned long site,
			 const char *api);
static void hrtimer_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole);
static void hrtimer_inside(const struct suture_record *record, unsigned long site,
			   const char *api);

enum { INFO_FUNCTION };

static bool timer_of(const struct suture_record *record, const struct suture_unbound *left);
static enum suture_remains timer_held(const struct suture_record *record,
				      const struct suture_unbound *left);
static void timer_undo(const struct suture_record *record, const struct suture_unbound *left);
static void timer_bury(const struct suture_record *record);

static const struct suture_kind kind_timer = {
	.name = "timer",
	.order = SUTURE_ORDER_TIMER,
	.function = INFO_FUNCTION + 1,
	.left = timer_left,
	.inside = timer_inside,
	.of = timer_of,
	.held = timer_held,
	.undo = timer_undo,
	.bury = timer_bury,
};

static enum suture_remains hrtimer_held(const struct suture_record *record,
					const struct suture_unbound *left);
static void hrtimer_undo(const struct suture_record *record, const struct suture_unbound *left);

static const struct suture_kind kind_hrtimer = {
	.name = "hrtimer",
	.order = SUTURE_ORDER_TIMER,
	.function = INFO_FUNCTION + 1,
	.left = hrtimer_left,
	.inside = hrtimer_inside,
	.of = timer_of,
	.held = hrtimer_held,
	.undo = hrtimer_undo,
};

/* --------------------------------------------- what a timer is doing */

/**
 * suture_timer_linked() - does the timer wheel point to this timer?
 * @timer:	address of a timer, or of memory that was one
 *
 * What the wheel points to is armed, whoever the memory belongs to by now.
 *
 * Context: any.
 */
bool suture_timer_linked(const struct timer_list *timer)
{
	struct hlist_node entry, *back;

	return !copy_from_kernel_nofault(&entry, &timer->entry, sizeof(entry)) && entry.pprev &&
	       !copy_from_kernel_nofault(&back, entry.pprev, sizeof(back)) &&
	       back == &timer->entry;
}

/* Is this memory still the timer that was noted, and fit to be asked about? */
static bool timer_intact(const struct timer_list *timer, unsigned long function)
{
	struct timer_list copy;

	if (copy_from_kernel_nofault(&copy, timer, sizeof(copy)))
		return false;
	return (unsigned long)copy.function == function && !(copy.flags & TIMER_MIGRATING) &&
	       (copy.flags & TIMER_CPUMASK) < nr_cpu_ids &&
	       (!copy.entry.pprev || suture_timer_linked(timer));
}

/* The same for a node of a timer queue: does its tree point to it? */
static bool hrtimer_linked(const struct hrtimer *timer)
{
	struct hrtimer_clock_base base;
	struct rb_node parent;
	struct hrtimer copy;

	if (copy_from_kernel_nofault(&copy, timer, sizeof(copy)) ||
	    !(copy.state & HRTIMER_STATE_ENQUEUED) || RB_EMPTY_NODE(&copy.node.node))
		return false;
	if (!rb_parent(&copy.node.node))
		return !copy_from_kernel_nofault(&base, copy.base, sizeof(base)) &&
		       base.active.rb_root.rb_root.rb_node == &timer->node.node;
	return !copy_from_kernel_nofault(&parent, rb_parent(&copy.node.node), sizeof(parent)) &&
	       (parent.rb_left == &timer->node.node || parent.rb_right == &timer->node.node);
}

/* ------------------------------------------------ the driver is gone */

static void timer_left(struct suture_domain *domain, const struct suture_record *record,
		       bool sole)
{
	struct timer_list *timer = (struct timer_list *)record->key;
	unsigned long function = record->info[INFO_FUNCTION];
	bool repair = suture_may_for(domain, &rule_live, 0, record->site);

	if (rule_live.action == SUTURE_OFF || !within_module(function, domain->module) ||
	    !timer_intact(timer, function))
		return;
	/* Stops one that is armed, and waits for one that is running. */
	if (repair ? !timer_delete_sync(timer) : !suture_timer_linked(timer))
		return;
	suture_report_for(domain, &rule_live, SUTURE_DID(rule_live, 0), record->site,
			  "timer of %s armed after removal", suture_callback_name(function));
}

static void hrtimer_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole)
{
	struct hrtimer *timer = (struct hrtimer *)record->key;
	unsigned long function = record->info[INFO_FUNCTION], now;
	bool repair = suture_may_for(domain, &rule_live, 0, record->site);

	if (rule_live.action == SUTURE_OFF || !within_module(function, domain->module) ||
	    copy_from_kernel_nofault(&now, &timer->function, sizeof(now)) || now != function ||
	    !hrtimer_linked(timer))
		return;
	if (repair && !hrtimer_cancel(timer))
		return;
	suture_report_for(domain, &rule_live, SUTURE_DID(rule_live, 0), record->site,
			  "timer of %s armed after removal", suture_callback_name(function));
}

/* One that lies in the device's own data, of which nobody else has a hold. */
static bool timer_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return suture_left_owns(left, record->key);
}

static enum suture_remains timer_held(const struct suture_record *record,
				      const struct suture_unbound *left)
{
	struct timer_list *timer = (struct timer_list *)record->key;
	unsigned long function = record->info[INFO_FUNCTION];

	if ((!left->data && !left->distrust) || !left->idle || !timer_intact(timer, function))
		return SUTURE_REMAINS_NO;
	/* One that runs now is waited for, too. */
	if (!suture_timer_linked(timer) && !left->distrust)
		return SUTURE_REMAINS_NO;
	return SUTURE_REMAINS_SURE;
}

static void timer_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	timer_delete_sync((struct timer_list *)record->key);
}

static enum suture_remains hrtimer_held(const struct suture_record *record,
					const struct suture_unbound *left)
{
	struct hrtimer *timer = (struct hrtimer *)record->key;
	unsigned long now;

	/* Else it is judged when the driver goes. */
	if (!left->distrust || get_kernel_nofault(now, (unsigned long *)&timer->function) ||
	    now != record->info[INFO_FUNCTION] || !hrtimer_linked(timer))
		return SUTURE_REMAINS_NO;
	return SUTURE_REMAINS_SURE;
}

static void hrtimer_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	hrtimer_cancel((struct hrtimer *)record->key);
}

static void timer_bury(const struct suture_record *record)
{
	suture_bury(record->info[INFO_FUNCTION], 0, record->key);
}

/* --------------------------------------- its memory is being released */

static void livefree(const char *what, const struct suture_record *record, unsigned long site,
		     const char *api)
{
	suture_report(&suture_rule_livefree, SUTURE_DID(suture_rule_livefree, 0), site,
		      "%s of memory with a %s armed in it, its function %s", api, what,
		      suture_callback_name(record->info[INFO_FUNCTION]));
}

static void timer_inside(const struct suture_record *record, unsigned long site,
			 const char *api)
{
	struct timer_list *timer = (struct timer_list *)record->key;

	if (suture_rule_livefree.action == SUTURE_OFF ||
	    (unsigned long)timer->function != record->info[INFO_FUNCTION] ||
	    !suture_timer_linked(timer))
		return;
	if (suture_may(&suture_rule_livefree, 0, site)) {
		/* Where waiting could be for oneself, the quarantine covers a running callback. */
		if (suture_atomic() ? !timer_delete(timer) : !timer_delete_sync(timer))
			return;
	}
	livefree("timer", record, site, api);
}

static void hrtimer_inside(const struct suture_record *record, unsigned long site,
			   const char *api)
{
	struct hrtimer *timer = (struct hrtimer *)record->key;

	if (suture_rule_livefree.action == SUTURE_OFF ||
	    (unsigned long)timer->function != record->info[INFO_FUNCTION] ||
	    !hrtimer_linked(timer))
		return;
	if (suture_may(&suture_rule_livefree, 0, site) && hrtimer_try_to_cancel(timer) <= 0)
		return;
	livefree("hrtimer", record, site, api);
}

/* --------------------------------------------------------------- arm */

/* One that is noted has its label, too. */
static void noted(const struct suture_kind *kind, const struct suture_role *role,
		  const void *timer, unsigned long function, unsigned long site)
{
	struct suture_record record = {
		.key = (unsigned long)timer,
		.info[INFO_FUNCTION] = function,
		.site = site,
	};

	suture_exhume((unsigned long)timer);
	if (function && suture_ledger_note(kind, &record))
		suture_role_set(function, role);
}

SUTURE_DEFINE(void, init_timer_key,
	      struct timer_list *timer, void (*func)(struct timer_list *), unsigned int flags,
	      const char *name, struct lock_class_key *key)
{
	suture_role_set((unsigned long)func, &role_timer);
	/* Memory that is set up afresh: what was noted of it is no more. */
	suture_ledger_take(&kind_timer, (unsigned long)timer, NULL);
	init_timer_key(timer, func, flags, name, key);
}
SUTURE_WRAPPER(init_timer_key);

static void arm(const struct timer_list *timer, unsigned long site)
{
	noted(&kind_timer, &role_timer, timer, (unsigned long)timer->function, site);
}

SUTURE_DEFINE(int, mod_timer, struct timer_list *timer, unsigned long expires)
{
	suture_check_pointer(timer, SUTURE_SITE, "mod_timer");
	arm(timer, SUTURE_SITE);
	return mod_timer(timer, expires);
}
SUTURE_WRAPPER(mod_timer);
SUTURE_CHECKED(mod_timer);

SUTURE_DEFINE(int, timer_reduce, struct timer_list *timer, unsigned long expires)
{
	suture_check_pointer(timer, SUTURE_SITE, "timer_reduce");
	arm(timer, SUTURE_SITE);
	return timer_reduce(timer, expires);
}
SUTURE_WRAPPER(timer_reduce);
SUTURE_CHECKED(timer_reduce);

SUTURE_DEFINE(void, add_timer, struct timer_list *timer)
{
	suture_check_pointer(timer, SUTURE_SITE, "add_timer");
	arm(timer, SUTURE_SITE);
	add_timer(timer);
}
SUTURE_WRAPPER(add_timer);
SUTURE_CHECKED(add_timer);

SUTURE_DEFINE(void, add_timer_on, struct timer_list *timer, int cpu)
{
	suture_check_pointer(timer, SUTURE_SITE, "add_timer_on");
	arm(timer, SUTURE_SITE);
	add_timer_on(timer, cpu);
}
SUTURE_WRAPPER(add_timer_on);
SUTURE_CHECKED(add_timer_on);

SUTURE_DEFINE(void, hrtimer_start_range_ns,
	      struct hrtimer *timer, ktime_t tim, u64 range, const enum hrtimer_mode mode)
{
	suture_check_pointer(timer, SUTURE_SITE, "hrtimer_start");
	noted(&kind_hrtimer, &role_hrtimer, timer, (unsigned long)timer->function, SUTURE_SITE);
	hrtimer_start_range_ns(timer, tim, range, mode);
}
SUTURE_WRAPPER(hrtimer_start_range_ns);
SUTURE_CHECKED(hrtimer_start_range_ns);

/* -------------------------------------------------------------- stop */

/* Does the caller, or what it interrupted, run in the callback of @timer? */
static bool from_within(const struct suture_role *role, const void *timer)
{
	const struct suture_visit *v;

	for (v = *suture_visit_head(); v; v = v->prev)
		if (v->entry && suture_role_of(v->entry) == role &&
		    v->arg[0] == (unsigned long)timer)
			return true;
	return false;
}

static const char *sync_wrong(struct timer_list *timer)
{
	if (rule_sync.action == SUTURE_OFF)
		return NULL;
	if (in_hardirq() && !(timer->flags & TIMER_IRQSAFE))
		return "in a hard interrupt";
	if (in_interrupt() && from_within(&role_timer, timer) && try_to_del_timer_sync(timer) < 0)
		return "from within its callback";
	return NULL;
}

#define STOP(api)								\
	SUTURE_DEFINE(int, api, struct timer_list *timer)			\
	{									\
		suture_check_pointer(timer, SUTURE_SITE, #api);			\
		suture_ledger_take(&kind_timer, (unsigned long)timer, NULL);	\
		return api(timer);						\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

STOP(timer_delete);
STOP(timer_shutdown);
STOP(try_to_del_timer_sync);

#define STOP_SYNC(api, substitute)						\
	SUTURE_DEFINE(int, api, struct timer_list *timer)			\
	{									\
		const char *wrong;						\
										\
		suture_check_pointer(timer, SUTURE_SITE, #api);			\
		suture_ledger_take(&kind_timer, (unsigned long)timer, NULL);	\
		wrong = in_interrupt() ? sync_wrong(timer) : NULL;		\
		if (unlikely(wrong)) {						\
			suture_report(&rule_sync, SUTURE_DID(rule_sync, 0),	\
				      SUTURE_SITE, "%s called %s", #api, wrong);\
			if (suture_may(&rule_sync, 0, SUTURE_SITE))		\
				return substitute(timer);			\
		}								\
		return api(timer);						\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

STOP_SYNC(timer_delete_sync, timer_delete);
STOP_SYNC(timer_shutdown_sync, timer_shutdown);

SUTURE_DEFINE(int, hrtimer_cancel, struct hrtimer *timer)
{
	suture_check_pointer(timer, SUTURE_SITE, "hrtimer_cancel");
	suture_ledger_take(&kind_hrtimer, (unsigned long)timer, NULL);
	if (unlikely(in_interrupt()) && from_within(&role_hrtimer, timer) &&
	    rule_sync.action != SUTURE_OFF && hrtimer_try_to_cancel(timer) < 0) {
		suture_report(&rule_sync, SUTURE_DID(rule_sync, 0), SUTURE_SITE,
			      "hrtimer_cancel called from within its callback");
		if (suture_may(&rule_sync, 0, SUTURE_SITE))
			return 0;
	}
	return hrtimer_cancel(timer);
}
SUTURE_WRAPPER(hrtimer_cancel);
SUTURE_CHECKED(hrtimer_cancel);

SUTURE_DEFINE(int, hrtimer_try_to_cancel, struct hrtimer *timer)
{
	suture_check_pointer(timer, SUTURE_SITE, "hrtimer_try_to_cancel");
	/* Stays noted if it is running: it may start itself again. */
	if (!hrtimer_callback_running(timer))
		suture_ledger_take(&kind_hrtimer, (unsigned long)timer, NULL);
	return hrtimer_try_to_cancel(timer);
}
SUTURE_WRAPPER(hrtimer_try_to_cancel);
SUTURE_CHECKED(hrtimer_try_to_cancel);

int suture_rules_timer_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_timer_stop(void)
{
	suture_rules_remove(rules);
}
