// SPDX-License-Identifier: GPL-2.0-only
/*
 * callback.c - what a driver must have put right when it returns to the kernel,
 * and what must not happen while it runs.
 */
#include <linux/hardirq.h>
#include <linux/kallsyms.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <asm/processor-flags.h>

#include "../domain.h"
#include "../role.h"
#include "../section.h"
#include "../taken.h"
#include "../unwind.h"
#include "rules.h"

struct suture_rule suture_rule_cb_oops = {
	.id = "CB-OOPS",
	.class = "callback",
	.contract = "A driver's exception (bad pointer, BUG(), divide error) does not take the kernel down.",
	.source = "Nooks (SOSP 2003); Documentation/admin-guide/bug-hunting.rst",
	.example = "static irqreturn_t card_interrupt(int irq, void *data)\n"
		   "{\n"
		   "\tstruct card *card = data;\n"
		   "\n"
		   "\tcomplete(card->waiter);\n"
		   "\treturn card->ring->status;\t/* card->ring is NULL */\n"
		   "}\n",
	.look = "Each entry of a guarded driver is covered, in task, softirq and hardirq context. A fault in a kernel function that may hold something is not caught.",
	.action = SUTURE_RESTART,
};

struct suture_rule suture_rule_cb_time = {
	.id = "CB-TIME",
	.class = "callback",
	.contract = "A callback returns within its budget of CPU time.",
	.source = "Driver Verifier: DPC watchdog; Documentation/admin-guide/lockup-watchdogs.rst",
	.example = "while (!(ioread32(card->regs + STATUS) & READY))\n"
		   "\t;\t/* the device never gets ready */\n",
	.look = "The module parameters budget_task_ms and budget_softirq_ms set the time. A loop with interrupts off is not seen.",
	.action = SUTURE_RESTART,
	.whole = true,
};

static struct suture_rule rule_lock = {
	.id = "CB-LOCK",
	.class = "callback",
	.contract = "A callback returns with the same locks held as at its entry.",
	.source = "SDV IrqlReturn; Documentation/locking/spinlocks.rst",
	.example = "spin_lock(&card->lock);\n"
		   "if (!card->ready)\n"
		   "\treturn -EAGAIN;\t/* still locked */\n"
		   "spin_unlock(&card->lock);\n"
		   "return 0;\n",
	.look = "Callbacks that take a lock for a partner to release, such as start and stop of a seq_file, are not judged.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "release", "nothing: no frame of the driver is left that could use the section" },
	},
};

static struct suture_rule rule_irq = {
	.id = "CB-IRQ",
	.class = "callback",
	.contract = "A callback returns with the interrupt flag and the preempt and bottom-half counts of its entry.",
	.source = "SDV IrqlReturn; Documentation/core-api/genericirq.rst; kernel/workqueue.c 'leaked lock or atomic'",
	.example = "local_irq_save(flags);\n"
		   "if (!card->ready)\n"
		   "\treturn -EAGAIN;\t/* interrupts are still off */\n"
		   "local_irq_restore(flags);\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "restore", "nothing: the state is exactly that of the kernel's call" },
	},
};

static struct suture_rule rule_rcu = {
	.id = "RCU-BAL",
	.class = "rcu",
	.contract = "RCU read-side sections are closed where they were opened.",
	.source = "Documentation/RCU/checklist.rst",
	.example = "rcu_read_lock();\n"
		   "peer = rcu_dereference(card->peer);\n"
		   "if (!peer)\n"
		   "\treturn -ENOENT;\t/* inside the section */\n"
		   "rcu_read_unlock();\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "restore", "nothing: the nesting is that of the kernel's call" },
	},
};

static struct suture_rule *const rules[] = {
	&suture_rule_cb_oops, &suture_rule_cb_time, &rule_lock, &rule_irq, &rule_rcu, NULL,
};

/* Mutexes: a call may hand one over to a later call, unless the task is done. */
static void check_mutexes(struct suture_visit *visit, const struct suture_role *role,
			  unsigned long site)
{
	if (!(role->flags & SUTURE_ROLE_TERMINAL) || rule_lock.action == SUTURE_OFF)
		return;
	while (visit->ntaken) {
		unsigned long what = visit->taken[--visit->ntaken];

		/* A semaphore may be released by another task; a mutex where it was not seen. */
		if (what & SUTURE_TAKEN_HOW || !suture_mutex_mine((struct mutex *)what))
			continue;
		if (suture_may(&rule_lock, 0, site))
			suture_taken_release(what);
		suture_report(&rule_lock, SUTURE_DID(rule_lock, 0), site,
			      "%s returned with a mutex held", suture_entry_name(visit->entry));
	}
}

static void check_locks(struct suture_visit *visit, unsigned long site)
{
	struct suture_held_lock *slot, lock;

	while (suture_held_by(visit, &slot)) {
		lock = *slot;
		suture_held_remove(slot);
		if (suture_may(&rule_lock, 0, lock.site)) {
			suture_held_release(&lock);
			if (lock.how == SUTURE_HELD_BH)
				__local_bh_enable_ip(_THIS_IP_, SOFTIRQ_DISABLE_OFFSET);
			if ((lock.how == SUTURE_HELD_IRQ || lock.how == SUTURE_HELD_IRQSAVE) &&
			    visit->flags & X86_EFLAGS_IF)
				local_irq_enable();
		}
		suture_report(&rule_lock, SUTURE_DID(rule_lock, 0), lock.site,
			      "%s returned with a spinlock held",
			      suture_entry_name(visit->entry));
	}
}

static const struct suture_role role_kthread = {
	.name = "kthread",
	.failed = -EIO,
	.flags = SUTURE_ROLE_TERMINAL,
};

/*
 * kthread_create_on_node() is variadic and has no wrapper, so the function of a
 * kthread is known by its caller, at the end of its life.
 */
static bool is_kthread(const struct suture_visit *visit)
{
	unsigned long caller = *(unsigned long *)(visit + 1);
	char name[KSYM_SYMBOL_LEN];

	if (visit->prev || !(current->flags & PF_KTHREAD))
		return false;
	sprint_symbol_no_offset(name, caller);
	return !strcmp(name, "kthread");
}

/* The visit ends, what it holds stays: the visit that called it holds that now. */
static void hand_over(struct suture_visit *visit)
{
	struct suture_visit *to = visit->prev;

	/* An interrupted visit is not the caller. */
	if (to && (to->preempt ^ visit->preempt) & SUTURE_LEVEL_MASK)
		to = NULL;
	suture_held_hand_over(visit, to);
	while (to && visit->ntaken && to->ntaken < SUTURE_VISIT_TAKEN)
		to->taken[to->ntaken++] = visit->taken[--visit->ntaken];
}

/**
 * suture_check_return() - the return of a visit that is not as it began
 * @visit:	the visit, still current
 *
 * Context: whatever the driver left; afterwards that of the entry, unless the
 * rules only observe.
 */
void suture_check_return(struct suture_visit *visit)
{
	const struct suture_role *role = suture_role_of(visit->entry);
	unsigned long site = visit->entry->func;
	u32 was = visit->preempt & ~PREEMPT_NEED_RESCHED;
	bool irqs_were_on = visit->flags & X86_EFLAGS_IF;
	bool irqs_are_on;
	u32 found;
	int rcu;

	if (!role && is_kthread(visit)) {
		role = &role_kthread;
		WRITE_ONCE(visit->entry->role, (unsigned long)role);
	}
	/*
	 * Some callbacks take for the kernel what a partner gives back: seq_file's
	 * start and stop, the lock and unlock of a regmap or an irq_chip. So the
	 * balance is asked only of entries that are known to owe it. What another
	 * holds goes over to the visit that it was called from, which may.
	 */
	if (!role || role->flags & SUTURE_ROLE_PAIRED) {
		hand_over(visit);
		return;
	}
	if (visit->ntaken)
		check_mutexes(visit, role, site);
	if (rule_lock.action != SUTURE_OFF)
		check_locks(visit, site);
	found = preempt_count();
	irqs_are_on = !irqs_disabled();
	rcu = current->rcu_read_lock_nesting;
	/* First the state: with a count gone wild not even reporting works. */
	if ((rcu != (int)visit->rcu && suture_may(&rule_rcu, 0, site)) ||
	    ((found != was || irqs_are_on != irqs_were_on) &&
	     suture_may(&rule_irq, 0, site)))
		suture_section_restore(visit);
	if (rcu != (int)visit->rcu && rule_rcu.action != SUTURE_OFF)
		suture_report(&rule_rcu, SUTURE_DID(rule_rcu, 0), site,
			      "%s returned with RCU depth %d, entered with %d",
			      suture_entry_name(visit->entry), rcu, (int)visit->rcu);
	if ((found != was || irqs_are_on != irqs_were_on) && rule_irq.action != SUTURE_OFF)
		suture_report(&rule_irq, SUTURE_DID(rule_irq, 0), site,
			      "%s returned with interrupts %s and preempt count %#x, entered with %s and %#x",
			      suture_entry_name(visit->entry), irqs_are_on ? "on" : "off", found,
			      irqs_were_on ? "on" : "off", was);
}

int suture_rules_callback_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_callback_stop(void)
{
	suture_rules_remove(rules);
}
