// SPDX-License-Identifier: GPL-2.0-only
/*
 * running.c - does any task still run in a driver?
 *
 * Each task's stack has the head of its chain of visits at a place that is known
 * (visit.h), so all stacks can be asked without counting anything on the way in and out. They
 * are read while their tasks run: what is read may be half of something, so each word is looked
 * at before it is followed, and is followed only within its own stack. An answer is worth something
 * when nobody can come in any more.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "domain.h"
#include "running.h"
#include "visit.h"

/* Deeper nested than that nobody is. */
#define VISITS_MAX 64

static bool of_driver(const struct suture_entry *entry, const struct suture_group *group,
		      const struct module *mod)
{
	if (mod)
		return within_module((unsigned long)entry, mod);
	return suture_group_owns(group, (unsigned long)entry);
}

/* The caller holds RCU, which keeps the stacks of tasks that end. */
static bool task_runs(struct task_struct *task, const struct suture_group *group,
		      const struct module *mod)
{
	unsigned long stack = (unsigned long)READ_ONCE(task->stack);
	struct suture_visit *v, visit;
	unsigned int n;

	if (!stack || copy_from_kernel_nofault(&v, (void *)(stack + SUTURE_STACK_HEAD), sizeof(v)))
		return false;
	for (n = 0; v && n < VISITS_MAX; n++, v = visit.prev) {
		if ((unsigned long)v - stack > THREAD_SIZE - sizeof(*v) ||
		    copy_from_kernel_nofault(&visit, v, sizeof(visit)))
			return false;
		if (visit.entry && of_driver(visit.entry, group, mod))
			return true;
	}
	return false;
}

/**
 * suture_running() - does any task but the caller run in a driver, or sleep in it?
 * @group:	the driver
 * @mod:	or only this module of it; NULL: any
 *
 * Interrupts on top of an idle processor are not seen: wait for an RCU grace period first.
 *
 * Context: task.
 */
bool suture_running(const struct suture_group *group, const struct module *mod)
{
	struct task_struct *leader, *task;
	bool found = false;

	rcu_read_lock();
	for_each_process_thread(leader, task)
		/* One that has ended in the driver, by an oops, is not in it. */
		if (!found && task != current && !READ_ONCE(task->exit_state))
			found = task_runs(task, group, mod);
	rcu_read_unlock();
	return found;
}

/**
 * suture_running_wait() - wait until no task but the caller runs in a driver
 * @group:	as above
 * @mod:	as above
 * @ms:		for how long
 *
 * Context: task, may sleep.
 * Return: false if one still does.
 */
bool suture_running_wait(const struct suture_group *group, const struct module *mod,
			 unsigned int ms)
{
	unsigned long end = jiffies + msecs_to_jiffies(ms);

	for (;;) {
		/* Interrupts and softirqs that began before are over then. */
		synchronize_rcu();
		if (!suture_running(group, mod))
			return true;
		if (time_after(jiffies, end))
			return false;
		msleep(20);
	}
}
