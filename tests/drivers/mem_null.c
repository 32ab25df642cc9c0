// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_null.c - uses the result of an allocation without looking at it.
 */
#include <linux/slab.h>

#include "bad.h"

struct thing {
	char name[64];
	int value;
};

/* More than there can be; __GFP_NOWARN as a driver that expects this would say. */
static noinline struct thing *allocate(void)
{
	size_t size = SIZE_MAX;

	OPTIMIZER_HIDE_VAR(size);
	return kmalloc(size, GFP_KERNEL | __GFP_NOWARN);
}

static noinline int use_value(void)
{
	struct thing *thing = allocate();

	WRITE_ONCE(thing->value, 1);
	return 0;
}

static noinline int use_name(void)
{
	struct thing *thing = allocate();

	memset(bad_unknown(thing), 0, sizeof(*thing));
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "value"))
		return use_value();
	if (bad_is(word, "name"))
		return use_name();
	return -EINVAL;
}

static int bad_ok(void)
{
	struct thing *thing = kzalloc(sizeof(*thing), GFP_KERNEL);
	int value;

	if (!thing)
		return -ENOMEM;
	if (allocate())
		return -EBUSY;
	value = thing->value;
	kfree(thing);
	return value;
}

MODULE_DESCRIPTION("Test: uses memory that it did not get");
