// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtx_unbal.c - unlocks a mutex that is not locked, or that is somebody else's.
 */
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mutex.h>

#include "bad.h"

static DEFINE_MUTEX(mutex);
static DECLARE_COMPLETION(taken);
static DECLARE_COMPLETION(enough);

static noinline int unlock_free(void)
{
	mutex_unlock(&mutex);
	return mutex_is_locked(&mutex) ? -EPROTO : 0;
}

static int owner(void *unused)
{
	mutex_lock(&mutex);
	complete(&taken);
	wait_for_completion(&enough);
	mutex_unlock(&mutex);
	/* Until somebody calls kthread_stop(). */
	while (!kthread_should_stop())
		msleep(1);
	return 0;
}

static noinline int unlock_others(void)
{
	struct task_struct *task;
	bool lost;

	reinit_completion(&taken);
	reinit_completion(&enough);
	task = kthread_run(owner, NULL, "bad_owner");
	if (IS_ERR(task))
		return PTR_ERR(task);
	wait_for_completion(&taken);
	mutex_unlock(&mutex);
	lost = !mutex_is_locked(&mutex);
	complete(&enough);
	kthread_stop(task);
	return lost ? -EPROTO : 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "free"))
		return unlock_free();
	if (bad_is(word, "others"))
		return unlock_others();
	return -EINVAL;
}

static int bad_ok(void)
{
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	return 0;
}

MODULE_DESCRIPTION("Test: unlocks a mutex that it does not own");
