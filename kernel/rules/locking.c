// SPDX-License-Identifier: GPL-2.0-only
/*
 * locking.c - spinlocks and reader-writer spinlocks.
 *
 * The wrappers keep the held-lock stack (held.h) and compare against it. They
 * are on the hottest path there is: one look at the stack of this CPU, nothing
 * shared.
 */
#include <linux/spinlock.h>
#include <asm/processor-flags.h>

#include "../held.h"
#include "rules.h"

static struct suture_rule rule_double = {
	.id = "LCK-DBL",
	.class = "locking",
	.contract = "A spinlock is not taken again by the context that holds it.",
	.source = "Documentation/locking/spinlocks.rst; Klever kernel:locking:spinlock; LDV 39",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "skip",
			.gives_up = "nothing: the exclusion is already held; the matching unlock is skipped, too",
		},
	},
};

static struct suture_rule rule_unbalanced = {
	.id = "LCK-UNBAL",
	.class = "locking",
	.contract = "Only a lock that is held is unlocked.",
	.source = "Documentation/locking/spinlocks.rst; Klever kernel:locking:spinlock; SDV SpinLockRelease",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "drop",
			.gives_up = "nothing: the lock was free; interrupts and bottom halves are left as they are",
		},
	},
};

static struct suture_rule *const rules[] = { &rule_double, &rule_unbalanced, NULL };

/* Taken already by this very context? Then it would wait for itself for ever. */
static noinline bool double_lock(void *lock, unsigned long site)
{
	struct suture_held_lock *slot = suture_held_find(lock);

	if (!slot || slot->kind == SUTURE_HELD_READ || rule_double.action == SUTURE_OFF)
		return false;
	if (rule_double.action < SUTURE_REPAIR) {
		suture_report(&rule_double, SUTURE_OBSERVE, SUTURE_NO_REPAIR, site,
			      "lock taken twice, first at %pS", (void *)slot->site);
		return false;
	}
	slot->extra++;
	suture_report(&rule_double, SUTURE_REPAIR, 0, site, "lock taken twice, first at %pS",
		      (void *)slot->site);
	return true;
}

static __always_inline bool taken(void *lock, unsigned long site, const char *api)
{
	suture_check_pointer(lock, site, api);
	return unlikely(raw_cpu_read(suture_held.depth)) && double_lock(lock, site);
}

/*
 * The lock is not the newest in the stack. Older: released out of order, or
 * taken twice. Unknown: taken before it was watched, or by the kernel, unless
 * nobody holds it.
 *
 * Return: true if the caller shall unlock it.
 */
static noinline bool unlock_slow(void *lock, bool locked, unsigned long site)
{
	struct suture_held_lock *slot = suture_held_find(lock);

	if (slot) {
		if (slot->extra) {
			slot->extra--;
			return false;
		}
		suture_held_remove(slot);
		return true;
	}
	if (locked || rule_unbalanced.action == SUTURE_OFF)
		return true;
	if (rule_unbalanced.action < SUTURE_REPAIR) {
		suture_report(&rule_unbalanced, SUTURE_OBSERVE, SUTURE_NO_REPAIR, site,
			      "unlock of a lock that nobody holds");
		return true;
	}
	suture_report(&rule_unbalanced, SUTURE_REPAIR, 0, site,
		      "unlock of a lock that nobody holds");
	return false;
}

#define LOCK(api, type, kind, how)						\
	SUTURE_DEFINE(void, api, type *lock)					\
	{									\
		if (taken(lock, SUTURE_SITE, #api))				\
			return;							\
		api(lock);							\
		suture_held_push(lock, kind, how, 0, SUTURE_SITE);		\
	}									\
	SUTURE_WRAPPER(api)

#define LOCK_IRQSAVE(api, type, kind)						\
	SUTURE_DEFINE(unsigned long, api, type *lock)				\
	{									\
		unsigned long flags;						\
										\
		if (taken(lock, SUTURE_SITE, #api)) {				\
			/* What a nested irqsave would have saved: off. */	\
			raw_local_save_flags(flags);				\
			return flags;						\
		}								\
		flags = api(lock);						\
		suture_held_push(lock, kind, SUTURE_HELD_IRQSAVE, flags, SUTURE_SITE); \
		return flags;							\
	}									\
	SUTURE_WRAPPER(api)

#define TRYLOCK(api, type, kind, how)						\
	SUTURE_DEFINE(int, api, type *lock)					\
	{									\
		int ret = api(lock);						\
										\
		if (ret)							\
			suture_held_push(lock, kind, how, 0, SUTURE_SITE);	\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api)

#define UNLOCK(api, type, locked)						\
	SUTURE_DEFINE(void, api, type *lock)					\
	{									\
		if (likely(suture_held_pop(lock)) ||				\
		    unlock_slow(lock, locked(lock), SUTURE_SITE))		\
			api(lock);						\
	}									\
	SUTURE_WRAPPER(api)

#define UNLOCK_IRQRESTORE(api, type, locked)					\
	SUTURE_DEFINE(void, api, type *lock, unsigned long flags)		\
	{									\
		if (likely(suture_held_pop(lock)) ||				\
		    unlock_slow(lock, locked(lock), SUTURE_SITE))		\
			api(lock, flags);					\
	}									\
	SUTURE_WRAPPER(api)

#define spin_held(lock)	arch_spin_is_locked(&(lock)->raw_lock)
#define rw_held(lock)	(atomic_read(&(lock)->raw_lock.cnts) != 0)

LOCK(_raw_spin_lock, raw_spinlock_t, SUTURE_HELD_SPIN, SUTURE_HELD_PLAIN);
LOCK(_raw_spin_lock_bh, raw_spinlock_t, SUTURE_HELD_SPIN, SUTURE_HELD_BH);
LOCK(_raw_spin_lock_irq, raw_spinlock_t, SUTURE_HELD_SPIN, SUTURE_HELD_IRQ);
LOCK_IRQSAVE(_raw_spin_lock_irqsave, raw_spinlock_t, SUTURE_HELD_SPIN);
TRYLOCK(_raw_spin_trylock, raw_spinlock_t, SUTURE_HELD_SPIN, SUTURE_HELD_PLAIN);
TRYLOCK(_raw_spin_trylock_bh, raw_spinlock_t, SUTURE_HELD_SPIN, SUTURE_HELD_BH);
UNLOCK(_raw_spin_unlock, raw_spinlock_t, spin_held);
UNLOCK(_raw_spin_unlock_bh, raw_spinlock_t, spin_held);
UNLOCK(_raw_spin_unlock_irq, raw_spinlock_t, spin_held);
UNLOCK_IRQRESTORE(_raw_spin_unlock_irqrestore, raw_spinlock_t, spin_held);

LOCK(_raw_read_lock, rwlock_t, SUTURE_HELD_READ, SUTURE_HELD_PLAIN);
LOCK(_raw_read_lock_bh, rwlock_t, SUTURE_HELD_READ, SUTURE_HELD_BH);
LOCK(_raw_read_lock_irq, rwlock_t, SUTURE_HELD_READ, SUTURE_HELD_IRQ);
LOCK_IRQSAVE(_raw_read_lock_irqsave, rwlock_t, SUTURE_HELD_READ);
UNLOCK(_raw_read_unlock, rwlock_t, rw_held);
UNLOCK(_raw_read_unlock_bh, rwlock_t, rw_held);
UNLOCK(_raw_read_unlock_irq, rwlock_t, rw_held);
UNLOCK_IRQRESTORE(_raw_read_unlock_irqrestore, rwlock_t, rw_held);

LOCK(_raw_write_lock, rwlock_t, SUTURE_HELD_WRITE, SUTURE_HELD_PLAIN);
LOCK(_raw_write_lock_bh, rwlock_t, SUTURE_HELD_WRITE, SUTURE_HELD_BH);
LOCK(_raw_write_lock_irq, rwlock_t, SUTURE_HELD_WRITE, SUTURE_HELD_IRQ);
LOCK_IRQSAVE(_raw_write_lock_irqsave, rwlock_t, SUTURE_HELD_WRITE);
UNLOCK(_raw_write_unlock, rwlock_t, rw_held);
UNLOCK(_raw_write_unlock_bh, rwlock_t, rw_held);
UNLOCK(_raw_write_unlock_irq, rwlock_t, rw_held);
UNLOCK_IRQRESTORE(_raw_write_unlock_irqrestore, rwlock_t, rw_held);

int suture_rules_locking_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_locking_stop(void)
{
	suture_rules_remove(rules);
}
