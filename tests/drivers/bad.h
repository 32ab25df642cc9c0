/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bad.h - what the bad drivers have in common.
 *
 * A bad driver is a device /dev/bad_NAME. A word written to it makes it do something:
 * "ok" uses everything as it should be used, any other word breaks a rule, each in one
 * way. The driver must be as good as new afterwards: "ok" takes the same locks and frees the
 * same kind of object, and refuses with EBUSY if anything is still held.
 *
 * Each driver defines bad_do() and bad_ok(). What breaks a rule stands in a noinline
 * function of its own, so that the call site in the event has a name that a test expects.
 */
#ifndef BAD_H
#define BAD_H

#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/irqflags.h>
#include <linux/jiffies.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/preempt.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/uaccess.h>

/* Do what @word says. Return: 0; -EINVAL for a word that is not known. */
static int bad_do(const char *word);
/* Correct use. Return: 0; -EBUSY if something is not as it should be. */
static int bad_ok(void);

static inline bool bad_is(const char *word, const char *which)
{
	return !strcmp(word, which);
}

/* Is this an ordinary task that holds nothing? */
static inline bool bad_calm(void)
{
	return !preempt_count() && !irqs_disabled() && !current->rcu_read_lock_nesting;
}

/* Does anybody hold @lock? */
static inline bool bad_locked(spinlock_t *lock)
{
	if (!spin_trylock(lock))
		return true;
	spin_unlock(lock);
	return false;
}

/* The same pointer, but the compiler does not know it any more. */
static inline void *bad_unknown(const void *pointer)
{
	OPTIMIZER_HIDE_VAR(pointer);
	return (void *)pointer;
}

static ssize_t bad_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	char word[32];
	int err;

	/* An injected crash strikes where the first argument is used. */
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (n >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, n))
		return -EFAULT;
	word[n] = '\0';
	strim(word);
	if (bad_is(word, "ok"))
		err = bad_calm() ? bad_ok() : -EBUSY;
	else
		err = bad_do(word);
	return err ? err : n;
}

static const struct file_operations bad_fops = {
	.owner = THIS_MODULE,
	.write = bad_write,
};

static struct miscdevice bad_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "bad_" KBUILD_MODNAME,
	.fops = &bad_fops,
};

/* Drivers with a bus of their own register the device from there: see edu.h. */
#ifndef BAD_PROBED
module_misc_device(bad_misc);
#endif
MODULE_LICENSE("GPL");

/* Time for a callback to come and go. */
#define BAD_MOMENT_MS 20

/* Let the kernel call @callback once, in a softirq. */
static inline void bad_in_softirq(void (*callback)(struct timer_list *))
{
	struct timer_list timer;

	timer_setup_on_stack(&timer, callback, 0);
	mod_timer(&timer, jiffies);
	msleep(BAD_MOMENT_MS);
	del_timer_sync(&timer);
	destroy_timer_on_stack(&timer);
}

/* Let the kernel call @callback once, in a hardirq. */
static inline void bad_in_hardirq(enum hrtimer_restart (*callback)(struct hrtimer *))
{
	struct hrtimer timer;

	hrtimer_init_on_stack(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = callback;
	hrtimer_start(&timer, ns_to_ktime(100 * NSEC_PER_USEC), HRTIMER_MODE_REL_HARD);
	msleep(BAD_MOMENT_MS);
	hrtimer_cancel(&timer);
	destroy_hrtimer_on_stack(&timer);
}

#endif /* BAD_H */
