// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctx_irqoff.c - blocks with interrupts, preemption or bottom halves switched off.
 */
#include <linux/bottom_half.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>

#include "bad.h"

static DEFINE_MUTEX(mutex);

static noinline int off_irq_short(void)
{
	unsigned long flags;

	local_irq_save(flags);
	msleep(2);
	if (!irqs_disabled())
		return -EPROTO;
	local_irq_restore(flags);
	return 0;
}

static noinline int off_irq_long(void)
{
	unsigned long flags;

	local_irq_save(flags);
	msleep(30);
	if (!irqs_disabled())
		return -EPROTO;
	local_irq_restore(flags);
	return 0;
}

static noinline int off_preempt_short(void)
{
	preempt_disable();
	usleep_range(100, 200);
	if (preempt_count() != 1)
		return -EPROTO;
	preempt_enable();
	return 0;
}

/* Twice, and both must be off again after the call. */
static noinline int off_preempt_long(void)
{
	preempt_disable();
	preempt_disable();
	schedule_timeout_uninterruptible(1);
	if (preempt_count() != 2)
		return -EPROTO;
	preempt_enable();
	preempt_enable();
	return 0;
}

static noinline int off_bh(void)
{
	local_bh_disable();
	schedule_timeout_uninterruptible(1);
	if (preempt_count() != SOFTIRQ_DISABLE_OFFSET)
		return -EPROTO;
	local_bh_enable();
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "irq-short"))
		return off_irq_short();
	if (bad_is(word, "irq-long"))
		return off_irq_long();
	if (bad_is(word, "preempt-short"))
		return off_preempt_short();
	if (bad_is(word, "preempt-long"))
		return off_preempt_long();
	if (bad_is(word, "bh"))
		return off_bh();
	return -EINVAL;
}

static int bad_ok(void)
{
	unsigned long flags;

	local_irq_save(flags);
	local_irq_restore(flags);
	mutex_lock(&mutex);
	msleep(1);
	mutex_unlock(&mutex);
	return 0;
}

MODULE_DESCRIPTION("Test: blocks with interrupts, preemption or bottom halves off");
