// SPDX-License-Identifier: GPL-2.0-only
/*
 * context.c - calls that may block, where blocking is not allowed.
 *
 * What keeps a visit from blocking was put there either by the driver (its
 * spinlocks, interrupts or preemption switched off) or by the kernel (an
 * interrupt, a kernel lock). The first can be repaired; the second only where a
 * non-blocking equivalent exists.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/math.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/semaphore.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <asm/processor-flags.h>

#include <suture/block.h>

#include "rules.h"

enum { REPAIR_REORDER };

/* Sleeping delays are asked first: see block_as_delay(). */
static struct suture_rule rule_short = {
	.id = "CTX-DELAY",
	.class = "context",
	.contract = "No delay that sleeps where the driver may not block.",
	.source = "Documentation/timers/timers-howto.rst; LDV 103; DSAC (ATC 2018)",
	.example = "spin_lock(&lock);\n"
		   "msleep(2);\t/* wrong: mdelay(2) */\n"
		   "spin_unlock(&lock);\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "delay",
			.gives_up = "CPU time: the delay is spent spinning; up to 20 ms in a call, then the rule about the section decides",
		},
	},
};

static struct suture_rule rule_sleep = {
	.id = "LCK-SLEEP",
	.class = "locking",
	.contract = "No call that may block while a spinlock is held.",
	.source = "Documentation/locking/spinlocks.rst; Klever sleep:common; DSAC (ATC 2018)",
	.example = "spin_lock(&card->lock);\n"
		   "iowrite32(RESET, card->regs + CONTROL);\n"
		   "msleep(10);\t/* everyone who wants the lock spins meanwhile, on all CPUs */\n"
		   "spin_unlock(&card->lock);\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "reorder",
			.gives_up = "the critical section's atomicity: the locks are released, the call is made, the locks are taken again",
		},
	},
};

static struct suture_rule rule_irqoff = {
	.id = "CTX-IRQOFF",
	.class = "context",
	.contract = "No call that may block with interrupts, preemption or bottom halves switched off by the driver.",
	.source = "Documentation/locking/preempt-locking.rst",
	.example = "local_irq_disable();\n"
		   "mutex_lock(&card->config);\t/* may sleep */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "reorder", "the section's atomicity: it is left for the call and entered again" },
	},
};

static struct suture_rule rule_irq = {
	.id = "CTX-IRQ",
	.class = "context",
	.contract = "No call that may block from an interrupt, a softirq or a callback that the kernel makes in atomic context.",
	.source = "Documentation/networking/netdevices.rst; Documentation/kernel-hacking/locking.rst",
	.example = "static irqreturn_t card_interrupt(int irq, void *data)\n"
		   "{\n"
		   "\tstruct card *card = data;\n"
		   "\n"
		   "\tmutex_lock(&card->config);\t/* nobody can sleep here */\n",
	.look = "What the driver does before and after cannot be reordered here, so the callback is abandoned unless the wait was a short delay.",
	.action = SUTURE_UNWIND,
};

static struct suture_rule rule_rcu = {
	.id = "RCU-SLEEP",
	.class = "rcu",
	.contract = "No call that may block inside an RCU read-side section.",
	.source = "Documentation/RCU/checklist.rst; kernel/rcu/tree_plugin.h rcu_note_context_switch()",
	.example = "rcu_read_lock();\n"
		   "peer = rcu_dereference(card->peer);\n"
		   "wait_for_completion(&peer->done);\t/* sleeps inside the section */\n"
		   "rcu_read_unlock();\n",
	.look = "A section that the kernel has opened around a callback is not counted.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "reorder",
			.gives_up = "the section's protection across the call: it is left and entered again",
		},
	},
};

static struct suture_rule rule_delay = {
	.id = "CTX-LONGDELAY",
	.class = "context",
	.contract = "Long busy delays, each of half a millisecond or more, do not add up in one call to more than 2 ms in atomic context, or 20 ms where the driver may sleep.",
	.source = "Documentation/timers/timers-howto.rst; NDIS NdisStallExecution_Delay",
	.example = "for (i = 0; i < 100; i++)\n"
		   "\tmdelay(1);\t/* msleep() would give the CPU away */\n",
	.look = "Short delays, which hardware needs, are not counted.",
	.action = SUTURE_OBSERVE,
	.repairs = {
		{
			.name = "sleep",
			.gives_up = "nothing: a delay may take longer than asked for; done where the driver may sleep",
		},
	},
};

static struct suture_rule *const rules[] = {
	&rule_sleep, &rule_short, &rule_irqoff, &rule_irq, &rule_rcu, &rule_delay, NULL,
};

/**
 * suture_in_own_rcu() - has the running visit opened an RCU read-side section?
 *
 * Context: any.
 * Return: false also if nothing is known.
 */
bool suture_in_own_rcu(void)
{
	struct suture_visit *v = suture_visit_current();

	return v && current->rcu_read_lock_nesting > (int)v->rcu;
}
EXPORT_SYMBOL_GPL(suture_in_own_rcu);

static bool entry_atomic(const struct suture_visit *v)
{
	return (v->preempt & ~PREEMPT_NEED_RESCHED) || !(v->flags & X86_EFLAGS_IF);
}

/* Which contract does a blocking call break here? */
static struct suture_rule *rule_here(const struct suture_visit *v)
{
	if (v && suture_held_by(v, NULL))
		return &rule_sleep;
	if (!suture_atomic())
		return &rule_rcu;
	if (v && !entry_atomic(v))
		return &rule_irqoff;
	return &rule_irq;
}

/**
 * suture_block_begin() - a call that may block, made where it must not
 * @section:	keeps what was opened, for suture_block_end()
 * @site:	call site
 * @api:	name of the function
 *
 * Opens the driver's own atomic section. Where the kernel's is to blame, the
 * visit is abandoned and this does not return; if policy forbids that, the call
 * goes ahead as it would without Suture.
 *
 * Context: atomic; returns in a context that may block, if it repaired.
 */
void suture_block_begin(struct suture_section *section, unsigned long site, const char *api)
{
	struct suture_visit *v = suture_visit_current();
	struct suture_rule *rule = rule_here(v);
	unsigned int locks = v ? suture_held_by(v, NULL) : 0;

	section->nlocks = 0;
	section->bh = 0;
	section->preempt = 0;
	section->rcu = 0;
	section->irqs_off = false;
	if (rule->action == SUTURE_OFF)
		return;
	if (v && entry_atomic(v)) {
		suture_abandon(rule == &rule_sleep ? &rule_irq : rule, site,
			       "%s called in %s context", api, suture_context_name(v->preempt));
		return;
	}
	if (!v || !suture_may(rule, REPAIR_REORDER, site)) {
		suture_report(rule, SUTURE_OBSERVE, SUTURE_NO_REPAIR, site,
			      rule == &rule_rcu ? "%s called in an RCU read-side section" :
			      "%s called with %u spinlocks held", api, locks);
		return;
	}
	suture_section_open(section, v);
	if (locks)
		suture_report(rule, SUTURE_REPAIR, REPAIR_REORDER, site,
			      "%s called with %u spinlock%s held", api, locks,
			      locks == 1 ? "" : "s");
	else if (rule == &rule_rcu)
		suture_report(rule, SUTURE_REPAIR, REPAIR_REORDER, site,
			      "%s called in an RCU read-side section", api);
	else
		suture_report(rule, SUTURE_REPAIR, REPAIR_REORDER, site, "%s called with %s off",
			      api, section->irqs_off ? "interrupts" :
			      section->bh ? "bottom halves" : "preemption");
}
EXPORT_SYMBOL_GPL(suture_block_begin);

/**
 * suture_block_end() - the blocking call has returned
 * @section:	as suture_block_begin() left it
 */
void suture_block_end(struct suture_section *section)
{
	suture_section_close(section);
}
EXPORT_SYMBOL_GPL(suture_block_end);

/* What the sleeping delays of one call may add up to. */
#define DELAY_LARGEST_MS 20

static bool block_as_delay(unsigned long us, unsigned long site, const char *api)
{
	struct suture_visit *v = suture_visit_current();

	if (us > DELAY_LARGEST_MS * USEC_PER_MSEC || !suture_may(&rule_short, 0, site))
		return false;
	if (v) {
		if (v->delayed + us > DELAY_LARGEST_MS * USEC_PER_MSEC)
			return false;
		v->delayed += us;
	}
	suture_report(&rule_short, SUTURE_REPAIR, 0, site, "%s of %lu us called %s", api, us,
		      suture_atomic() ? "in atomic context" : "in an RCU read-side section");
	while (us > USEC_PER_MSEC) {
		udelay(USEC_PER_MSEC);
		us -= USEC_PER_MSEC;
	}
	udelay(us);
	return true;
}

SUTURE_DEFINE(void, msleep, unsigned int ms)
{
	if (unlikely(suture_must_not_block()) &&
	    block_as_delay(ms * USEC_PER_MSEC, SUTURE_SITE, "msleep"))
		return;
	SUTURE_MAY_BLOCK("msleep", msleep(ms));
}
SUTURE_WRAPPER(msleep);

SUTURE_DEFINE(unsigned long, msleep_interruptible, unsigned int ms)
{
	unsigned long left;

	if (unlikely(suture_must_not_block()) &&
	    block_as_delay(ms * USEC_PER_MSEC, SUTURE_SITE, "msleep_interruptible"))
		return 0;
	SUTURE_MAY_BLOCK("msleep_interruptible", left = msleep_interruptible(ms));
	return left;
}
SUTURE_WRAPPER(msleep_interruptible);

SUTURE_DEFINE(void, usleep_range_state,
	      unsigned long min, unsigned long max, unsigned int state)
{
	if (unlikely(suture_must_not_block()) &&
	    block_as_delay(min, SUTURE_SITE, "usleep_range"))
		return;
	SUTURE_MAY_BLOCK("usleep_range", usleep_range_state(min, max, state));
}
SUTURE_WRAPPER(usleep_range_state);

SUTURE_BLOCKING_VOID(schedule, (void), ());
SUTURE_BLOCKING(long, schedule_timeout, (long timeout), (timeout));
SUTURE_BLOCKING(long, schedule_timeout_interruptible, (long timeout), (timeout));
SUTURE_BLOCKING(long, schedule_timeout_uninterruptible, (long timeout), (timeout));
SUTURE_BLOCKING(long, schedule_timeout_killable, (long timeout), (timeout));
SUTURE_BLOCKING_VOID(wait_for_completion, (struct completion *x), (x));
SUTURE_BLOCKING(int, wait_for_completion_interruptible, (struct completion *x), (x));
SUTURE_BLOCKING_VOID(synchronize_rcu, (void), ());
SUTURE_BLOCKING_VOID(synchronize_net, (void), ());

/*
 * Busy delays do not block, but a loop around one spends nearly all its time in
 * the kernel: this is where the watchdog's mark is seen.
 */
#define DELAYED_ATOMIC_US	(2 * USEC_PER_MSEC)
#define DELAYED_TASK_US		(20 * USEC_PER_MSEC)
/* Loops of smaller ones poll a device, and end when it is ready: they are not counted. */
#define DELAY_LONG_US		500

/* More than is allowed, for the first time in this visit. Return: sleep instead? */
static noinline bool delay_long(struct suture_visit *v, bool first, unsigned long site)
{
	bool sleep = !suture_must_not_block() && !entry_atomic(v) &&
		     !current->rcu_read_lock_nesting && suture_may(&rule_delay, 0, site);

	if (first && rule_delay.action != SUTURE_OFF)
		suture_report(&rule_delay, sleep ? SUTURE_REPAIR : SUTURE_OBSERVE,
			      sleep ? 0 : SUTURE_NO_REPAIR, site,
			      "busy delays of %u us in one call%s", v->delayed,
			      suture_atomic() ? ", in atomic context" : "");
	return sleep;
}

/* Count @us in. Return: sleep for so long instead of spinning? */
static __always_inline bool delay_count(struct suture_visit *v, unsigned long us,
					unsigned long site)
{
	u32 limit, before;

	if (likely(us < DELAY_LONG_US) || !v)
		return false;
	limit = suture_atomic() ? DELAYED_ATOMIC_US : DELAYED_TASK_US;
	before = v->delayed;
	/* It stays where it is rather than wrap. */
	v->delayed = min_t(unsigned long, before + us, U32_MAX);
	if (likely(v->delayed <= limit))
		return false;
	return delay_long(v, before <= limit, site);
}

static __always_inline void delay_end(struct suture_visit *v, unsigned long site)
{
	if (unlikely(v && v->state & SUTURE_STATE_EXPIRED))
		suture_abandon(&suture_rule_cb_time, site, "looped around a delay");
}

/* udelay() multiplies by 2^32 / 10^6, and rounds up. */
#define XLOOPS_PER_US	0x10c7

SUTURE_DEFINE(void, __const_udelay, unsigned long xloops)
{
	struct suture_visit *v = suture_visit_current();

	if (delay_count(v, xloops / XLOOPS_PER_US, SUTURE_SITE))
		fsleep(xloops / XLOOPS_PER_US);
	else
		__const_udelay(xloops);
	delay_end(v, SUTURE_SITE);
}
SUTURE_WRAPPER(__const_udelay);

SUTURE_DEFINE(void, __udelay, unsigned long us)
{
	struct suture_visit *v = suture_visit_current();

	if (delay_count(v, us, SUTURE_SITE))
		fsleep(us);
	else
		__udelay(us);
	delay_end(v, SUTURE_SITE);
}
SUTURE_WRAPPER(__udelay);

int suture_rules_context_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_context_stop(void)
{
	suture_rules_remove(rules);
}
