// SPDX-License-Identifier: GPL-2.0-only
/*
 * rcu_sleep.c - blocks in an RCU read-side section.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "bad.h"

static DEFINE_MUTEX(mutex);

static int leave(void)
{
	int depth = current->rcu_read_lock_nesting;

	rcu_read_unlock();
	return depth == 1 ? 0 : -EPROTO;
}

static noinline int rcu_short(void)
{
	rcu_read_lock();
	msleep(3);
	return leave();
}

static noinline int rcu_long(void)
{
	rcu_read_lock();
	msleep(50);
	return leave();
}

static noinline int rcu_mutex(void)
{
	rcu_read_lock();
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	return leave();
}

/* Waits for itself. */
static noinline int rcu_wait(void)
{
	rcu_read_lock();
	synchronize_rcu();
	return leave();
}

static noinline int rcu_alloc(void)
{
	void *object;

	rcu_read_lock();
	object = kmalloc(64, GFP_KERNEL);
	kfree(object);
	return leave();
}

static int bad_do(const char *word)
{
	if (bad_is(word, "short"))
		return rcu_short();
	if (bad_is(word, "long"))
		return rcu_long();
	if (bad_is(word, "mutex"))
		return rcu_mutex();
	if (bad_is(word, "wait"))
		return rcu_wait();
	if (bad_is(word, "alloc"))
		return rcu_alloc();
	return -EINVAL;
}

static int bad_ok(void)
{
	rcu_read_lock();
	udelay(5);
	rcu_read_unlock();
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	synchronize_rcu();
	return 0;
}

MODULE_DESCRIPTION("Test: blocks in an RCU section");
