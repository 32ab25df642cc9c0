// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma_race.c - maps on one CPU what is unmapped on another, allocates there what is freed here, in
 * tasks and in interrupts at once; and at last unmaps once too often.
 *
 * If the ledger had lost one record on the way, it would say nothing about this device any more;
 * if it had kept one too many, the driver's removal would leave an event.
 */
#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "edu.h"

#define SIZE	64
#define PLACES	2	/* all in two buckets of the ledger, each mapped many times */
#define SLOTS	96
#define ROUNDS	5000
#define TASKS	8

static char *memory;
static atomic_long_t mapped[SLOTS], kept[SLOTS];
static struct work_struct works[TASKS];
static struct hrtimer timer;
static DEFINE_SPINLOCK(outer);
static DEFINE_SPINLOCK(inner);
static unsigned long guarded;
static atomic_long_t counted;

static void unmap(dma_addr_t addr)
{
	if (addr)
		dma_unmap_single(&edu->dev, addr, SIZE, DMA_TO_DEVICE);
}

static void exchange(u32 n)
{
	dma_addr_t addr = dma_map_single(&edu->dev, memory + n % PLACES * SIZE, SIZE,
					 DMA_TO_DEVICE);
	void *object = kmalloc(SIZE, GFP_ATOMIC);
	unsigned long flags;

	unmap(atomic_long_xchg(&mapped[n % SLOTS], addr));
	kfree((void *)atomic_long_xchg(&kept[n % SLOTS], (long)object));

	atomic_long_inc(&counted);
	spin_lock_irqsave(&outer, flags);
	spin_lock(&inner);
	guarded++;
	spin_unlock(&inner);
	spin_unlock_irqrestore(&outer, flags);
}

static void race_work(struct work_struct *work)
{
	u32 n = 12345 * (work - works + 1);
	int i;

	for (i = 0; i < ROUNDS; i++) {
		n = n * 1664525 + 1013904223;
		exchange(n >> 8);
	}
}

static enum hrtimer_restart race_tick(struct hrtimer *unused)
{
	exchange(atomic_long_read(&counted) * 7);
	hrtimer_forward_now(&timer, ns_to_ktime(50 * NSEC_PER_USEC));
	return HRTIMER_RESTART;
}

/* Return: did the locks keep everybody else out? */
static bool race(void)
{
	int cpu, i;

	hrtimer_init(&timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	timer.function = race_tick;
	for (i = 0; i < TASKS; i++)
		INIT_WORK(&works[i], race_work);
	for_each_online_cpu(cpu)
		if (cpu < TASKS)
			queue_work_on(cpu, system_wq, &works[cpu]);
	hrtimer_start(&timer, ns_to_ktime(50 * NSEC_PER_USEC), HRTIMER_MODE_REL_HARD);
	for (i = 0; i < TASKS; i++)
		flush_work(&works[i]);
	hrtimer_cancel(&timer);
	for (i = 0; i < SLOTS; i++) {
		unmap(atomic_long_xchg(&mapped[i], 0));
		kfree((void *)atomic_long_xchg(&kept[i], 0));
	}
	return guarded == atomic_long_read(&counted);
}

static noinline void race_twice(void)
{
	dma_addr_t addr = dma_map_single(&edu->dev, memory, SIZE, DMA_TO_DEVICE);

	unmap(addr);
	dma_unmap_single(&edu->dev, addr, SIZE, DMA_TO_DEVICE);
}

static int bad_do(const char *word)
{
	int err = 0;

	memory = kmalloc(PLACES * SIZE, GFP_KERNEL);
	if (!memory)
		return -ENOMEM;
	if (!race())
		err = -EBUSY;
	race_twice();
	kfree(memory);
	return err;
}

static int bad_ok(void)
{
	return edu_ok();
}

MODULE_DESCRIPTION("Test: maps, unmaps, allocates and frees on all CPUs at once");
