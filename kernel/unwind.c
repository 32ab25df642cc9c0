// SPDX-License-Identifier: GPL-2.0-only
/*
 * unwind.c - abandon a visit: from a fault, from the watchdog, from a wrapper.
 *
 * All three end in suture_unwind_landing() (entry.S) on the stack frame of the
 * thunk, in the context in which the kernel entered the driver. Only the
 * innermost visit is ever abandoned, and only while nothing but the driver's
 * own frames (and at most one wrapper) lies above the thunk.
 */
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/rwsem.h>
#include <linux/thread_info.h>
#include <linux/uaccess.h>

#include <asm/fpu/api.h>

#include <suture/rule.h>
#include "crash.h"
#include "domain.h"
#include "escalate.h"
#include "event.h"
#include "policy.h"
#include "release.h"
#include "restart.h"
#include "role.h"
#include "rules/rules.h"
#include "section.h"
#include "taken.h"
#include "unwind.h"

/* The visit whose driver code was interrupted at @regs, if one can be trusted. */
static struct suture_visit *interrupted(const struct pt_regs *regs)
{
	struct suture_visit *v = *suture_visit_head();
	unsigned long frame = (unsigned long)v;

	if (!v || frame <= regs->sp || frame - regs->sp >= THREAD_SIZE)
		return NULL;
	if (!v->entry || (v->state & SUTURE_STATE_UNWOUND))
		return NULL;
	return v;
}

/* Between members of a group there is no visit: a fault in one ends that of another. */
static bool same_driver(const struct suture_domain *a, const struct suture_domain *b)
{
	return a == b || (a && suture_domain_group(a) == suture_domain_group(b));
}

/**
 * suture_unwind_regs() - let an interrupted driver go on at the unwind landing
 * @regs:	the registers that were interrupted, changed on success
 * @site:	address in the driver that stands for them
 * @rule:	rule to report under
 * @what:	what happened, in words
 *
 * Context: exception or interrupt on top of the driver.
 * Return: false if @site is not in guarded code or its visit cannot be
 * abandoned; nothing is changed then.
 */
bool suture_unwind_regs(struct pt_regs *regs, unsigned long site, struct suture_rule *rule,
			const char *what)
{
	struct suture_domain *domain;
	struct suture_visit *v;

	/* The most that policy allows anywhere. */
	if (user_mode(regs) || READ_ONCE(rule->action) < SUTURE_UNWIND)
		return false;
	domain = suture_domain_of(site);
	if (!domain)
		return false;
	v = interrupted(regs);
	if (!v || !same_driver(suture_entry_domain(v->entry), domain))
		return false;
	if (suture_policy_action(rule, suture_entry_domain(v->entry),
				 suture_policy_place(v, rule, site)) < SUTURE_UNWIND)
		return false;
	suture_report_visit(v, rule, SUTURE_UNWIND, site, "%s", what);
	suture_crash_visit(v, rule, site, regs, what);
	v->state |= SUTURE_STATE_UNWOUND;
	v->site = site;
	v->rule = rule;
	regs->ip = (unsigned long)suture_unwind_landing;
	regs->sp = (unsigned long)v;
	/* The driver may have been inside stac or a string instruction. */
	regs->flags &= ~(X86_EFLAGS_AC | X86_EFLAGS_DF | X86_EFLAGS_TF);
	return true;
}

/* suture_abandon(): see rule.h */
void suture_abandon(struct suture_rule *rule, unsigned long site, const char *fmt, ...)
{
	struct suture_visit *v = suture_visit_current();
	char text[96];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!v || (v->state & SUTURE_STATE_UNWOUND) ||
	    suture_policy_action(rule, NULL, suture_policy_place(v, rule, site)) < SUTURE_UNWIND) {
		suture_report(rule, SUTURE_OBSERVE, SUTURE_NO_REPAIR, site, "%s", text);
		return;
	}
	suture_report(rule, SUTURE_UNWIND, SUTURE_NO_REPAIR, site, "%s", text);
	suture_crash_visit(v, rule, site, NULL, text);
	v->state |= SUTURE_STATE_UNWOUND;
	v->site = site;
	v->rule = rule;
	suture_unwind_jump(v);
}
EXPORT_SYMBOL_GPL(suture_abandon);

/* suture_taken_release(): see taken.h */
void suture_taken_release(unsigned long what)
{
	void *lock = (void *)(what & ~SUTURE_TAKEN_HOW);

	switch ((enum suture_taken)(what & SUTURE_TAKEN_HOW)) {
	case SUTURE_TAKEN_MUTEX:
		mutex_unlock(lock);
		break;
	case SUTURE_TAKEN_READ:
		up_read(lock);
		break;
	case SUTURE_TAKEN_WRITE:
		up_write(lock);
		break;
	case SUTURE_TAKEN_RTNL:
		rtnl_unlock();
		break;
	case SUTURE_TAKEN_NAPI:
		/* It polls then, or is told that it has: who disables it waits for that. */
		__napi_schedule(lock);
		break;
	}
}

/**
 * suture_unwind_faults() - how often has a visit disabled page faults?
 * @visit:	the visit
 *
 * A visit does not keep how many page faults were disabled when it began: no entry of a
 * driver is called with any, but for what interrupts the code that has disabled them. So the
 * first visit of a task, in a context that may sleep, began with none.
 *
 * Context: the visit's own.
 * Return: 0 also if that is not known.
 */
int suture_unwind_faults(const struct suture_visit *visit)
{
	if (visit->prev || (visit->preempt & ~PREEMPT_NEED_RESCHED) ||
	    !(visit->flags & X86_EFLAGS_IF))
		return 0;
	return current->pagefault_disabled;
}

static void pagefault_restore(const struct suture_visit *visit)
{
	while (suture_unwind_faults(visit) > 0)
		pagefault_enable();
}

/* Is it the function of a thread of the driver's own? It ends with the visit. */
static bool is_thread(const struct suture_visit *visit)
{
	return (current->flags & (PF_KTHREAD | PF_WQ_WORKER)) == PF_KTHREAD && in_task() &&
	       !visit->prev && !suture_role_of(visit->entry);
}

/**
 * suture_unwind_finish() - give back what a visit took, and choose its result
 * @visit:	the abandoned visit
 *
 * Called by the landing on the visit's own stack. Afterwards the context is the
 * one in which the kernel entered the driver.
 *
 * Return: the role's failure value.
 */
unsigned long suture_unwind_finish(struct suture_visit *visit)
{
	struct suture_entry *entry = visit->entry;
	const struct suture_role *role = suture_role_of(entry);
	struct suture_domain *domain = suture_entry_domain(entry);
	long failed;

	if (visit->rule)
		suture_crash_held(visit);
	if (visit->state & SUTURE_STATE_FPU)
		kernel_fpu_end();
	suture_section_restore(visit);
	pagefault_restore(visit);
	if (visit->state & SUTURE_STATE_WAITS)
		suture_waits_end(visit);
	while (visit->ntaken)
		suture_taken_release(visit->taken[--visit->ntaken]);
	failed = suture_role_failed(entry);
	if (role && role->abandon)
		failed = role->abandon(visit, failed);
	*suture_visit_head() = visit->prev;
	if (domain && is_thread(visit))
		suture_release_thread(visit->site);
	if (domain && visit->rule) {
		WRITE_ONCE(entry->failures, entry->failures + 1);
		atomic_inc(&domain->unwinds);
		suture_crash_unwound(visit);
		suture_restart_consider(domain, visit);
		suture_crash_leave(visit);
		suture_escalate_unwind(domain, visit);
	}
	return failed;
}

/**
 * suture_again() - duty of an abandoned visit: call the entry once more
 * @visit:	the visit; the entry has two arguments at most, and may by its contract be
 *		called as often as one likes
 * @failed:	what it returns if that fails, too
 *
 * The program behind the call need not see an error for what is put right a moment later.
 *
 * Context: the entry's. Return: what the entry returned.
 */
long suture_again(struct suture_visit *visit, long failed)
{
	long (*entry)(unsigned long a, unsigned long b) = (void *)visit->entry->thunk;
	const struct suture_visit *outer = visit->prev;

	/* Refused, or this is the second try. */
	if (!visit->rule || (outer && outer->entry == visit->entry &&
			     outer->state & SUTURE_STATE_UNWOUND))
		return failed;
	return entry(visit->arg[0], visit->arg[1]);
}
EXPORT_SYMBOL_GPL(suture_again);
