// SPDX-License-Identifier: GPL-2.0-only
/*
 * log_flood.c - writes more to the log than anybody can read.
 */
#include <linux/device.h>
#include <linux/printk.h>

#include "bad.h"

#define MANY 3000
#define LIST 300

static noinline int flood_printk(void)
{
	int i;

	for (i = 0; i < MANY; i++)
		pr_info("line %d of %d\n", i, MANY);
	return 0;
}

static noinline int flood_device(void)
{
	int i;

	for (i = 0; i < MANY; i++)
		dev_info(bad_misc.this_device, "line %d of %d\n", i, MANY);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "printk"))
		return flood_printk();
	if (bad_is(word, "device"))
		return flood_device();
	return -EINVAL;
}

static int bad_ok(void)
{
	static bool done;
	int i;

	for (i = 0; i < LIST && !done; i++)
		dev_info(bad_misc.this_device,
			 "a line of the list of %d %d %d %d %d %d %d %d\n", 7, 6, 5, 4, 3, 2, 1, 0);
	done = true;
	return 0;
}

MODULE_DESCRIPTION("Test: floods the log");
