// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_wrongfree.c - gives memory back to another allocator than it came from.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bad.h"

static noinline int free_vmalloc(void)
{
	void *object = vmalloc(3 * PAGE_SIZE);

	if (!object)
		return -ENOMEM;
	kfree(bad_unknown(object));
	return 0;
}

static noinline int free_kmalloc(void)
{
	void *object = kmalloc(100, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	vfree(bad_unknown(object));
	return 0;
}

/* Only large ones come from vmalloc: works until somebody has a large one. */
static noinline int free_kvmalloc(void)
{
	void *object = kvmalloc(8 * 1024 * 1024, GFP_KERNEL);

	if (!object)
		return -ENOMEM;
	kfree(bad_unknown(object));
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "vmalloc"))
		return free_vmalloc();
	if (bad_is(word, "kmalloc"))
		return free_kmalloc();
	if (bad_is(word, "kvmalloc"))
		return free_kvmalloc();
	return -EINVAL;
}

static int bad_ok(void)
{
	kvfree(kvmalloc(8 * 1024 * 1024, GFP_KERNEL));
	kvfree(kvmalloc(64, GFP_KERNEL));
	vfree(vzalloc(100));
	kvfree(vmalloc(100));
	return 0;
}

MODULE_DESCRIPTION("Test: gives memory back to the wrong allocator");
