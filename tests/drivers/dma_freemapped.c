// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_freemapped.c - frees memory that its device may still write to.
 */
#include <linux/slab.h>

#include "edu.h"

#define SIZE 256

static void *buffer;
static dma_addr_t addr;

static int map(void)
{
	addr = dma_map_single(&edu->dev, buffer, SIZE, DMA_FROM_DEVICE);
	return dma_mapping_error(&edu->dev, addr);
}

/* Nobody else may get the memory before it is unmapped. */
static int unmap(size_t size)
{
	void *other[64];
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(other); i++) {
		other[i] = size < PAGE_SIZE ? kmalloc(size, GFP_KERNEL) :
			   (void *)__get_free_page(GFP_KERNEL);
		if (other[i] == buffer)
			err = -EPROTO;
	}
	dma_unmap_single(&edu->dev, addr, SIZE, DMA_FROM_DEVICE);
	for (i = 0; i < ARRAY_SIZE(other); i++) {
		if (size < PAGE_SIZE)
			kfree(other[i]);
		else
			free_page((unsigned long)other[i]);
	}
	return err;
}

static noinline void free_kmalloc(void)
{
	kfree(buffer);
}

static noinline void free_kvmalloc(void)
{
	kvfree(buffer);
}

static noinline void free_whole(void)
{
	free_page((unsigned long)buffer);
}

static int bad_do(const char *word)
{
	bool whole = bad_is(word, "page");

	buffer = whole ? (void *)__get_free_page(GFP_KERNEL) : kmalloc(SIZE, GFP_KERNEL);
	if (!buffer || map())
		return -ENOMEM;
	if (whole)
		free_whole();
	else if (bad_is(word, "kvfree"))
		free_kvmalloc();
	else
		free_kmalloc();
	return unmap(whole ? PAGE_SIZE : SIZE);
}

static int bad_ok(void)
{
	int i;

	for (i = 0; i < 100; i++) {
		buffer = kmalloc(SIZE, GFP_KERNEL);
		if (!buffer || map())
			return -ENOMEM;
		dma_unmap_single(&edu->dev, addr, SIZE, DMA_FROM_DEVICE);
		kfree(buffer);
	}
	return edu_ok();
}

MODULE_DESCRIPTION("Test: frees memory that is mapped for DMA");
