// SPDX-License-Identifier: GPL-2.0-only
/*
 * held.c - the slow ways through the held-lock stack: search, out-of-order
 * release, and giving back what a visit still holds.
 */
#include <linux/spinlock.h>

#include "held.h"

DEFINE_PER_CPU(struct suture_held, suture_held);

/**
 * suture_held_find() - is a lock held on this CPU?
 * @lock:	the lock
 *
 * Context: any. A CPU that holds a lock cannot migrate; one that does not gets
 * NULL wherever it looks.
 * Return: its slot, or NULL.
 */
struct suture_held_lock *suture_held_find(const void *lock)
{
	struct suture_held *held = raw_cpu_ptr(&suture_held);
	u32 i = min_t(u32, READ_ONCE(held->depth), SUTURE_HELD_SLOTS);

	while (i--)
		if (suture_held_which(&held->slot[i]) == lock)
			return &held->slot[i];
	return NULL;
}
EXPORT_SYMBOL_GPL(suture_held_find);

/**
 * suture_held_remove() - take a slot out of the stack, wherever it stands
 * @slot:	a slot of this CPU
 *
 * Context: any, preemption off.
 */
void suture_held_remove(struct suture_held_lock *slot)
{
	struct suture_held *held = this_cpu_ptr(&suture_held);
	unsigned long flags;
	u32 top;

	/* Slots move: no interrupt may look meanwhile. */
	raw_local_irq_save(flags);
	top = held->depth - 1;
	for (; slot < &held->slot[top]; slot++)
		*slot = slot[1];
	slot->lock = NULL;
	held->depth = top;
	raw_local_irq_restore(flags);
}

/**
 * suture_held_release() - give a lock back without touching the interrupt flag
 * @slot:	a slot of this CPU; stays in the stack
 *
 * Context: any, preemption off.
 */
void suture_held_release(struct suture_held_lock *slot)
{
	switch (slot->kind) {
	case SUTURE_HELD_SPIN:
		_raw_spin_unlock(suture_held_which(slot));
		break;
	case SUTURE_HELD_READ:
		_raw_read_unlock(suture_held_which(slot));
		break;
	case SUTURE_HELD_WRITE:
		_raw_write_unlock(suture_held_which(slot));
		break;
	}
	/* A _bh lock raised the count of softirqs; the caller evens that out. */
}

/**
 * suture_held_retake() - take a lock again that suture_held_release() gave back
 * @slot:	its slot
 *
 * Context: as when it was first taken.
 */
void suture_held_retake(struct suture_held_lock *slot)
{
	switch (slot->kind) {
	case SUTURE_HELD_SPIN:
		_raw_spin_lock(suture_held_which(slot));
		break;
	case SUTURE_HELD_READ:
		_raw_read_lock(suture_held_which(slot));
		break;
	case SUTURE_HELD_WRITE:
		_raw_write_lock(suture_held_which(slot));
		break;
	}
}

/**
 * suture_held_by() - locks that a visit has taken and still holds
 * @visit:	the visit, running on this CPU
 * @first:	gets the newest of them; may be NULL
 *
 * Context: any.
 * Return: how many there are.
 */
unsigned int suture_held_by(const struct suture_visit *visit,
			    struct suture_held_lock **first)
{
	struct suture_held *held = raw_cpu_ptr(&suture_held);
	u32 i = min_t(u32, READ_ONCE(held->depth), SUTURE_HELD_SLOTS);
	unsigned int n = 0;

	while (i--) {
		if (!held->slot[i].lock || held->slot[i].visit != visit)
			continue;
		if (!n++ && first)
			*first = &held->slot[i];
	}
	return n;
}
EXPORT_SYMBOL_GPL(suture_held_by);

/**
 * suture_held_hand_over() - a visit ends with locks held that are not to be released
 * @from:	the visit
 * @to:		who holds them from now on; NULL: nobody who owes their release
 *
 * Context: any, preemption off.
 */
void suture_held_hand_over(const struct suture_visit *from, struct suture_visit *to)
{
	struct suture_held *held = raw_cpu_ptr(&suture_held);
	u32 i = min_t(u32, READ_ONCE(held->depth), SUTURE_HELD_SLOTS);

	while (i--)
		if (held->slot[i].visit == from)
			held->slot[i].visit = to;
}
