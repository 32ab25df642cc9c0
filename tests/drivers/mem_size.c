// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_size.c - asks for memory of sizes that cannot be.
 */
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bad.h"

static size_t unknown(size_t n)
{
	return (size_t)bad_unknown((void *)n);
}

/* Nothing there, as it must be? */
static int none(const void *ptr)
{
	return ptr ? -EPROTO : 0;
}

/* An error code taken for a length. */
static noinline int size_negative(void)
{
	return none(kmalloc(unknown(-5), GFP_KERNEL));
}

/* The same, after a turn as an unsigned int. */
static noinline int size_wrapped(void)
{
	return none(kmalloc(unknown((u32)-5), GFP_KERNEL));
}

/* A header is added to a length, and the sum is less than the header. */
static noinline int size_less(void)
{
	return none(kvmalloc(unknown(8) - 24, GFP_KERNEL));
}

static noinline int size_huge(void)
{
	return none(vmalloc(unknown(1UL << 50)));
}

/* What is there stays. */
static noinline int size_grow(void)
{
	char *old = kmalloc(64, GFP_KERNEL);
	int err;

	if (!old)
		return -ENOMEM;
	old[0] = 'o';
	err = none(krealloc(old, unknown(-1L << 40), GFP_KERNEL));
	if (old[0] != 'o')
		err = -EPROTO;
	kfree(old);
	return err;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "negative"))
		return size_negative();
	if (bad_is(word, "wrapped"))
		return size_wrapped();
	if (bad_is(word, "less"))
		return size_less();
	if (bad_is(word, "huge"))
		return size_huge();
	if (bad_is(word, "grow"))
		return size_grow();
	return -EINVAL;
}

/* Large is not absurd, and who tries without a warning knows that it may fail. */
static int bad_ok(void)
{
	void *large = kmalloc(unknown(1 << 20), GFP_KERNEL | __GFP_NOWARN);
	void *larger = kvmalloc(unknown(6 << 20), GFP_KERNEL);
	void *try = kmalloc(unknown(64 << 20), GFP_KERNEL | __GFP_NOWARN);
	int err = larger && !try ? 0 : -EBUSY;

	kfree(large);
	kvfree(larger);
	kfree(try);
	return err;
}

MODULE_DESCRIPTION("Test: absurd sizes of allocations");
