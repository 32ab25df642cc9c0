// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_unmap.c - unmaps twice, or otherwise than it mapped.
 */
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "edu.h"

#define SIZE 512

static void *buffer;
static struct scatterlist list[3];

static dma_addr_t map(void)
{
	return dma_map_single(&edu->dev, buffer, SIZE, DMA_TO_DEVICE);
}

static noinline void unmap_twice(void)
{
	dma_addr_t addr = map();

	dma_unmap_single(&edu->dev, addr, SIZE, DMA_TO_DEVICE);
	dma_unmap_single(&edu->dev, addr, SIZE, DMA_TO_DEVICE);
}

/* Two mappings of the same memory have the same address, and three unmaps are too many. */
static noinline void unmap_third(void)
{
	dma_addr_t first = map(), second = map();

	dma_unmap_single(&edu->dev, first, SIZE, DMA_TO_DEVICE);
	dma_unmap_single(&edu->dev, second, SIZE, DMA_TO_DEVICE);
	dma_unmap_single(&edu->dev, second, SIZE, DMA_TO_DEVICE);
}

static noinline void unmap_failed(void)
{
	dma_unmap_single(&edu->dev, DMA_MAPPING_ERROR, SIZE, DMA_TO_DEVICE);
}

static noinline void unmap_size(void)
{
	dma_unmap_single(&edu->dev, map(), SIZE / 2, DMA_TO_DEVICE);
}

static noinline void unmap_direction(void)
{
	dma_unmap_single(&edu->dev, map(), SIZE, DMA_FROM_DEVICE);
}

static void map_list(void)
{
	int i;

	sg_init_table(list, ARRAY_SIZE(list));
	for (i = 0; i < ARRAY_SIZE(list); i++)
		sg_set_buf(&list[i], buffer + i * 1024, 64);
	dma_map_sg(&edu->dev, list, ARRAY_SIZE(list), DMA_FROM_DEVICE);
}

static noinline void unmap_list(void)
{
	map_list();
	dma_unmap_sg(&edu->dev, list, ARRAY_SIZE(list), DMA_FROM_DEVICE);
	dma_unmap_sg(&edu->dev, list, ARRAY_SIZE(list), DMA_FROM_DEVICE);
}

static noinline void unmap_part(void)
{
	map_list();
	dma_unmap_sg(&edu->dev, list, 1, DMA_FROM_DEVICE);
}

static int bad_do(const char *word)
{
	buffer = kzalloc(4096, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	if (bad_is(word, "twice"))
		unmap_twice();
	else if (bad_is(word, "third"))
		unmap_third();
	else if (bad_is(word, "failed"))
		unmap_failed();
	else if (bad_is(word, "size"))
		unmap_size();
	else if (bad_is(word, "direction"))
		unmap_direction();
	else if (bad_is(word, "list"))
		unmap_list();
	else if (bad_is(word, "part"))
		unmap_part();
	kfree(buffer);
	return 0;
}

/* The same memory several times at once, in several lengths, and a list. */
static int bad_ok(void)
{
	dma_addr_t all[8];
	int i, err = 0;

	buffer = kzalloc(4096, GFP_KERNEL);
	if (!buffer)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		all[i] = dma_map_single(&edu->dev, buffer, SIZE + 64 * i, DMA_TO_DEVICE);
		if (dma_mapping_error(&edu->dev, all[i]))
			err = -EBUSY;
	}
	for (i = 0; i < ARRAY_SIZE(all); i++)
		dma_unmap_single(&edu->dev, all[i], SIZE + 64 * i, DMA_TO_DEVICE);
	map_list();
	dma_unmap_sg(&edu->dev, list, ARRAY_SIZE(list), DMA_FROM_DEVICE);
	kfree(buffer);
	return err ?: edu_ok();
}

MODULE_DESCRIPTION("Test: unmaps DMA memory wrongly");
