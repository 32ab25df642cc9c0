// SPDX-License-Identifier: GPL-2.0-only
/*
 * demo_spin.c - a driver that waits for ever for a bit of its device.
 *
 * A made-up device whose reset never comes to its end: write() asks for the reset
 * and polls the status, with the lock held and without a time limit.
 */
#include <linux/bits.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#define STATUS_READY BIT(0)

static u32 status; /* stands for a register of the device */
static DEFINE_SPINLOCK(lock);
static unsigned int readings;

static ssize_t demo_spin_read(struct file *file, char __user *to, size_t size, loff_t *pos)
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

static ssize_t demo_spin_write(struct file *file, const char __user *from, size_t size, loff_t *pos)
{
	spin_lock(&lock);
	while (!(READ_ONCE(status) & STATUS_READY)) /* the defect */
		cpu_relax();
	spin_unlock(&lock);
	return size;
}

static const struct file_operations demo_spin_ops = {
	.owner = THIS_MODULE,
	.read = demo_spin_read,
	.write = demo_spin_write,
};

static struct miscdevice demo_spin = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "demo_spin",
	.fops = &demo_spin_ops,
};

module_misc_device(demo_spin);

MODULE_DESCRIPTION("Demo: waits for ever while it holds a spinlock");
MODULE_LICENSE("GPL");
