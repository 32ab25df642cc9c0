// SPDX-License-Identifier: GPL-2.0-only
/*
 * demo_null.c - a driver that dereferences NULL while it holds a spinlock.
 *
 * A made-up sensor with channels: who asks to calibrate a channel that is not
 * there runs into the look-up that was not checked. The kernel ends that program;
 * the lock stays taken for ever.
 */
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/spinlock.h>

struct channel {
	struct list_head list;
	unsigned int number;
	unsigned int calibrated;
};

static struct channel first = { .number = 1 };
static LIST_HEAD(channels);
static DEFINE_SPINLOCK(lock);
static unsigned int readings;

static noinline struct channel *find(unsigned int number)
{
	struct channel *channel;

	list_for_each_entry(channel, &channels, list)
		if (channel->number == number)
			return channel;
	return NULL;
}

static ssize_t demo_null_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	char text[16];
	int length;

	if (*pos)
		return 0;
	spin_lock(&lock);
	length = scnprintf(text, sizeof(text), "%u\n", ++readings);
	spin_unlock(&lock);
	return simple_read_from_buffer(to, size, pos, text, length);
}

static ssize_t demo_null_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	unsigned int number;
	int err;

	err = kstrtouint_from_user(from, size, 0, &number);
	if (err)
		return err;
	spin_lock(&lock);
	find(number)->calibrated++; /* the defect */
	spin_unlock(&lock);
	return size;
}

static const struct file_operations demo_null_ops = {
	.owner = THIS_MODULE,
	.read = demo_null_read,
	.write = demo_null_write,
};

static struct miscdevice demo_null = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "demo_null",
	.fops = &demo_null_ops,
};

static int __init demo_null_init(void)
{
	list_add(&first.list, &channels);
	return misc_register(&demo_null);
}

static void __exit demo_null_exit(void)
{
	misc_deregister(&demo_null);
}

module_init(demo_null_init);
module_exit(demo_null_exit);

MODULE_DESCRIPTION("Demo: dereferences NULL while it holds a spinlock");
MODULE_LICENSE("GPL");
