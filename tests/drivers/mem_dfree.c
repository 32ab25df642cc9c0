// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_dfree.c - frees memory twice.
 */
#include <linux/mm.h>
#include <linux/slab.h>

#include "bad.h"

static void *object;

static noinline int free_twice(void)
{
	object = kmalloc(200, GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	kfree(object);
	kfree(bad_unknown(object));
	return 0;
}

/* With others allocated and freed in between. */
static noinline int free_later(void)
{
	void *other[8];
	int i;

	object = kmalloc(96, GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	kfree(object);
	for (i = 0; i < ARRAY_SIZE(other); i++)
		other[i] = kmalloc(96, GFP_KERNEL);
	for (i = 0; i < ARRAY_SIZE(other); i++)
		if (other[i] == object)
			return -EPROTO;
	kfree(bad_unknown(object));
	for (i = 0; i < ARRAY_SIZE(other); i++)
		kfree(other[i]);
	return 0;
}

static noinline int free_other(void)
{
	object = kmalloc(64, GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	kvfree(object);
	kfree_sensitive(bad_unknown(object));
	return 0;
}

static noinline int free_grow(void)
{
	void *grown;

	object = kmalloc(64, GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	kfree(object);
	grown = krealloc(bad_unknown(object), 128, GFP_KERNEL);
	if (grown)
		return -EPROTO;
	return 0;
}

static noinline void free_callback(struct timer_list *unused)
{
	kfree(object);
}

/* The second time in a softirq. */
static noinline int free_softirq(void)
{
	object = kmalloc(64, GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	kfree(object);
	bad_in_softirq(free_callback);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "twice"))
		return free_twice();
	if (bad_is(word, "later"))
		return free_later();
	if (bad_is(word, "other"))
		return free_other();
	if (bad_is(word, "grow"))
		return free_grow();
	if (bad_is(word, "softirq"))
		return free_softirq();
	return -EINVAL;
}

static int bad_ok(void)
{
	void *all[32];
	int i, j;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		all[i] = kzalloc(64, GFP_KERNEL);
		for (j = 0; j < i; j++)
			if (all[i] && all[i] == all[j])
				return -EBUSY;
	}
	for (i = 0; i < ARRAY_SIZE(all); i++)
		kfree(all[i]);
	return 0;
}

MODULE_DESCRIPTION("Test: frees memory twice");
