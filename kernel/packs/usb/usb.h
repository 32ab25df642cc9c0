/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * usb.h - what the files of the USB rule pack have of each other.
 */
#ifndef SUTURE_USB_H
#define SUTURE_USB_H

#include <linux/usb.h>

#include <suture/rule.h>

/**
 * struct suture_bounce - buffers that stand in for those of the driver
 * @own:	the driver's buffer, where another stands in for it; or NULL
 * @own_setup:	the same for the setup packet
 * @stand_in:	what is in its place
 * @setup:	the same for the setup packet
 */
struct suture_bounce {
	void *own;
	void *own_setup;
	void *stand_in;
	void *setup;
};

/* urb.c */
extern struct suture_rule suture_usb_rule_urb, suture_usb_rule_inflight;
void suture_usb_complete_forget(void);
void suture_usb_kill_left(const struct usb_device *udev, const struct module *mod);
int suture_usb_urb_start(void);
void suture_usb_urb_stop(void);

/* buffer.c */
extern struct suture_rule suture_usb_rule_stackbuf, suture_usb_rule_coherent;
int suture_usb_bounce(struct urb *urb, struct suture_bounce *bounce, gfp_t gfp,
		      unsigned long site);
void suture_usb_bounce_end(struct urb *urb, struct suture_bounce *bounce, bool copy);

/* disconnect.c */
extern struct suture_rule suture_usb_rule_disconnect;
bool suture_usb_disconnected(const struct usb_device *udev, unsigned long site,
			     const char *api);
void suture_usb_bus_known(const struct bus_type *bus);
int suture_usb_disconnect_start(void);
void suture_usb_disconnect_stop(void);

/* recovery.c */
void suture_hcd_added(struct device *dev, unsigned long site);

#endif /* SUTURE_USB_H */
