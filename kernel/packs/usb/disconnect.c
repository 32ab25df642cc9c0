// SPDX-License-Identifier: GPL-2.0-only
/*
 * disconnect.c - a driver that was disconnected leaves the device alone.
 *
 * The bus tells when a driver is unbound from an interface. Which device it was is remembered, with
 * the driver's module; a call for the device from that module is wrong from then on, unless one
 * of the device's interfaces is bound to the module, as one always is while probe(),
 * disconnect() and what lies between them run.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>

#include "usb.h"

struct suture_rule suture_usb_rule_disconnect = {
	.id = "USB-DISC",
	.class = "USB",
	.contract = "A driver does no I/O to a device after its disconnect() has returned, and has none under way.",
	.source = "Documentation/driver-api/usb/callbacks.rst, 'The disconnect() callback'; Klever EMG usb; SDV PnpRemove",
	.example = "static void lamp_disconnect(struct usb_interface *intf)\n"
		   "{\n"
		   "\tstruct lamp *lamp = usb_get_intfdata(intf);\n"
		   "\n"
		   "\tlamp->udev = NULL;\t/* lamp->poll goes on, and has its own pointer */\n"
		   "}\n",
	.look = "A driver that is bound to another interface of the same device may go on. Transfers of other than the control endpoint are ended by usbcore before disconnect(), unless the driver sets soft_unbind. The last 32 devices that drivers were unbound from are remembered.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "refuse",
			.gives_up = "nothing: the device is not the driver's any more, and it gets -ENODEV",
		},
		{
			.name = "kill",
			.gives_up = "the transfer: its completion runs now, while the driver is still there",
		},
	},
};

enum { DISC_REFUSE, DISC_KILL };

/**
 * struct parted - a device that a driver had to leave
 * @udev:	the device; after its removal an address that means nothing
 * @mod:	the driver's module
 * @removed:	the device is gone, and may not be looked at
 */
struct parted {
	const struct usb_device *udev;
	const struct module *mod;
	bool removed;
};

#define PARTED_KEPT 32

static struct parted parted[PARTED_KEPT];
static unsigned int parted_next;
static DEFINE_SPINLOCK(parted_lock);
/* Some entry is in use: else nobody has to look. */
static bool any_parted;

static void parted_add(const struct usb_device *udev, const struct module *mod)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&parted_lock, flags);
	for (i = 0; i < PARTED_KEPT; i++)
		if (parted[i].udev == udev && parted[i].mod == mod)
			goto out;
	parted[parted_next] = (struct parted){ .udev = udev, .mod = mod };
	parted_next = (parted_next + 1) % PARTED_KEPT;
	WRITE_ONCE(any_parted, true);
out:
	spin_unlock_irqrestore(&parted_lock, flags);
}

/* Forget what is known of a device, or of a module; NULL stands for any. */
static void parted_forget(const struct usb_device *udev, const struct module *mod)
{
	bool any = false;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&parted_lock, flags);
	for (i = 0; i < PARTED_KEPT; i++) {
		if (parted[i].udev && (!udev || parted[i].udev == udev) &&
		    (!mod || parted[i].mod == mod))
			parted[i].udev = NULL;
		any |= !!parted[i].udev;
	}
	WRITE_ONCE(any_parted, any);
	spin_unlock_irqrestore(&parted_lock, flags);
}

static void parted_removed(const struct usb_device *udev)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&parted_lock, flags);
	for (i = 0; i < PARTED_KEPT; i++)
		if (parted[i].udev == udev)
			parted[i].removed = true;
	spin_unlock_irqrestore(&parted_lock, flags);
}

/* Is an interface of the device bound, or being bound or unbound, to a driver of @mod? */
static bool bound(const struct usb_device *udev, const struct module *mod)
{
	const struct usb_host_config *config = READ_ONCE(udev->actconfig);
	const struct usb_interface *intf;
	const struct device_driver *drv;
	unsigned int i;

	for (i = 0; config && i < config->desc.bNumInterfaces && i < USB_MAXINTERFACES; i++) {
		intf = READ_ONCE(config->interface[i]);
		drv = intf ? READ_ONCE(intf->dev.driver) : NULL;
		if (drv && drv->owner == mod && intf->condition != USB_INTERFACE_UNBOUND)
			return true;
	}
	return false;
}

static noinline bool left_behind(const struct usb_device *udev, unsigned long site)
{
	const struct module *mod = NULL;
	bool removed = false;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&parted_lock, flags);
	for (i = 0; i < PARTED_KEPT && !mod; i++)
		if (parted[i].udev == udev && within_module(site, parted[i].mod)) {
			mod = parted[i].mod;
			removed = parted[i].removed;
		}
	spin_unlock_irqrestore(&parted_lock, flags);
	return mod && (removed || !bound(udev, mod));
}

/**
 * suture_usb_disconnected() - does a driver use a device that it was unbound from?
 * @udev:	device; NULL says nothing
 * @site:	call site
 * @api:	function
 *
 * Context: any but NMI.
 * Return: true if the call shall not be made.
 */
bool suture_usb_disconnected(const struct usb_device *udev, unsigned long site, const char *api)
{
	if (likely(!READ_ONCE(any_parted)) || !udev || !left_behind(udev, site) ||
	    suture_usb_rule_disconnect.action == SUTURE_OFF)
		return false;
	suture_report(&suture_usb_rule_disconnect,
		      SUTURE_DID(suture_usb_rule_disconnect, DISC_REFUSE), site,
		      "%s for a device from which the driver was disconnected", api);
	return suture_may(&suture_usb_rule_disconnect, DISC_REFUSE, site);
}

/* ------------------------------------------------------------ the bus */

static bool is_a(const struct device *dev, const char *type)
{
	return dev->type && dev->type->name && !strcmp(dev->type->name, type);
}

static void device_notify(unsigned long what, const struct usb_device *udev)
{
	if (what == BUS_NOTIFY_ADD_DEVICE)
		parted_forget(udev, NULL);
	else if (what == BUS_NOTIFY_REMOVED_DEVICE)
		parted_removed(udev);
}

/* Kill what drivers that were unbound from @udev have in flight there. */
static void unbound(const struct usb_device *udev)
{
	struct parted p;
	unsigned int i;

	for (i = 0; i < PARTED_KEPT; i++) {
		spin_lock_irq(&parted_lock);
		p = parted[i];
		spin_unlock_irq(&parted_lock);
		if (p.udev == udev && !bound(udev, p.mod))
			suture_usb_kill_left(udev, p.mod);
	}
}

/*
 * Before an interface is unbound its driver is known, afterwards that has nothing to do
 * with it any more.
 */
static int bus_notify(struct notifier_block *nb, unsigned long what, void *data)
{
	struct device *dev = data;
	struct usb_device *udev;

	if (is_a(dev, "usb_device"))
		device_notify(what, to_usb_device(dev));
	if (!is_a(dev, "usb_interface"))
		return NOTIFY_DONE;
	udev = interface_to_usbdev(to_usb_interface(dev));
	switch (what) {
	case BUS_NOTIFY_BIND_DRIVER:
		parted_forget(udev, dev->driver->owner);
		break;
	case BUS_NOTIFY_UNBIND_DRIVER:
		if (dev->driver && dev->driver->owner)
			parted_add(udev, dev->driver->owner);
		break;
	case BUS_NOTIFY_UNBOUND_DRIVER:
		unbound(udev);
		break;
	}
	return NOTIFY_DONE;
}

static struct notifier_block bus_nb = { .notifier_call = bus_notify };
static DEFINE_MUTEX(bus_lock);
static const struct bus_type *usb_bus;

/**
 * suture_usb_bus_known() - a driver has been registered: that is how its bus is found
 * @bus:	the bus; usbcore does not export it
 *
 * Context: task.
 */
void suture_usb_bus_known(const struct bus_type *bus)
{
	mutex_lock(&bus_lock);
	if (!usb_bus && bus && !bus_register_notifier((struct bus_type *)bus, &bus_nb))
		usb_bus = bus;
	mutex_unlock(&bus_lock);
}

static int module_notify(struct notifier_block *nb, unsigned long what, void *data)
{
	if (what == MODULE_STATE_COMING)
		suture_usb_complete_forget();
	else if (what == MODULE_STATE_GOING)
		parted_forget(NULL, data);
	return NOTIFY_DONE;
}

static struct notifier_block module_nb = { .notifier_call = module_notify };

int suture_usb_disconnect_start(void)
{
	return register_module_notifier(&module_nb);
}

void suture_usb_disconnect_stop(void)
{
	if (usb_bus)
		bus_unregister_notifier((struct bus_type *)usb_bus, &bus_nb);
	unregister_module_notifier(&module_nb);
}
