// SPDX-License-Identifier: GPL-2.0-only
/*
 * drv_bal.c - registers itself, and takes that back twice, or not at all.
 */
#include <linux/platform_device.h>

#define BAD_PROBED
#include "bad.h"

static char how[16] = "";
module_param_string(how, how, sizeof(how), 0444);

static int probe(struct platform_device *pdev)
{
	return 0;
}

static struct platform_driver driver = {
	.driver = { .name = "bad_drv_bal" },
	.probe = probe,
};

static struct platform_driver never = {
	.driver = { .name = "bad_drv_never" },
};

static struct platform_driver left = {
	.driver = { .name = "bad_drv_left" },
	.probe = probe,
};

static struct miscdevice other = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "bad_other",
	.fops = &bad_fops,
};

static noinline int unregister_twice(void)
{
	int err = platform_driver_register(&driver);

	if (!err) {
		platform_driver_unregister(&driver);
		platform_driver_unregister(&driver);
	}
	return err;
}

static noinline int unregister_never(void)
{
	platform_driver_unregister(&never);
	return 0;
}

static noinline int misc_twice(void)
{
	int err = misc_register(&other);

	if (!err) {
		misc_deregister(&other);
		misc_deregister(&other);
	}
	return err;
}

static noinline int leave_driver(void)
{
	return platform_driver_register(&left);
}

static noinline int leave_misc(void)
{
	return misc_register(&other);
}

static int bad_do(const char *word)
{
	if (bad_is(word, "twice"))
		return unregister_twice();
	if (bad_is(word, "never"))
		return unregister_never();
	if (bad_is(word, "misc-twice"))
		return misc_twice();
	if (bad_is(word, "leave"))
		return leave_driver();
	if (bad_is(word, "leave-misc"))
		return leave_misc();
	return -EINVAL;
}

static int bad_ok(void)
{
	int err = platform_driver_register(&driver);

	if (!err)
		platform_driver_unregister(&driver);
	return err;
}

static int __init start(void)
{
	int err;

	if (!strcmp(how, "fail")) {
		err = leave_driver();
		return err ? err : -ENOMEM;
	}
	return misc_register(&bad_misc);
}

static void __exit stop(void)
{
	misc_deregister(&bad_misc);
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("Test: registrations that are not taken back, or twice");
