// SPDX-License-Identifier: GPL-2.0-only
/*
 * group_second.c - another driver with the same part.
 */
#include <linux/slab.h>

#include "bad.h"
#include "group.h"

static int bad_do(const char *word)
{
	return bad_is(word, "crash") ? part_touch(bad_unknown(NULL)) : -EINVAL;
}

static int bad_ok(void)
{
	if (part_locked())
		return -EBUSY;
	kfree(part_alloc());
	return 0;
}

MODULE_DESCRIPTION("Test: another driver with the same part");
