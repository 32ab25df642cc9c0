// SPDX-License-Identifier: GPL-2.0-only
/*
 * wrk_wq.c - goes on with a workqueue that it did not get.
 */
#include <linux/workqueue.h>

#include "bad.h"

static int runs;

static void work(struct work_struct *unused)
{
	runs++;
}
static DECLARE_WORK(item, work);
static DECLARE_DELAYED_WORK(later, work);

static noinline int queue_nowhere(void)
{
	struct workqueue_struct *none = bad_unknown(NULL);

	runs = 0;
	queue_work(none, &item);
	flush_work(&item);
	return runs == 1 ? 0 : -EPROTO;
}

static noinline int queue_later(void)
{
	struct workqueue_struct *none = bad_unknown(NULL);

	runs = 0;
	queue_delayed_work(none, &later, 1);
	flush_delayed_work(&later);
	return runs == 1 ? 0 : -EPROTO;
}

static noinline int destroy_none(void)
{
	destroy_workqueue(bad_unknown(NULL));
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "queue"))
		return queue_nowhere();
	if (bad_is(word, "later"))
		return queue_later();
	if (bad_is(word, "destroy"))
		return destroy_none();
	return -EINVAL;
}

static int bad_ok(void)
{
	struct workqueue_struct *wq = alloc_workqueue("bad_wrk_wq", 0, 0);

	if (!wq)
		return -ENOMEM;
	runs = 0;
	queue_work(wq, &item);
	destroy_workqueue(wq);
	return runs == 1 ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: work without a workqueue");
