// SPDX-License-Identifier: GPL-2.0-only
/*
 * demo_sleep.c - a driver that sleeps while it holds a spinlock.
 *
 * A made-up thermometer: a measurement takes its time, and read() waits for it
 * with the lock held. While it sleeps, every other reader spins for the lock with
 * preemption off; with as many of them as there are CPUs, nobody is left who
 * could wake the sleeper.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#define MEASURE_MS 300

static DEFINE_SPINLOCK(lock);
static unsigned int readings;

static ssize_t demo_sleep_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	char text[16];
	int length;

	if (*pos)
		return 0;
	spin_lock(&lock);
	msleep(MEASURE_MS); /* the defect */
	length = scnprintf(text, sizeof(text), "%u\n", ++readings);
	spin_unlock(&lock);
	return simple_read_from_buffer(to, size, pos, text, length);
}

static const struct file_operations demo_sleep_ops = {
	.owner = THIS_MODULE,
	.read = demo_sleep_read,
};

static struct miscdevice demo_sleep = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "demo_sleep",
	.fops = &demo_sleep_ops,
};

module_misc_device(demo_sleep);

MODULE_DESCRIPTION("Demo: sleeps while it holds a spinlock");
MODULE_LICENSE("GPL");
