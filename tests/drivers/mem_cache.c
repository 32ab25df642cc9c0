// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_cache.c - frees objects of slab caches twice, or into the wrong cache.
 */
#include <linux/slab.h>

#include "bad.h"

static struct kmem_cache *cache, *other;

static noinline int cache_twice(void)
{
	void *object = kmem_cache_alloc(cache, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kmem_cache_free(cache, object);
	kmem_cache_free(cache, bad_unknown(object));
	return 0;
}

static noinline int cache_wrong(void)
{
	void *object = kmem_cache_alloc(cache, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kmem_cache_free(other, object);
	return 0;
}

static noinline int cache_atomic(void)
{
	void *object;

	preempt_disable();
	object = kmem_cache_alloc(cache, GFP_KERNEL);
	preempt_enable();
	if (!object)
		return -ENOMEM;
	kmem_cache_free(cache, object);
	return 0;
}

/* The caches are made and destroyed each time: nothing may be left in them. */
static int with_caches(int (*deed)(void))
{
	int err = -ENOMEM;

	/* With a usercopy region, and so never merged with another. */
	cache = kmem_cache_create_usercopy("bad_one", 104, 0, 0, 0, 8, NULL);
	other = kmem_cache_create_usercopy("bad_other", 200, 0, 0, 0, 8, NULL);
	if (cache && other)
		err = deed();
	kmem_cache_destroy(cache);
	kmem_cache_destroy(other);
	return err;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "twice"))
		return with_caches(cache_twice);
	if (bad_is(word, "wrong"))
		return with_caches(cache_wrong);
	if (bad_is(word, "atomic"))
		return with_caches(cache_atomic);
	return -EINVAL;
}

static int good(void)
{
	void *all[40];
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(all); i++) {
		all[i] = kmem_cache_alloc(i % 2 ? cache : other, GFP_KERNEL);
		if (!all[i])
			err = -EBUSY;
	}
	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (all[i])
			kmem_cache_free(i % 2 ? cache : other, all[i]);
	return err;
}

static int bad_ok(void)
{
	return with_caches(good);
}

MODULE_DESCRIPTION("Test: frees slab objects twice and wrongly");
