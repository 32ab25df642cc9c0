/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serial.h - a USB driver for QEMU's "usb-serial" device that bad drivers build on.
 *
 * It offers /dev/bad_NAME while it is bound. The device takes all that is sent to it, and has
 * nothing to say: what is to be read stays in flight.
 */
#ifndef SERIAL_H
#define SERIAL_H

#define BAD_PROBED
#include <linux/completion.h>
#include <linux/slab.h>
#include <linux/usb.h>

#include "bad.h"

#define SERIAL_VENDOR	0x0403
#define SERIAL_PRODUCT	0x6001
#define SERIAL_IN	1
#define SERIAL_OUT	2
#define SERIAL_WAIT_MS	2000

static struct usb_device *serial;
static struct usb_interface *serial_intf;

#define serial_pipe_in		usb_rcvbulkpipe(serial, SERIAL_IN)
#define serial_pipe_out		usb_sndbulkpipe(serial, SERIAL_OUT)

/* Is this the device's descriptor? */
static inline int serial_check(const struct usb_device_descriptor *descriptor, int n)
{
	if (n < 0)
		return n;
	return n == sizeof(*descriptor) &&
	       le16_to_cpu(descriptor->idVendor) == SERIAL_VENDOR ? 0 : -EPROTO;
}

/* Ask for the descriptor, to be read to @buffer. */
static inline int serial_descriptor(void *buffer)
{
	return usb_control_msg(serial, usb_rcvctrlpipe(serial, 0), USB_REQ_GET_DESCRIPTOR,
			       USB_DIR_IN, USB_DT_DEVICE << 8, 0, buffer, USB_DT_DEVICE_SIZE,
			       SERIAL_WAIT_MS);
}

/* Does the device answer? */
static inline int serial_ok(void)
{
	struct usb_device_descriptor *descriptor = kzalloc(sizeof(*descriptor), GFP_KERNEL);
	int ret, n = 0;

	if (!descriptor)
		return -ENOMEM;
	ret = serial_check(descriptor, serial_descriptor(descriptor));
	if (!ret)
		ret = usb_bulk_msg(serial, serial_pipe_out, descriptor, 8, &n, SERIAL_WAIT_MS);
	kfree(descriptor);
	return ret ?: n == 8 ? 0 : -EPROTO;
}

static int serial_probe(struct usb_interface *intf, const struct usb_device_id *id)
{
	serial = interface_to_usbdev(intf);
	serial_intf = intf;
	return misc_register(&bad_misc);
}

static void serial_disconnect(struct usb_interface *intf)
{
	misc_deregister(&bad_misc);
}

static const struct usb_device_id serial_ids[] = {
	{ USB_DEVICE(SERIAL_VENDOR, SERIAL_PRODUCT) },
	{ }
};
MODULE_DEVICE_TABLE(usb, serial_ids);

static struct usb_driver serial_driver = {
	.name = "bad_" KBUILD_MODNAME,
	.id_table = serial_ids,
	.probe = serial_probe,
	.disconnect = serial_disconnect,
};

#endif /* SERIAL_H */
