// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - suture_usb.ko: rules about USB, for drivers of devices and of host controllers.
 */
#include <linux/module.h>

#include <suture/ledger.h>
#include <suture/rule.h>

#include "usb.h"
#include "version.h"

static struct suture_rule *const rules[] = {
	&suture_usb_rule_urb, &suture_usb_rule_inflight, &suture_usb_rule_stackbuf,
	&suture_usb_rule_disconnect, &suture_usb_rule_coherent, NULL,
};

static int __init usb_pack_init(void)
{
	int err = suture_usb_urb_start();

	if (err)
		return err;
	err = suture_usb_disconnect_start();
	if (err) {
		suture_usb_urb_stop();
		return err;
	}
	/* What these free of what drivers hand them is known: buffers with their URBs. */
	suture_ledger_vouch("usbcore", true);
	suture_ledger_vouch("usb_common", true);
	suture_rules_add(rules);
	return 0;
}
module_init(usb_pack_init);

static void __exit usb_pack_exit(void)
{
	suture_rules_remove(rules);
	suture_ledger_vouch("usb_common", false);
	suture_ledger_vouch("usbcore", false);
	suture_usb_disconnect_stop();
	suture_usb_urb_stop();
}
module_exit(usb_pack_exit);

MODULE_DESCRIPTION("Suture: rules about USB");
MODULE_AUTHOR("The Suture developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(SUTURE_VERSION);
