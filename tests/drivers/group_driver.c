// SPDX-License-Identifier: GPL-2.0-only
/*
 * group_driver.c - a driver with a part of it in another module, across which it breaks rules.
 */
#include <linux/slab.h>

#include "bad.h"
#include "group.h"

static void tick(struct timer_list *unused)
{
}

static DEFINE_TIMER(timer, tick);

static noinline void free_here(void *p)
{
	kfree(p);
}

static noinline void *alloc_here(void)
{
	return kzalloc(40, GFP_KERNEL);
}

static int free_twice(void)
{
	void *p = part_alloc();

	free_here(p);
	part_free(p);
	return 0;
}

static int free_twice_back(void)
{
	void *p = alloc_here();

	part_free(p);
	free_here(p);
	return 0;
}

static int crash_locked(void)
{
	part_lock();
	return part_touch(bad_unknown(NULL));
}

/* The kernel's caller of it is the part, which goes on. */
static noinline int callback(int *p)
{
	return *p;
}

static int bad_do(const char *word)
{
	int n = 1;

	if (bad_is(word, "twice"))
		return free_twice();
	if (bad_is(word, "twice-back"))
		return free_twice_back();
	if (bad_is(word, "crash"))
		return part_touch(bad_unknown(NULL));
	if (bad_is(word, "crash-locked"))
		return crash_locked();
	if (bad_is(word, "callback"))
		return part_call(callback, bad_unknown(NULL)) == -EIO ? -ECANCELED : 0;
	if (bad_is(word, "touch"))
		return part_touch(&n) == 2 ? 0 : -EBUSY;
	if (bad_is(word, "lock"))
		part_lock();
	else if (bad_is(word, "leak"))
		part_alloc();
	else if (bad_is(word, "leak-here"))
		alloc_here();
	else if (bad_is(word, "hand"))
		part_hand(alloc_here());
	else if (bad_is(word, "timer"))
		part_arm(&timer);
	else
		return -EINVAL;
	return 0;
}

static int bad_ok(void)
{
	void *p = part_alloc();
	int n = 7;

	if (part_locked())
		return -EBUSY;
	part_lock();
	part_unlock();
	free_here(p);
	part_free(alloc_here());
	part_touch(&n);
	return part_call(callback, &n) == 8 ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: a driver with a part in another module");
