// SPDX-License-Identifier: GPL-2.0-only
/*
 * arg_ptr.c - hands the kernel pointers that no call can be right with.
 */
#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/mutex.h>
#include <linux/poison.h>
#include <linux/rbtree.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);
static DECLARE_COMPLETION(done);

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

static noinline int unlock_null(void *none)
{
	spin_unlock(none);
	return 0;
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

/*
 * The rest goes through functions without a wrapper, one for each kind of result. What
 * they return when they fail is what the driver has to get.
 */
static noinline int call_void(void *p)
{
	complete(p);
	return 0;
}

static noinline int call_errno(void *p)
{
	return cdev_add(p, 0, 1) == -EINVAL ? 0 : -EIO;
}

static noinline int call_bool(void *p)
{
	return try_wait_for_completion(p) ? -EIO : 0;
}

static noinline int call_null(void *p)
{
	return rb_first(p) ? -EIO : 0;
}

static noinline int call_error(void *p)
{
	return PTR_ERR_OR_ZERO(eventfd_ctx_fileget(p)) == -EINVAL ? 0 : -EIO;
}

static noinline int call_number(void *p)
{
	return wait_for_completion_timeout(p, 1) ? -EIO : 0;
}

static noinline int call_variadic(void *p)
{
	dev_err(p, "%d of %d\n", 1, 2);
	return 0;
}

/* Only the second argument is wrong, and it is one that may well be NULL. */
static noinline int call_weak(void *p)
{
	static struct cdev cdev;
	static struct class class;

	cdev_init(&cdev, NULL);
	return PTR_ERR_OR_ZERO(device_create(&class, p, 0, NULL, "bad")) ? -EIO : 0;
}

/* A jump instead of a call: its site is here all the same. */
static noinline void call_tail(void *p)
{
	complete_all(p);
}

/* No table of functions: those would be entries of their own. */
static int call_all(const char *word)
{
	if (bad_is(word, "unlock-null"))
		return unlock_null(bad_unknown(NULL));
	if (bad_is(word, "void-null"))
		return call_void(bad_unknown(NULL));
	if (bad_is(word, "void-offset"))
		return call_void(bad_unknown((void *)0x10));
	if (bad_is(word, "errno-error"))
		return call_errno(bad_unknown(ERR_PTR(-ENOMEM)));
	if (bad_is(word, "bool-user"))
		return call_bool(bad_unknown((void *)0x7f0000001000));
	if (bad_is(word, "null-poison"))
		return call_null(bad_unknown(LIST_POISON1));
	if (bad_is(word, "error-null"))
		return call_error(bad_unknown(NULL));
	if (bad_is(word, "number-null"))
		return call_number(bad_unknown(NULL));
	if (bad_is(word, "variadic-poison"))
		return call_variadic(bad_unknown((void *)0x6b6b6b6b6b6b6b6b));
	if (bad_is(word, "weak-odd"))
		return call_weak(bad_unknown((void *)0x1234567890abcdef));
	if (!bad_is(word, "tail-user"))
		return -EINVAL;
	call_tail(bad_unknown((void *)0x1000));
	return 0;
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
		return call_all(word);
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
	/* All of these may be NULL. */
	put_device(bad_unknown(NULL));
	dev_dbg(bad_unknown(NULL), "nothing\n");
	init_completion(&done);
	complete(&done);
	if (!try_wait_for_completion(&done) || wait_for_completion_timeout(&done, 1))
		return -EIO;
	return bad_calm() ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: pointers that no call can be right with");
