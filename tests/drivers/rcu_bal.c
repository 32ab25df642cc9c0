// SPDX-License-Identifier: GPL-2.0-only
/*
 * rcu_bal.c - returns to the kernel inside an RCU read-side section.
 */
#include <linux/rcupdate.h>

#include "bad.h"

static noinline void keep_one(void)
{
	rcu_read_lock();
}

static noinline void keep_three(void)
{
	rcu_read_lock();
	rcu_read_lock();
	rcu_read_lock();
}

static noinline void leave_more(void)
{
	rcu_read_unlock();
}

static void timer_keep(struct timer_list *unused)
{
	rcu_read_lock();
}

static int bad_do(const char *word)
{
	if (bad_is(word, "one"))
		keep_one();
	else if (bad_is(word, "three"))
		keep_three();
	else if (bad_is(word, "more"))
		leave_more();
	else if (bad_is(word, "softirq"))
		bad_in_softirq(timer_keep);
	else
		return -EINVAL;
	return 0;
}

/* A grace period ends only if nobody has stayed in a section. */
static int bad_ok(void)
{
	rcu_read_lock();
	rcu_read_unlock();
	synchronize_rcu();
	return bad_calm() ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: returns inside an RCU read-side section");
