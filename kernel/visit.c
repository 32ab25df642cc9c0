// SPDX-License-Identifier: GPL-2.0-only
/*
 * visit.c - the C side of the entry code: gated and injected entries, and the
 * return of a visit that is not as it began.
 */
#include <linux/export.h>
#include <linux/module.h>
#include <linux/mutex.h>

#include <suture/rule.h>
#include "binding.h"
#include "domain.h"
#include "inject.h"
#include "role.h"
#include "rules/rules.h"
#include "section.h"
#include "visit.h"

#define CHECK(field, offset) \
	static_assert(offsetof(struct suture_visit, field) == SUTURE_VISIT_##offset)
CHECK(prev, PREV);
CHECK(entry, ENTRY);
CHECK(rbx, RBX);
CHECK(rbp, RBP);
CHECK(r12, R12);
CHECK(r13, R13);
CHECK(r14, R14);
CHECK(r15, R15);
CHECK(arg, ARG0);
CHECK(preempt, PREEMPT);
CHECK(rcu, RCU);
CHECK(state, STATE);
CHECK(ticks, TICKS);
CHECK(flags, FLAGS);
static_assert(sizeof(struct suture_visit) == SUTURE_FRAME_SIZE);
static_assert(SUTURE_VISIT_SIZE == SUTURE_FRAME_SIZE);
/* entry.S tests and clears state and ntaken as one word, and ticks with them. */
static_assert(offsetof(struct suture_visit, ntaken) == SUTURE_VISIT_STATE + 2);
static_assert(SUTURE_VISIT_TICKS == SUTURE_VISIT_STATE + 4);
/* ... and stores the flags as eight bytes, of which the upper half is zero. */
static_assert(offsetof(struct suture_visit, delayed) == SUTURE_VISIT_FLAGS + 4);
static_assert(offsetof(struct suture_entry, flags) == 32);

SUTURE_EXPORT(suture_enter);
SUTURE_EXPORT(suture_leave);
SUTURE_EXPORT(suture_tail_return);

/**
 * suture_context_name() - the kind of context in words
 * @preempt:	a preempt count
 */
const char *suture_context_name(u32 preempt)
{
	if (preempt & HARDIRQ_MASK)
		return "hardirq";
	if (preempt & SOFTIRQ_OFFSET)
		return "softirq";
	return "task";
}

/* Is @visit one that a driver which has just crashed should not make? */
static bool paused(const struct suture_visit *visit)
{
	const struct suture_domain *domain = suture_entry_domain(visit->entry);
	const struct suture_role *role = suture_role_of(visit->entry);

	return domain && role && role->refuse &&
	       role->refuse(visit, suture_domain_group(domain));
}

/**
 * suture_enter_slow() - an entry that is gated, watched or exported, or has a fault armed
 * @frame:	the six argument registers, which may be changed, a return
 *		address, and the visit just opened
 *
 * Exported functions of a part are called by other members of its group as well;
 * that is no visit.
 *
 * Context: the entry's. Does not return if the entry is refused.
 */
void suture_enter_slow(unsigned long *frame)
{
	struct suture_visit *visit = (struct suture_visit *)&frame[7], *outer = visit->prev;
	struct suture_entry *entry = visit->entry;
	u32 flags = READ_ONCE(entry->flags);

	if (flags & SUTURE_ENTRY_MEMBER && suture_group_call(visit)) {
		/* No visit, as in an NMI: suture_leave() sees that the counts differ. */
		*suture_visit_head() = outer;
		visit->entry = NULL;
		visit->preempt = ~0U;
		if (flags & SUTURE_ENTRY_INJECT)
			suture_inject_strike(entry, outer, frame);
		return;
	}
	if (flags & SUTURE_ENTRY_GATED || (flags & SUTURE_ENTRY_PAUSED && paused(visit)) ||
	    (flags & SUTURE_ENTRY_BURIED && suture_buried(visit))) {
		visit->state |= SUTURE_STATE_UNWOUND;
		visit->rule = NULL;
		suture_unwind_jump(visit);
	}
	if (flags & SUTURE_ENTRY_WATCHED) {
		const struct suture_role *role = suture_role_of(visit->entry);

		if (role && role->enter) {
			visit->state |= SUTURE_STATE_ASKED;
			role->enter(visit);
		}
	}
	if (flags & SUTURE_ENTRY_INJECT)
		suture_inject_strike(entry, visit, frame);
}

/**
 * suture_leave_slow() - a visit returns in another state than it began in
 * @visit:	the visit
 * @ret:	what the driver returned
 *
 * Context: whatever the driver left.
 * Return: what the kernel shall get.
 */
unsigned long suture_leave_slow(struct suture_visit *visit, unsigned long ret)
{
	/* NMI, or a call from another member of the group: there was no visit. */
	if (!visit->entry)
		return ret;
	suture_check_return(visit);
	if (visit->state & SUTURE_STATE_WAITS)
		suture_waits_end(visit);
	if (visit->state & SUTURE_STATE_ASKED) {
		const struct suture_role *role = suture_role_of(visit->entry);

		if (role && role->leave)
			ret = role->leave(visit, ret);
	}
	*suture_visit_head() = visit->prev;
	return ret;
}
