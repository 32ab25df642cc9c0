// SPDX-License-Identifier: GPL-2.0-only
/*
 * tail.c - breaks rules in calls that are the last thing a function does.
 *
 * The compiler makes a jump of such a call: the return address that a wrapper sees
 * belongs to another function.
 */
#include <linux/mutex.h>
#include <linux/slab.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);

static noinline void tail_sleep(void)
{
	msleep(2);
}

static noinline void tail_unlock(void)
{
	spin_unlock(&lock);
}

static noinline void tail_unlock_mutex(void)
{
	mutex_unlock(&mutex);
}

static noinline void tail_free(void *object)
{
	kfree(object);
}

static noinline void *tail_alloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static noinline int bad_sleep(void)
{
	spin_lock(&lock);
	tail_sleep();
	spin_unlock(&lock);
	return 0;
}

static noinline int bad_free(void)
{
	void *object = kmalloc(64, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(object);
	tail_free(bad_unknown(object));
	return 0;
}

/* The value must come through. */
static noinline int bad_alloc(void)
{
	char *object;

	preempt_disable();
	object = tail_alloc(100);
	preempt_enable();
	if (!object)
		return -ENOMEM;
	strscpy(object, "here", 100);
	kfree(object);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "sleep"))
		return bad_sleep();
	if (bad_is(word, "unlock"))
		tail_unlock();
	else if (bad_is(word, "mutex"))
		tail_unlock_mutex();
	else if (bad_is(word, "free"))
		return bad_free();
	else if (bad_is(word, "alloc"))
		return bad_alloc();
	else
		return -EINVAL;
	return 0;
}

static int bad_ok(void)
{
	if (bad_locked(&lock))
		return -EBUSY;
	tail_sleep();
	spin_lock(&lock);
	tail_unlock();
	mutex_lock(&mutex);
	tail_unlock_mutex();
	tail_free(tail_alloc(64));
	return 0;
}

MODULE_DESCRIPTION("Test: breaks rules in tail calls");
