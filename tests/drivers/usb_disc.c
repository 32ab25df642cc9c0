// SPDX-License-Identifier: GPL-2.0-only
/*
 * usb_disc.c - goes on with a device that it was disconnected from.
 *
 * It gives up its interface and takes it again, as a user can make it do through sysfs.
 */
#include "serial.h"

static unsigned int calls;
static struct urb *urb;
static char *buffer;

/* The device stays while the driver is not bound to it: it is not registered from there. */
static int disc_probe(struct usb_interface *intf, const struct usb_device_id *id)
{
	if (serial)
		return 0;
	serial = usb_get_dev(interface_to_usbdev(intf));
	serial_intf = intf;
	return misc_register(&bad_misc);
}

static void disc_disconnect(struct usb_interface *intf)
{
}

static struct usb_driver disc_driver = {
	.name = "bad_" KBUILD_MODNAME,
	.id_table = serial_ids,
	.probe = disc_probe,
	.disconnect = disc_disconnect,
	/* Or usbcore would end what is in flight. */
	.soft_unbind = 1,
};

static int __init disc_init(void)
{
	/* The one of serial.h is not used here. */
	(void)serial_driver;
	return usb_register(&disc_driver);
}
module_init(disc_init);

static void __exit disc_exit(void)
{
	usb_deregister(&disc_driver);
	if (serial) {
		misc_deregister(&bad_misc);
		usb_put_dev(serial);
	}
}
module_exit(disc_exit);

static void part(void)
{
	usb_lock_device(serial);
	usb_driver_release_interface(&disc_driver, serial_intf);
	usb_unlock_device(serial);
}

static int meet(void)
{
	int err;

	usb_lock_device(serial);
	err = usb_driver_claim_interface(&disc_driver, serial_intf, NULL);
	usb_unlock_device(serial);
	return err;
}

static void finished(struct urb *u)
{
	calls++;
}

static noinline int ask_later(void)
{
	int err;

	part();
	err = serial_descriptor(buffer);
	return meet() ?: err == -ENODEV ? 0 : -EPROTO;
}

static noinline int write_later(void)
{
	int err, n;

	part();
	err = usb_bulk_msg(serial, serial_pipe_out, buffer, 8, &n, SERIAL_WAIT_MS);
	return meet() ?: err == -ENODEV ? 0 : -EPROTO;
}

static noinline int submit_later(void)
{
	int err;

	part();
	err = usb_submit_urb(urb, GFP_KERNEL);
	return meet() ?: err == -ENODEV && !calls ? 0 : -EPROTO;
}

static noinline int leave_flying(void)
{
	int err = usb_submit_urb(urb, GFP_KERNEL);

	part();
	if (!err && calls != 1)
		err = -EPROTO;
	return meet() ?: err;
}

static int use(const char *word)
{
	if (bad_is(word, "control"))
		return ask_later();
	if (bad_is(word, "bulk"))
		return write_later();
	if (bad_is(word, "submit"))
		return submit_later();
	if (bad_is(word, "leave"))
		return leave_flying();
	return -EINVAL;
}

static int bad_do(const char *word)
{
	int err = -ENOMEM;

	calls = 0;
	urb = usb_alloc_urb(0, GFP_KERNEL);
	buffer = kzalloc(64, GFP_KERNEL);
	if (urb && buffer) {
		usb_fill_bulk_urb(urb, serial, serial_pipe_in, buffer, 64, finished, NULL);
		err = use(word);
		usb_kill_urb(urb);
	}
	usb_free_urb(urb);
	kfree(buffer);
	return err;
}

static int bad_ok(void)
{
	int err;

	part();
	err = meet();
	return err ?: serial_ok();
}

MODULE_DESCRIPTION("Test: goes on with a device that it was disconnected from");
