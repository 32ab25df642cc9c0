// SPDX-License-Identifier: GPL-2.0-only
/*
 * taken.c - what tasks have taken in a driver and must give back: sections of
 * drm_dev_enter(), ww_mutexes.
 *
 * A table hashed by task. A task finds what it has taken itself within a few slots;
 * nobody else touches those, so only claiming one is atomic. If there is ever no free
 * slot, nothing is said any more of what was given back without having been taken.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/hash.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>

#include "../../domain.h"
#include "../../group.h"
#include "rules.h"

#define TAKEN_BITS	10
#define TAKEN_SLOTS	BIT(TAKEN_BITS)
/* A task's slots are the first of these that are free. */
#define TAKEN_WINDOW	16

static struct suture_drm_slot table[TAKEN_SLOTS];
static bool lost;

static u32 level_now(void)
{
	return preempt_count() & SUTURE_LEVEL_MASK;
}

static struct suture_drm_slot *slot_at(unsigned int i)
{
	return &table[(hash_ptr(current, TAKEN_BITS) + i) % TAKEN_SLOTS];
}

static bool is_mine(const struct suture_drm_slot *slot)
{
	return READ_ONCE(slot->task) == current && slot->level == level_now();
}

/*
 * What visits took whose frames were once where this one's is now, and who never came
 * through leave(): no longer theirs. A section may still be closed by its task.
 */
static void disown(const struct suture_visit *visit)
{
	unsigned int i;

	for (i = 0; i < TAKEN_WINDOW; i++) {
		struct suture_drm_slot *slot = slot_at(i);

		if (!is_mine(slot) || slot->visit != visit)
			continue;
		slot->visit = NULL;
		if (slot->what != SUTURE_DRM_SECTION)
			suture_drm_give(slot);
	}
}

/**
 * suture_drm_take() - note what the running task has just taken
 * @what:	kind
 * @key:	which
 * @info:	of the kind's own
 * @site:	call site
 *
 * Context: any but NMI.
 * Return: false if there is no room for it.
 */
bool suture_drm_take(enum suture_drm_taken what, unsigned long key, unsigned long info,
		     unsigned long site)
{
	struct suture_visit *visit = suture_visit_current();
	unsigned int i;

	/* The first thing that this visit takes? The mark also sends its return to leave(). */
	if (visit && !(visit->state & SUTURE_STATE_ASKED)) {
		disown(visit);
		visit->state |= SUTURE_STATE_ASKED;
	}
	for (i = 0; i < TAKEN_WINDOW; i++) {
		struct suture_drm_slot *slot = slot_at(i);

		if (READ_ONCE(slot->task) || cmpxchg(&slot->task, NULL, current))
			continue;
		slot->visit = visit;
		slot->what = what;
		slot->key = key;
		slot->info = info;
		slot->site = site;
		slot->level = level_now();
		return true;
	}
	WRITE_ONCE(lost, true);
	return false;
}

/**
 * suture_drm_taken() - find what the running task has taken
 * @what:	kind
 * @key:	which
 *
 * Context: any but NMI.
 * Return: its slot, the current visit's last if there are several; NULL if there is none.
 */
struct suture_drm_slot *suture_drm_taken(enum suture_drm_taken what, unsigned long key)
{
	const struct suture_visit *visit = suture_visit_current();
	struct suture_drm_slot *found = NULL;
	unsigned int i;

	for (i = 0; i < TAKEN_WINDOW; i++) {
		struct suture_drm_slot *slot = slot_at(i);

		if (!is_mine(slot) || slot->what != what || slot->key != key)
			continue;
		if (!found || slot->visit == visit)
			found = slot;
	}
	return found;
}

/**
 * suture_drm_taken_elsewhere() - the same for what another task or context has taken
 * @what:	kind
 * @key:	which
 *
 * Context: any but NMI.
 * Return: a slot, which may be its owner's no more, or NULL.
 */
struct suture_drm_slot *suture_drm_taken_elsewhere(enum suture_drm_taken what,
						   unsigned long key)
{
	unsigned int i;

	for (i = 0; i < TAKEN_SLOTS; i++)
		if (READ_ONCE(table[i].task) && table[i].what == what && table[i].key == key)
			return &table[i];
	return NULL;
}

/* suture_drm_give() - it has been given back. Context: any but NMI. */
void suture_drm_give(struct suture_drm_slot *slot)
{
	/* Whoever claims the slot next finds nothing of this in it. */
	smp_store_release(&slot->task, NULL);
}

/* suture_drm_unsure() - is there anything that found no room? Context: any. */
bool suture_drm_unsure(void)
{
	return READ_ONCE(lost);
}

/*
 * Only of a task that leaves the driver for good it is certain that nobody unlocks a
 * ww_mutex for it.
 */
static void left(struct suture_visit *visit, bool said, bool locks)
{
	const char *entry = suture_entry_name(visit->entry);
	unsigned int i;

	for (i = 0; i < TAKEN_WINDOW; i++) {
		struct suture_drm_slot *slot = slot_at(i);

		if (!is_mine(slot) || slot->visit != visit)
			continue;
		if (slot->what == SUTURE_DRM_SECTION)
			suture_drm_section_left(slot, entry, said);
		else if (slot->what == SUTURE_DRM_WW && locks)
			suture_drm_ww_left(slot, entry, said);
		else
			suture_drm_give(slot);
	}
}

/**
 * suture_drm_leave() - a visit that has taken something returns
 * @visit:	the visit
 * @ret:	what it returns
 *
 * Context: that of the entry.
 * Return: @ret.
 */
long suture_drm_leave(struct suture_visit *visit, long ret)
{
	left(visit, true, suture_role_of(visit->entry)->flags & SUTURE_ROLE_TERMINAL);
	return ret;
}

/**
 * suture_drm_abandon() - a visit is abandoned: give back what it has taken
 * @visit:	the visit
 * @failed:	its failure value
 *
 * Context: that of the entry.
 * Return: @failed.
 */
long suture_drm_abandon(struct suture_visit *visit, long failed)
{
	left(visit, false, true);
	return failed;
}

/**
 * suture_drm_again() - may a program be told to make its call again?
 * @visit:	the abandoned visit, in which the driver did what the program had asked for
 *
 * An ioctl that returns -EAGAIN is made again by every program (Documentation/gpu/drm-uapi.rst),
 * so that the crash goes unnoticed: next time the driver has been put right. But a call that
 * crashes each time must come to an end, and so must one that is refused.
 *
 * Context: that of the entry.
 */
bool suture_drm_again(const struct suture_visit *visit)
{
	static DEFINE_RATELIMIT_STATE(again, 60 * HZ, 2 * SUTURE_RESTARTS_KEPT);

	if (!visit->rule || suture_visit_action(visit) < SUTURE_CYCLE || !in_task() ||
	    current->flags & (PF_KTHREAD | PF_EXITING))
		return false;
	ratelimit_set_flags(&again, RATELIMIT_MSG_ON_RELEASE);
	return __ratelimit(&again);
}

/**
 * suture_drm_abandon_call() - suture_drm_abandon() for what a program has called
 * @visit:	the visit
 * @failed:	its failure value
 *
 * Context: that of the entry.
 * Return: -EAGAIN, or @failed.
 */
long suture_drm_abandon_call(struct suture_visit *visit, long failed)
{
	left(visit, false, true);
	return suture_drm_again(visit) ? -EAGAIN : failed;
}

/**
 * suture_drm_retry() - suture_drm_abandon() for what may be asked once more
 * @visit:	the visit; its entry has two arguments at most, and can be called again
 * @failed:	its failure value
 *
 * Context: that of the entry.
 * Return: what the entry returned then, or @failed.
 */
long suture_drm_retry(struct suture_visit *visit, long failed)
{
	left(visit, false, true);
	return suture_again(visit, failed);
}

/**
 * suture_drm_retry_call() - suture_drm_retry() for what a program has called
 * @visit:	as there
 * @failed:	its failure value
 *
 * The kernel's own clients, such as the text console, know nothing of -EAGAIN.
 *
 * Context: that of the entry.
 * Return: what the entry returned then, -EAGAIN, or @failed.
 */
long suture_drm_retry_call(struct suture_visit *visit, long failed)
{
	long ret = suture_drm_retry(visit, LONG_MIN);

	if (ret != LONG_MIN)
		return ret;
	return suture_drm_again(visit) ? -EAGAIN : failed;
}
