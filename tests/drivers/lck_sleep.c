// SPDX-License-Identifier: GPL-2.0-only
/*
 * lck_sleep.c - blocks while it holds a spinlock: the leading bug.
 */
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_RWLOCK(rwlock);
static DEFINE_MUTEX(mutex);
static bool was_free;

/* A short sleep. */
static noinline int sleep_short(void)
{
	spin_lock(&lock);
	msleep(2);
	if (!bad_locked(&lock) || preempt_count() != 1)
		return -EPROTO;
	spin_unlock(&lock);
	return 0;
}

static void look(struct timer_list *unused)
{
	was_free = spin_trylock(&lock);
	if (was_free)
		spin_unlock(&lock);
}

/* A long sleep, during which others must be able to take the lock. */
static noinline int sleep_long(void)
{
	struct timer_list timer;

	was_free = false;
	timer_setup_on_stack(&timer, look, 0);
	mod_timer(&timer, jiffies + 2);
	spin_lock(&lock);
	msleep(60);
	if (!bad_locked(&lock) || preempt_count() != 1)
		return -EPROTO;
	spin_unlock(&lock);
	del_timer_sync(&timer);
	destroy_timer_on_stack(&timer);
	return was_free ? 0 : -ETIME;
}

static noinline int sleep_irqsave(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	schedule_timeout_uninterruptible(1);
	if (!bad_locked(&lock) || !irqs_disabled())
		return -EPROTO;
	spin_unlock_irqrestore(&lock, flags);
	return 0;
}

static noinline int sleep_bh(void)
{
	spin_lock_bh(&lock);
	schedule_timeout_uninterruptible(1);
	if (!bad_locked(&lock) || !in_softirq())
		return -EPROTO;
	spin_unlock_bh(&lock);
	return 0;
}

/* Two locks of two kinds, one inside the other. */
static noinline int sleep_two(void)
{
	write_lock(&rwlock);
	spin_lock_irq(&lock);
	usleep_range(30000, 31000);
	if (!bad_locked(&lock) || read_trylock(&rwlock) || !irqs_disabled())
		return -EPROTO;
	spin_unlock_irq(&lock);
	write_unlock(&rwlock);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "short"))
		return sleep_short();
	if (bad_is(word, "long"))
		return sleep_long();
	if (bad_is(word, "irqsave"))
		return sleep_irqsave();
	if (bad_is(word, "bh"))
		return sleep_bh();
	if (bad_is(word, "two"))
		return sleep_two();
	return -EINVAL;
}

static int bad_ok(void)
{
	if (!write_trylock(&rwlock))
		return -EBUSY;
	write_unlock(&rwlock);
	if (bad_locked(&lock))
		return -EBUSY;
	mutex_lock(&mutex);
	msleep(1);
	mutex_unlock(&mutex);
	return 0;
}

MODULE_DESCRIPTION("Test: blocks with a spinlock held");
