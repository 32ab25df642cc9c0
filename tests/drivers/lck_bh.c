// SPDX-License-Identifier: GPL-2.0-only
/*
 * lck_bh.c - switches bottom halves on with interrupts off, or once too often.
 */
#include <linux/bottom_half.h>

#include "bad.h"

static noinline void enable_irqoff(void)
{
	unsigned long flags;

	local_bh_disable();
	local_irq_save(flags);
	local_bh_enable();
	local_irq_restore(flags);
}

static noinline void enable_twice(void)
{
	local_bh_disable();
	local_bh_enable();
	local_bh_enable();
}

static int bad_do(const char *word)
{
	if (bad_is(word, "irqoff"))
		enable_irqoff();
	else if (bad_is(word, "twice"))
		enable_twice();
	else
		return -EINVAL;
	return 0;
}

static int bad_ok(void)
{
	local_bh_disable();
	local_bh_enable();
	return bad_calm() ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: local_bh_enable() in the wrong place");
