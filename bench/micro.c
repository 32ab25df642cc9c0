// SPDX-License-Identifier: GPL-2.0-only
/*
 * micro.c - a driver that does one thing at a time, to measure what guarding
 * costs for one crossing: an entry with its return, and each kind of checked
 * call.
 *
 * caller.ko measures. All locks are free and the memory is small: what is seen
 * is the way that a correct driver takes.
 */
#include <linux/dma-mapping.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/vmalloc.h>

#include "caller.h"

static DEFINE_SPINLOCK(spin);
static DEFINE_MUTEX(mutex);
static DECLARE_RWSEM(sem);
static struct timer_list timer;
static struct rb_root tree = RB_ROOT;

static void micro_entry(void)
{
}

static void micro_spin(unsigned int times)
{
	while (times--) {
		spin_lock(&spin);
		spin_unlock(&spin);
	}
}

static void micro_irqsave(unsigned int times)
{
	unsigned long flags;

	while (times--) {
		spin_lock_irqsave(&spin, flags);
		spin_unlock_irqrestore(&spin, flags);
	}
}

static void micro_mutex(unsigned int times)
{
	while (times--) {
		mutex_lock(&mutex);
		mutex_unlock(&mutex);
	}
}

/* up_read() cannot break a rule and is not checked: one checked call. */
static void micro_block(unsigned int times)
{
	while (times--) {
		down_read(&sem);
		up_read(&sem);
	}
}

static void micro_memory(unsigned int times)
{
	while (times--) {
		void *p = kmalloc(64, GFP_KERNEL);

		OPTIMIZER_HIDE_VAR(p);
		kfree(p);
	}
}

/*
 * A mapping for DMA, as for a packet. Each byte of the memory is a place of its own, so
 * that many mappings can be held at a time.
 */
#define MAPPINGS	1000000

static struct platform_device *pdev;
static char *memory;
static dma_addr_t *held;

static void micro_dma(unsigned int times)
{
	struct device *dev = &pdev->dev;

	while (times--) {
		dma_addr_t addr = dma_map_single(dev, memory, 64, DMA_TO_DEVICE);

		dma_unmap_single(dev, addr, 64, DMA_TO_DEVICE);
	}
}

static unsigned int micro_hold(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		held[i] = dma_map_single(&pdev->dev, memory + i + 1, 1, DMA_TO_DEVICE);
		if (dma_mapping_error(&pdev->dev, held[i]))
			break;
		if (!(i % 1024))
			cond_resched();
	}
	return i;
}

static void micro_drop(unsigned int n)
{
	while (n--)
		dma_unmap_single(&pdev->dev, held[n], 1, DMA_TO_DEVICE);
}

static void micro_timer(struct timer_list *unused)
{
}

/* A registration: Suture looks up the entry and gives it its role. */
static void micro_role(unsigned int times)
{
	while (times--)
		timer_setup(&timer, micro_timer, 0);
}

/* No wrapper, but a check of the argument before the call: one pointer that must be good. */
static void micro_strong(unsigned int times)
{
	while (times--)
		rb_first(&tree);
}

/* One that must be good, and one that must be canonical. */
static void micro_two(unsigned int times)
{
	while (times--)
		sysfs_streq("a", "b");
}

static const struct bench_case cases[] = {
	{ .name = "entry", .once = micro_entry },
	{ .name = "spin_lock+unlock", .loop = micro_spin },
	{ .name = "spin_lock_irqsave+restore", .loop = micro_irqsave },
	{ .name = "mutex_lock+unlock", .loop = micro_mutex },
	{ .name = "down_read+up_read", .loop = micro_block },
	{ .name = "kmalloc+kfree", .loop = micro_memory },
	{ .name = "dma_map+unmap", .loop = micro_dma },
	{ .name = "dma_map+unmap,live=100", .loop = micro_dma, .live = 100 },
	{ .name = "dma_map+unmap,live=10000", .loop = micro_dma, .live = 10000 },
	{ .name = "dma_map+unmap,live=1000000", .loop = micro_dma, .live = MAPPINGS },
	{ .name = "timer_setup", .loop = micro_role },
	{ .name = "rb_first", .loop = micro_strong },
	{ .name = "sysfs_streq", .loop = micro_two },
	{}
};

static const struct bench_driver driver = {
	.cases = cases,
	.hold = micro_hold,
	.drop = micro_drop,
};

static int __init micro_init(void)
{
	pdev = platform_device_register_simple("micro", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(pdev))
		return PTR_ERR(pdev);
	memory = (char *)__get_free_pages(GFP_KERNEL, get_order(MAPPINGS + 1));
	held = vmalloc(MAPPINGS * sizeof(*held));
	if (!memory || !held) {
		vfree(held);
		free_pages((unsigned long)memory, get_order(MAPPINGS + 1));
		platform_device_unregister(pdev);
		return -ENOMEM;
	}
	bench_register(&driver);
	return 0;
}
module_init(micro_init);

static void __exit micro_exit(void)
{
	bench_register(NULL);
	vfree(held);
	free_pages((unsigned long)memory, get_order(MAPPINGS + 1));
	platform_device_unregister(pdev);
}
module_exit(micro_exit);

MODULE_DESCRIPTION("Driver of Suture's micro-benchmark");
MODULE_LICENSE("GPL");
