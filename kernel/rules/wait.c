// SPDX-License-Identifier: GPL-2.0-only
/*
 * wait.c - waits on objects that lie on the stack: wait queue entries, and completions.
 *
 * A function that returns, or that Suture abandons, takes its stack with it. What the
 * kernel still has in a list then, and what an interrupt still completes, is somebody else's
 * memory.
 */
#include <linux/completion.h>
#include <linux/hash.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <suture/block.h>

#include "../domain.h"
#include "../visit.h"
#include "rules.h"

static struct suture_rule rule_queue = {
	.id = "CMP-WAITBAL",
	.class = "completions",
	.contract = "Who puts himself on a wait queue takes himself off before he returns, and is running then.",
	.source = "kernel/sched/wait.c prepare_to_wait(), finish_wait(); include/linux/wait.h",
	.example = "DEFINE_WAIT(wait);\n"
		   "\n"
		   "prepare_to_wait(&x->queue, &wait, TASK_INTERRUPTIBLE);\n"
		   "if (!schedule_timeout(HZ))\n"
		   "\treturn -ETIMEDOUT;\t/* wrong: finish_wait() is missing */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "finish", "nothing: the function that waited is gone" },
	},
};

static struct suture_rule rule_stack = {
	.id = "CMP-STACK",
	.class = "completions",
	.contract = "A completion on the stack is completed only while the function that it belongs to is there.",
	.source = "Documentation/scheduler/completion.rst; CWE-562",
	.example = "DECLARE_COMPLETION_ONSTACK(done);\n"
		   "\n"
		   "x->done = &done;\n"
		   "start(x);\n"
		   "if (!wait_for_completion_timeout(&done, HZ))\n"
		   "\treturn -ETIMEDOUT;\t/* wrong: x->done is still used by the interrupt */\n",
	.look = "Only completions that guarded code has waited for in vain are looked at, and only if no guarded function is on that stack any more.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "skip", "nothing: nobody waits any more" },
	},
};

static struct suture_rule *const rules[] = { &rule_queue, &rule_stack, NULL };

/* --------------------------------------------------------- wait queues */

/* Waits that are under way, by the address of the entry. A new one may displace another. */
#define WAIT_BITS 7
static struct wait {
	struct suture_visit *visit;
	struct wait_queue_head *head;
	struct wait_queue_entry *entry;
} waits[1 << WAIT_BITS];
static DEFINE_RAW_SPINLOCK(waits_lock);

static struct wait *wait_slot(const struct wait_queue_entry *entry)
{
	return &waits[hash_ptr((void *)entry, WAIT_BITS)];
}

static void wait_begins(struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	struct suture_visit *v = suture_visit_current();
	struct wait *wait = wait_slot(entry);
	unsigned long flags;

	/* Of entries that do not lie in the frames of this visit nothing is said. */
	if (!v || !v->entry || !object_is_on_stack(entry) || (void *)entry > (void *)v)
		return;
	if (v->state & SUTURE_STATE_WAITS && READ_ONCE(wait->entry) == entry &&
	    READ_ONCE(wait->visit) == v)
		return;
	raw_spin_lock_irqsave(&waits_lock, flags);
	wait->visit = v;
	wait->head = head;
	wait->entry = entry;
	raw_spin_unlock_irqrestore(&waits_lock, flags);
	v->state |= SUTURE_STATE_WAITS;
}

static void wait_ends(const struct wait_queue_entry *entry)
{
	struct wait *wait = wait_slot(entry);
	unsigned long flags;

	if (READ_ONCE(wait->entry) != entry)
		return;
	raw_spin_lock_irqsave(&waits_lock, flags);
	if (wait->entry == entry)
		wait->entry = NULL;
	raw_spin_unlock_irqrestore(&waits_lock, flags);
}

/* A wait of @visit that was not finished; out of the table. */
static bool wait_left(const struct suture_visit *visit, struct wait *wait)
{
	unsigned long flags;
	bool found = false;
	unsigned int i;

	raw_spin_lock_irqsave(&waits_lock, flags);
	for (i = 0; !found && i < ARRAY_SIZE(waits); i++) {
		if (!waits[i].entry || waits[i].visit != visit)
			continue;
		*wait = waits[i];
		waits[i].entry = NULL;
		found = true;
	}
	raw_spin_unlock_irqrestore(&waits_lock, flags);
	return found;
}

/* More than this on one queue: something is wrong with it. */
#define QUEUE_LONGEST 4096

/*
 * Is the entry still on its queue? Take it off then, if @off. Its own contents may have been
 * overwritten by now, so its neighbours are asked, from both ends.
 */
static bool queued(const struct wait *wait, bool off)
{
	struct list_head *head = &wait->head->head, *entry = &wait->entry->entry;
	struct list_head *before, *behind;
	unsigned int i, n = 0;
	unsigned long flags;
	bool found = false;

	spin_lock_irqsave(&wait->head->lock, flags);
	for (before = head; before->next != entry; before = before->next)
		if (before->next == head || ++n > QUEUE_LONGEST)
			goto out;
	for (behind = head, i = 0; behind->prev != entry; behind = behind->prev)
		if (behind->prev == head || ++i > QUEUE_LONGEST)
			goto out;
	found = true;
	if (off) {
		WRITE_ONCE(before->next, behind);
		behind->prev = before;
	}
out:
	spin_unlock_irqrestore(&wait->head->lock, flags);
	return found;
}

/**
 * suture_waits_end() - a visit that has waited ends: is it still in a wait queue?
 * @visit:	the visit
 *
 * One that was abandoned in the midst of a wait is taken out without a word.
 *
 * Context: that of the visit's entry.
 */
void suture_waits_end(struct suture_visit *visit)
{
	bool abandoned = visit->state & SUTURE_STATE_UNWOUND, on = false;
	bool repair = abandoned;
	struct wait wait;

	/* Whoever woke it may have taken it off. */
	while (wait_left(visit, &wait)) {
		repair = repair || suture_may(&rule_queue, 0, visit->entry->func);
		on |= queued(&wait, repair);
	}
	if (!on && READ_ONCE(current->__state) == TASK_RUNNING)
		return;
	repair = repair || suture_may(&rule_queue, 0, visit->entry->func);
	if (repair)
		__set_current_state(TASK_RUNNING);
	if (!abandoned && rule_queue.action != SUTURE_OFF)
		suture_report(&rule_queue, SUTURE_DID(rule_queue, 0), visit->entry->func,
			      on ? "%s returned while it is on a wait queue" :
			      "%s returned in a state other than running",
			      suture_entry_name(visit->entry));
}

SUTURE_DEFINE(void, prepare_to_wait,
	      struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	suture_check_pointer(head, SUTURE_SITE, "prepare_to_wait");
	wait_begins(head, entry);
	prepare_to_wait(head, entry, state);
}
SUTURE_WRAPPER(prepare_to_wait);

SUTURE_DEFINE(bool, prepare_to_wait_exclusive,
	      struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	suture_check_pointer(head, SUTURE_SITE, "prepare_to_wait_exclusive");
	wait_begins(head, entry);
	return prepare_to_wait_exclusive(head, entry, state);
}
SUTURE_WRAPPER(prepare_to_wait_exclusive);

SUTURE_DEFINE(long, prepare_to_wait_event,
	      struct wait_queue_head *head, struct wait_queue_entry *entry, int state)
{
	suture_check_pointer(head, SUTURE_SITE, "prepare_to_wait_event");
	wait_begins(head, entry);
	return prepare_to_wait_event(head, entry, state);
}
SUTURE_WRAPPER(prepare_to_wait_event);

SUTURE_DEFINE(void, add_wait_queue,
	      struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	suture_check_pointer(head, SUTURE_SITE, "add_wait_queue");
	wait_begins(head, entry);
	add_wait_queue(head, entry);
}
SUTURE_WRAPPER(add_wait_queue);

SUTURE_DEFINE(void, finish_wait,
	      struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	wait_ends(entry);
	finish_wait(head, entry);
}
SUTURE_WRAPPER(finish_wait);

SUTURE_DEFINE(void, remove_wait_queue,
	      struct wait_queue_head *head, struct wait_queue_entry *entry)
{
	wait_ends(entry);
	remove_wait_queue(head, entry);
}
SUTURE_WRAPPER(remove_wait_queue);

/* --------------------------------------------------------- completions */

/* Completions on a stack that were waited for in vain: what completes them comes late. */
#define LATE_KEPT 32
static const struct completion *late[LATE_KEPT];
static unsigned int late_next, late_any;

static void late_note(const struct completion *x)
{
	unsigned int i = READ_ONCE(late_next);

	if (!object_is_on_stack(x))
		return;
	WRITE_ONCE(late[i % LATE_KEPT], x);
	WRITE_ONCE(late_next, i + 1);
	WRITE_ONCE(late_any, 1);
}

/*
 * Is the function that @x belonged to gone? It is if no guarded code is on that stack whose
 * frames could hold it, and nobody waits for what lies there now.
 */
static bool left_behind(const struct completion *x)
{
	unsigned long base = (unsigned long)x & ~(THREAD_SIZE - 1), head[2];
	const struct list_head *waiters = &x->wait.task_list;
	struct list_head first, second;
	unsigned long prev;

	if (copy_from_kernel_nofault(&first, waiters, sizeof(first)))
		return true;
	if (first.next != waiters &&
	    !copy_from_kernel_nofault(&second, first.next, sizeof(second)) &&
	    second.prev == waiters)
		return false;
	/* What was a stack may be gone in part, and something smaller may lie there since. */
	if (copy_from_kernel_nofault(head, (void *)base, sizeof(head)) ||
	    head[0] != STACK_END_MAGIC)
		return true;
	/* The visits lie above the frames of what they called. */
	for (prev = head[1]; prev; head[1] = prev) {
		if (prev > (unsigned long)x && prev - base < THREAD_SIZE)
			return false;
		if (copy_from_kernel_nofault(&prev, (void *)prev, sizeof(prev)))
			return false;
	}
	return true;
}

static noinline bool complete_late(const struct completion *x, unsigned long site,
				   const char *api)
{
	unsigned int i;

	for (i = 0; i < LATE_KEPT; i++)
		if (READ_ONCE(late[i]) == x)
			break;
	if (i == LATE_KEPT || rule_stack.action == SUTURE_OFF || !left_behind(x))
		return false;
	suture_report(&rule_stack, SUTURE_DID(rule_stack, 0), site,
		      "%s of a completion on the stack of a function that has returned", api);
	return suture_may(&rule_stack, 0, site);
}

#define COMPLETE(api)								\
	SUTURE_DEFINE(void, api, struct completion *x)				\
	{									\
		suture_check_pointer(x, SUTURE_SITE, #api);			\
		if (unlikely(READ_ONCE(late_any)) &&				\
		    complete_late(x, SUTURE_SITE, #api))			\
			return;							\
		api(x);								\
	}									\
	SUTURE_WRAPPER(api)

COMPLETE(complete);
COMPLETE(complete_all);

/* The wrapper of a wait that may end without completion: then it returns 0, or an error. */
#define WAIT_FOR(type, api, proto, args)						\
	type SUTURE_W(api) proto;						\
	type SUTURE_W(api) proto						\
	{									\
		type ret;							\
										\
		suture_check_pointer(x, SUTURE_SITE, #api);			\
		SUTURE_MAY_BLOCK(#api, ret = api args);				\
		if (unlikely((long)ret <= 0))					\
			late_note(x);						\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api)

WAIT_FOR(unsigned long, wait_for_completion_timeout,
	 (struct completion *x, unsigned long timeout), (x, timeout));
WAIT_FOR(long, wait_for_completion_interruptible_timeout,
	 (struct completion *x, unsigned long timeout), (x, timeout));
WAIT_FOR(long, wait_for_completion_killable_timeout,
	 (struct completion *x, unsigned long timeout), (x, timeout));

int suture_rules_wait_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_wait_stop(void)
{
	suture_rules_remove(rules);
}
