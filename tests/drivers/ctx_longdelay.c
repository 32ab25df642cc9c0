// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctx_longdelay.c - spins where it should sleep, and longer than it may.
 */
#include <linux/spinlock.h>

#include "bad.h"

enum { SHORT_US = 50, LONG_US = 800 };

static noinline int delay_task(void)
{
	mdelay(30);
	return 0;
}

static noinline int delay_preempt(void)
{
	preempt_disable();
	mdelay(4);
	preempt_enable();
	return 0;
}

static noinline void delay_callback(struct timer_list *unused)
{
	mdelay(4);
}

static noinline int delay_loop(void)
{
	int i;

	for (i = 0; i < 30; i++)
		udelay(LONG_US);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "task"))
		return delay_task();
	if (bad_is(word, "preempt"))
		return delay_preempt();
	if (bad_is(word, "loop"))
		return delay_loop();
	if (!bad_is(word, "softirq"))
		return -EINVAL;
	bad_in_softirq(delay_callback);
	return 0;
}

static int bad_ok(void)
{
	int i;

	mdelay(10);
	/* as drivers read EEPROMs, bit by bit */
	for (i = 0; i < 500; i++)
		udelay(SHORT_US);
	preempt_disable();
	udelay(LONG_US);
	preempt_enable();
	return 0;
}

MODULE_DESCRIPTION("Test: spins for long");
