// SPDX-License-Identifier: GPL-2.0-only
/*
 * caller.c - the kernel's side of the micro-benchmark: calls the functions that
 * micro.ko has registered and measures how long that takes.
 *
 * Never guarded. Where the clock counts instructions, the shortest of many
 * batches is one that no interrupt fell into, and so is exact.
 *
 * Reading the file "bench" in debugfs measures every case and prints a line for
 * each: its name, the calls in a batch, and the clock's ticks for the shortest,
 * the middle and the longest batch.
 */
#include <linux/debugfs.h>
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/sort.h>

#include "caller.h"

#define BATCHES	64
#define CALLS	1000

static DEFINE_MUTEX(driver_lock);
static const struct bench_driver *driver;
static struct dentry *file;

void bench_register(const struct bench_driver *fresh)
{
	mutex_lock(&driver_lock);
	driver = fresh;
	mutex_unlock(&driver_lock);
}
EXPORT_SYMBOL_GPL(bench_register);

static u64 batch(const struct bench_case *c)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	if (c->loop)
		c->loop(CALLS);
	else
		for (i = 0; i < CALLS; i++)
			c->once();
	return ktime_get_ns() - start;
}

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

static void measure(struct seq_file *seq, const struct bench_case *c)
{
	unsigned int held = 0;
	u64 took[BATCHES];
	int i;

	if (c->live)
		held = driver->hold(c->live);
	/* Warms up: fills Suture's quarantine, the slabs and the like. */
	batch(c);
	for (i = 0; i < BATCHES; i++)
		took[i] = batch(c);
	if (c->live)
		driver->drop(held);
	if (held != c->live)
		return;
	sort(took, BATCHES, sizeof(took[0]), compare, NULL);
	seq_printf(seq, "%s %u %llu %llu %llu\n", c->name, CALLS, took[0], took[BATCHES / 2],
		   took[BATCHES - 1]);
}

static int caller_show(struct seq_file *seq, void *unused)
{
	const struct bench_case *c;

	mutex_lock(&driver_lock);
	if (driver)
		for (c = driver->cases; c->name; c++)
			measure(seq, c);
	mutex_unlock(&driver_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(caller);

static int __init caller_init(void)
{
	file = debugfs_create_file("bench", 0400, NULL, NULL, &caller_fops);
	return PTR_ERR_OR_ZERO(file);
}
module_init(caller_init);

static void __exit caller_exit(void)
{
	debugfs_remove(file);
}
module_exit(caller_exit);

MODULE_DESCRIPTION("Calls the functions of Suture's micro-benchmark driver");
MODULE_LICENSE("GPL");
