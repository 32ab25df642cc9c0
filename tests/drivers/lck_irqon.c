// SPDX-License-Identifier: GPL-2.0-only
/*
 * lck_irqon.c - spin_unlock_irq() where interrupts must stay off.
 */
#include <linux/spinlock.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(inner);
static int seen;

static noinline enum hrtimer_restart irqon_hardirq(struct hrtimer *unused)
{
	spin_lock_irq(&lock);
	spin_unlock_irq(&lock);
	seen = irqs_disabled();
	return HRTIMER_NORESTART;
}

static noinline int irqon_inner(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	spin_lock_irq(&inner);
	spin_unlock_irq(&inner);
	seen = irqs_disabled();
	spin_unlock_irqrestore(&lock, flags);
	return bad_calm() && seen ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	seen = 0;
	if (bad_is(word, "inner"))
		return irqon_inner();
	if (!bad_is(word, "hardirq"))
		return -EINVAL;
	bad_in_hardirq(irqon_hardirq);
	return seen ? 0 : -EPROTO;
}

static int bad_ok(void)
{
	if (bad_locked(&lock) || bad_locked(&inner))
		return -EBUSY;
	spin_lock_irq(&lock);
	spin_lock(&inner);
	spin_unlock(&inner);
	spin_unlock_irq(&lock);
	return bad_calm() ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: switches interrupts on");
