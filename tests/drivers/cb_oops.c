// SPDX-License-Identifier: GPL-2.0-only
/*
 * cb_oops.c - crashes.
 *
 * The word says how, where and while holding what: "null-task-none", "bug-softirq-lock".
 */
#include <linux/bug.h>
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/smp.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include <asm/fpu/api.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);
static DECLARE_RWSEM(semaphore);

static const char *how;
static const char *held;
static long result;

static noinline void crash_null(void)
{
	*(int *)bad_unknown(NULL) = 1;
}

static noinline void crash_wild(void)
{
	/* Not canonical: a general protection fault instead of a page fault. */
	*(int *)bad_unknown((void *)0xdead000000000100UL) = 1;
}

static noinline void crash_user(void)
{
	*(int *)bad_unknown((void *)0x7000) = 1;
}

static noinline void crash_bug(void)
{
	BUG();
}

static noinline void crash_divide(void)
{
	/* Of 1 the compiler would make a comparison. */
	WRITE_ONCE(result, 1000 / (long)bad_unknown(NULL));
}

static noinline void crash_jump(void)
{
	void (*nowhere)(struct file *file) = bad_unknown(NULL);

	nowhere(NULL);
	barrier();
}

/* Not here, but in a function of the kernel that gets the pointer from here. */
static noinline void crash_copy(void)
{
	size_t size = 64;

	OPTIMIZER_HIDE_VAR(size);
	memset(bad_unknown(NULL), 1, size);
	barrier();
}

static void crash(void)
{
	if (bad_is(how, "null"))
		crash_null();
	else if (bad_is(how, "wild"))
		crash_wild();
	else if (bad_is(how, "user"))
		crash_user();
	else if (bad_is(how, "bug"))
		crash_bug();
	else if (bad_is(how, "divide"))
		crash_divide();
	else if (bad_is(how, "jump"))
		crash_jump();
	else if (bad_is(how, "copy"))
		crash_copy();
}

static noinline void crash_held(void)
{
	unsigned long flags;

	if (bad_is(held, "lock")) {
		spin_lock(&lock);
		crash();
		spin_unlock(&lock);
	} else if (bad_is(held, "lockirq")) {
		spin_lock_irqsave(&lock, flags);
		crash();
		spin_unlock_irqrestore(&lock, flags);
	} else if (bad_is(held, "lockbh")) {
		spin_lock_bh(&lock);
		crash();
		spin_unlock_bh(&lock);
	} else if (bad_is(held, "irqoff")) {
		local_irq_save(flags);
		crash();
		local_irq_restore(flags);
	} else if (bad_is(held, "preempt")) {
		preempt_disable();
		crash();
		preempt_enable();
	} else if (bad_is(held, "rcu")) {
		rcu_read_lock();
		crash();
		rcu_read_unlock();
	} else if (bad_is(held, "mutex")) {
		mutex_lock(&mutex);
		crash();
		mutex_unlock(&mutex);
	} else if (bad_is(held, "reader")) {
		down_read(&semaphore);
		crash();
		up_read(&semaphore);
	} else if (bad_is(held, "writer")) {
		down_write(&semaphore);
		crash();
		up_write(&semaphore);
	} else if (bad_is(held, "downgraded")) {
		down_write(&semaphore);
		downgrade_write(&semaphore);
		crash();
		up_read(&semaphore);
	} else if (bad_is(held, "rtnl")) {
		rtnl_lock();
		crash();
		rtnl_unlock();
	} else if (bad_is(held, "pagefault")) {
		pagefault_disable();
		crash();
		pagefault_enable();
	} else if (bad_is(held, "fpu")) {
		kernel_fpu_begin();
		crash();
		kernel_fpu_end();
	} else {
		crash();
	}
}

static void crash_timer(struct timer_list *unused)
{
	crash_held();
}

static enum hrtimer_restart crash_hrtimer(struct hrtimer *unused)
{
	crash_held();
	return HRTIMER_NORESTART;
}

static int bad_do(const char *word)
{
	char copy[32], *rest = copy;
	const char *where;

	strscpy(copy, word, sizeof(copy));
	how = strsep(&rest, "-");
	where = strsep(&rest, "-");
	held = rest;
	if (!where || !held)
		return -EINVAL;
	if (bad_is(where, "task"))
		crash_held();
	else if (bad_is(where, "softirq"))
		bad_in_softirq(crash_timer);
	else if (bad_is(where, "hardirq"))
		bad_in_hardirq(crash_hrtimer);
	else
		return -EINVAL;
	return 0;
}

static void look_fpu(void *used)
{
	if (!irq_fpu_usable())
		WRITE_ONCE(*(bool *)used, true);
}

/* Others use both for a moment, too. */
static bool left_over(void)
{
	bool rtnl = true, fpu = true;
	int tries;

	for (tries = 0; (rtnl || fpu) && tries < 100; tries++) {
		if (rtnl && rtnl_trylock()) {
			rtnl_unlock();
			rtnl = false;
		}
		fpu = false;
		on_each_cpu(look_fpu, &fpu, 1);
		if (rtnl || fpu)
			msleep(2);
	}
	return rtnl || fpu;
}

static int bad_ok(void)
{
	unsigned long flags;

	if (bad_locked(&lock))
		return -EBUSY;
	spin_lock_irqsave(&lock, flags);
	spin_unlock_irqrestore(&lock, flags);
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	if (!down_write_trylock(&semaphore))
		return -EBUSY;
	up_write(&semaphore);
	if (left_over() || current->pagefault_disabled)
		return -EBUSY;
	return 0;
}

MODULE_DESCRIPTION("Test: crashes");
