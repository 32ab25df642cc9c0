// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtx_atomic.c - takes locks that sleep while it must not, and gives back some that it
 * does not hold.
 */
#include <linux/mutex.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);
static DECLARE_RWSEM(rwsem);
static struct semaphore sem = __SEMAPHORE_INITIALIZER(sem, 1);

static noinline int lock_mutex(void)
{
	spin_lock_bh(&lock);
	mutex_lock(&mutex);
	/* The spinlock was not let go of. */
	if (!bad_locked(&lock) || !mutex_is_locked(&mutex))
		return -EPROTO;
	mutex_unlock(&mutex);
	spin_unlock_bh(&lock);
	return 0;
}

static noinline int lock_read(void)
{
	spin_lock(&lock);
	down_read(&rwsem);
	up_read(&rwsem);
	spin_unlock(&lock);
	return 0;
}

static noinline int lock_write(void)
{
	unsigned long flags;

	local_irq_save(flags);
	down_write(&rwsem);
	up_write(&rwsem);
	local_irq_restore(flags);
	return 0;
}

static noinline int lock_sem(void)
{
	preempt_disable();
	down(&sem);
	up(&sem);
	preempt_enable();
	return 0;
}

static noinline int release_read(void)
{
	up_read(&rwsem);
	return 0;
}

static noinline int release_write(void)
{
	up_write(&rwsem);
	return 0;
}

/* As a writer what is held by a reader. */
static noinline int release_wrong(void)
{
	down_read(&rwsem);
	up_write(&rwsem);
	up_read(&rwsem);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "mutex"))
		return lock_mutex();
	if (bad_is(word, "read"))
		return lock_read();
	if (bad_is(word, "write"))
		return lock_write();
	if (bad_is(word, "sem"))
		return lock_sem();
	if (bad_is(word, "release-read"))
		return release_read();
	if (bad_is(word, "release-write"))
		return release_write();
	if (bad_is(word, "release-wrong"))
		return release_wrong();
	return -EINVAL;
}

static int bad_ok(void)
{
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	if (!down_write_trylock(&rwsem))
		return -EBUSY;
	downgrade_write(&rwsem);
	up_read(&rwsem);
	down_write(&rwsem);
	up_write(&rwsem);
	if (down_trylock(&sem))
		return -EBUSY;
	up(&sem);
	return 0;
}

MODULE_DESCRIPTION("Test: sleeping locks in atomic context, and out of balance");
