/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.h - faults that a tester asks for.
 */
#ifndef SUTURE_INJECT_H
#define SUTURE_INJECT_H

#include <linux/jump_label.h>
#include <linux/poison.h>
#include <linux/types.h>

struct suture_entry;
struct suture_visit;

enum suture_inject {
	SUTURE_INJECT_NONE,
	SUTURE_INJECT_CRASH,
	SUTURE_INJECT_HANG,
	SUTURE_INJECT_LOCKED,	/* crash as soon as the visit holds a lock */
};

/* What an entry that is to crash gets for its argument; far from what others use. */
#define SUTURE_INJECT_POISON	((unsigned long)POISON_POINTER_DELTA + 0x50750000)
/* How far members of a structure, and those that it is a member of, may be from there. */
#define SUTURE_INJECT_REACH	0x1000000

DECLARE_STATIC_KEY_FALSE(suture_inject_locks);

void suture_inject_locked(struct suture_visit *visit, unsigned long site);

/**
 * suture_inject_lock() - a visit has just taken a lock
 * @visit:	the visit; may be NULL
 * @site:	where it did
 *
 * Context: any. Does not return if a crash was due.
 */
static __always_inline void suture_inject_lock(struct suture_visit *visit, unsigned long site)
{
	if (static_branch_unlikely(&suture_inject_locks))
		suture_inject_locked(visit, site);
}

/**
 * suture_inject_poisoned() - was this pointer made of the argument of a crash that was asked for?
 * @ptr:	pointer that no call can be right with
 *
 * Who asks for a crash wants to see one: what would refuse the call abandons the visit then.
 *
 * Context: any.
 */
static inline bool suture_inject_poisoned(unsigned long ptr)
{
	return ptr - SUTURE_INJECT_POISON + SUTURE_INJECT_REACH < 2 * SUTURE_INJECT_REACH;
}

int suture_inject_parse(const char *word);
const char *suture_inject_armed(const struct suture_entry *entry, u64 *nth);
void suture_inject_prepare(enum suture_inject what);
void suture_inject_arm(struct suture_entry *entry, enum suture_inject what, u64 nth);
void suture_inject_disarm(void);
void suture_inject_strike(struct suture_entry *entry, struct suture_visit *visit,
			  unsigned long *regs);

#endif /* SUTURE_INJECT_H */
