// SPDX-License-Identifier: GPL-2.0-only
/*
 * section.c - leave and re-enter the atomic section of a visit.
 *
 * Everything between the visit's entry and now was put there by the driver: its
 * locks (held.c knows them), and the difference between the counts at entry and
 * the counts now. What the kernel itself held at entry is never touched.
 */
#include <linux/bottom_half.h>
#include <linux/hardirq.h>
#include <linux/interrupt.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <asm/processor-flags.h>

#include "section.h"

static unsigned int counted(u32 preempt)
{
	return preempt & PREEMPT_MASK;
}

static unsigned int counted_bh(u32 preempt)
{
	return (preempt & SOFTIRQ_MASK) / SOFTIRQ_DISABLE_OFFSET;
}

/* Bring the counts of this context to what they were when @visit began. */
static void counts_restore(const struct suture_visit *visit, struct suture_section *section)
{
	unsigned int n, target;

	if (visit->flags & X86_EFLAGS_IF) {
		if (irqs_disabled())
			local_irq_enable();
	} else if (!irqs_disabled()) {
		local_irq_disable();
	}

	while (current->rcu_read_lock_nesting > (int)visit->rcu) {
		rcu_read_unlock();
		section->rcu++;
	}
	target = counted_bh(visit->preempt);
	n = counted_bh(preempt_count());
	for (; n > target; n--, section->bh++) {
		/* With interrupts off the softirqs wait for the next interrupt. */
		if (irqs_disabled())
			__preempt_count_sub(SOFTIRQ_DISABLE_OFFSET);
		else
			local_bh_enable();
	}
	target = counted(visit->preempt);
	n = counted(preempt_count());
	for (; n > target; n--, section->preempt++)
		preempt_enable();
}

/**
 * suture_section_open() - make the context of a visit what it was at its entry
 * @section:	keeps what was given back, for suture_section_close()
 * @visit:	the current visit
 *
 * Context: the visit's own, task. Locks are given back newest first.
 * Return: false, and nothing is changed, if the kernel entered the driver in
 * atomic context: then no section of the driver's is to blame.
 */
bool suture_section_open(struct suture_section *section, struct suture_visit *visit)
{
	struct suture_held_lock *slot;
	unsigned int i;

	memset(section, 0, sizeof(*section));
	if ((visit->preempt & ~PREEMPT_NEED_RESCHED) || !(visit->flags & X86_EFLAGS_IF))
		return false;
	section->irqs_off = irqs_disabled();
	section->nlocks = suture_held_by(visit, NULL);
	for (i = section->nlocks; i--;) {
		suture_held_by(visit, &slot);
		section->lock[i] = *slot;
		suture_held_remove(slot);
		suture_held_release(&section->lock[i]);
	}
	counts_restore(visit, section);
	return true;
}

/**
 * suture_section_close() - re-enter the section that was opened
 * @section:	what suture_section_open() filled
 *
 * Context: the same task, not necessarily the same CPU.
 */
void suture_section_close(struct suture_section *section)
{
	struct suture_held_lock *lock;
	unsigned int i;

	for (i = 0; i < section->rcu; i++)
		rcu_read_lock();
	for (i = 0; i < section->bh; i++)
		local_bh_disable();
	for (i = 0; i < section->preempt; i++)
		preempt_disable();
	if (section->irqs_off)
		local_irq_disable();
	for (i = 0; i < section->nlocks; i++) {
		lock = &section->lock[i];
		suture_held_retake(lock);
		suture_held_push(suture_held_which(lock), lock->kind, lock->how, lock->flags,
				 lock->site);
	}
}

/**
 * suture_section_restore() - give back for good all that a visit took
 * @visit:	the current visit, about to end
 *
 * Spinning locks, counts, interrupt flag, RCU. Mutexes are the caller's.
 * Context: the visit's own, any.
 */
void suture_section_restore(struct suture_visit *visit)
{
	struct suture_held_lock *slot, lock;

	while (suture_held_by(visit, &slot)) {
		lock = *slot;
		suture_held_remove(slot);
		suture_held_release(&lock);
	}
	while (current->rcu_read_lock_nesting > (int)visit->rcu)
		rcu_read_unlock();
	while (current->rcu_read_lock_nesting < (int)visit->rcu)
		rcu_read_lock();
	/*
	 * Set, not counted down: a driver that gave back more than it took has
	 * carried a borrow all through the fields of the count.
	 */
	preempt_count_set(visit->preempt & ~PREEMPT_NEED_RESCHED);
	if (!(visit->flags & X86_EFLAGS_IF)) {
		local_irq_disable();
		return;
	}
	local_irq_enable();
	/* What enabling would have done on the way. */
	if (!in_interrupt() && local_softirq_pending()) {
		local_bh_disable();
		local_bh_enable();
	}
	preempt_disable();
	preempt_enable();
}
