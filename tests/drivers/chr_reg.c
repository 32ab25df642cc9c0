// SPDX-License-Identifier: GPL-2.0-only
/*
 * chr_reg.c - registers and unregisters character devices out of balance.
 */
#include <linux/cdev.h>

#include "bad.h"

static const struct file_operations fops = {
	.owner = THIS_MODULE,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "chr_reg",
	.fops = &fops,
};

static struct cdev cdev;
static dev_t number;

static noinline int number_take(void)
{
	return number ? 0 : alloc_chrdev_region(&number, 0, 1, "chr_reg");
}

static noinline void number_give(void)
{
	unregister_chrdev_region(number, 1);
	number = 0;
}

static noinline int cdev_up(void)
{
	int err = number_take();

	if (err)
		return err;
	cdev_init(&cdev, &fops);
	return cdev_add(&cdev, number, 1);
}

static noinline int misc_up(void)
{
	return misc_register(&misc);
}

/* Once only; what comes after is the mistake. */
static noinline int misc_up_twice(void)
{
	int err = misc_up();

	if (!err)
		err = misc_register(bad_unknown(&misc));
	if (!err)
		misc_deregister(&misc);
	return err;
}

static noinline int misc_down_twice(void)
{
	int err = misc_up();

	if (!err)
		misc_deregister(&misc);
	misc_deregister(bad_unknown(&misc));
	return err;
}

static noinline int misc_down_never(void)
{
	static struct miscdevice never = { .name = "never" };

	misc_deregister(bad_unknown(&never));
	return 0;
}

static noinline int cdev_down_twice(void)
{
	int err = cdev_up();

	if (err)
		return err;
	cdev_del(&cdev);
	cdev_del(bad_unknown(&cdev));
	number_give();
	return 0;
}

static noinline int whole_up(void)
{
	int major = register_chrdev(0, "chr_reg_whole", &fops);

	return major < 0 ? major : 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "misc-again"))
		return misc_up_twice();
	if (bad_is(word, "misc-twice"))
		return misc_down_twice();
	if (bad_is(word, "misc-never"))
		return misc_down_never();
	if (bad_is(word, "cdev-twice"))
		return cdev_down_twice();
	if (bad_is(word, "leave-misc"))
		return misc_up();
	if (bad_is(word, "leave-cdev"))
		return cdev_up();
	if (bad_is(word, "leave-number"))
		return number_take();
	if (bad_is(word, "leave-whole"))
		return whole_up();
	return -EINVAL;
}

static int bad_ok(void)
{
	int err = misc_up();

	if (err)
		return err;
	misc_deregister(&misc);
	err = cdev_up();
	if (err)
		return err;
	cdev_del(&cdev);
	number_give();
	return 0;
}

MODULE_DESCRIPTION("Test: character devices out of balance");
