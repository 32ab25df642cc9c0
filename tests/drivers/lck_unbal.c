// SPDX-License-Identifier: GPL-2.0-only
/*
 * lck_unbal.c - unlocks a spinlock that nobody holds.
 */
#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_RWLOCK(rwlock);

static noinline int unlock_plain(void)
{
	spin_unlock(&lock);
	return bad_calm() ? 0 : -EPROTO;
}

/* As after an error path that has unlocked already. */
static noinline int unlock_again(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	spin_unlock_irqrestore(&lock, flags);
	spin_unlock_irqrestore(&lock, flags);
	return bad_calm() ? 0 : -EPROTO;
}

static noinline int unlock_bh(void)
{
	spin_unlock_bh(&lock);
	return bad_calm() ? 0 : -EPROTO;
}

static noinline int unlock_irq(void)
{
	spin_unlock_irq(&lock);
	return bad_calm() ? 0 : -EPROTO;
}

static noinline int unlock_read(void)
{
	read_unlock(&rwlock);
	return bad_calm() ? 0 : -EPROTO;
}

static noinline int unlock_write(void)
{
	write_unlock(&rwlock);
	return bad_calm() ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "plain"))
		return unlock_plain();
	if (bad_is(word, "again"))
		return unlock_again();
	if (bad_is(word, "bh"))
		return unlock_bh();
	if (bad_is(word, "irq"))
		return unlock_irq();
	if (bad_is(word, "read"))
		return unlock_read();
	if (bad_is(word, "write"))
		return unlock_write();
	return -EINVAL;
}

static int bad_ok(void)
{
	if (bad_locked(&lock) || !write_trylock(&rwlock))
		return -EBUSY;
	write_unlock(&rwlock);
	spin_lock_bh(&lock);
	spin_unlock_bh(&lock);
	return 0;
}

MODULE_DESCRIPTION("Test: unlocks a spinlock that is not locked");
