// SPDX-License-Identifier: GPL-2.0-only
/*
 * blocking.c - calls of usbcore that wait, for a transfer or for a device's lock.
 */
#include <linux/usb.h>
#include <linux/usb/hcd.h>

#include <suture/block.h>

SUTURE_BLOCKING_VOID(usb_kill_urb, (struct urb *urb), (urb));
SUTURE_BLOCKING_VOID(usb_poison_urb, (struct urb *urb), (urb));
SUTURE_BLOCKING_VOID(usb_kill_anchored_urbs, (struct usb_anchor *anchor), (anchor));
SUTURE_BLOCKING_VOID(usb_poison_anchored_urbs, (struct usb_anchor *anchor), (anchor));
SUTURE_BLOCKING(int, usb_wait_anchor_empty_timeout,
		(struct usb_anchor *anchor, unsigned int timeout), (anchor, timeout));
SUTURE_BLOCKING(int, usb_set_interface, (struct usb_device *dev, int number, int alternate),
		(dev, number, alternate));
SUTURE_BLOCKING(int, usb_reset_configuration, (struct usb_device *dev), (dev));
SUTURE_BLOCKING(int, usb_reset_device, (struct usb_device *dev), (dev));
SUTURE_BLOCKING(int, usb_clear_halt, (struct usb_device *dev, int pipe), (dev, pipe));
SUTURE_BLOCKING(int, usb_string, (struct usb_device *dev, int index, char *buf, size_t size),
		(dev, index, buf, size));
SUTURE_BLOCKING(int, usb_get_descriptor,
		(struct usb_device *dev, unsigned char type, unsigned char index, void *buf,
		 int size), (dev, type, index, buf, size));
SUTURE_BLOCKING(int, usb_get_status,
		(struct usb_device *dev, int recip, int type, int target, void *data),
		(dev, recip, type, target, data));
SUTURE_BLOCKING(int, usb_control_msg_send,
		(struct usb_device *dev, u8 endpoint, u8 request, u8 type, u16 value, u16 index,
		 const void *data, u16 size, int timeout, gfp_t gfp),
		(dev, endpoint, request, type, value, index, data, size, timeout, gfp));
SUTURE_BLOCKING(int, usb_control_msg_recv,
		(struct usb_device *dev, u8 endpoint, u8 request, u8 type, u16 value, u16 index,
		 void *data, u16 size, int timeout, gfp_t gfp),
		(dev, endpoint, request, type, value, index, data, size, timeout, gfp));
SUTURE_BLOCKING(int, usb_autopm_get_interface, (struct usb_interface *intf), (intf));
SUTURE_BLOCKING_VOID(usb_autopm_put_interface, (struct usb_interface *intf), (intf));
SUTURE_BLOCKING(int, usb_lock_device_for_reset,
		(struct usb_device *dev, const struct usb_interface *intf), (dev, intf));
SUTURE_BLOCKING_VOID(usb_deregister, (struct usb_driver *drv), (drv));
SUTURE_BLOCKING_VOID(usb_deregister_dev,
		     (struct usb_interface *intf, struct usb_class_driver *class), (intf, class));
SUTURE_BLOCKING_VOID(usb_driver_release_interface,
		     (struct usb_driver *drv, struct usb_interface *intf), (drv, intf));
SUTURE_BLOCKING_VOID(usb_remove_hcd, (struct usb_hcd *hcd), (hcd));
