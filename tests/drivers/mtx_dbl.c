// SPDX-License-Identifier: GPL-2.0-only
/*
 * mtx_dbl.c - locks a mutex that it owns already.
 */
#include <linux/mutex.h>

#include "bad.h"

static DEFINE_MUTEX(mutex);

static noinline int double_plain(void)
{
	mutex_lock(&mutex);
	mutex_lock(&mutex);
	mutex_unlock(&mutex);
	/* The outer section goes on. */
	if (!mutex_is_locked(&mutex))
		return -EPROTO;
	mutex_unlock(&mutex);
	return 0;
}

static noinline int double_interruptible(void)
{
	mutex_lock(&mutex);
	if (mutex_lock_interruptible(&mutex))
		return -EPROTO;
	mutex_unlock(&mutex);
	if (!mutex_is_locked(&mutex))
		return -EPROTO;
	mutex_unlock(&mutex);
	return 0;
}

static noinline int double_killable(void)
{
	if (mutex_lock_killable(&mutex))
		return -EPROTO;
	if (mutex_lock_killable(&mutex))
		return -EPROTO;
	mutex_unlock(&mutex);
	if (!mutex_is_locked(&mutex))
		return -EPROTO;
	mutex_unlock(&mutex);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "plain"))
		return double_plain();
	if (bad_is(word, "interruptible"))
		return double_interruptible();
	if (bad_is(word, "killable"))
		return double_killable();
	return -EINVAL;
}

static int bad_ok(void)
{
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	/* A trylock of one's own mutex is a question, and the answer is no. */
	if (mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	return 0;
}

MODULE_DESCRIPTION("Test: locks a mutex twice");
