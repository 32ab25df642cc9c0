// SPDX-License-Identifier: GPL-2.0-only
/*
 * roles.c - what the entries of USB drivers are for, on both sides of the bus: of drivers of
 * devices, of host controllers, and of usbnet's minidrivers.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/usb.h>
#include <linux/usb/hcd.h>
#include <linux/usb/usbnet.h>

#include <suture/block.h>

#include "classes/file.h"
#include "compat.h"
#include "role.h"
#include "rules/rules.h"
#include "usb.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

/* ------------------------------------------------- drivers of devices */

ROLE(role_probe, "usb_probe", -EIO);
static const struct suture_role role_disconnect = {
	.name = "usb_disconnect",
	.flags = SUTURE_ROLE_LEAVES,
};

ROLE(role_ioctl, "usb_ioctl", -EIO);
ROLE(role_pm, "usb_pm", -EIO);
/* Not 0: then the driver is unbound from the interface, and may be bound again. */
ROLE(role_reset, "usb_reset", -EIO);

#define DRIVER(field, which) { offsetof(struct usb_driver, field), &(which) }
static const struct suture_role_slot driver_slots[] = {
	DRIVER(probe, role_probe),
	DRIVER(disconnect, role_disconnect),
	DRIVER(unlocked_ioctl, role_ioctl),
	DRIVER(suspend, role_pm),
	DRIVER(resume, role_pm),
	DRIVER(reset_resume, role_pm),
	DRIVER(pre_reset, role_reset),
	DRIVER(post_reset, role_reset),
#ifdef SUTURE_HAVE_USB_SHUTDOWN
	DRIVER(shutdown, role_disconnect),
#endif
};

#define DEVICE(field, which) { offsetof(struct usb_device_driver, field), &(which) }
static const struct suture_role_slot device_slots[] = {
	DEVICE(probe, role_probe),
	DEVICE(disconnect, role_disconnect),
	DEVICE(suspend, role_pm),
	DEVICE(resume, role_pm),
};

ROLE(role_net_int, "usbnet_int", -EIO);
ROLE(role_net_void, "usbnet", 0);
/* 0 and NULL: the packet is dropped and counted. */
ROLE(role_net_fixup, "usbnet_fixup", 0);

#define NET(field, which) { offsetof(struct driver_info, field), &(which) }
static const struct suture_role_slot net_slots[] = {
	NET(bind, role_net_int),
	NET(unbind, role_net_void),
	NET(reset, role_net_int),
	NET(stop, role_net_int),
	NET(check_connect, role_net_int),
	NET(manage_power, role_net_int),
	NET(status, role_net_void),
	NET(link_reset, role_net_int),
	NET(rx_fixup, role_net_fixup),
	NET(tx_fixup, role_net_fixup),
	NET(recover, role_net_void),
	NET(early_init, role_net_int),
	NET(indication, role_net_void),
	NET(set_rx_mode, role_net_void),
};

/*
 * A minidriver of usbnet says so by giving usbnet's own probe(), of which the pack does not
 * want to be dependent.
 */
static void usbnet_roles(const struct usb_driver *drv)
{
	const void *probe = __symbol_get("usbnet_probe");
	const struct usb_device_id *id;

	if (!probe)
		return;
	for (id = drv->id_table; drv->probe == probe && id &&
	     (id->idVendor || id->bDeviceClass || id->bInterfaceClass || id->driver_info); id++)
		suture_role_set_ops((const void *)id->driver_info, net_slots,
				    ARRAY_SIZE(net_slots));
	__symbol_put("usbnet_probe");
}

SUTURE_DEFINE(int, usb_register_driver,
	      struct usb_driver *drv, struct module *owner, const char *name)
{
	int err;

	suture_check_pointer(drv, SUTURE_SITE, "usb_register_driver");
	suture_role_set_ops(drv, driver_slots, ARRAY_SIZE(driver_slots));
	usbnet_roles(drv);
	SUTURE_MAY_BLOCK("usb_register_driver", err = usb_register_driver(drv, owner, name));
	if (!err)
		suture_usb_bus_known(SUTURE_USB_DRIVER(drv)->bus);
	return err;
}
SUTURE_WRAPPER(usb_register_driver);

SUTURE_DEFINE(int, usb_register_device_driver,
	      struct usb_device_driver *drv, struct module *owner)
{
	int err;

	suture_check_pointer(drv, SUTURE_SITE, "usb_register_device_driver");
	suture_role_set_ops(drv, device_slots, ARRAY_SIZE(device_slots));
	SUTURE_MAY_BLOCK("usb_register_device_driver",
			 err = usb_register_device_driver(drv, owner));
	return err;
}
SUTURE_WRAPPER(usb_register_device_driver);

SUTURE_DEFINE(int, usb_register_dev, struct usb_interface *intf, struct usb_class_driver *class)
{
	int err;

	suture_check_pointer(class, SUTURE_SITE, "usb_register_dev");
	suture_file_roles(class->fops);
	SUTURE_MAY_BLOCK("usb_register_dev", err = usb_register_dev(intf, class));
	return err;
}
SUTURE_WRAPPER(usb_register_dev);

/* ---------------------------------------------------- host controllers */

/*
 * usbcore forgets a URB whose submission failed, so it must not stay in the list of its
 * endpoint. What a driver puts into urb_list itself is not there: the list is the host
 * controller's now.
 */
static long enqueue_abandon(struct suture_visit *visit, long failed)
{
	struct usb_hcd *hcd = (struct usb_hcd *)visit->arg[0];
	struct urb *urb = (struct urb *)visit->arg[1];
	unsigned long flags;

	local_irq_save(flags);
	if (urb->urb_list.next && urb->urb_list.next != &urb->urb_list &&
	    urb->urb_list.next != LIST_POISON1)
		usb_hcd_unlink_urb_from_ep(hcd, urb);
	local_irq_restore(flags);
	return failed;
}

static const struct suture_role role_enqueue = {
	.name = "urb_enqueue",
	.failed = -EIO,
	.abandon = enqueue_abandon,
};

ROLE(role_hcd_irq, "hcd_irq", IRQ_NONE);
ROLE(role_hcd_int, "hcd_int", -EIO);
/*
 * Asked for while a device is being reset under what uses it: if it fails, usbcore gives the device
 * up, and finds it again as a new one. So it is asked for once more.
 */
static const struct suture_role role_hcd_setup = {
	.name = "hcd_setup",
	.failed = -EIO,
	.abandon = suture_again,
};

ROLE(role_hcd_void, "hcd", 0);
/* No change, no such port, no device: what these mean by 0. */
ROLE(role_hcd_value, "hcd_value", 0);
/* As for a request that the root hub does not know. */
ROLE(role_hub_control, "hub_control", -EPIPE);

#define HCD(field, which) { offsetof(struct hc_driver, field), &(which) }
static const struct suture_role_slot hcd_slots[] = {
	HCD(irq, role_hcd_irq),
	HCD(reset, role_hcd_int),
	HCD(start, role_hcd_int),
	HCD(pci_suspend, role_hcd_int),
	HCD(pci_resume, role_hcd_int),
	HCD(stop, role_hcd_void),
	HCD(shutdown, role_hcd_void),
	HCD(get_frame_number, role_hcd_int),
	HCD(urb_enqueue, role_enqueue),
	HCD(urb_dequeue, role_hcd_int),
	HCD(map_urb_for_dma, role_hcd_int),
	HCD(unmap_urb_for_dma, role_hcd_void),
	HCD(endpoint_disable, role_hcd_void),
	HCD(endpoint_reset, role_hcd_void),
	HCD(hub_status_data, role_hcd_value),
	HCD(hub_control, role_hub_control),
	HCD(bus_suspend, role_hcd_int),
	HCD(bus_resume, role_hcd_int),
	HCD(start_port_reset, role_hcd_int),
	HCD(get_resuming_ports, role_hcd_value),
	HCD(relinquish_port, role_hcd_void),
	HCD(port_handed_over, role_hcd_value),
	HCD(clear_tt_buffer_complete, role_hcd_void),
	HCD(alloc_dev, role_hcd_value),
	HCD(free_dev, role_hcd_void),
	HCD(alloc_streams, role_hcd_int),
	HCD(free_streams, role_hcd_int),
	HCD(add_endpoint, role_hcd_int),
	HCD(drop_endpoint, role_hcd_int),
	HCD(check_bandwidth, role_hcd_setup),
	HCD(reset_bandwidth, role_hcd_void),
	HCD(address_device, role_hcd_int),
	HCD(enable_device, role_hcd_setup),
	HCD(update_hub_device, role_hcd_int),
	HCD(reset_device, role_hcd_setup),
	HCD(update_device, role_hcd_setup),
	HCD(set_usb2_hw_lpm, role_hcd_int),
	HCD(enable_usb3_lpm_timeout, role_hcd_int),
	HCD(disable_usb3_lpm_timeout, role_hcd_int),
	HCD(find_raw_port_number, role_hcd_int),
	HCD(port_power, role_hcd_int),
	HCD(submit_single_step_set_feature, role_hcd_int),
};

static void hcd_roles(const struct hc_driver *drv)
{
	suture_role_set_ops(drv, hcd_slots, ARRAY_SIZE(hcd_slots));
}

SUTURE_DEFINE(int, usb_add_hcd, struct usb_hcd *hcd, unsigned int irq, unsigned long flags)
{
	int err;

	suture_check_pointer(hcd, SUTURE_SITE, "usb_add_hcd");
	hcd_roles(hcd->driver);
	SUTURE_MAY_BLOCK("usb_add_hcd", err = usb_add_hcd(hcd, irq, flags));
	if (!err)
		suture_hcd_added(hcd->self.controller, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(usb_add_hcd);

SUTURE_DEFINE(int, usb_hcd_pci_probe, struct pci_dev *pdev, const struct hc_driver *drv)
{
	int err;

	suture_check_pointer(pdev, SUTURE_SITE, "usb_hcd_pci_probe");
	hcd_roles(drv);
	SUTURE_MAY_BLOCK("usb_hcd_pci_probe", err = usb_hcd_pci_probe(pdev, drv));
	if (!err)
		suture_hcd_added(&pdev->dev, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(usb_hcd_pci_probe);
