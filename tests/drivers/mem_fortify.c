// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_fortify.c - copies that leave an object whose size the compiler knows.
 */
#include <linux/string.h>

#include "bad.h"

static char array[16];

static size_t unknown(size_t n)
{
	return (size_t)bad_unknown((void *)n);
}

static noinline int fortify_memcpy(void)
{
	memcpy(array, bad_unknown("a text of more than 16"), unknown(20));
	return array[0] ? 0 : -EPROTO;
}

static noinline int fortify_user(void)
{
	char local[16];
	size_t n = unknown(20);

	return copy_from_user(local, (void __user *)current->mm->arg_start, n) == n ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "memcpy"))
		return fortify_memcpy();
	if (bad_is(word, "user"))
		return fortify_user();
	return -EINVAL;
}

static int bad_ok(void)
{
	/* Nothing of the copy that was abandoned is there. */
	if (array[0])
		return -EBUSY;
	memcpy(array, bad_unknown("sixteen of them."), unknown(16));
	memset(array, 0, sizeof(array));
	return 0;
}

MODULE_DESCRIPTION("Test: copies that leave an array");
