// SPDX-License-Identifier: GPL-2.0-only
/*
 * cb_lock.c - returns to the kernel with a lock held.
 */
#include <linux/mutex.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(inner);
static DEFINE_RWLOCK(rwlock);
static DEFINE_MUTEX(mutex);

static noinline void keep_plain(void)
{
	spin_lock(&lock);
}

static noinline void keep_irqsave(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
}

static noinline void keep_bh(void)
{
	spin_lock_bh(&lock);
}

static noinline void keep_two(void)
{
	spin_lock(&lock);
	spin_lock_nested(&inner, SINGLE_DEPTH_NESTING);
}

static noinline void keep_read(void)
{
	read_lock(&rwlock);
}

static noinline void keep_mutex(void)
{
	mutex_lock(&mutex);
}

static void keep_softirq(struct timer_list *unused)
{
	spin_lock(&lock);
}

static enum hrtimer_restart keep_hardirq(struct hrtimer *unused)
{
	spin_lock(&lock);
	return HRTIMER_NORESTART;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "plain"))
		keep_plain();
	else if (bad_is(word, "irqsave"))
		keep_irqsave();
	else if (bad_is(word, "bh"))
		keep_bh();
	else if (bad_is(word, "two"))
		keep_two();
	else if (bad_is(word, "read"))
		keep_read();
	else if (bad_is(word, "mutex"))
		keep_mutex();
	else if (bad_is(word, "softirq"))
		bad_in_softirq(keep_softirq);
	else if (bad_is(word, "hardirq"))
		bad_in_hardirq(keep_hardirq);
	else
		return -EINVAL;
	return 0;
}

static int bad_ok(void)
{
	if (bad_locked(&lock) || bad_locked(&inner) || !write_trylock(&rwlock))
		return -EBUSY;
	write_unlock(&rwlock);
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	return 0;
}

MODULE_DESCRIPTION("Test: returns with a lock held");
