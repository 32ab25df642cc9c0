// SPDX-License-Identifier: GPL-2.0-only
/*
 * ref_bal.c - gives back references that it does not have.
 */
#include <linux/device.h>
#include <linux/workqueue.h>

#include "bad.h"

static int released;

static void release(struct device *dev)
{
	released++;
}

static struct device device;

/* While no file is open there is no reference to the module. */
static void put_module(struct work_struct *unused)
{
	module_put(THIS_MODULE);
}
static DECLARE_DELAYED_WORK(put_later, put_module);

static int make(void)
{
	int err;

	memset(&device, 0, sizeof(device));
	released = 0;
	device_initialize(&device);
	device.release = release;
	err = dev_set_name(&device, "bad_ref_bal_device");
	return err ? err : device_add(&device);
}

static noinline int put_registered(void)
{
	int err = make();

	if (err)
		return err;
	put_device(&device);
	if (released)
		return -EPROTO;
	device_del(&device);
	put_device(&device);
	return released == 1 ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "module"))
		return !schedule_delayed_work(&put_later, HZ / 10);
	if (bad_is(word, "device"))
		return put_registered();
	return -EINVAL;
}

static int bad_ok(void)
{
	int err;

	flush_delayed_work(&put_later);
	if (!try_module_get(THIS_MODULE))
		return -EBUSY;
	module_put(THIS_MODULE);
	err = make();
	if (err)
		return err;
	get_device(&device);
	put_device(&device);
	device_del(&device);
	put_device(&device);
	return released == 1 ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: gives back references that it does not have");
