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
	.example = "spin_lock(&card->lock);\n"
		   "card_reset(card);\t/* takes card->lock itself, and waits for ever */\n"
		   "spin_unlock(&card->lock);\n",
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
	.example = "\tif (!card->ready)\n"
		   "\t\tgoto out;\n"
		   "\tspin_lock(&card->lock);\n"
		   "\tcard_start(card);\n"
		   "out:\n"
		   "\tspin_unlock(&card->lock);\t/* not locked if it was not ready */\n",
	.look = "A lock that some other context holds may be released by design and is let through.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "drop",
			.gives_up = "nothing: the lock was free; interrupts and bottom halves are left as they are",
		},
	},
};

static struct suture_rule rule_flags = {
	.id = "LCK-FLAGS",
	.class = "locking",
	.contract = "A lock is released in the way it was taken, with the flags that were saved when it was taken.",
	.source = "Documentation/locking/spinlocks.rst; LDV 116; coccinelle locks/flags; smatch check_bogus_irqrestore",
	.example = "spin_lock_irqsave(&card->lock, flags);\n"
		   "spin_unlock_irqrestore(&card->lock, card->flags);\t/* not those that were saved */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "recorded",
			.gives_up = "nothing: the lock is released in the way it was taken",
		},
	},
};

static struct suture_rule rule_irqs_on = {
	.id = "LCK-IRQON",
	.class = "locking",
	.contract = "spin_unlock_irq() does not switch interrupts on that the caller or an outer lock has switched off.",
	.source = "Documentation/locking/spinlocks.rst; LDV 116, 117",
	.example = "spin_lock_irqsave(&card->outer, flags);\n"
		   "spin_lock(&card->inner);\n"
		   "spin_unlock_irq(&card->inner);\t/* interrupts on, while outer is held */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "keep",
			.gives_up = "nothing: the lock is released and interrupts stay off, as with irqsave and irqrestore",
		},
	},
};

static struct suture_rule *const rules[] = {
	&rule_double, &rule_unbalanced, &rule_flags, &rule_irqs_on, NULL,
};

/* Taken already by this very context? Then it would wait for itself for ever. */
static noinline bool double_lock(void *lock, unsigned long site)
{
	struct suture_held_lock *slot = suture_held_find(lock);

	if (!slot || slot->kind == SUTURE_HELD_READ || rule_double.action == SUTURE_OFF)
		return false;
	if (!suture_may(&rule_double, 0, site)) {
		suture_report(&rule_double, SUTURE_OBSERVE, SUTURE_NO_REPAIR, site,
			      "lock taken twice, first at %pS", (void *)slot->site);
		return false;
	}
	slot->extra++;
	slot->lock = (void *)((unsigned long)slot->lock | SUTURE_HELD_TWICE);
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
			if (!--slot->extra)
				slot->lock = suture_held_which(slot);
			return false;
		}
		suture_held_remove(slot);
		return true;
	}
	if (locked || rule_unbalanced.action == SUTURE_OFF)
		return true;
	if (!suture_may(&rule_unbalanced, 0, site)) {
		suture_report(&rule_unbalanced, SUTURE_OBSERVE, SUTURE_NO_REPAIR, site,
			      "unlock of a lock that nobody holds");
		return true;
	}
	suture_report(&rule_unbalanced, SUTURE_REPAIR, 0, site,
		      "unlock of a lock that nobody holds");
	return false;
}

/*
 * The unlock does not fit the newest lock. Locks are often released for a moment and
 * taken again in another way (spin_unlock() and spin_lock() inside irqsave), or
 * released in another order, and in the end all is right. So only these are certain:
 *
 * - interrupts would come on that were off when the kernel called the driver, or that
 *   an outer lock, still held, has switched off;
 * - bottom halves would come on more often than this visit has switched them off;
 * - flags restored are those of no lock that is held, and would leave interrupts off
 *   that were on when the lock was taken.
 */
static bool irqs_off_outside(const struct suture_visit *v, const struct suture_held_lock *slot)
{
	struct suture_held *held = raw_cpu_ptr(&suture_held);
	const struct suture_held_lock *outer;

	if (!(v->flags & X86_EFLAGS_IF))
		return true;
	/* Perhaps an outer lock in another order. */
	if (slot->how == SUTURE_HELD_PLAIN)
		return false;
	for (outer = slot - 1; outer >= held->slot; outer--)
		if (outer->visit == v && outer->flags & X86_EFLAGS_IF &&
		    (outer->how == SUTURE_HELD_IRQ || outer->how == SUTURE_HELD_IRQSAVE))
			return true;
	return false;
}

/* Is there an irqsave lock, other than @slot, with such flags? */
static bool flags_of_other(const struct suture_held_lock *slot, unsigned long flags)
{
	struct suture_held *held = raw_cpu_ptr(&suture_held);
	u32 i = min_t(u32, READ_ONCE(held->depth), SUTURE_HELD_SLOTS);

	while (i--)
		if (&held->slot[i] != slot && held->slot[i].how == SUTURE_HELD_IRQSAVE &&
		    !((held->slot[i].flags ^ flags) & X86_EFLAGS_IF))
			return true;
	return false;
}

/* The newest lock of this CPU, if it is @lock and this visit has taken it. */
static struct suture_held_lock *newest(const void *lock, const struct suture_visit *v)
{
	struct suture_held *held = raw_cpu_ptr(&suture_held);
	struct suture_held_lock *slot;

	if (!held->depth || held->depth > SUTURE_HELD_SLOTS || !v)
		return NULL;
	slot = &held->slot[held->depth - 1];
	return slot->lock == lock && slot->visit == v ? slot : NULL;
}

/*
 * spin_unlock_irq() where interrupts were off when the lock was taken, or where it was
 * taken without them. Return: leave them off?
 */
static noinline bool irq_misfit(void *lock, unsigned long site)
{
	struct suture_visit *v = suture_visit_current();
	struct suture_held_lock *slot = newest(lock, v);

	if (!slot || rule_irqs_on.action == SUTURE_OFF || !irqs_off_outside(v, slot))
		return false;
	suture_report(&rule_irqs_on, SUTURE_DID(rule_irqs_on, 0), site,
		      "unlock_irq of a lock taken at %pS, with interrupts off before",
		      (void *)slot->site);
	return suture_may(&rule_irqs_on, 0, site);
}

/* spin_unlock_irqrestore() with other flags than were saved. Return: flags to restore. */
static noinline unsigned long flags_misfit(void *lock, unsigned long flags, unsigned long site)
{
	struct suture_visit *v = suture_visit_current();
	struct suture_held_lock *slot = newest(lock, v);
	bool on = flags & X86_EFLAGS_IF;

	if (!slot || slot->how != SUTURE_HELD_IRQSAVE || rule_flags.action == SUTURE_OFF)
		return flags;
	if (on ? !irqs_off_outside(v, slot) : flags_of_other(slot, flags))
		return flags;
	suture_report(&rule_flags, SUTURE_DID(rule_flags, 0), site,
		      "unlock_irqrestore with interrupts %s in the flags, %s when the lock was taken at %pS",
		      on ? "on" : "off", on ? "off" : "on", (void *)slot->site);
	return suture_may(&rule_flags, 0, site) ? slot->flags : flags;
}

/*
 * spin_unlock_bh() of a lock that was not taken with bottom halves off. Return: how to
 * release it, or -1: as the driver wants.
 */
static noinline int bh_misfit(void *lock, unsigned long *flags, unsigned long site)
{
	static const char *const names[] = { "lock", "lock_bh", "lock_irq", "lock_irqsave" };
	struct suture_visit *v = suture_visit_current();
	struct suture_held_lock *slot = newest(lock, v);

	if (!slot || slot->how == SUTURE_HELD_BH || rule_flags.action == SUTURE_OFF ||
	    (preempt_count() & SOFTIRQ_MASK) > (v->preempt & SOFTIRQ_MASK))
		return -1;
	suture_report(&rule_flags, SUTURE_DID(rule_flags, 0), site,
		      "unlock_bh after %s at %pS", names[slot->how], (void *)slot->site);
	if (!suture_may(&rule_flags, 0, site))
		return -1;
	*flags = slot->flags;
	return slot->how;
}

/* How and with which flags the newest lock was taken, if it is @lock. */
static __always_inline bool fits_irq(const void *lock)
{
	const struct suture_held *held = raw_cpu_ptr(&suture_held);
	u32 depth = held->depth;

	return depth && depth <= SUTURE_HELD_SLOTS && held->slot[depth - 1].lock == lock &&
	       held->slot[depth - 1].how == SUTURE_HELD_IRQ &&
	       held->slot[depth - 1].flags & X86_EFLAGS_IF;
}

static __always_inline bool fits_flags(const void *lock, unsigned long flags)
{
	const struct suture_held *held = raw_cpu_ptr(&suture_held);
	u32 depth = held->depth;

	return depth && depth <= SUTURE_HELD_SLOTS && held->slot[depth - 1].lock == lock &&
	       !((held->slot[depth - 1].flags ^ flags) & X86_EFLAGS_IF);
}

static __always_inline bool fits_bh(const void *lock)
{
	const struct suture_held *held = raw_cpu_ptr(&suture_held);
	u32 depth = held->depth;

	return depth && depth <= SUTURE_HELD_SLOTS && held->slot[depth - 1].lock == lock &&
	       held->slot[depth - 1].how == SUTURE_HELD_BH;
}

/*
 * Spinlocks are taken and given back in place, as the kernel's functions do it, from the
 * kernel's own headers. These have the call only where something is to be waited for or where
 * another lock is held: then a function of their own does all that is left, so that the way of
 * a lock that is free and alone neither saves a register nor calls anything.
 */

/* As arch_spin_lock() begins: most locks are free. */
static __always_inline bool spin_take(raw_spinlock_t *lock)
{
	int val = 0;

	return likely(atomic_try_cmpxchg_acquire(&lock->raw_lock.val, &val, _Q_LOCKED_VAL));
}

/* What stands before the lock itself. */
#define BEFORE_PLAIN(flags)	preempt_disable()
#define BEFORE_BH(flags)	__local_bh_disable_ip(_THIS_IP_, SOFTIRQ_LOCK_OFFSET)
#define BEFORE_IRQ(flags)	do {						\
	raw_local_irq_save(flags);						\
	preempt_disable();							\
} while (0)

/* @before has been done. Return: @flags. */
static noinline unsigned long spin_contended(raw_spinlock_t *lock, enum suture_held_how how,
					     unsigned long flags, unsigned long site)
{
	do_raw_spin_lock(lock);
	suture_held_push(lock, SUTURE_HELD_SPIN, how, flags, site);
	return flags;
}

/* Another lock is held, perhaps this one, or it cannot be a lock at all. */
static noinline unsigned long spin_nested(raw_spinlock_t *lock, enum suture_held_how how,
					  unsigned long site, const char *api)
{
	unsigned long flags;

	suture_check_pointer(lock, site, api);
	raw_local_save_flags(flags);
	/* What a nested irqsave would have saved: off. */
	if (double_lock(lock, site))
		return flags;
	switch (how) {
	case SUTURE_HELD_PLAIN:
		_raw_spin_lock(lock);
		break;
	case SUTURE_HELD_BH:
		_raw_spin_lock_bh(lock);
		break;
	case SUTURE_HELD_IRQ:
		_raw_spin_lock_irq(lock);
		break;
	case SUTURE_HELD_IRQSAVE:
		flags = _raw_spin_lock_irqsave(lock);
		break;
	}
	suture_held_push(lock, SUTURE_HELD_SPIN, how, flags, site);
	return flags;
}

#define SPIN_LOCK(type, api, how, before, result)				\
	SUTURE_DEFINE(type, api, raw_spinlock_t *lock)				\
	{									\
		unsigned long flags = 0;					\
										\
		if (unlikely(suture_pointer_bad(lock)) || !suture_held_none())	\
			return (type)spin_nested(lock, how, SUTURE_SITE, #api);	\
		before(flags);							\
		if (unlikely(!spin_take(lock)))					\
			return (type)spin_contended(lock, how, flags, SUTURE_SITE); \
		suture_held_first(lock, SUTURE_HELD_SPIN, how, flags, SUTURE_SITE); \
		result;								\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

#define LOCK(api, type, kind, how)						\
	SUTURE_DEFINE(void, api, type *lock)					\
	{									\
		if (taken(lock, SUTURE_SITE, #api))				\
			return;							\
		api(lock);							\
		suture_held_push(lock, kind, how, 0, SUTURE_SITE);		\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

/* The flags say whether interrupts were on before. */
#define LOCK_IRQ(api, type, kind)						\
	SUTURE_DEFINE(void, api, type *lock)					\
	{									\
		unsigned long flags;						\
										\
		if (taken(lock, SUTURE_SITE, #api))				\
			return;							\
		raw_local_save_flags(flags);					\
		api(lock);							\
		suture_held_push(lock, kind, SUTURE_HELD_IRQ, flags, SUTURE_SITE); \
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

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
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

static noinline int spin_try_nested(raw_spinlock_t *lock, unsigned long site)
{
	int ret;

	suture_check_pointer(lock, site, "_raw_spin_trylock");
	ret = _raw_spin_trylock(lock);

	if (ret)
		suture_held_push(lock, SUTURE_HELD_SPIN, SUTURE_HELD_PLAIN, 0, site);
	return ret;
}

SUTURE_DEFINE(int, _raw_spin_trylock, raw_spinlock_t *lock)
{
	if (unlikely(suture_pointer_bad(lock)) || !suture_held_none())
		return spin_try_nested(lock, SUTURE_SITE);
	preempt_disable();
	if (!do_raw_spin_trylock(lock)) {
		preempt_enable();
		return 0;
	}
	suture_held_first(lock, SUTURE_HELD_SPIN, SUTURE_HELD_PLAIN, 0, SUTURE_SITE);
	return 1;
}
SUTURE_WRAPPER(_raw_spin_trylock);
SUTURE_CHECKED(_raw_spin_trylock);

#define TRYLOCK(api, type, kind, how)						\
	SUTURE_DEFINE(int, api, type *lock)					\
	{									\
		int ret;							\
										\
		suture_check_pointer(lock, SUTURE_SITE, #api);			\
		ret = api(lock);						\
		if (ret)							\
			suture_held_push(lock, kind, how, 0, SUTURE_SITE);	\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

/* A lock that is not known may not even be one. */
#define UNLOCK_SLOW(lock, locked, api)						\
	({									\
		suture_check_pointer(lock, SUTURE_SITE, api);			\
		unlock_slow(lock, locked(lock), SUTURE_SITE);			\
	})

#define UNLOCK(api, type, locked)						\
	SUTURE_DEFINE(void, api, type *lock)					\
	{									\
		if (likely(suture_held_pop(lock)) ||				\
		    UNLOCK_SLOW(lock, locked, #api))		\
			api(lock);						\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

#define UNLOCK_BH(api, plain, irq, irqrestore, type, locked)			\
	SUTURE_DEFINE(void, api, type *lock)					\
	{									\
		unsigned long flags;						\
		int how = SUTURE_HELD_BH;					\
										\
		if (unlikely(!fits_bh(lock)))					\
			how = bh_misfit(lock, &flags, SUTURE_SITE);		\
		if (unlikely(!suture_held_pop(lock)) &&				\
		    !UNLOCK_SLOW(lock, locked, #api))		\
			return;							\
		switch (how) {							\
		case SUTURE_HELD_PLAIN:						\
			plain(lock);						\
			break;							\
		case SUTURE_HELD_IRQ:						\
			irq(lock);						\
			break;							\
		case SUTURE_HELD_IRQSAVE:					\
			irqrestore(lock, flags);				\
			break;							\
		default:							\
			api(lock);						\
		}								\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

#define UNLOCK_IRQ(api, plain, type, locked)					\
	SUTURE_DEFINE(void, api, type *lock)					\
	{									\
		bool keep = unlikely(!fits_irq(lock)) && irq_misfit(lock, SUTURE_SITE); \
										\
		if (unlikely(!suture_held_pop(lock)) &&				\
		    !UNLOCK_SLOW(lock, locked, #api))		\
			return;							\
		if (unlikely(keep))						\
			plain(lock);						\
		else								\
			api(lock);						\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

#define UNLOCK_IRQRESTORE(api, type, locked)					\
	SUTURE_DEFINE(void, api, type *lock, unsigned long flags)		\
	{									\
		if (unlikely(!fits_flags(lock, flags)))				\
			flags = flags_misfit(lock, flags, SUTURE_SITE);		\
		if (likely(suture_held_pop(lock)) ||				\
		    UNLOCK_SLOW(lock, locked, #api))		\
			api(lock, flags);					\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

#define spin_held(lock)	arch_spin_is_locked(&(lock)->raw_lock)

/* Nobody is known to hold it: it may not even be a lock. Return: shall it be unlocked? */
static bool unknown_unlock(raw_spinlock_t *lock, unsigned long site, const char *api)
{
	suture_check_pointer(lock, site, api);
	return unlock_slow(lock, spin_held(lock), site);
}

/* The ways of a spinlock that is not the only one held, or is given back as it was not taken. */
static noinline void spin_unlock_slow(raw_spinlock_t *lock, unsigned long site)
{
	if (likely(suture_held_pop(lock)) || unknown_unlock(lock, site, "_raw_spin_unlock"))
		_raw_spin_unlock(lock);
}

static noinline void spin_unlock_irq_slow(raw_spinlock_t *lock, unsigned long site)
{
	bool keep = unlikely(!fits_irq(lock)) && irq_misfit(lock, site);

	if (unlikely(!suture_held_pop(lock)) &&
	    !unknown_unlock(lock, site, "_raw_spin_unlock_irq"))
		return;
	if (unlikely(keep))
		_raw_spin_unlock(lock);
	else
		_raw_spin_unlock_irq(lock);
}

static noinline void spin_unlock_irqrestore_slow(raw_spinlock_t *lock, unsigned long flags,
						 unsigned long site)
{
	if (unlikely(!fits_flags(lock, flags)))
		flags = flags_misfit(lock, flags, site);
	if (likely(suture_held_pop(lock)) ||
	    unknown_unlock(lock, site, "_raw_spin_unlock_irqrestore"))
		_raw_spin_unlock_irqrestore(lock, flags);
}

SUTURE_DEFINE(void, _raw_spin_unlock, raw_spinlock_t *lock)
{
	if (!suture_held_only(lock)) {
		spin_unlock_slow(lock, SUTURE_SITE);
		return;
	}
	suture_held_last();
	do_raw_spin_unlock(lock);
	preempt_enable();
}
SUTURE_WRAPPER(_raw_spin_unlock);
SUTURE_CHECKED(_raw_spin_unlock);

SUTURE_DEFINE(void, _raw_spin_unlock_irq, raw_spinlock_t *lock)
{
	if (!suture_held_only(lock) || unlikely(!fits_irq(lock))) {
		spin_unlock_irq_slow(lock, SUTURE_SITE);
		return;
	}
	suture_held_last();
	do_raw_spin_unlock(lock);
	raw_local_irq_enable();
	preempt_enable();
}
SUTURE_WRAPPER(_raw_spin_unlock_irq);
SUTURE_CHECKED(_raw_spin_unlock_irq);

SUTURE_DEFINE(void, _raw_spin_unlock_irqrestore, raw_spinlock_t *lock, unsigned long flags)
{
	/* As fits_flags(), of the only one. */
	if (!suture_held_only(lock) ||
	    unlikely((raw_cpu_read(suture_held.slot[0].flags) ^ flags) & X86_EFLAGS_IF)) {
		spin_unlock_irqrestore_slow(lock, flags, SUTURE_SITE);
		return;
	}
	suture_held_last();
	do_raw_spin_unlock(lock);
	raw_local_irq_restore(flags);
	preempt_enable();
}
SUTURE_WRAPPER(_raw_spin_unlock_irqrestore);
SUTURE_CHECKED(_raw_spin_unlock_irqrestore);

#define rw_held(lock)	(atomic_read(&(lock)->raw_lock.cnts) != 0)

SPIN_LOCK(void, _raw_spin_lock, SUTURE_HELD_PLAIN, BEFORE_PLAIN, return);
SPIN_LOCK(void, _raw_spin_lock_bh, SUTURE_HELD_BH, BEFORE_BH, return);
SPIN_LOCK(void, _raw_spin_lock_irq, SUTURE_HELD_IRQ, BEFORE_IRQ, return);
SPIN_LOCK(unsigned long, _raw_spin_lock_irqsave, SUTURE_HELD_IRQSAVE, BEFORE_IRQ, return flags);
TRYLOCK(_raw_spin_trylock_bh, raw_spinlock_t, SUTURE_HELD_SPIN, SUTURE_HELD_BH);
UNLOCK_BH(_raw_spin_unlock_bh, _raw_spin_unlock, _raw_spin_unlock_irq,
	  _raw_spin_unlock_irqrestore, raw_spinlock_t, spin_held);

LOCK(_raw_read_lock, rwlock_t, SUTURE_HELD_READ, SUTURE_HELD_PLAIN);
LOCK(_raw_read_lock_bh, rwlock_t, SUTURE_HELD_READ, SUTURE_HELD_BH);
LOCK_IRQ(_raw_read_lock_irq, rwlock_t, SUTURE_HELD_READ);
LOCK_IRQSAVE(_raw_read_lock_irqsave, rwlock_t, SUTURE_HELD_READ);
UNLOCK(_raw_read_unlock, rwlock_t, rw_held);
UNLOCK_BH(_raw_read_unlock_bh, _raw_read_unlock, _raw_read_unlock_irq,
	  _raw_read_unlock_irqrestore, rwlock_t, rw_held);
UNLOCK_IRQ(_raw_read_unlock_irq, _raw_read_unlock, rwlock_t, rw_held);
UNLOCK_IRQRESTORE(_raw_read_unlock_irqrestore, rwlock_t, rw_held);

LOCK(_raw_write_lock, rwlock_t, SUTURE_HELD_WRITE, SUTURE_HELD_PLAIN);
LOCK(_raw_write_lock_bh, rwlock_t, SUTURE_HELD_WRITE, SUTURE_HELD_BH);
LOCK_IRQ(_raw_write_lock_irq, rwlock_t, SUTURE_HELD_WRITE);
LOCK_IRQSAVE(_raw_write_lock_irqsave, rwlock_t, SUTURE_HELD_WRITE);
UNLOCK(_raw_write_unlock, rwlock_t, rw_held);
UNLOCK_BH(_raw_write_unlock_bh, _raw_write_unlock, _raw_write_unlock_irq,
	  _raw_write_unlock_irqrestore, rwlock_t, rw_held);
UNLOCK_IRQ(_raw_write_unlock_irq, _raw_write_unlock, rwlock_t, rw_held);
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
