// SPDX-License-Identifier: GPL-2.0-only
/*
 * cb_irq.c - returns to the kernel with interrupts, preemption or bottom halves not as
 * they were.
 */
#include <linux/bottom_half.h>

#include "bad.h"

static bool wrong;

static void timer_off(struct timer_list *unused)
{
	local_irq_disable();
}

static void timer_preempt(struct timer_list *unused)
{
	preempt_disable();
}

/* The other way round: the kernel had switched them off. */
static enum hrtimer_restart hrtimer_on(struct hrtimer *unused)
{
	local_irq_enable();
	return HRTIMER_NORESTART;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "irq"))
		local_irq_disable();
	else if (bad_is(word, "preempt"))
		preempt_disable();
	else if (bad_is(word, "preempt-more"))
		preempt_enable();
	else if (bad_is(word, "bh"))
		local_bh_disable();
	else if (bad_is(word, "softirq-irq"))
		bad_in_softirq(timer_off);
	else if (bad_is(word, "softirq-preempt"))
		bad_in_softirq(timer_preempt);
	else if (bad_is(word, "hardirq-on"))
		bad_in_hardirq(hrtimer_on);
	else
		return -EINVAL;
	return 0;
}

static void timer_look(struct timer_list *unused)
{
	wrong = !in_serving_softirq() || irqs_disabled();
}

static int bad_ok(void)
{
	wrong = true;
	bad_in_softirq(timer_look);
	return READ_ONCE(wrong) ? -EBUSY : 0;
}

MODULE_DESCRIPTION("Test: returns with interrupts, preemption or bottom halves changed");
