// SPDX-License-Identifier: GPL-2.0-only
/*
 * ctx_irq.c - blocks in a callback that the kernel makes in an interrupt.
 */
#include <linux/mutex.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);
static bool came_back;

static void timer_short(struct timer_list *unused)
{
	msleep(2);
	came_back = true;
}

static void timer_long(struct timer_list *unused)
{
	msleep(60);
	came_back = true;
}

static void timer_mutex(struct timer_list *unused)
{
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	came_back = true;
}

/* Abandoned with a lock held: it must be free afterwards. */
static void timer_locked(struct timer_list *unused)
{
	spin_lock(&lock);
	schedule_timeout_uninterruptible(1);
	spin_unlock(&lock);
	came_back = true;
}

static enum hrtimer_restart hrtimer_long(struct hrtimer *unused)
{
	schedule_timeout_uninterruptible(1);
	came_back = true;
	return HRTIMER_NORESTART;
}

static enum hrtimer_restart hrtimer_short(struct hrtimer *unused)
{
	usleep_range(50, 100);
	came_back = true;
	return HRTIMER_NORESTART;
}

/* Return: 0 if the callback came to its end, -ECANCELED if it was abandoned. */
static int bad_do(const char *word)
{
	came_back = false;
	if (bad_is(word, "softirq-short"))
		bad_in_softirq(timer_short);
	else if (bad_is(word, "softirq-long"))
		bad_in_softirq(timer_long);
	else if (bad_is(word, "softirq-mutex"))
		bad_in_softirq(timer_mutex);
	else if (bad_is(word, "softirq-locked"))
		bad_in_softirq(timer_locked);
	else if (bad_is(word, "hardirq-short"))
		bad_in_hardirq(hrtimer_short);
	else if (bad_is(word, "hardirq-long"))
		bad_in_hardirq(hrtimer_long);
	else
		return -EINVAL;
	return READ_ONCE(came_back) ? 0 : -ECANCELED;
}

static void timer_ok(struct timer_list *unused)
{
	spin_lock(&lock);
	came_back = true;
	spin_unlock(&lock);
}

static int bad_ok(void)
{
	came_back = false;
	bad_in_softirq(timer_ok);
	if (!READ_ONCE(came_back) || bad_locked(&lock))
		return -EBUSY;
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	return 0;
}

MODULE_DESCRIPTION("Test: blocks in an interrupt");
