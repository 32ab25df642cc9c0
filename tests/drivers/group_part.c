// SPDX-License-Identifier: GPL-2.0-only
/*
 * group_part.c - a part of other drivers: what they and it do wrong is done by one driver.
 */
#define BAD_PROBED
#include <linux/slab.h>

#include "bad.h"
#include "group.h"

#define PART_HANDED 8

static DEFINE_SPINLOCK(lock);
static void *handed[PART_HANDED];
static unsigned int nhanded;

noinline void *part_alloc(void)
{
	return kzalloc(72, GFP_KERNEL);
}
EXPORT_SYMBOL_GPL(part_alloc);

noinline void part_free(void *p)
{
	kfree(p);
}
EXPORT_SYMBOL_GPL(part_free);

void part_hand(void *p)
{
	handed[nhanded++ % PART_HANDED] = p;
}
EXPORT_SYMBOL_GPL(part_hand);

noinline void part_lock(void)
{
	spin_lock(&lock);
}
EXPORT_SYMBOL_GPL(part_lock);

noinline void part_unlock(void)
{
	spin_unlock(&lock);
}
EXPORT_SYMBOL_GPL(part_unlock);

bool part_locked(void)
{
	return bad_locked(&lock);
}
EXPORT_SYMBOL_GPL(part_locked);

noinline int part_touch(int *p)
{
	return ++*p;
}
EXPORT_SYMBOL_GPL(part_touch);

noinline int part_call(int (*fn)(int *p), int *p)
{
	return fn(p);
}
EXPORT_SYMBOL_GPL(part_call);

void part_arm(struct timer_list *timer)
{
	mod_timer(timer, jiffies + HZ);
}
EXPORT_SYMBOL_GPL(part_arm);

static int bad_do(const char *word)
{
	if (!bad_is(word, "crash"))
		return -EINVAL;
	return part_touch(bad_unknown(NULL));
}

static int bad_ok(void)
{
	int n = 1;

	return part_locked() || part_touch(&n) != 2 ? -EBUSY : 0;
}

static int __init part_init(void)
{
	return misc_register(&bad_misc);
}
module_init(part_init);

static void __exit part_exit(void)
{
	misc_deregister(&bad_misc);
	while (nhanded)
		kfree(handed[--nhanded % PART_HANDED]);
}
module_exit(part_exit);

MODULE_DESCRIPTION("Test: a part of drivers");
