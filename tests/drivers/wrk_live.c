// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrk_live.c - leaves work items pending or running when it is removed.
 */
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "bad.h"

static unsigned int calls;

static void soon(struct work_struct *unused)
{
	calls++;
}

static void slow(struct work_struct *unused)
{
	msleep(2500);
	calls++;
}

static void again(struct work_struct *work)
{
	calls++;
	schedule_delayed_work(to_delayed_work(work), 1);
}

static DECLARE_WORK(work, soon);
static DECLARE_WORK(work_slow, slow);
static DECLARE_DELAYED_WORK(work_later, soon);
static DECLARE_DELAYED_WORK(work_again, again);

static noinline void queue_later(void)
{
	schedule_delayed_work(&work_later, 2 * HZ);
}

static noinline void queue_again(void)
{
	schedule_delayed_work(&work_again, 1);
}

static noinline void queue_slow(void)
{
	schedule_work(&work_slow);
	msleep(BAD_MOMENT_MS);
}

static int bad_do(const char *word)
{
	if (bad_is(word, "later"))
		queue_later();
	else if (bad_is(word, "again"))
		queue_again();
	else if (bad_is(word, "slow"))
		queue_slow();
	else
		return -EINVAL;
	return 0;
}

static int bad_ok(void)
{
	struct workqueue_struct *wq = alloc_workqueue("wrk_live", 0, 0);
	struct work_struct own;
	unsigned int before = calls;

	if (!wq)
		return -ENOMEM;
	INIT_WORK_ONSTACK(&own, soon);
	queue_work(wq, &own);
	flush_work(&own);
	queue_work(wq, &own);
	cancel_work_sync(&own);
	destroy_work_on_stack(&own);
	/* Done when the queue goes. */
	queue_work(wq, &work);
	destroy_workqueue(wq);
	return calls < before + 2 ? -EBUSY : 0;
}

MODULE_DESCRIPTION("Test: leaves work items behind");
