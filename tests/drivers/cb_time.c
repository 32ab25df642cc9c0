// SPDX-License-Identifier: GPL-2.0-only
/*
 * cb_time.c - does not come back.
 */
#include <linux/mutex.h>
#include <linux/spinlock.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);
static bool stop;

static noinline void spin(void)
{
	while (!READ_ONCE(stop))
		cpu_relax();
}

/* Nearly all the time in the kernel's delay. */
static noinline void spin_delay(void)
{
	while (!READ_ONCE(stop))
		udelay(5);
}

static noinline int spin_locked(void)
{
	spin_lock(&lock);
	spin();
	spin_unlock(&lock);
	return 0;
}

static noinline int spin_mutex(void)
{
	mutex_lock(&mutex);
	spin();
	mutex_unlock(&mutex);
	return 0;
}

static void spin_timer(struct timer_list *unused)
{
	spin();
}

static void spin_timer_locked(struct timer_list *unused)
{
	spin_lock(&lock);
	spin();
	spin_unlock(&lock);
}

/* Too long, but not for ever. */
static noinline void spin_while(void)
{
	unsigned long end = jiffies + msecs_to_jiffies(1500);

	while (time_before(jiffies, end))
		cpu_relax();
}

static int bad_do(const char *word)
{
	/* For who waits without guard. */
	WRITE_ONCE(stop, bad_is(word, "stop"));
	if (stop)
		return 0;
	if (bad_is(word, "task"))
		spin();
	else if (bad_is(word, "delay"))
		spin_delay();
	else if (bad_is(word, "locked"))
		spin_locked();
	else if (bad_is(word, "mutex"))
		spin_mutex();
	else if (bad_is(word, "softirq"))
		bad_in_softirq(spin_timer);
	else if (bad_is(word, "softirq-locked"))
		bad_in_softirq(spin_timer_locked);
	else if (bad_is(word, "while"))
		spin_while();
	else
		return -EINVAL;
	return 0;
}

static int bad_ok(void)
{
	if (bad_locked(&lock))
		return -EBUSY;
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	/* A long sleep is not a long run. */
	msleep(50);
	return 0;
}

MODULE_DESCRIPTION("Test: runs for ever");
