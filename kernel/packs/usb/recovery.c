// SPDX-License-Identifier: GPL-2.0-only
/*
 * recovery.c - USB host controllers whose driver is recovered.
 *
 * What an abandoned call has left undone lies in the controller's rings and in lists of its driver
 * that it still knows. What is lost is the interrupt, if it is one that comes once: so it is
 * sent again. Then each device is asked for its status. If all answer, they are what they were,
 * and so are their nodes. If not, the controller is started anew, and its devices
 * with it: they are found again, as new ones.
 */
#include <linux/interrupt.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/usb.h>
#include <linux/usb/hcd.h>

#include <suture/class.h>
#include "usb.h"

#define ANSWER_MS 5000

/* The driver core's own call of usb_for_each_dev() for one controller. */
struct inquiry {
	const struct usb_hcd *hcd;
	int err;
};

static int ask(struct usb_device *udev, void *data)
{
	struct inquiry *inquiry = data;
	const struct usb_hcd *hcd = inquiry->hcd;
	u16 status;
	int err;

	if (udev->bus != &hcd->self && (!hcd->shared_hcd || udev->bus != &hcd->shared_hcd->self))
		return 0;
	/* Root hubs answer without the controller, and one that sleeps shall sleep on. */
	if (!udev->parent || udev->state != USB_STATE_CONFIGURED ||
	    pm_runtime_suspended(&udev->dev))
		return 0;
	/* Its driver may just have it reset, as a transfer failed: then it answers nobody. */
	usb_lock_device(udev);
	err = usb_control_msg_recv(udev, 0, USB_REQ_GET_STATUS, USB_DIR_IN, 0, 0, &status,
				   sizeof(status), ANSWER_MS, GFP_NOIO);
	usb_unlock_device(udev);
	/* A refusal is an answer, and one that has been pulled out need not give one. */
	if (err && err != -EPIPE && err != -ENODEV)
		inquiry->err = err;
	return inquiry->err;
}

/* Message interrupts come once; one that was not taken notice of would be waited for. */
static void send_again(struct device *dev)
{
	unsigned int i;
	int irq;

	if (!dev_is_pci(dev) || !pci_dev_msi_enabled(to_pci_dev(dev)))
		return;
	for (i = 0; (irq = pci_irq_vector(to_pci_dev(dev), i)) > 0; i++)
		irq_inject_interrupt(irq);
}

static int cycle(struct device *dev)
{
	return 0;
}

static int resume(struct device *dev, enum suture_action rung, int err)
{
	struct inquiry inquiry = { };

	if (err || rung != SUTURE_CYCLE)
		return err;
	send_again(dev);
	device_lock(dev);
	/* usbcore relies on that itself. */
	inquiry.hcd = dev->driver ? dev_get_drvdata(dev) : NULL;
	if (!inquiry.hcd || HCD_DEAD(inquiry.hcd))
		inquiry.err = -ENODEV;
	else
		usb_for_each_dev(&inquiry, ask);
	device_unlock(dev);
	return inquiry.err;
}

static const struct suture_class class = {
	.name = "usb",
	.rungs = { SUTURE_CYCLE, SUTURE_RESTART },
	.cycle = cycle,
	.resume = resume,
};

/**
 * suture_hcd_added() - a guarded driver has registered a host controller
 * @dev:	its device
 * @site:	call site
 *
 * Context: task, may sleep.
 */
void suture_hcd_added(struct device *dev, unsigned long site)
{
	suture_recoverable(dev, &class, site);
}
