// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_gfp.c - allocates with flags that may block, where blocking is not allowed.
 */
#include <linux/slab.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static size_t size = 100;
static void *object;

static noinline int alloc_locked(void)
{
	spin_lock(&lock);
	object = kmalloc(64, GFP_KERNEL);
	spin_unlock(&lock);
	return 0;
}

/* A size that is not known when compiled: another function of the kernel. */
static noinline int alloc_sized(void)
{
	spin_lock(&lock);
	object = kmalloc(READ_ONCE(size), GFP_KERNEL);
	spin_unlock(&lock);
	return 0;
}

static noinline int alloc_irqoff(void)
{
	unsigned long flags;

	local_irq_save(flags);
	object = kzalloc(READ_ONCE(size), GFP_KERNEL | __GFP_NOFAIL);
	if (!irqs_disabled())
		return -EPROTO;
	local_irq_restore(flags);
	return 0;
}

static noinline int alloc_dup(void)
{
	preempt_disable();
	object = kmemdup("abc", 4, GFP_KERNEL);
	preempt_enable();
	return object && bad_is(object, "abc") ? 0 : -EPROTO;
}

static void alloc_timer(struct timer_list *unused)
{
	object = kmalloc(64, GFP_KERNEL);
}

static enum hrtimer_restart alloc_hrtimer(struct hrtimer *unused)
{
	object = kmalloc(64, GFP_NOIO);
	return HRTIMER_NORESTART;
}

static int bad_do(const char *word)
{
	int err = 0;

	object = NULL;
	if (bad_is(word, "locked"))
		err = alloc_locked();
	else if (bad_is(word, "sized"))
		err = alloc_sized();
	else if (bad_is(word, "irqoff"))
		err = alloc_irqoff();
	else if (bad_is(word, "dup"))
		err = alloc_dup();
	else if (bad_is(word, "softirq"))
		bad_in_softirq(alloc_timer);
	else if (bad_is(word, "hardirq"))
		bad_in_hardirq(alloc_hrtimer);
	else
		err = -EINVAL;
	if (!err && !object)
		err = -ENOMEM;
	kfree(object);
	return err;
}

static int bad_ok(void)
{
	kfree(kmalloc(64, GFP_KERNEL));
	spin_lock(&lock);
	object = kmalloc(64, GFP_ATOMIC);
	spin_unlock(&lock);
	kfree(object);
	return 0;
}

MODULE_DESCRIPTION("Test: may block in an allocation");
