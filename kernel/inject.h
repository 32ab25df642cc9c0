/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.h - faults that a tester asks for.
 */
#ifndef SUTURE_INJECT_H
#define SUTURE_INJECT_H

#include <linux/jump_label.h>
#include <linux/types.h>

struct suture_entry;
struct suture_visit;

enum suture_inject {
	SUTURE_INJECT_NONE,
	SUTURE_INJECT_CRASH,
	SUTURE_INJECT_HANG,
	SUTURE_INJECT_LOCKED,	/* crash as soon as the visit holds a lock */
};

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

int suture_inject_parse(const char *word);
const char *suture_inject_armed(const struct suture_entry *entry, u64 *nth);
void suture_inject_prepare(enum suture_inject what);
void suture_inject_arm(struct suture_entry *entry, enum suture_inject what, u64 nth);
void suture_inject_disarm(void);
void suture_inject_strike(struct suture_entry *entry, struct suture_visit *visit,
			  unsigned long *regs);

#endif /* SUTURE_INJECT_H */
