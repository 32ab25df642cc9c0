// SPDX-License-Identifier: GPL-2.0-only
/*
 * sysfs.c - attributes of devices: made once, removed while they are there, and none left behind.
 *
 * Attributes go with their device. What a driver leaves is spoken of only if the device is one
 * of PCI, which stays: then it is certain that nobody else removes them. Whether an
 * attribute is there is asked of sysfs itself.
 */
#include <linux/device.h>
#include <linux/kernfs.h>
#include <linux/sysfs.h>

#include <suture/ledger.h>
#include "../domain.h"
#include "device.h"
#include "gone.h"
#include "rules.h"

enum { REPAIR_SKIP, REPAIR_REMOVE };

static struct suture_rule rule_sysfs = {
	.id = "DEV-SYSFS",
	.class = "files",
	.contract = "An attribute of a device is made once, removed while it is there, and none is left when the driver is removed.",
	.source = "Documentation/filesystems/sysfs.rst; fs/sysfs/group.c; Klever fs:sysfs:group; LDV 130, 151",
	.example = "static void card_remove(struct pci_dev *pdev)\n"
		   "{\n"
		   "\t/* device_remove_file(&pdev->dev, &dev_attr_speed) is missing */\n"
		   "\tkfree(pci_get_drvdata(pdev));\n"
		   "}\n",
	.look = "Of what is left only attributes of PCI devices are spoken of that lie in the driver's own data.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "skip", "nothing: the attributes are already as they were asked for" },
		{ "remove", "nothing: the code behind the attribute is about to go" },
	},
};

static struct suture_rule *const rules[] = { &rule_sysfs, NULL };

enum { INFO_OBJECT, INFO_WHAT };

/*
 * Is this very attribute there, in the folder of @group if that has a name?
 *
 * Context: task, may sleep.
 */
static bool there(const struct kobject *object, const char *group, const struct attribute *attr)
{
	struct kernfs_node *folder = NULL, *node;
	bool found;

	if (!object->sd || !attr)
		return false;
	if (group) {
		folder = kernfs_find_and_get(object->sd, group);
		if (!folder)
			return false;
	}
	node = kernfs_find_and_get(folder ? folder : object->sd, attr->name);
	found = node && node->priv == attr;
	kernfs_put(node);
	kernfs_put(folder);
	return found;
}

static bool group_there(const struct kobject *object, const struct attribute_group *group)
{
	return group->attrs && there(object, group->name, group->attrs[0]);
}

static bool looks(void)
{
	return rule_sysfs.action != SUTURE_OFF && !suture_atomic();
}

/* Return: whether the call is to be skipped. */
static bool wrong(unsigned long site, const char *what)
{
	suture_report(&rule_sysfs, SUTURE_DID(rule_sysfs, REPAIR_SKIP), site, "%s", what);
	return rule_sysfs.action >= SUTURE_REPAIR;
}

/* Says that it is left; returns whether it may be removed. */
static bool left_one(struct suture_domain *domain, const struct suture_record *record,
		     const struct suture_left *left, const char *what)
{
	suture_report_for(domain, &rule_sysfs, SUTURE_DID(rule_sysfs, REPAIR_REMOVE), record->site,
			  "%s of %s left after removal", what, pci_name(left->pdev));
	return rule_sysfs.action >= SUTURE_REPAIR;
}

static bool static_data(const struct suture_domain *domain, const struct suture_record *record)
{
	return within_module(record->info[INFO_WHAT], domain->module);
}

static void note(const struct suture_kind *kind, const void *object, const void *what,
		 unsigned long site)
{
	struct suture_record record = {
		.key = suture_gone_key((unsigned long)what, object), .site = site,
		.info[INFO_OBJECT] = (unsigned long)object,
		.info[INFO_WHAT] = (unsigned long)what,
	};

	suture_ledger_add(kind, &record);
}

static void forget(const struct suture_kind *kind, const void *object, const void *what)
{
	suture_ledger_take(kind, suture_gone_key((unsigned long)what, object), NULL);
}

/* ---------------------------------------------------------------------- files */

static void file_left(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	const struct device_attribute *attr = (void *)record->info[INFO_WHAT];
	struct device *dev = (struct device *)record->info[INFO_OBJECT];
	struct suture_left left;

	if (rule_sysfs.action == SUTURE_OFF || !static_data(domain, record) ||
	    !suture_left_begin(&left, dev))
		return;
	if (there(&dev->kobj, NULL, &attr->attr) &&
	    left_one(domain, record, &left, attr->attr.name))
		device_remove_file(dev, attr);
	suture_left_end(&left);
}

static const struct suture_kind kind_file = {
	.name = "device attribute",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = file_left,
};

SUTURE_DEFINE(int, device_create_file, struct device *dev, const struct device_attribute *attr)
{
	int err;

	if (dev && looks() && there(&dev->kobj, NULL, &attr->attr) &&
	    wrong(SUTURE_SITE, "device_create_file of an attribute that is there"))
		return -EEXIST;
	err = device_create_file(dev, attr);
	if (!err)
		note(&kind_file, dev, attr, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(device_create_file);

SUTURE_DEFINE(void, device_remove_file, struct device *dev, const struct device_attribute *attr)
{
	forget(&kind_file, dev, attr);
	device_remove_file(dev, attr);
}
SUTURE_WRAPPER(device_remove_file);

/* --------------------------------------------------------------------- groups */

static void group_left(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	const struct attribute_group *group = (void *)record->info[INFO_WHAT];
	struct kobject *object = (struct kobject *)record->info[INFO_OBJECT];
	struct suture_left left;

	if (rule_sysfs.action == SUTURE_OFF || !static_data(domain, record) ||
	    !suture_left_begin(&left, kobj_to_dev(object)))
		return;
	if (group_there(object, group) &&
	    left_one(domain, record, &left, group->name ? group->name : "attributes"))
		sysfs_remove_group(object, group);
	suture_left_end(&left);
}

static const struct suture_kind kind_group = {
	.name = "group of attributes",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = group_left,
};

SUTURE_DEFINE(int, sysfs_create_group, struct kobject *object, const struct attribute_group *group)
{
	int err;

	if (object && looks() && group_there(object, group) &&
	    wrong(SUTURE_SITE, "sysfs_create_group of a group that is there"))
		return -EEXIST;
	err = sysfs_create_group(object, group);
	if (!err)
		note(&kind_group, object, group, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(sysfs_create_group);

SUTURE_DEFINE(void, sysfs_remove_group, struct kobject *object, const struct attribute_group *group)
{
	struct kernfs_node *folder = NULL;

	forget(&kind_group, object, group);
	if (object && group->name && looks()) {
		if (object->sd)
			folder = kernfs_find_and_get(object->sd, group->name);
		kernfs_put(folder);
		if (!folder &&
		    wrong(SUTURE_SITE, "sysfs_remove_group of a group that is not there"))
			return;
	}
	sysfs_remove_group(object, group);
}
SUTURE_WRAPPER(sysfs_remove_group);

int suture_rules_sysfs_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_sysfs_stop(void)
{
	suture_rules_remove(rules);
}
