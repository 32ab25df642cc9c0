// SPDX-License-Identifier: GPL-2.0-only
/*
 * kthread.c - breaks rules in a thread of its own.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DECLARE_COMPLETION(gone);
static const char *deed;

static noinline void thread_sleep(void)
{
	spin_lock(&lock);
	msleep(2);
	spin_unlock(&lock);
}

static noinline void thread_crash(void)
{
	spin_lock(&lock);
	*(int *)bad_unknown(NULL) = 1;
	spin_unlock(&lock);
}

static int thread(void *unused)
{
	if (bad_is(deed, "sleep"))
		thread_sleep();
	else if (bad_is(deed, "crash"))
		thread_crash();
	else if (bad_is(deed, "keep"))
		spin_lock(&lock);
	else if (bad_is(deed, "exit"))
		kthread_complete_and_exit(&gone, 0);
	while (bad_is(deed, "ok") && !kthread_should_stop())
		msleep(1);
	complete(&gone);
	return 7;
}

static noinline int run(const char *what)
{
	struct task_struct *task;
	int ret;

	deed = what;
	reinit_completion(&gone);
	task = kthread_create(thread, NULL, "bad_thread");
	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	wake_up_process(task);
	msleep(BAD_MOMENT_MS);
	ret = kthread_stop(task);
	put_task_struct(task);
	return ret;
}

static int bad_do(const char *word)
{
	int ret = run(word);

	/* What the thread returned comes back from kthread_stop(), unless it crashed. */
	return ret == 7 || bad_is(word, "crash") ? 0 : ret;
}

static int bad_ok(void)
{
	if (bad_locked(&lock))
		return -EBUSY;
	if (run("exit") || !try_wait_for_completion(&gone))
		return -EBUSY;
	return run("ok") == 7 ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: breaks rules in a thread");
