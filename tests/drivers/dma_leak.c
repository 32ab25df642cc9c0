// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_leak.c - leaves memory mapped for its device when it is removed.
 */
#include <linux/slab.h>

#include "edu.h"

static u8 buffer[4096] __aligned(4096);
static struct page *page;

static noinline int leak_page(void)
{
	dma_addr_t addr;

	page = alloc_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	addr = dma_map_page(&edu->dev, page, 0, 1024, DMA_TO_DEVICE);
	return dma_mapping_error(&edu->dev, addr);
}

static noinline int leak_coherent(void)
{
	dma_addr_t addr;

	return dma_alloc_coherent(&edu->dev, 8192, &addr, GFP_KERNEL) ? 0 : -ENOMEM;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "page"))
		return leak_page();
	if (bad_is(word, "coherent"))
		return leak_coherent();
	return -EINVAL;
}

static int bad_ok(void)
{
	dma_addr_t addr;
	void *cpu = dma_alloc_coherent(&edu->dev, sizeof(buffer), &addr, GFP_KERNEL);

	if (!cpu)
		return -ENOMEM;
	memcpy(cpu, buffer, sizeof(buffer));
	dma_free_coherent(&edu->dev, sizeof(buffer), cpu, addr);
	return edu_ok();
}

MODULE_DESCRIPTION("Test: leaves memory mapped for DMA");
