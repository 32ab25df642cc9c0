// SPDX-License-Identifier: GPL-2.0-only
/*
 * watch.c - visits that do not come back.
 *
 * While a driver is guarded, each CPU has a pinned timer. Each time it fires
 * inside a visit it counts one tick to that visit, so what is measured is CPU
 * time since the task last slept: a driver that waits is not over its budget,
 * nor is a kthread that never returns. A visit over its budget is
 * unwound from the interrupted instruction if that is the driver's own; else it
 * is marked, and the next call through a wrapper of a delay, or the next tick
 * that finds the driver's own code, ends it.
 *
 * A loop with interrupts off stops the timer, too. So each processor also looks whether the
 * timer of the next one still fires; if not, it sends an NMI there (arch/x86/nmi.c), which
 * unwinds likewise. A machine with one processor has nobody who could look.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <asm/irq_regs.h>

#include "compat.h"
#include "domain.h"
#include "event.h"
#include "policy.h"
#include "rules/rules.h"
#include "unwind.h"
#include "watch.h"

#define WATCH_PERIOD_MS 20

static unsigned int budget_task_ms = 5000;
module_param(budget_task_ms, uint, 0644);
MODULE_PARM_DESC(budget_task_ms, "CPU time of one visit in task context before it is unwound");
static unsigned int budget_softirq_ms = 1000;
module_param(budget_softirq_ms, uint, 0644);
MODULE_PARM_DESC(budget_softirq_ms, "the same in softirq context");

static unsigned int budget_irqoff_ms = 1000;
module_param(budget_irqoff_ms, uint, 0644);
MODULE_PARM_DESC(budget_irqoff_ms, "how long a processor may have interrupts off in a driver; 0: do not look");

static DEFINE_PER_CPU(struct hrtimer, watch_timer);
/* Ticks of a processor so far; and what its neighbour has seen of them, and how often. */
static DEFINE_PER_CPU(unsigned int, watch_ticks);
static DEFINE_PER_CPU(unsigned int, watch_seen);
static DEFINE_PER_CPU(unsigned int, watch_silent);
static DEFINE_MUTEX(watch_lock);
static unsigned int watch_users;
static int watch_state;		/* state of the CPU hotplug callback */

static void watch_visit(struct pt_regs *regs, struct suture_visit *v)
{
	bool softirq = v->preempt & SOFTIRQ_OFFSET;
	enum suture_action action;
	unsigned int budget;
	char text[64];

	if (!v->entry || suture_rule_cb_time.action == SUTURE_OFF)
		return;
	/* A task that has slept meanwhile starts anew: kthreads never return. */
	if (v->switches != current->nvcsw)
		v->ticks = 0;
	v->switches = current->nvcsw;
	v->ticks++;
	budget = suture_policy_budget(v, softirq, v->ticks * WATCH_PERIOD_MS,
				      softirq ? budget_softirq_ms : budget_task_ms);
	if (v->ticks < budget / WATCH_PERIOD_MS)
		return;
	action = suture_policy_action(&suture_rule_cb_time, suture_entry_domain(v->entry),
				      v->entry->func);
	if (action == SUTURE_OFF)
		return;
	if (action < SUTURE_UNWIND) {
		if (!(v->state & SUTURE_STATE_EXPIRED))
			suture_report_visit(v, &suture_rule_cb_time, SUTURE_OBSERVE,
					    v->entry->func, "ran for %u ms",
					    v->ticks * WATCH_PERIOD_MS);
		v->state |= SUTURE_STATE_EXPIRED;
		return;
	}
	v->state |= SUTURE_STATE_EXPIRED;
	scnprintf(text, sizeof(text), "ran for %u ms", v->ticks * WATCH_PERIOD_MS);
	suture_unwind_regs(regs, regs->ip, &suture_rule_cb_time, text);
}

/**
 * suture_watch_silent() - a processor whose timer does not fire was interrupted by an NMI
 * @regs:	what it was doing; changed if that was to loop in a driver
 *
 * Context: NMI.
 * Return: true if @regs are changed.
 */
bool suture_watch_silent(struct pt_regs *regs)
{
	struct suture_visit *v = *suture_visit_head();

	if (!v || !v->entry || regs->flags & X86_EFLAGS_IF ||
	    suture_rule_cb_time.action < SUTURE_UNWIND)
		return false;
	/*
	 * A processor that its hypervisor has not run is silent, too. When it runs again the NMI
	 * comes first, but there is no second one: its timer fires before that is sent.
	 */
	if (!(v->state & SUTURE_STATE_SILENT)) {
		v->state |= SUTURE_STATE_SILENT;
		return false;
	}
	v->state |= SUTURE_STATE_EXPIRED;
	return suture_unwind_regs(regs, regs->ip, &suture_rule_cb_time,
				  "ran too long with interrupts off");
}

/* Does the timer of the next processor fire? */
static void watch_neighbour(void)
{
	unsigned int cpu = smp_processor_id(), next, ticks;
	unsigned int budget = suture_policy_irqoff(READ_ONCE(budget_irqoff_ms)) / WATCH_PERIOD_MS;

	this_cpu_inc(watch_ticks);
	next = cpumask_next(cpu, cpu_online_mask);
	if (next >= nr_cpu_ids)
		next = cpumask_first(cpu_online_mask);
	if (!budget || next == cpu || suture_rule_cb_time.action < SUTURE_UNWIND)
		return;
	ticks = READ_ONCE(per_cpu(watch_ticks, next));
	if (ticks != this_cpu_read(watch_seen)) {
		this_cpu_write(watch_seen, ticks);
		this_cpu_write(watch_silent, 0);
	} else if (this_cpu_inc_return(watch_silent) >= budget) {
		/* It may have been in a kernel function: then it is asked again. */
		this_cpu_write(watch_silent, budget - budget / 4);
		suture_nmi_send(next);
	}
}

static enum hrtimer_restart watch_tick(struct hrtimer *timer)
{
	struct pt_regs *regs = get_irq_regs();
	struct suture_visit *v = *suture_visit_head();

	watch_neighbour();
	/* The newest visit of what was interrupted, if that is a visit at all. */
	if (v && regs && !user_mode(regs))
		watch_visit(regs, v);
	hrtimer_forward_now(timer, ms_to_ktime(WATCH_PERIOD_MS));
	return HRTIMER_RESTART;
}

static int watch_online(unsigned int cpu)
{
	struct hrtimer *timer = this_cpu_ptr(&watch_timer);

	suture_hrtimer_setup(timer, watch_tick, HRTIMER_MODE_REL_PINNED_HARD);
	hrtimer_start(timer, ms_to_ktime(WATCH_PERIOD_MS), HRTIMER_MODE_REL_PINNED_HARD);
	return 0;
}

static int watch_offline(unsigned int cpu)
{
	hrtimer_cancel(this_cpu_ptr(&watch_timer));
	return 0;
}

/* suture_watch_get() - one more driver is guarded. Context: task. */
void suture_watch_get(void)
{
	mutex_lock(&watch_lock);
	if (!watch_users++)
		watch_state = cpuhp_setup_state(CPUHP_AP_ONLINE_DYN, "suture:watch",
						watch_online, watch_offline);
	if (watch_state < 0)
		pr_err("suture: no watchdog: error %d; drivers that loop are not unwound\n",
		       watch_state);
	mutex_unlock(&watch_lock);
}

/* suture_watch_put() - one less. Context: task. */
void suture_watch_put(void)
{
	mutex_lock(&watch_lock);
	if (!--watch_users && watch_state > 0)
		cpuhp_remove_state(watch_state);
	mutex_unlock(&watch_lock);
}

