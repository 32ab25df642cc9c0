// SPDX-License-Identifier: GPL-2.0-only
/*
 * lck_dbl.c - takes a spinlock that it holds already.
 */
#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(inner);
static DEFINE_RWLOCK(rwlock);

static noinline int double_plain(void)
{
	spin_lock(&lock);
	spin_lock(&lock);
	spin_unlock(&lock);
	/* The outer section goes on. */
	if (!bad_locked(&lock) || preempt_count() != 1)
		return -EPROTO;
	spin_unlock(&lock);
	return 0;
}

static noinline int double_irqsave(void)
{
	unsigned long outer, again;

	spin_lock_irqsave(&lock, outer);
	spin_lock_irqsave(&lock, again);
	spin_unlock_irqrestore(&lock, again);
	if (!bad_locked(&lock) || !irqs_disabled())
		return -EPROTO;
	spin_unlock_irqrestore(&lock, outer);
	return 0;
}

/* With another lock in between. */
static noinline int double_deep(void)
{
	spin_lock(&lock);
	spin_lock(&inner);
	spin_lock(&lock);
	spin_unlock(&lock);
	spin_unlock(&inner);
	if (!bad_locked(&lock))
		return -EPROTO;
	spin_unlock(&lock);
	return 0;
}

static noinline int double_write(void)
{
	write_lock_bh(&rwlock);
	write_lock_bh(&rwlock);
	write_unlock_bh(&rwlock);
	if (write_trylock(&rwlock))
		return -EPROTO;
	write_unlock_bh(&rwlock);
	return 0;
}

static noinline void double_twice(void)
{
	spin_lock(&lock);
	spin_lock(&lock);
}

/* The second time in another function, three times in all. */
static noinline int double_callee(void)
{
	spin_lock(&lock);
	double_twice();
	spin_unlock(&lock);
	spin_unlock(&lock);
	if (!bad_locked(&lock))
		return -EPROTO;
	spin_unlock(&lock);
	return 0;
}

/* For who waits without guard: one of the two is given back from here. */
static noinline int rescue(void)
{
	preempt_disable();
	spin_unlock(&lock);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "plain"))
		return double_plain();
	if (bad_is(word, "irqsave"))
		return double_irqsave();
	if (bad_is(word, "deep"))
		return double_deep();
	if (bad_is(word, "write"))
		return double_write();
	if (bad_is(word, "callee"))
		return double_callee();
	if (bad_is(word, "rescue"))
		return rescue();
	return -EINVAL;
}

static int bad_ok(void)
{
	if (bad_locked(&lock) || bad_locked(&inner) || !write_trylock(&rwlock))
		return -EBUSY;
	write_unlock(&rwlock);
	/* Readers may nest. */
	read_lock(&rwlock);
	read_lock(&rwlock);
	read_unlock(&rwlock);
	read_unlock(&rwlock);
	spin_lock(&lock);
	spin_lock_nested(&inner, SINGLE_DEPTH_NESTING);
	/* Not in the order in which they were taken. */
	spin_unlock(&lock);
	spin_unlock(&inner);
	return 0;
}

MODULE_DESCRIPTION("Test: takes a spinlock twice");
