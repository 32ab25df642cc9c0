// SPDX-License-Identifier: GPL-2.0-only
/*
 * cmp_wait.c - waits that are not finished, and completions that come too late.
 */
#include <linux/completion.h>
#include <linux/wait.h>

#include "bad.h"

static DECLARE_WAIT_QUEUE_HEAD(queue);
static struct completion *shared;
static struct timer_list timer;

/* On the queue, and not running, when it returns. */
static noinline int leave_queued(void)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(&queue, &wait, TASK_INTERRUPTIBLE);
	return 0;
}

/* Off the queue, but not running. */
static noinline int leave_state(void)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(&queue, &wait, TASK_INTERRUPTIBLE);
	finish_wait(&queue, &wait);
	set_current_state(TASK_INTERRUPTIBLE);
	return 0;
}

static noinline int crash_queued(void)
{
	DEFINE_WAIT(wait);

	prepare_to_wait(&queue, &wait, TASK_UNINTERRUPTIBLE);
	return *(int *)bad_unknown(NULL);
}

static void complete_late(struct timer_list *unused)
{
	complete(shared);
}

static noinline int wait_short(void)
{
	DECLARE_COMPLETION_ONSTACK(done);

	shared = &done;
	timer_setup(&timer, complete_late, 0);
	mod_timer(&timer, jiffies + HZ / 10);
	wait_for_completion_timeout(&done, 2);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "queued"))
		return leave_queued();
	if (bad_is(word, "state"))
		return leave_state();
	if (bad_is(word, "crash"))
		return crash_queued();
	if (bad_is(word, "late"))
		return wait_short();
	return -EINVAL;
}

/* A wait of each kind that ends as it should; the completion comes in time. */
static int bad_ok(void)
{
	DECLARE_COMPLETION_ONSTACK(done);
	long left;

	/* Nobody else uses it. */
	if (waitqueue_active(&queue) || READ_ONCE(current->__state) != TASK_RUNNING)
		return -EBUSY;
	wait_event_timeout(queue, shared == &done, 1);
	shared = &done;
	timer_setup(&timer, complete_late, 0);
	mod_timer(&timer, jiffies + 2);
	left = wait_for_completion_timeout(&done, HZ * 5);
	del_timer_sync(&timer);
	return left ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: waits on the stack that outlive it");
