// SPDX-License-Identifier: GPL-2.0-only
/*
 * reference.c - references to modules and devices: not given back more often than they
 * were taken.
 *
 * The kernel hands drivers references, too, so a balance of their calls proves nothing.
 * What is certain is the count itself, where it says that nobody can own what is given back.
 */
#include <linux/device.h>
#include <linux/module.h>

#include <suture/rule.h>
#include "rules.h"

static struct suture_rule rule_module = {
	.id = "REF-MOD",
	.class = "reference",
	.contract = "A module is put as often as it was got.",
	.source = "kernel/module/main.c module_put(); Klever kernel:module; LDV 08",
	.example = "if (try_module_get(owner))\n"
		   "\tuse(owner);\n"
		   "module_put(owner);\t/* wrong: also where there was none to be had */\n",
	.look = "The kernel hands drivers references, too, so the calls are not counted; the module's own count is asked.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: nobody has a reference that could be given back" },
	},
};

static struct suture_rule rule_device = {
	.id = "REF-DEV",
	.class = "reference",
	.contract = "A device is put as often as it was got, and its last reference only after it was deleted.",
	.source = "drivers/base/core.c put_device(), device_add(); SDV DanglingDeviceObjectReference",
	.example = "err = device_register(dev);\n"
		   "...\n"
		   "put_device(dev);\t/* wrong: device_unregister() */\n",
	.look = "As REF-MOD, by the count of the device. While it is registered one reference is the kernel's.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "drop",
			.gives_up = "nothing: the reference is the kernel's own, as long as the device is registered",
		},
	},
};

static struct suture_rule *const rules[] = { &rule_module, &rule_device, NULL };

SUTURE_DEFINE(void, module_put, struct module *module)
{
	/* A module on its way out has a count below 0. */
	if (module && unlikely(!module_refcount(module)) && rule_module.action != SUTURE_OFF) {
		suture_report(&rule_module, SUTURE_DID(rule_module, 0), SUTURE_SITE,
			      "module_put of %s, to which there is no reference", module->name);
		if (suture_may(&rule_module, 0, SUTURE_SITE))
			return;
	}
	module_put(module);
}
SUTURE_WRAPPER(module_put);

SUTURE_DEFINE(void, put_device, struct device *dev)
{
	if (dev && unlikely(kref_read(&dev->kobj.kref) == 1) && device_is_registered(dev) &&
	    rule_device.action != SUTURE_OFF) {
		suture_report(&rule_device, SUTURE_DID(rule_device, 0), SUTURE_SITE,
			      "put_device of the last reference to %s, which is registered",
			      dev_name(dev));
		if (suture_may(&rule_device, 0, SUTURE_SITE))
			return;
	}
	put_device(dev);
}
SUTURE_WRAPPER(put_device);

int suture_rules_reference_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_reference_stop(void)
{
	suture_rules_remove(rules);
}
