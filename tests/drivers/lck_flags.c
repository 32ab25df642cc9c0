// SPDX-License-Identifier: GPL-2.0-only
/*
 * lck_flags.c - releases locks with other flags, or in another way, than they were taken.
 */
#include <linux/spinlock.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(inner);
static int seen;

/* One variable for two locks: the second saving overwrites the first. */
static noinline int flags_shared(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	spin_lock_irqsave(&inner, flags);
	spin_unlock_irqrestore(&inner, flags);
	spin_unlock_irqrestore(&lock, flags);
	return irqs_disabled() ? -EPROTO : 0;
}

/* The lock is taken for a moment in an interrupt, with flags of elsewhere. */
static noinline enum hrtimer_restart flags_hardirq(struct hrtimer *unused)
{
	unsigned long flags, elsewhere = X86_EFLAGS_IF;

	spin_lock_irqsave(&lock, flags);
	spin_unlock_irqrestore(&lock, elsewhere);
	seen = irqs_disabled();
	return HRTIMER_NORESTART;
}

/* Bottom halves go on that the driver has not switched off: the kernel has. */
static noinline void flags_softirq(struct timer_list *unused)
{
	u32 before = preempt_count();

	spin_lock(&lock);
	spin_unlock_bh(&lock);
	seen = preempt_count() == before;
}

static noinline int flags_bh(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	spin_unlock_bh(&lock);
	return bad_calm() ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	seen = 0;
	if (bad_is(word, "shared"))
		return flags_shared();
	if (bad_is(word, "bh"))
		return flags_bh();
	if (bad_is(word, "hardirq"))
		bad_in_hardirq(flags_hardirq);
	else if (bad_is(word, "softirq"))
		bad_in_softirq(flags_softirq);
	else
		return -EINVAL;
	return seen ? 0 : -EPROTO;
}

/* Ways that look odd and are right. */
static int bad_ok(void)
{
	unsigned long flags, second;

	if (bad_locked(&lock) || bad_locked(&inner))
		return -EBUSY;
	/* released for a moment */
	spin_lock_irqsave(&lock, flags);
	spin_unlock(&lock);
	spin_lock(&lock);
	spin_unlock_irqrestore(&lock, flags);
	spin_lock_irq(&lock);
	spin_unlock(&lock);
	spin_lock(&lock);
	spin_unlock_irq(&lock);
	/* hand over hand */
	spin_lock_irqsave(&lock, flags);
	spin_lock(&inner);
	spin_unlock(&lock);
	spin_unlock_irqrestore(&inner, flags);
	spin_lock_irqsave(&lock, flags);
	spin_lock_irqsave(&inner, second);
	spin_unlock_irqrestore(&lock, second);
	spin_unlock_irqrestore(&inner, flags);
	/* in two steps */
	local_irq_disable();
	spin_lock(&lock);
	spin_unlock_irq(&lock);
	local_bh_disable();
	spin_lock(&lock);
	spin_unlock_bh(&lock);
	spin_lock_bh(&lock);
	spin_unlock(&lock);
	local_bh_enable();
	return bad_calm() ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: releases locks in another way");
