// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_badfree.c - frees what was never allocated.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "bad.h"

static char quiet_data[64];

static noinline int free_static(void)
{
	kfree(bad_unknown(quiet_data));
	return 0;
}

static noinline int free_stack(void)
{
	long on_stack[4] = { 0 };

	kfree(bad_unknown(on_stack));
	return 0;
}

static noinline int free_error(void)
{
	kfree(bad_unknown(ERR_PTR(-ENOENT)));
	return 0;
}

static noinline int free_user(void)
{
	kfree(bad_unknown((void *)0x7f0012345678UL));
	return 0;
}

/* Behind its beginning. */
static noinline int free_inside(void)
{
	char *object = kmalloc(64, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(bad_unknown(object + 4));
	kfree(object);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "static"))
		return free_static();
	if (bad_is(word, "stack"))
		return free_stack();
	if (bad_is(word, "error"))
		return free_error();
	if (bad_is(word, "user"))
		return free_user();
	if (bad_is(word, "inside"))
		return free_inside();
	return -EINVAL;
}

static int bad_ok(void)
{
	kfree(NULL);
	kfree(ZERO_SIZE_PTR);
	kfree(kzalloc(64, GFP_KERNEL));
	return 0;
}

MODULE_DESCRIPTION("Test: frees what was never allocated");
