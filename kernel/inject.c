// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject.c - crash or hang an entry of a stock driver, for tests and demos.
 *
 * A crash is a real one: the driver's own code runs with a poisoned first
 * argument and faults where it first uses it. Two are no faults, but visits that are
 * abandoned: if the driver only hands that argument to the kernel, where ARG-PTR sees it
 * (rules/argument.c); and a crash with a lock held, in the wrapper with which the driver has just
 * taken its own lock. A hang spins at the door of the entry until the watchdog has seen the
 * visit use up its time budget.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "domain.h"
#include "inject.h"
#include "rules/rules.h"
#include "visit.h"

/* suture_entry.inject: what in the top byte, calls left below. */
#define WHAT_SHIFT 56

/* Lock wrappers look at visits from the first crash of that kind on. */
DEFINE_STATIC_KEY_FALSE(suture_inject_locks);

static const char *const names[] = {
	[SUTURE_INJECT_NONE] = "none",
	[SUTURE_INJECT_CRASH] = "crash",
	[SUTURE_INJECT_HANG] = "hang",
	[SUTURE_INJECT_LOCKED] = "crash-locked",
};

/**
 * suture_inject_parse() - a kind of fault by its name
 * @word:	the name, as in SUTURE_A_INJECT
 *
 * Context: any. Return: one of enum suture_inject; -EINVAL.
 */
int suture_inject_parse(const char *word)
{
	return match_string(names, ARRAY_SIZE(names), word);
}

/**
 * suture_inject_armed() - what an entry is to suffer
 * @entry:	the entry
 * @nth:	gets the call that it strikes at, counted from now: 1 is the next
 *
 * Context: any. Return: the fault's name; NULL if none is armed.
 */
const char *suture_inject_armed(const struct suture_entry *entry, u64 *nth)
{
	u64 inject = READ_ONCE(entry->inject);
	unsigned int what = inject >> WHAT_SHIFT;

	/* A crash with a lock held goes on being tried, one of the others has struck then. */
	*nth = inject & GENMASK_ULL(WHAT_SHIFT - 1, 0);
	if (!what || what >= ARRAY_SIZE(names) || (!*nth && what != SUTURE_INJECT_LOCKED))
		return NULL;
	*nth = *nth ?: 1;
	return names[what];
}

/**
 * suture_inject_prepare() - a fault is about to be armed
 * @what:	kind of fault
 *
 * Context: task, may sleep.
 */
void suture_inject_prepare(enum suture_inject what)
{
	if (what == SUTURE_INJECT_LOCKED)
		static_branch_enable(&suture_inject_locks);
}

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

/* suture_inject_disarm() - no entry of any driver is to be struck any more. Context: task. */
void suture_inject_disarm(void)
{
	struct suture_domain *domain;
	struct suture_entry *entry;

	rcu_read_lock();
	list_for_each_entry_rcu(domain, &suture_domains, node)
		for (entry = domain->entries; entry < domain->entries + domain->nentries; entry++)
			if (READ_ONCE(entry->flags) & SUTURE_ENTRY_INJECT)
				suture_inject_arm(entry, SUTURE_INJECT_NONE, 0);
	rcu_read_unlock();
}

/* suture_inject_locked(): see suture_inject_lock() */
void suture_inject_locked(struct suture_visit *visit, unsigned long site)
{
	struct suture_entry *entry;
	u64 armed = (u64)SUTURE_INJECT_LOCKED << WHAT_SHIFT;

	if (!visit || !(visit->state & SUTURE_STATE_STRUCK) || visit != suture_visit_current())
		return;
	visit->state &= ~SUTURE_STATE_STRUCK;
	entry = visit->entry;
	if (cmpxchg64(&entry->inject, armed, 0) != armed)
		return;
	suture_entry_mark(entry, SUTURE_ENTRY_INJECT, false);
	suture_abandon(&suture_rule_cb_oops, site, "injected crash with a lock held");
}

/*
 * The first argument that can be a pointer: an interrupt handler's is the second. No
 * entry has less than two registers that it may find changed.
 */
static void poison(unsigned long *regs)
{
	bool second = regs[0] < TASK_SIZE_MAX && regs[1] >= TASK_SIZE_MAX;

	regs[second] = SUTURE_INJECT_POISON;
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

	what = old >> WHAT_SHIFT;
	do {
		left = old & GENMASK_ULL(WHAT_SHIFT - 1, 0);
		if (what == SUTURE_INJECT_LOCKED && left <= 1) {
			/* From now on each call is a try, until one takes a lock. */
			visit->state |= SUTURE_STATE_STRUCK;
			WRITE_ONCE(entry->inject, (u64)what << WHAT_SHIFT);
			return;
		}
		if (!left)
			return;
	} while (!try_cmpxchg64(&entry->inject, &old, old - 1));
	if (left > 1)
		return;
	suture_entry_mark(entry, SUTURE_ENTRY_INJECT, false);
	if (what == SUTURE_INJECT_CRASH)
		poison(regs);
	else
		hang(entry, visit);
}
