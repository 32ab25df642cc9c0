/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * taken.h - what a visit holds and an abandoned one must give back: locks that sleep, NAPI
 * instances.
 *
 * They stay with the task, so they stand in the visit. The low bits of an address, which none of
 * them uses, say how it was taken.
 */
#ifndef SUTURE_TAKEN_H
#define SUTURE_TAKEN_H

#include "inject.h"
#include "visit.h"

enum suture_taken {
	SUTURE_TAKEN_MUTEX,
	SUTURE_TAKEN_READ,	/* struct rw_semaphore */
	SUTURE_TAKEN_WRITE,
	SUTURE_TAKEN_RTNL,	/* no address */
	SUTURE_TAKEN_NAPI,	/* napi_schedule_prep() said yes: nobody else may schedule it */
};

#define SUTURE_TAKEN_HOW 7UL

/**
 * suture_note_taken() - the current visit has taken something
 * @v:		the visit
 * @what:	what it is
 * @how:	how
 *
 * What finds no room is not given back when the visit is abandoned.
 *
 * Context: the visit's own.
 */
static inline void suture_note_taken(struct suture_visit *v, const void *what,
				     enum suture_taken how)
{
	if (v->ntaken < SUTURE_VISIT_TAKEN)
		v->taken[v->ntaken++] = (unsigned long)what | how;
}

/**
 * suture_take() - the current visit has taken a lock that sleeps
 * @lock:	the lock
 * @how:	how
 * @site:	call site
 *
 * Context: task, as the lock.
 */
static inline void suture_take(const void *lock, enum suture_taken how, unsigned long site)
{
	struct suture_visit *v = suture_visit_current();

	if (!v)
		return;
	suture_note_taken(v, lock, how);
	suture_inject_lock(v, site);
}

/**
 * suture_take_here() - the same, where the caller may block
 * @lock:	the lock
 * @how:	how
 * @site:	call site
 *
 * Such a caller is a task, so the head of the chain is its visit.
 *
 * Context: task, not atomic.
 */
static __always_inline void suture_take_here(const void *lock, enum suture_taken how,
					     unsigned long site)
{
	struct suture_visit *v = *suture_visit_head();

	if (unlikely(!v))
		return;
	if (likely(v->ntaken < SUTURE_VISIT_TAKEN))
		v->taken[v->ntaken++] = (unsigned long)lock | how;
	suture_inject_lock(v, site);
}

/**
 * suture_give() - a lock, or a NAPI instance, is about to be released
 * @lock:	which
 * @how:	how it was taken
 *
 * What a visit has locked, one inside it may unlock: a driver calls its own functions by
 * pointer, too.
 *
 * Context: as the release.
 */
static inline void suture_give(const void *lock, enum suture_taken how)
{
	unsigned long what = (unsigned long)lock | how;
	struct suture_visit *v;
	unsigned int i;

	for (v = suture_visit_current(); v; v = v->prev) {
		for (i = v->ntaken; i--;) {
			if (v->taken[i] != what)
				continue;
			v->ntaken--;
			for (; i < v->ntaken; i++)
				v->taken[i] = v->taken[i + 1];
			return;
		}
	}
}

/**
 * suture_give_here() - suture_give(), if it was the last that the current visit took
 * @lock:	the lock
 * @how:	how it was taken
 *
 * Context: task.
 * Return: false if it was not; nothing is changed.
 */
static __always_inline bool suture_give_here(const void *lock, enum suture_taken how)
{
	struct suture_visit *v = *suture_visit_head();
	u32 last;

	if (unlikely(!v))
		return false;
	last = v->ntaken - 1U;
	if (last >= SUTURE_VISIT_TAKEN || v->taken[last] != ((unsigned long)lock | how))
		return false;
	v->ntaken = last;
	return true;
}

/* unwind.c: release it, whatever it is. Context: the visit's. */
void suture_taken_release(unsigned long what);

#endif /* SUTURE_TAKEN_H */
