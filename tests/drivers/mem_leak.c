// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_leak.c - does not free all that it has allocated when it is removed.
 */
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bad.h"

static void *kept;

static noinline void *leak_kmalloc(void)
{
	return kzalloc(48, GFP_KERNEL);
}

static noinline void *leak_vmalloc(void)
{
	return vmalloc(5000);
}

static int bad_do(const char *word)
{
	if (bad_is(word, "kmalloc"))
		kept = leak_kmalloc();
	else if (bad_is(word, "vmalloc"))
		kept = leak_vmalloc();
	else
		return -EINVAL;
	return kept ? 0 : -ENOMEM;
}

static int bad_ok(void)
{
	kfree(leak_kmalloc());
	vfree(leak_vmalloc());
	return 0;
}

MODULE_DESCRIPTION("Test: leaks memory");
