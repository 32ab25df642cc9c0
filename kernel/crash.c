// SPDX-License-Identifier: GPL-2.0-only
/*
 * crash.c - records of crashes, filled while it happens.
 *
 * A ring of slots that are there from the start. The context of the fault takes the next
 * one and fills it in three steps: at the fault, where registers and stack are still
 * those of the driver; at the landing, where the counts are the driver's and nobody else's;
 * and when the visit has given back what it took. Rungs above the unwind add their steps from
 * task context. Names and all that allocates are left to coredump.c.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/device.h>
#include <linux/hardirq.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "crash.h"
#include "domain.h"
#include "held.h"
#include "role.h"
#include "rules/rules.h"
#include "taken.h"
#include "unwind.h"
#include "visit.h"

static DEFINE_RAW_SPINLOCK(crash_lock);
static struct suture_crash *crashes;	/* a ring of SUTURE_CRASHES_KEPT */
static u64 crash_next = 1;
static struct suture_crash_names *crash_garbage;

static u64 now(void)
{
	return ktime_get_mono_fast_ns();
}

static struct suture_crash *slot(u64 id)
{
	return &crashes[id % SUTURE_CRASHES_KEPT];
}

/* A slot for a new record, which nobody else looks at until crash_ready(). Context: any. */
static struct suture_crash *crash_begin(void)
{
	struct suture_crash *crash;
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	crash = slot(crash_next);
	/* As many crashes as there are slots, while one record is filled. */
	if (crash->state & SUTURE_CRASH_FILLING) {
		raw_spin_unlock_irqrestore(&crash_lock, flags);
		return NULL;
	}
	if (crash->names) {
		crash->names->next = crash_garbage;
		crash_garbage = crash->names;
	}
	memset(crash, 0, sizeof(*crash));
	crash->id = crash_next++;
	crash->state = SUTURE_CRASH_FILLING;
	raw_spin_unlock_irqrestore(&crash_lock, flags);
	crash->time = ktime_get_real_fast_ns();
	crash->began = now();
	crash->cpu = raw_smp_processor_id();
	crash->pid = current->pid;
	memcpy(crash->comm, current->comm, TASK_COMM_LEN);
	crash->comm[TASK_COMM_LEN - 1] = '\0';
	return crash;
}

static void crash_ready(struct suture_crash *crash, u32 state)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	crash->state = (crash->state & ~SUTURE_CRASH_FILLING) | state;
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}

/* A record that is not closed, of a visit or of a driver; the caller holds the lock. */
static struct suture_crash *crash_of(const struct suture_visit *visit)
{
	struct suture_crash *crash;
	u64 id;

	for (id = crash_next - 1; id && id + SUTURE_CRASHES_KEPT >= crash_next; id--) {
		crash = slot(id);
		if (crash->state & SUTURE_CRASH_OPEN && crash->visit == visit)
			return crash;
	}
	return NULL;
}

static bool concerns(const struct suture_crash *crash, const struct suture_group *group)
{
	return crash->group == group &&
	       crash->state & (SUTURE_CRASH_OPEN | SUTURE_CRASH_PENDING);
}

/* What is before the instruction may be in a page that is not there. */
static bool note_code(struct suture_crash *crash, unsigned int from)
{
	unsigned long start = crash->regs.ip - SUTURE_CRASH_CODE_IP + from;

	crash->code_from = from;
	return !copy_from_kernel_nofault(crash->code + from, (void *)start,
					 SUTURE_CRASH_CODE - from);
}

/**
 * suture_crash_visit() - a visit is about to be abandoned
 * @visit:	the visit
 * @rule:	rule that says so
 * @site:	address in the driver
 * @regs:	registers at the fault; NULL: the caller is a rule's wrapper
 * @text:	what happened
 *
 * Context: any, an exception on top of the visit too. Allocates nothing.
 */
void suture_crash_visit(const struct suture_visit *visit, const struct suture_rule *rule,
			unsigned long site, struct pt_regs *regs, const char *text)
{
	unsigned long from = (unsigned long)__builtin_return_address(0);
	const struct suture_domain *domain = suture_entry_domain(visit->entry);
	const struct suture_role *role = suture_role_of(visit->entry);
	u32 state = SUTURE_CRASH_OPEN;
	struct suture_crash *crash;

	if (!domain || domain->quiet)
		return;
	crash = crash_begin();
	if (!crash)
		return;
	/* Other drivers may come and go while the stack is read. */
	rcu_read_lock();
	crash->visit = visit;
	crash->group = suture_domain_group(domain);
	crash->site = site;
	crash->context = suture_context_name(visit->preempt);
	strscpy(crash->driver, domain->name, sizeof(crash->driver));
	strscpy(crash->rule, rule->id, sizeof(crash->rule));
	strscpy(crash->entry, suture_entry_name(visit->entry), sizeof(crash->entry));
	strscpy(crash->role, role ? role->name : "", sizeof(crash->role));
	strscpy(crash->text, text, sizeof(crash->text));
	if (regs) {
		crash->regs = *regs;
		state |= SUTURE_CRASH_REGS;
		if (note_code(crash, 0) || note_code(crash, SUTURE_CRASH_CODE_IP))
			state |= SUTURE_CRASH_CODED;
	}
	suture_backtrace(&crash->stack, visit, regs, site, from);
	crash->ncalls = suture_calls_get(crash->group, crash->call);
	rcu_read_unlock();
	crash_ready(crash, state);
}

/**
 * suture_crash_address() - which address could not be accessed
 * @visit:	the visit
 * @address:	the address
 *
 * Context: as suture_crash_visit(), right after it.
 */
void suture_crash_address(const struct suture_visit *visit, unsigned long address)
{
	struct suture_crash *crash;
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	crash = crash_of(visit);
	if (crash) {
		crash->address = address;
		crash->state |= SUTURE_CRASH_FAULT;
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}

static unsigned int depth_bh(u32 preempt)
{
	return (preempt & SOFTIRQ_MASK) / SOFTIRQ_DISABLE_OFFSET;
}

static void note_locks(struct suture_crash *crash, const struct suture_visit *visit)
{
	static const char *const kinds[] = {
		[SUTURE_HELD_SPIN] = "spinlock",
		[SUTURE_HELD_READ] = "rwlock for reading",
		[SUTURE_HELD_WRITE] = "rwlock for writing",
	};
	static const char *const sleeping[] = {
		[SUTURE_TAKEN_MUTEX] = "mutex",
		[SUTURE_TAKEN_READ] = "semaphore for reading",
		[SUTURE_TAKEN_WRITE] = "semaphore for writing",
		[SUTURE_TAKEN_RTNL] = "rtnl lock",
		[SUTURE_TAKEN_NAPI] = "NAPI instance to schedule",
	};
	const struct suture_held *held = this_cpu_ptr(&suture_held);
	const struct suture_held_lock *from;
	struct suture_crash_lock *to;
	u32 i, depth = min_t(u32, held->depth, SUTURE_HELD_SLOTS);

	for (i = 0; i < depth && crash->nlocks < SUTURE_CRASH_LOCKS; i++) {
		from = &held->slot[i];
		if (!from->lock || from->visit != visit)
			continue;
		to = &crash->lock[crash->nlocks++];
		to->lock = (unsigned long)from->lock;
		to->site = from->site;
		to->name = kinds[from->kind];
	}
	for (i = 0; i < visit->ntaken && crash->nlocks < SUTURE_CRASH_LOCKS; i++) {
		to = &crash->lock[crash->nlocks++];
		to->lock = visit->taken[i] & ~SUTURE_TAKEN_HOW;
		to->name = sleeping[visit->taken[i] & SUTURE_TAKEN_HOW];
	}
}

/**
 * suture_crash_held() - what does the visit hold?
 * @visit:	visit that has been abandoned, with all that it took
 *
 * Context: the visit's own, before anything is given back.
 */
void suture_crash_held(const struct suture_visit *visit)
{
	u32 count = preempt_count();
	int rcu = current->rcu_read_lock_nesting;
	bool irqs_off = irqs_disabled();
	struct suture_crash *crash;
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	crash = crash_of(visit);
	if (crash) {
		note_locks(crash, visit);
		crash->preempt = (int)(count & PREEMPT_MASK) -
				 (int)(visit->preempt & PREEMPT_MASK);
		crash->bh = depth_bh(count) - depth_bh(visit->preempt);
		crash->rcu = rcu - (int)visit->rcu;
		crash->irqs_off = irqs_off && visit->flags & X86_EFLAGS_IF;
		crash->fpu = visit->state & SUTURE_STATE_FPU;
		crash->faults = suture_unwind_faults(visit);
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}

/* The caller holds the lock. Return: the step; NULL if there are too many. */
static struct suture_crash_step *step_add(struct suture_crash *crash, const char *name)
{
	struct suture_crash_step *step;

	if (crash->nsteps == SUTURE_CRASH_STEPS)
		return NULL;
	step = &crash->step[crash->nsteps++];
	step->name = name;
	step->began = now() - crash->began;
	return step;
}

/**
 * suture_crash_unwound() - the visit has given back what it took
 * @visit:	the visit
 *
 * Context: that in which the kernel entered the driver.
 */
void suture_crash_unwound(const struct suture_visit *visit)
{
	struct suture_crash_step *step;
	struct suture_crash *crash;
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	crash = crash_of(visit);
	step = crash ? step_add(crash, "unwind") : NULL;
	if (step) {
		/* From the fault on. */
		step->took = step->began;
		step->began = 0;
		strscpy(step->text, "the visit has returned", sizeof(step->text));
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}

/**
 * suture_crash_leave() - nothing more will be said of this visit
 * @visit:	the visit
 *
 * Context: as suture_crash_unwound().
 */
void suture_crash_leave(const struct suture_visit *visit)
{
	struct suture_crash *crash;
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	crash = crash_of(visit);
	if (crash) {
		crash->state &= ~SUTURE_CRASH_OPEN;
		/* A crash in the middle of a restart: suture_crash_close() is still to come. */
		if (READ_ONCE(crash->group->state) == SUTURE_RESTARTING)
			crash->state |= SUTURE_CRASH_PENDING;
		if (!(crash->state & SUTURE_CRASH_PENDING) && !crash->outcome[0])
			strscpy(crash->outcome, "unwound; the driver goes on",
				sizeof(crash->outcome));
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
	if (crash)
		suture_coredump_soon();
}

/**
 * suture_crash_pending() - a rung above the unwind is due
 * @group:	the driver
 *
 * Context: any but NMI, between suture_crash_unwound() and suture_crash_leave().
 */
void suture_crash_pending(const struct suture_group *group)
{
	unsigned long flags;
	u64 id;

	raw_spin_lock_irqsave(&crash_lock, flags);
	for (id = crash_next - 1; id && id + SUTURE_CRASHES_KEPT >= crash_next; id--)
		if (concerns(slot(id), group))
			slot(id)->state |= SUTURE_CRASH_PENDING;
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}

/* A record of something that no visit is to blame for. Context: any but NMI. */
static void crash_other(const struct suture_group *group, const char *driver, const char *text)
{
	struct suture_crash *crash = crash_begin();

	if (!crash)
		return;
	crash->group = group;
	crash->context = suture_context_name(preempt_count());
	strscpy(crash->driver, driver, sizeof(crash->driver));
	strscpy(crash->rule, "RESTART", sizeof(crash->rule));
	strscpy(crash->text, text, sizeof(crash->text));
	crash_ready(crash, SUTURE_CRASH_PENDING);
}

/* Is there a record that a rung of @group belongs to? The caller holds the lock. */
static bool any_of(const struct suture_group *group)
{
	u64 id;

	for (id = crash_next - 1; id && id + SUTURE_CRASHES_KEPT >= crash_next; id--)
		if (concerns(slot(id), group))
			return true;
	return false;
}

/* Add a step to all records of @group that are not closed; there is one at least. */
static void step_all(const struct suture_group *group, const char *driver, const char *rung,
		     const struct device *dev, const char *text)
{
	struct suture_crash_step *step;
	struct suture_crash *crash;
	unsigned long flags;
	bool any;
	u64 id;

	raw_spin_lock_irqsave(&crash_lock, flags);
	any = any_of(group);
	raw_spin_unlock_irqrestore(&crash_lock, flags);
	if (!any)
		crash_other(group, driver, "asked for by its owner, or after too many failures");

	raw_spin_lock_irqsave(&crash_lock, flags);
	for (id = crash_next - 1; id && id + SUTURE_CRASHES_KEPT >= crash_next; id--) {
		crash = slot(id);
		step = concerns(crash, group) ? step_add(crash, rung) : NULL;
		if (!step)
			continue;
		step->key = dev;
		strscpy(step->device, dev ? dev_name(dev) : "", sizeof(step->device));
		strscpy(step->text, text, sizeof(step->text));
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}

/**
 * suture_crash_rung() - a rung of the ladder is begun
 * @group:	the driver
 * @driver:	its name, or that of the member concerned
 * @rung:	name of the rung, of static duration
 * @dev:	device
 *
 * Context: task, before anything is done: what the driver holds is looked at now.
 */
void suture_crash_rung(const struct suture_group *group, const char *driver, const char *rung,
		       const struct device *dev)
{
	step_all(group, driver, rung, dev, "");
	suture_coredump_now();
}

/* The step that is under way for a device; the caller holds the lock. */
static struct suture_crash_step *step_of(struct suture_crash *crash, const struct device *dev)
{
	unsigned int i;

	for (i = 0; i < crash->nsteps; i++)
		if (crash->step[i].key == dev && !crash->step[i].text[0])
			return &crash->step[i];
	return NULL;
}

/**
 * suture_crash_rung_end() - how a rung went; another may follow
 * @group:	the driver
 * @dev:	device
 * @fmt:	what came of it
 *
 * Context: any but NMI.
 */
void suture_crash_rung_end(const struct suture_group *group, const struct device *dev,
			   const char *fmt, ...)
{
	struct suture_crash_step *step;
	struct suture_crash *crash;
	unsigned long flags;
	char text[80];
	va_list args;
	u64 id;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	raw_spin_lock_irqsave(&crash_lock, flags);
	for (id = crash_next - 1; id && id + SUTURE_CRASHES_KEPT >= crash_next; id--) {
		crash = slot(id);
		step = concerns(crash, group) ? step_of(crash, dev) : NULL;
		if (!step)
			continue;
		step->took = now() - crash->began - step->began;
		strscpy(step->text, text, sizeof(step->text));
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}

/**
 * suture_crash_step() - a rung that takes no time
 * @group:	the driver
 * @driver:	its name
 * @rung:	name of the rung, of static duration
 * @text:	why
 *
 * Context: any but NMI.
 */
void suture_crash_step(const struct suture_group *group, const char *driver, const char *rung,
		       const char *text)
{
	step_all(group, driver, rung, NULL, text);
}

/**
 * suture_crash_close() - nothing more will be done for this crash
 * @group:	the driver
 * @outcome:	what came of it
 *
 * Context: any but NMI.
 */
void suture_crash_close(const struct suture_group *group, const char *outcome)
{
	struct suture_crash *crash;
	unsigned long flags;
	u64 id;

	raw_spin_lock_irqsave(&crash_lock, flags);
	for (id = crash_next - 1; id && id + SUTURE_CRASHES_KEPT >= crash_next; id--) {
		crash = slot(id);
		if (!concerns(crash, group))
			continue;
		crash->state &= ~SUTURE_CRASH_PENDING;
		strscpy(crash->outcome, outcome, sizeof(crash->outcome));
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
	suture_coredump_soon();
}

/* ------------------------------------------------------------ for coredump.c */

/**
 * suture_crash_copy() - a record as it is now
 * @id:		in: first number of interest; out: number after the record
 * @crash:	gets the record
 *
 * Context: any. What @crash->names points to stays until suture_crash_garbage() hands it out.
 * Return: false if there is no record from *@id on.
 */
bool suture_crash_copy(u64 *id, struct suture_crash *crash)
{
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&crash_lock, flags);
	if (*id + SUTURE_CRASHES_KEPT < crash_next)
		*id = crash_next - SUTURE_CRASHES_KEPT;
	if (!*id)
		*id = 1;
	while (*id < crash_next && !found) {
		*crash = *slot(*id);
		++*id;
		found = !(crash->state & SUTURE_CRASH_FILLING);
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
	return found;
}

/* suture_crash_total() - records so far. Context: any. */
u64 suture_crash_total(void)
{
	return READ_ONCE(crash_next) - 1;
}

/**
 * suture_crash_name() - give a record its names
 * @id:		the record
 * @names:	names; NULL: there is no memory for them
 * @device:	name of its device; NULL: it is not known
 *
 * Context: task.
 * Return: false if there is no such record any more: @names stays the caller's.
 */
bool suture_crash_name(u64 id, struct suture_crash_names *names, const char *device)
{
	struct suture_crash *crash = slot(id);
	unsigned long flags;
	bool found;

	raw_spin_lock_irqsave(&crash_lock, flags);
	found = crash->id == id;
	if (found) {
		crash->names = names;
		crash->state |= SUTURE_CRASH_NAMED;
		if (device && !crash->device[0])
			strscpy(crash->device, device, sizeof(crash->device));
	}
	raw_spin_unlock_irqrestore(&crash_lock, flags);
	return found;
}

/* suture_crash_mark() - set SUTURE_CRASH_* of a record, if it is still there. Context: any. */
void suture_crash_mark(u64 id, u32 state)
{
	struct suture_crash *crash = slot(id);
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	if (crash->id == id)
		crash->state |= state;
	raw_spin_unlock_irqrestore(&crash_lock, flags);
}

/* suture_crash_garbage() - names to free, of records overwritten. Context: any. */
struct suture_crash_names *suture_crash_garbage(void)
{
	struct suture_crash_names *names;
	unsigned long flags;

	raw_spin_lock_irqsave(&crash_lock, flags);
	names = crash_garbage;
	crash_garbage = NULL;
	raw_spin_unlock_irqrestore(&crash_lock, flags);
	return names;
}

/* suture_crash_start() - make room for records. Context: task. Return: 0 or -ENOMEM. */
int suture_crash_start(void)
{
	crashes = kvcalloc(SUTURE_CRASHES_KEPT, sizeof(*crashes), GFP_KERNEL);
	return crashes ? 0 : -ENOMEM;
}

/* suture_crash_stop() - the end of all records; @forget frees names. Context: task. */
void suture_crash_stop(void (*forget)(struct suture_crash_names *names))
{
	unsigned int i;

	for (i = 0; i < SUTURE_CRASHES_KEPT; i++)
		forget(crashes[i].names);
	kvfree(crashes);
}
