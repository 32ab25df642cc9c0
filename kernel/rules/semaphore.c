// SPDX-License-Identifier: GPL-2.0-only
/*
 * semaphore.c - locks that sleep: semaphores for readers and writers, counting ones;
 * and what is done where a mutex or one of them is taken in atomic context.
 */
#include <linux/hardirq.h>
#include <linux/rwsem.h>
#include <linux/semaphore.h>

#include <suture/block.h>
#include "../taken.h"
#include "rules.h"

static struct suture_rule rule_atomic = {
	.id = "MTX-ATOMIC",
	.class = "locking",
	.contract = "Mutexes and semaphores are not taken with interrupts, preemption or bottom halves off.",
	.source = "Documentation/locking/mutex-design.rst; smatch check_sleep_info",
	.example = "spin_lock(&x->lock);\n"
		   "mutex_lock(&x->mutex);\t/* wrong */\n",
	.look = "In an interrupt the lock is not tried: what was interrupted may be in the midst of an unlock. If it is held, the rule about the section decides.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "trylock", "nothing: the lock was free, so there was nothing to wait for" },
	},
};

static struct suture_rule rule_balance = {
	.id = "RWS-BAL",
	.class = "locking",
	.contract = "A semaphore for readers and writers is released only while it is held, and as it is held.",
	.source = "include/linux/rwsem.h; kernel/locking/rwsem.c; LDV 143",
	.example = "down_read(&x->sem);\n"
		   "up_write(&x->sem);\t/* wrong: up_read() */\n",
	.look = "Another task may release what one has taken, so the owner is not asked.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: nobody holds it so" },
	},
};

static struct suture_rule *const rules[] = { &rule_atomic, &rule_balance, NULL };

/**
 * suture_may_try() - may a lock be tried that must not be waited for here?
 * @site:	call site
 *
 * A task that has switched preemption off, or interrupts, may. An interrupt may not: what it
 * interrupted may be in the midst of an unlock.
 *
 * Context: one that must not block.
 */
bool suture_may_try(unsigned long site)
{
	return suture_atomic() && !in_hardirq() && !in_serving_softirq() &&
	       suture_may(&rule_atomic, 0, site);
}

/* suture_tried() - and it was free. Context: as suture_may_try(). */
void suture_tried(unsigned long site, const char *api)
{
	suture_report(&rule_atomic, SUTURE_REPAIR, 0, site, "%s called in atomic context", api);
}

SUTURE_DEFINE(void, down_read, struct rw_semaphore *sem)
{
	suture_check_pointer(sem, SUTURE_SITE, "down_read");
	SUTURE_TRY_OR_BLOCK("down_read", down_read_trylock(sem), down_read(sem), (void)0);
	suture_take(sem, SUTURE_TAKEN_READ, SUTURE_SITE);
}
SUTURE_WRAPPER(down_read);

SUTURE_DEFINE(void, down_write, struct rw_semaphore *sem)
{
	suture_check_pointer(sem, SUTURE_SITE, "down_write");
	SUTURE_TRY_OR_BLOCK("down_write", down_write_trylock(sem), down_write(sem), (void)0);
	suture_take(sem, SUTURE_TAKEN_WRITE, SUTURE_SITE);
}
SUTURE_WRAPPER(down_write);

/* Those that may be interrupted. */
#define DOWN(api, try, how)							\
	SUTURE_DEFINE(int, api, struct rw_semaphore *sem)			\
	{									\
		int ret;							\
										\
		suture_check_pointer(sem, SUTURE_SITE, #api);			\
		SUTURE_TRY_OR_BLOCK(#api, try(sem), ret = api(sem), ret = 0);	\
		if (!ret)							\
			suture_take(sem, how, SUTURE_SITE);			\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api)

DOWN(down_read_interruptible, down_read_trylock, SUTURE_TAKEN_READ);
DOWN(down_read_killable, down_read_trylock, SUTURE_TAKEN_READ);
DOWN(down_write_killable, down_write_trylock, SUTURE_TAKEN_WRITE);

#define DOWN_TRY(api, how)							\
	SUTURE_DEFINE(int, api, struct rw_semaphore *sem)			\
	{									\
		int ret;							\
										\
		suture_check_pointer(sem, SUTURE_SITE, #api);			\
		ret = api(sem);							\
		if (ret)							\
			suture_take(sem, how, SUTURE_SITE);			\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api)

DOWN_TRY(down_read_trylock, SUTURE_TAKEN_READ);
DOWN_TRY(down_write_trylock, SUTURE_TAKEN_WRITE);

SUTURE_DEFINE(void, downgrade_write, struct rw_semaphore *sem)
{
	suture_check_pointer(sem, SUTURE_SITE, "downgrade_write");
	suture_give(sem, SUTURE_TAKEN_WRITE);
	downgrade_write(sem);
	suture_take(sem, SUTURE_TAKEN_READ, SUTURE_SITE);
}
SUTURE_WRAPPER(downgrade_write);

SUTURE_DEFINE(void, down, struct semaphore *sem)
{
	suture_check_pointer(sem, SUTURE_SITE, "down");
	SUTURE_TRY_OR_BLOCK("down", !down_trylock(sem), down(sem), (void)0);
}
SUTURE_WRAPPER(down);

SUTURE_DEFINE(int, down_interruptible, struct semaphore *sem)
{
	int ret;

	suture_check_pointer(sem, SUTURE_SITE, "down_interruptible");
	SUTURE_TRY_OR_BLOCK("down_interruptible", !down_trylock(sem),
			    ret = down_interruptible(sem), ret = 0);
	return ret;
}
SUTURE_WRAPPER(down_interruptible);

#ifndef CONFIG_PREEMPT_RT
/*
 * The count, as in kernel/locking/rwsem.c: a writer in bit 0, readers from bit 8 on. One
 * that only tries may raise the readers for a moment, never lower them.
 */
#define COUNT_WRITER	1UL
#define COUNT_READERS	(~0xffUL >> 1 & ~0xffUL)

static noinline bool release_wrong(unsigned long site, const char *api, const char *what)
{
	if (rule_balance.action == SUTURE_OFF)
		return false;
	suture_report(&rule_balance, SUTURE_DID(rule_balance, 0), site,
		      "%s of a semaphore that no %s holds", api, what);
	return suture_may(&rule_balance, 0, site);
}

#define RELEASE(api, bits, how, what)						\
	SUTURE_DEFINE(void, api, struct rw_semaphore *sem)			\
	{									\
		suture_check_pointer(sem, SUTURE_SITE, #api);			\
		if (unlikely(!(atomic_long_read(&sem->count) & (bits))) &&	\
		    release_wrong(SUTURE_SITE, #api, what))			\
			return;							\
		suture_give(sem, how);						\
		api(sem);							\
	}									\
	SUTURE_WRAPPER(api)

RELEASE(up_read, COUNT_READERS, SUTURE_TAKEN_READ, "reader");
RELEASE(up_write, COUNT_WRITER, SUTURE_TAKEN_WRITE, "writer");
#endif

int suture_rules_semaphore_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_semaphore_stop(void)
{
	suture_rules_remove(rules);
}
