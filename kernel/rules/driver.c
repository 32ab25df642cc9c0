// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver.c - what a driver registers and must take back: itself, files in sysfs.
 *
 * What is registered points into the driver's code and data, so nothing of it may be
 * left when the driver goes; and what is registered for a device not when that is gone.
 */
#include <linux/device.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/platform_device.h>

#include <suture/ledger.h>
#include "../binding.h"
#include "../bus.h"
#include "../domain.h"
#include "../ledger.h"
#include "../role.h"
#include "driver.h"
#include "gone.h"
#include "rules.h"

enum { REPAIR_DROP, REPAIR_UNREGISTER };

static struct suture_rule rule_driver = {
	.id = "PCI-DRV",
	.class = "registration",
	.contract = "A driver that has registered on a bus is unregistered once, and before the driver goes.",
	.source = "Documentation/PCI/pci.rst; drivers/base/driver.c driver_unregister(); SDV DriverCreate; LDV 134, 136",
	.example = "err = pci_register_driver(&x_driver);\n"
		   "if (!err)\n"
		   "\terr = x_start();\n"
		   "return err;\t/* wrong: x_driver stays registered if x_start() fails */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: it is not registered" },
		{ "unregister", "nothing: the code that the kernel would call is about to go" },
	},
};

static struct suture_rule *const rules[] = { &rule_driver, NULL };

/* Registrations that were taken back lately. */
SUTURE_GONE_TABLE(gone, 6);

/* ------------------------------------------------------------- drivers */

/* Released by suture_drivers_close(), before anything else. */
static const struct suture_kind kind_pci = {
	.name = "PCI driver",
	.order = SUTURE_ORDER_REGISTRATION,
};

static const struct suture_kind kind_platform = {
	.name = "platform driver",
	.order = SUTURE_ORDER_REGISTRATION,
};

/* Is @drv still among the drivers of its bus? */
static bool on_bus(struct device_driver *drv)
{
	return drv->p && drv->bus && driver_find(drv->name, drv->bus) == drv;
}

static void registered(const struct suture_kind *kind, const void *what, unsigned long site)
{
	struct suture_record record = { .key = (unsigned long)what, .site = site };

	suture_gone_clear(gone, record.key);
	suture_ledger_add(kind, &record);
}

/* Return: true if it shall not be done, as it has been done before, or never can be. */
static bool unregistered(const struct suture_kind *kind, const void *what, bool live, bool never,
			 unsigned long site, const char *api)
{
	unsigned long key = (unsigned long)what, before;

	if (suture_ledger_take(kind, key, NULL)) {
		suture_gone_add(gone, key, site);
		return false;
	}
	before = suture_gone_site(gone, key);
	if (live || (!before && !never) || rule_driver.action == SUTURE_OFF)
		return false;
	if (before)
		suture_report(&rule_driver, SUTURE_DID(rule_driver, REPAIR_DROP), site,
			      "%s of what was unregistered at %pS", api, (void *)before);
	else
		suture_report(&rule_driver, SUTURE_DID(rule_driver, REPAIR_DROP), site,
			      "%s of what is not registered", api);
	return suture_may(&rule_driver, REPAIR_DROP, site);
}

SUTURE_DEFINE(int, __pci_register_driver,
	      struct pci_driver *drv, struct module *owner, const char *name)
{
	int err;

	suture_pci_roles(drv);
	err = __pci_register_driver(drv, owner, name);
	if (!err)
		registered(&kind_pci, drv, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(__pci_register_driver);

/* The kernel's part of a driver is there from its registration on. */
SUTURE_DEFINE(void, pci_unregister_driver, struct pci_driver *drv)
{
	suture_check_pointer(drv, SUTURE_SITE, "pci_unregister_driver");
	if (!unregistered(&kind_pci, drv, on_bus(&drv->driver), !drv->driver.p, SUTURE_SITE,
			  "pci_unregister_driver"))
		pci_unregister_driver(drv);
}
SUTURE_WRAPPER(pci_unregister_driver);

SUTURE_DEFINE(int, __platform_driver_register,
	      struct platform_driver *driver, struct module *owner)
{
	int err;

	suture_platform_roles(driver);
	err = __platform_driver_register(driver, owner);
	if (!err)
		registered(&kind_platform, driver, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(__platform_driver_register);

SUTURE_DEFINE(void, platform_driver_unregister, struct platform_driver *driver)
{
	suture_check_pointer(driver, SUTURE_SITE, "platform_driver_unregister");
	if (!unregistered(&kind_platform, driver, on_bus(&driver->driver), !driver->driver.p,
			  SUTURE_SITE, "platform_driver_unregister"))
		platform_driver_unregister(driver);
}
SUTURE_WRAPPER(platform_driver_unregister);

/**
 * suture_drivers_close() - a driver's code is about to go: is it still on a bus?
 * @domain:	guarded driver
 *
 * Its remove functions are called from here.
 * Context: task.
 */
void suture_drivers_close(struct suture_domain *domain)
{
	static const struct suture_kind *const kinds[] = { &kind_pci, &kind_platform };
	struct suture_record record;
	struct device_driver *drv;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		while (suture_ledger_pop(domain, kinds[i], &record)) {
			drv = i ? &((struct platform_driver *)record.key)->driver :
				  &((struct pci_driver *)record.key)->driver;
			if (rule_driver.action == SUTURE_OFF || !on_bus(drv))
				continue;
			suture_report_for(domain, &rule_driver,
					  SUTURE_DID(rule_driver, REPAIR_UNREGISTER), record.site,
					  "%s still registered after removal", kinds[i]->name);
			if (!suture_may_for(domain, &rule_driver, REPAIR_UNREGISTER, record.site))
				continue;
			if (i)
				platform_driver_unregister((struct platform_driver *)record.key);
			else
				pci_unregister_driver((struct pci_driver *)record.key);
		}
	}
	/* On any other bus: the code of such a driver must not go for certain. */
	while (suture_may_for(domain, &rule_driver, REPAIR_UNREGISTER, 0) &&
	       (drv = suture_bus_driver(domain->module, NULL))) {
		suture_report_for(domain, &rule_driver,
				  SUTURE_DID(rule_driver, REPAIR_UNREGISTER), 0,
				  "driver %s of bus %s still registered after removal", drv->name,
				  drv->bus->name);
		driver_unregister(drv);
	}
}

/* ------------------------------------------------------ files in sysfs */

static const struct suture_role role_attribute = {
	.name = "attribute",
	.failed = -ENODEV,
};

static bool attribute_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return record->info[0] == (unsigned long)left->dev;
}

static enum suture_remains attribute_held(const struct suture_record *record,
					  const struct suture_unbound *left)
{
	const struct device_attribute *attr = (const struct device_attribute *)record->key;
	struct kernfs_node *node;

	if (!left->dev->kobj.sd || !within_module(record->key, left->domain->module))
		return SUTURE_REMAINS_NO;
	node = kernfs_find_and_get(left->dev->kobj.sd, attr->attr.name);
	if (!node)
		return SUTURE_REMAINS_NO;
	kernfs_put(node);
	return SUTURE_REMAINS_SURE;
}

static void attribute_undo(const struct suture_record *record,
			   const struct suture_unbound *left)
{
	device_remove_file(left->dev, (const struct device_attribute *)record->key);
}

static void attribute_bury(const struct suture_record *record)
{
	const struct device_attribute *attr = (const struct device_attribute *)record->key;

	suture_bury((unsigned long)attr->show, 0, record->info[0]);
	suture_bury((unsigned long)attr->store, 0, record->info[0]);
}

/* The key is the attribute, in the driver's data; info[0] is the device. */
static const struct suture_kind kind_attribute = {
	.name = "file in sysfs",
	.order = SUTURE_ORDER_REGISTRATION,
	.many = true,
	.of = attribute_of,
	.held = attribute_held,
	.undo = attribute_undo,
	.bury = attribute_bury,
};

SUTURE_DEFINE(int, device_create_file, struct device *dev, const struct device_attribute *attr)
{
	struct suture_record record = {
		.key = (unsigned long)attr,
		.info = { (unsigned long)dev },
		.site = SUTURE_SITE,
	};
	int err;

	if (attr) {
		suture_role_set((unsigned long)attr->show, &role_attribute);
		suture_role_set((unsigned long)attr->store, &role_attribute);
	}
	err = device_create_file(dev, attr);
	if (!err && dev)
		suture_ledger_add(&kind_attribute, &record);
	return err;
}
SUTURE_WRAPPER(device_create_file);

SUTURE_DEFINE(void, device_remove_file, struct device *dev, const struct device_attribute *attr)
{
	struct suture_record record;

	suture_ledger_claim(&kind_attribute, (unsigned long)attr, 0, (unsigned long)dev, &record);
	device_remove_file(dev, attr);
}
SUTURE_WRAPPER(device_remove_file);

int suture_rules_driver_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_driver_stop(void)
{
	suture_rules_remove(rules);
}
