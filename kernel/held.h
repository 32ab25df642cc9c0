/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * held.h - the spinning locks that guarded code holds on this CPU.
 *
 * A CPU that holds a spinlock does not migrate, so a small stack for each CPU
 * is enough. An interrupt may push and pop its own locks at any point: a push
 * raises the depth before it fills the slot, a pop clears the slot before it
 * lowers the depth, so an interrupt sees a slot that is empty or true.
 *
 * Most locks are taken while no other is held. For those the place is known beforehand:
 * suture_held_first() and suture_held_last() address it as a per-CPU variable.
 */
#ifndef SUTURE_HELD_H
#define SUTURE_HELD_H

#include <linux/percpu.h>
#include <linux/types.h>

#include "inject.h"
#include "visit.h"

enum suture_held_kind {
	SUTURE_HELD_SPIN,
	SUTURE_HELD_READ,
	SUTURE_HELD_WRITE,
};

/* How the lock was taken, so that it can be given back the same way. */
enum suture_held_how {
	SUTURE_HELD_PLAIN,
	SUTURE_HELD_BH,
	SUTURE_HELD_IRQ,
	SUTURE_HELD_IRQSAVE,
};

#define SUTURE_HELD_SLOTS 16

/**
 * struct suture_held_lock - one lock held
 * @lock:	raw_spinlock_t or rwlock_t; NULL while the slot is being changed. With
 *		SUTURE_HELD_TWICE it equals no lock: its next release is not quick
 * @site:	where the driver took it
 * @visit:	visit that took it; NULL if there was none
 * @flags:	saved flags of an irqsave lock
 * @kind:	enum suture_held_kind
 * @how:	enum suture_held_how
 * @extra:	repeated acquisitions that were skipped
 * @way:	these three as one word
 */
struct suture_held_lock {
	void *lock;
	unsigned long site;
	struct suture_visit *visit;
	unsigned long flags;
	union {
		struct {
			u8 kind;
			u8 how;
			u16 extra;
		};
		u32 way;
	};
};

#define SUTURE_HELD_TWICE	1UL
#define SUTURE_HELD_WAY(kind, how)	((u32)(kind) | (u32)(how) << 8)

/**
 * struct suture_held - locks held on one CPU
 * @depth:	slots in use
 * @lost:	locks that found no slot
 * @slot:	the locks, oldest first
 */
struct suture_held {
	u32 depth;
	u32 lost;
	struct suture_held_lock slot[SUTURE_HELD_SLOTS];
};

DECLARE_PER_CPU(struct suture_held, suture_held);

/**
 * suture_held_push() - note a lock just taken
 * @lock:	the lock
 * @kind:	what it is
 * @how:	how it was taken
 * @flags:	saved flags of irqsave
 * @site:	where
 *
 * Context: any, preemption off (by the lock itself).
 */
static __always_inline void suture_held_push(void *lock, enum suture_held_kind kind,
					     enum suture_held_how how, unsigned long flags,
					     unsigned long site)
{
	struct suture_held *held = this_cpu_ptr(&suture_held);
	struct suture_held_lock *slot;
	u32 depth = held->depth;

	if (unlikely(depth >= SUTURE_HELD_SLOTS)) {
		held->lost++;
		return;
	}
	slot = &held->slot[depth];
	WRITE_ONCE(held->depth, depth + 1);
	barrier();
	slot->site = site;
	slot->visit = *suture_visit_head();
	slot->flags = flags;
	slot->way = SUTURE_HELD_WAY(kind, how);
	barrier();
	WRITE_ONCE(slot->lock, lock);
	suture_inject_lock(slot->visit, site);
}

/*
 * suture_cpu_is() - has a per-CPU variable this value?
 *
 * raw_cpu_read() loads it into a register first, unless the compiler knows such variables; then
 * @op, the comparison, is the compiler's choice.
 */
#ifdef CONFIG_USE_X86_SEG_SUPPORT
#define suture_cpu_is(op, var, value)	(raw_cpu_read(var) == (value))
#else
#define suture_cpu_is(op, var, value) ({					\
	bool is_;								\
										\
	asm volatile(op " %2, " __percpu_arg(1) : "=@ccz" (is_) : "m" (var), "re" (value)); \
	is_;									\
})
#endif

/* Is no lock held that was taken by guarded code of this CPU? Context: any. */
static __always_inline bool suture_held_none(void)
{
	return likely(suture_cpu_is("cmpl", suture_held.depth, 0));
}

/**
 * suture_held_first() - suture_held_push(), where suture_held_none() was true before the lock
 * @lock:	the lock
 * @kind:	what it is
 * @how:	how it was taken
 * @flags:	saved flags; kept of locks that switch interrupts off
 * @site:	where
 *
 * A task that has moved to another CPU since had no lock there either, as it could be
 * preempted; an interrupt has given back what it took.
 *
 * Context: any, preemption off (by the lock itself).
 */
static __always_inline void suture_held_first(void *lock, enum suture_held_kind kind,
					      enum suture_held_how how, unsigned long flags,
					      unsigned long site)
{
	struct suture_visit *visit = *suture_visit_head();

	raw_cpu_write(suture_held.depth, 1);
	barrier();
	raw_cpu_write(suture_held.slot[0].site, site);
	raw_cpu_write(suture_held.slot[0].visit, visit);
	if (how == SUTURE_HELD_IRQ || how == SUTURE_HELD_IRQSAVE)
		raw_cpu_write(suture_held.slot[0].flags, flags);
	raw_cpu_write(suture_held.slot[0].way, SUTURE_HELD_WAY(kind, how));
	barrier();
	raw_cpu_write(suture_held.slot[0].lock, lock);
	suture_inject_lock(visit, site);
}

/* Is @lock the only one held? Context: any. */
static __always_inline bool suture_held_only(const void *lock)
{
	return likely(suture_cpu_is("cmpl", suture_held.depth, 1)) &&
	       likely(suture_cpu_is("cmpq", suture_held.slot[0].lock, lock));
}

/* suture_held_pop(), where suture_held_only() is true. Context: any, preemption off. */
static __always_inline void suture_held_last(void)
{
	raw_cpu_write(suture_held.slot[0].lock, NULL);
	barrier();
	raw_cpu_write(suture_held.depth, 0);
	barrier();
}

/* Which lock is it? */
static inline void *suture_held_which(const struct suture_held_lock *slot)
{
	return (void *)((unsigned long)READ_ONCE(slot->lock) & ~SUTURE_HELD_TWICE);
}

struct suture_held_lock *suture_held_find(const void *lock);
void suture_held_remove(struct suture_held_lock *slot);
void suture_held_release(struct suture_held_lock *slot);
void suture_held_retake(struct suture_held_lock *slot);
unsigned int suture_held_by(const struct suture_visit *visit,
			    struct suture_held_lock **first);

void suture_held_hand_over(const struct suture_visit *from, struct suture_visit *to);

/**
 * suture_held_pop() - forget a lock about to be given back
 * @lock:	the lock
 *
 * Context: any, preemption off.
 * Return: false if the caller must not give it back yet or ever: see
 * suture_held_find(). The common case, the newest lock, is found at once.
 */
static __always_inline bool suture_held_pop(const void *lock)
{
	struct suture_held *held = this_cpu_ptr(&suture_held);
	u32 depth = held->depth;

	if (likely(depth)) {
		struct suture_held_lock *slot = &held->slot[depth - 1];

		if (likely(slot->lock == lock)) {
			WRITE_ONCE(slot->lock, NULL);
			barrier();
			WRITE_ONCE(held->depth, depth - 1);
			return true;
		}
	}
	return false;
}

#endif /* SUTURE_HELD_H */
