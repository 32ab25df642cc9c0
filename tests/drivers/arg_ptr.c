// SPDX-License-Identifier: GPL-2.0-only
/*
 * arg_ptr.c - hands the kernel pointers that no call can be right with.
 */
#include <linux/err.h>
#include <linux/mutex.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);

/* What a driver does that forgot to look whether its private data is there. */
struct private {
	long first;
	spinlock_t lock;
};

static noinline void lock_null(void)
{
	struct private *none = bad_unknown(NULL);

	spin_lock(&none->lock);
	spin_unlock(&none->lock);
}

static noinline void mutex_error(void)
{
	struct mutex *failed = bad_unknown(ERR_PTR(-ENOMEM));

	mutex_lock(failed);
	mutex_unlock(failed);
}

static noinline void mutex_user(void)
{
	mutex_unlock(bad_unknown((void *)0x1000));
}

static int bad_do(const char *word)
{
	if (bad_is(word, "null")) {
		lock_null();
	} else if (bad_is(word, "null-locked")) {
		spin_lock(&lock);
		lock_null();
		spin_unlock(&lock);
	} else if (bad_is(word, "error")) {
		mutex_error();
	} else if (bad_is(word, "user")) {
		mutex_lock(&mutex);
		mutex_user();
		mutex_unlock(&mutex);
	} else {
		return -EINVAL;
	}
	return 0;
}

static int bad_ok(void)
{
	if (bad_locked(&lock))
		return -EBUSY;
	if (!mutex_trylock(&mutex))
		return -EBUSY;
	mutex_unlock(&mutex);
	return bad_calm() ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: NULL, an error pointer and a user address as locks");
