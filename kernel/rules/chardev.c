// SPDX-License-Identifier: GPL-2.0-only
/*
 * chardev.c - character devices: registered once, unregistered once, and none left behind.
 *
 * struct miscdevice and struct cdev are memory of the driver, which may have freed it by
 * the time it is removed. So before something left is unregistered, it is asked of the kernel's own
 * list, or of what stood in it at its registration, whether it is still there.
 */
#include <linux/cdev.h>
#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/miscdevice.h>
#include <linux/poison.h>
#include <linux/uaccess.h>

#include <suture/ledger.h>
#include "../binding.h"
#include "../classes/file.h"
#include "gone.h"
#include "rules.h"

enum { REPAIR_DROP, REPAIR_UNREGISTER };

static struct suture_rule rule_chardev = {
	.id = "CHR-REG",
	.class = "files",
	.contract = "A character device is registered once and unregistered once, and none is registered when the driver is removed.",
	.source = "Documentation/driver-api/basics.rst; drivers/char/misc.c, fs/char_dev.c; Klever fs:char_dev; LDV 106",
	.example = "static void __exit card_exit(void)\n"
		   "{\n"
		   "\tkfree(card);\t/* misc_deregister() is missing: the next open() runs into freed code */\n"
		   "}\n",
	.look = "misc_register(), cdev_add(), cdev_device_add(), register_chrdev() and the numbers of alloc_chrdev_region(). A device that the kernel does not know any more at removal is left alone.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the device is already as it was asked for" },
		{ "unregister", "nothing: the code behind the device is about to go" },
	},
};

static struct suture_rule *const rules[] = { &rule_chardev, NULL };

/* Says that it is left; returns whether it may be unregistered. */
static bool left_one(struct suture_domain *domain, const struct suture_record *record,
		     const char *what, unsigned int major, unsigned int minor)
{
	if (rule_chardev.action == SUTURE_OFF)
		return false;
	suture_report_for(domain, &rule_chardev, SUTURE_DID(rule_chardev, REPAIR_UNREGISTER),
			  record->site, "%s %u:%u still registered after removal", what, major,
			  minor);
	return suture_may_for(domain, &rule_chardev, REPAIR_UNREGISTER, record->site);
}

/* ---------------------------------------------------------------------- misc */

/* Is the device in the kernel's list? It may lie in memory that is free by now. */
static bool misc_listed(const struct miscdevice *misc)
{
	struct list_head *next, *back;

	return !get_kernel_nofault(next, &misc->list.next) && next != &misc->list &&
	       !get_kernel_nofault(back, &next->prev) && back == &misc->list;
}

static void misc_left(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	struct miscdevice *misc = (struct miscdevice *)record->key;

	if (misc_listed(misc) && left_one(domain, record, "misc device", MISC_MAJOR, misc->minor))
		misc_deregister(misc);
}

static bool misc_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return record->info[0] == (unsigned long)left->dev;
}

static enum suture_remains misc_held(const struct suture_record *record,
				     const struct suture_unbound *left)
{
	return misc_listed((struct miscdevice *)record->key) ? SUTURE_REMAINS_SURE :
	       SUTURE_REMAINS_NO;
}

static void misc_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	misc_deregister((struct miscdevice *)record->key);
}

/* info[0] is the device that it names as its parent. */
static const struct suture_kind kind_misc = {
	.name = "misc device",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = misc_left,
	.of = misc_of,
	.probed = true,
	.held = misc_held,
	.undo = misc_undo,
};

SUTURE_DEFINE(int, misc_register, struct miscdevice *misc)
{
	struct suture_record record = { .key = (unsigned long)misc, .site = SUTURE_SITE };
	int err;

	suture_check_pointer(misc, SUTURE_SITE, "misc_register");
	record.info[0] = (unsigned long)misc->parent;
	suture_file_roles(misc->fops);
	if (unlikely(misc_listed(misc)) && rule_chardev.action != SUTURE_OFF &&
	    suture_ledger_get(&kind_misc, record.key, NULL)) {
		suture_report(&rule_chardev, SUTURE_DID(rule_chardev, REPAIR_DROP), SUTURE_SITE,
			      "misc_register of a device that is registered");
		if (suture_may(&rule_chardev, REPAIR_DROP, SUTURE_SITE))
			return 0;
	}
	err = misc_register(misc);
	if (!err) {
		suture_ledger_add(&kind_misc, &record);
		suture_step(0, SUTURE_SITE, "misc_register");
	}
	return err;
}
SUTURE_WRAPPER(misc_register);

/* Zeros before the first registration, empty after one that failed, poison after the last. */
static bool misc_never(const struct miscdevice *misc)
{
	return !misc->list.next || misc->list.next == &misc->list ||
	       misc->list.next == LIST_POISON1;
}

SUTURE_DEFINE(void, misc_deregister, struct miscdevice *misc)
{
	suture_check_pointer(misc, SUTURE_SITE, "misc_deregister");
	suture_ledger_take(&kind_misc, (unsigned long)misc, NULL);
	if (unlikely(misc_never(misc)) && rule_chardev.action != SUTURE_OFF) {
		suture_report(&rule_chardev, SUTURE_DID(rule_chardev, REPAIR_DROP), SUTURE_SITE,
			      "misc_deregister of a device that is not registered");
		if (suture_may(&rule_chardev, REPAIR_DROP, SUTURE_SITE))
			return;
	}
	misc_deregister(misc);
}
SUTURE_WRAPPER(misc_deregister);

/* ---------------------------------------------------------------------- cdev */

/* What stands in the cdev while it is registered. */
enum { INFO_DEV, INFO_TYPE };

SUTURE_GONE_TABLE(cdevs_gone, 5);

static bool cdev_there(const struct suture_record *record)
{
	const struct cdev *cdev = (const struct cdev *)record->key;
	const struct kobj_type *type;
	dev_t dev;

	return !get_kernel_nofault(dev, &cdev->dev) &&
	       !get_kernel_nofault(type, &cdev->kobj.ktype) && dev == record->info[INFO_DEV] &&
	       (unsigned long)type == record->info[INFO_TYPE] && kref_read(&cdev->kobj.kref);
}

static void cdev_left(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	struct cdev *cdev = (struct cdev *)record->key;

	if (cdev_there(record) &&
	    left_one(domain, record, "cdev", MAJOR(cdev->dev), MINOR(cdev->dev)))
		cdev_del(cdev);
}

/* Nothing else is said of one that is there when a device has gone: it may be for others, too. */
static enum suture_remains cdev_held(const struct suture_record *record,
				     const struct suture_unbound *left)
{
	return left->distrust && cdev_there(record) ? SUTURE_REMAINS_SURE : SUTURE_REMAINS_NO;
}

static void cdev_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	cdev_del((struct cdev *)record->key);
}

static const struct suture_kind kind_cdev = {
	.name = "character device",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = cdev_left,
	.held = cdev_held,
	.undo = cdev_undo,
};

static void cdev_made(const struct cdev *cdev)
{
	suture_gone_clear(cdevs_gone, (unsigned long)cdev);
}

static void cdev_note(const struct cdev *cdev, unsigned long site)
{
	struct suture_record record = {
		.key = (unsigned long)cdev, .site = site,
		.info[INFO_DEV] = cdev->dev,
		.info[INFO_TYPE] = (unsigned long)cdev->kobj.ktype,
	};

	cdev_made(cdev);
	suture_ledger_add(&kind_cdev, &record);
}

/* Has the driver deleted it, and not made it anew? Then @true: the call is to be dropped. */
static bool cdev_again(struct cdev *cdev, unsigned long site, const char *api)
{
	unsigned long gone;

	if (suture_ledger_take(&kind_cdev, (unsigned long)cdev, NULL)) {
		suture_gone_add(cdevs_gone, (unsigned long)cdev, site);
		return false;
	}
	gone = suture_gone_site(cdevs_gone, (unsigned long)cdev);
	if (!gone || rule_chardev.action == SUTURE_OFF)
		return false;
	suture_report(&rule_chardev, SUTURE_DID(rule_chardev, REPAIR_DROP), site,
		      "%s of a device deleted at %pS", api, (void *)gone);
	return suture_may(&rule_chardev, REPAIR_DROP, site);
}

SUTURE_DEFINE(void, cdev_init, struct cdev *cdev, const struct file_operations *fops)
{
	suture_check_pointer(cdev, SUTURE_SITE, "cdev_init");
	suture_file_roles(fops);
	cdev_made(cdev);
	cdev_init(cdev, fops);
}
SUTURE_WRAPPER(cdev_init);

SUTURE_DEFINE(struct cdev *, cdev_alloc, void)
{
	struct cdev *cdev = cdev_alloc();

	cdev_made(cdev);
	return cdev;
}
SUTURE_WRAPPER(cdev_alloc);

SUTURE_DEFINE(int, cdev_add, struct cdev *cdev, dev_t dev, unsigned int count)
{
	int err;

	suture_check_pointer(cdev, SUTURE_SITE, "cdev_add");
	suture_file_roles(cdev->ops);
	err = cdev_add(cdev, dev, count);
	if (!err)
		cdev_note(cdev, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(cdev_add);

SUTURE_DEFINE(void, cdev_del, struct cdev *cdev)
{
	suture_check_pointer(cdev, SUTURE_SITE, "cdev_del");
	if (!cdev_again(cdev, SUTURE_SITE, "cdev_del"))
		cdev_del(cdev);
}
SUTURE_WRAPPER(cdev_del);

SUTURE_DEFINE(int, cdev_device_add, struct cdev *cdev, struct device *dev)
{
	int err;

	suture_check_pointer(cdev, SUTURE_SITE, "cdev_device_add");
	suture_file_roles(cdev->ops);
	err = cdev_device_add(cdev, dev);
	/* Without a number there is a device, but no cdev. */
	if (!err && cdev->dev)
		cdev_note(cdev, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(cdev_device_add);

SUTURE_DEFINE(void, cdev_device_del, struct cdev *cdev, struct device *dev)
{
	suture_check_pointer(cdev, SUTURE_SITE, "cdev_device_del");
	if (suture_ledger_take(&kind_cdev, (unsigned long)cdev, NULL))
		suture_gone_add(cdevs_gone, (unsigned long)cdev, SUTURE_SITE);
	cdev_device_del(cdev, dev);
}
SUTURE_WRAPPER(cdev_device_del);

/* ------------------------------------------------------------------- numbers */

enum { INFO_COUNT };

static void numbers_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole)
{
	if (left_one(domain, record, "number", MAJOR(record->key), MINOR(record->key)))
		unregister_chrdev_region(record->key, record->info[INFO_COUNT]);
}

/* As for a cdev. */
static enum suture_remains number_held(const struct suture_record *record,
				       const struct suture_unbound *left)
{
	return left->distrust ? SUTURE_REMAINS_SURE : SUTURE_REMAINS_NO;
}

static void numbers_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	unregister_chrdev_region(record->key, record->info[INFO_COUNT]);
}

static const struct suture_kind kind_numbers = {
	.name = "numbers of character devices",
	.order = SUTURE_ORDER_REGION,
	.left = numbers_left,
	.held = number_held,
	.undo = numbers_undo,
};

static void whole_left(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	if (left_one(domain, record, "chrdev", MAJOR(record->key), MINOR(record->key)))
		__unregister_chrdev(MAJOR(record->key), MINOR(record->key),
				    record->info[INFO_COUNT], "");
}

static void whole_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	__unregister_chrdev(MAJOR(record->key), MINOR(record->key), record->info[INFO_COUNT], "");
}

static const struct suture_kind kind_whole = {
	.name = "character device by number",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = whole_left,
	.held = number_held,
	.undo = whole_undo,
};

static void numbers_note(const struct suture_kind *kind, dev_t dev, unsigned int count,
			 unsigned long site)
{
	struct suture_record record = { .key = dev, .site = site, .info[INFO_COUNT] = count };

	suture_ledger_add(kind, &record);
}

SUTURE_DEFINE(int, alloc_chrdev_region,
	      dev_t *dev, unsigned int base, unsigned int count, const char *name)
{
	int err = alloc_chrdev_region(dev, base, count, name);

	if (!err)
		numbers_note(&kind_numbers, *dev, count, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(alloc_chrdev_region);

SUTURE_DEFINE(int, register_chrdev_region, dev_t dev, unsigned int count, const char *name)
{
	int err = register_chrdev_region(dev, count, name);

	if (!err)
		numbers_note(&kind_numbers, dev, count, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(register_chrdev_region);

SUTURE_DEFINE(void, unregister_chrdev_region, dev_t dev, unsigned int count)
{
	suture_ledger_take(&kind_numbers, dev, NULL);
	unregister_chrdev_region(dev, count);
}
SUTURE_WRAPPER(unregister_chrdev_region);

SUTURE_DEFINE(int, __register_chrdev,
	      unsigned int major, unsigned int minor, unsigned int count, const char *name,
	      const struct file_operations *fops)
{
	int ret;

	suture_file_roles(fops);
	ret = __register_chrdev(major, minor, count, name, fops);
	if (ret >= 0)
		numbers_note(&kind_whole, MKDEV(major ? major : ret, minor), count, SUTURE_SITE);
	return ret;
}
SUTURE_WRAPPER(__register_chrdev);

SUTURE_DEFINE(void, __unregister_chrdev,
	      unsigned int major, unsigned int minor, unsigned int count, const char *name)
{
	suture_ledger_take(&kind_whole, MKDEV(major, minor), NULL);
	__unregister_chrdev(major, minor, count, name);
}
SUTURE_WRAPPER(__unregister_chrdev);

int suture_rules_chardev_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_chardev_stop(void)
{
	suture_rules_remove(rules);
}
