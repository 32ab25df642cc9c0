// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject.c - crash or hang an entry of a stock driver, for tests and demos.
 *
 * A crash is a real one: the driver's own code runs with a poisoned first
 * argument and faults where it first uses it. A hang spins at the door of the
 * entry until the watchdog has seen the visit use up its time budget.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/poison.h>

#include "domain.h"
#include "inject.h"
#include "rules/rules.h"
#include "visit.h"

/* suture_entry.inject: what in the top byte, calls left below. */
#define WHAT_SHIFT 56

/**
 * suture_inject_arm() - arm or disarm a fault
 * @entry:	entry to strike
 * @what:	kind of fault; SUTURE_INJECT_NONE disarms
 * @nth:	strike at the nth call from now, 1 is the next
 *
 * Context: task. One fault an entry; it strikes once.
 */
void suture_inject_arm(struct suture_entry *entry, enum suture_inject what, u64 nth)
{
	/* The flag last on arming, first on disarming: strike() looks at both. */
	if (what == SUTURE_INJECT_NONE) {
		suture_entry_mark(entry, SUTURE_ENTRY_INJECT, false);
		WRITE_ONCE(entry->inject, 0);
		return;
	}
	WRITE_ONCE(entry->inject, (u64)what << WHAT_SHIFT | nth);
	/* A full barrier: the count is there before the flag. */
	suture_entry_mark(entry, SUTURE_ENTRY_INJECT, true);
}

static void hang(const struct suture_entry *entry, struct suture_visit *visit)
{
	/* The watchdog's timer cannot end what runs with interrupts off. */
	if (irqs_disabled())
		return;
	while (!(READ_ONCE(visit->state) & SUTURE_STATE_EXPIRED))
		cpu_relax();
	suture_abandon(&suture_rule_cb_time, entry->func, "injected hang");
}

/**
 * suture_inject_strike() - an armed entry is called
 * @entry:	the entry
 * @visit:	the visit that it runs in
 * @regs:	its argument registers
 *
 * Context: the entry's.
 */
void suture_inject_strike(struct suture_entry *entry, struct suture_visit *visit,
			  unsigned long *regs)
{
	u64 old = READ_ONCE(entry->inject), left;
	enum suture_inject what;

	do {
		left = old & GENMASK_ULL(WHAT_SHIFT - 1, 0);
		if (!left)
			return;
	} while (!try_cmpxchg64(&entry->inject, &old, old - 1));
	if (left > 1)
		return;
	what = old >> WHAT_SHIFT;
	suture_entry_mark(entry, SUTURE_ENTRY_INJECT, false);
	if (what == SUTURE_INJECT_CRASH)
		regs[0] = (unsigned long)POISON_POINTER_DELTA + 0x5075;
	else
		hang(entry, visit);
}
