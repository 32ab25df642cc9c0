// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrk_self.c - work items that wait for themselves.
 */
#include <linux/workqueue.h>

#include "bad.h"

static struct workqueue_struct *wq, *wq_other;
static int calls;

static noinline void cancel_self(struct work_struct *work)
{
	calls++;
	queue_work(wq, work);
	cancel_work_sync(work);
}

static noinline void cancel_self_delayed(struct work_struct *work)
{
	calls++;
	queue_delayed_work(wq, to_delayed_work(work), 1);
	cancel_delayed_work_sync(to_delayed_work(work));
}

static noinline void flush_self(struct work_struct *work)
{
	calls++;
	flush_work(work);
}

static noinline void flush_queue(struct work_struct *unused)
{
	calls++;
	flush_workqueue(wq);
}

static int run(work_func_t function)
{
	struct delayed_work own;

	calls = 0;
	wq = alloc_workqueue("wrk_self", 0, 0);
	if (!wq)
		return -ENOMEM;
	INIT_DELAYED_WORK_ONSTACK(&own, function);
	queue_delayed_work(wq, &own, 0);
	msleep(BAD_MOMENT_MS);
	cancel_delayed_work_sync(&own);
	destroy_delayed_work_on_stack(&own);
	destroy_workqueue(wq);
	return calls == 1 ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "cancel"))
		return run(cancel_self);
	if (bad_is(word, "cancel-delayed"))
		return run(cancel_self_delayed);
	if (bad_is(word, "flush"))
		return run(flush_self);
	if (bad_is(word, "flush-queue"))
		return run(flush_queue);
	return -EINVAL;
}

static void nothing(struct work_struct *unused)
{
}

static DECLARE_WORK(other, nothing);

static void wait_other(struct work_struct *unused)
{
	calls++;
	schedule_work(&other);
	flush_work(&other);
	schedule_work(&other);
	cancel_work_sync(&other);
	/* Another queue than that of this item. */
	flush_workqueue(wq_other);
}

static int bad_ok(void)
{
	int err;

	wq_other = alloc_workqueue("wrk_self2", 0, 0);
	if (!wq_other)
		return -ENOMEM;
	err = run(wait_other);
	destroy_workqueue(wq_other);
	return err ? -EBUSY : 0;
}

MODULE_DESCRIPTION("Test: work items wait for themselves");
