// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci.c - PCI devices: enabled and disabled in balance, regions requested and
 * released, configuration registers that belong to the kernel.
 *
 * A device that was enabled with pcim_enable_device() gives its regions back by
 * itself, so they are not noted.
 */
#include <linux/pci.h>

#include <suture/ledger.h>
#include "device.h"
#include "gone.h"
#include "rules.h"

static struct suture_rule rule_enable = {
	.id = "PCI-EN",
	.class = "PCI",
	.contract = "A device is disabled as often as it was enabled, and is disabled when its driver is removed.",
	.source = "Documentation/PCI/pci.rst; drivers/pci/pci.c pci_disable_device()",
	.example = "err = pci_enable_device(pdev);\n"
		   "pci_disable_device(pdev);\n"
		   "pci_disable_device(pdev);\t/* takes away what another user enabled */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the device is disabled already" },
		{ "disable", "nothing: no driver is left that could use the device" },
	},
};

static struct suture_rule rule_region = {
	.id = "PCI-REGION",
	.class = "PCI",
	.contract = "The regions of a device are released once, and none is held when the driver is removed.",
	.source = "Documentation/PCI/pci.rst; kernel/resource.c __release_region(); smatch check_release_resource",
	.example = "pci_release_regions(pdev);\n"
		   "pci_release_regions(pdev);\t/* may be another driver's by now */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "drop",
			.gives_up = "nothing: the region is released already, and may be somebody else's by now",
		},
		{ "release", "nothing: no driver is left that could use the region" },
	},
};

static struct suture_rule rule_config = {
	.id = "PCI-CFGWR",
	.class = "PCI",
	.contract = "A driver does not move the BARs of a device that decodes them, nor rewrite its interrupt messages behind the kernel.",
	.source = "Documentation/PCI/pci.rst; Documentation/PCI/msi-howto.rst; Driver Verifier driver isolation",
	.example = "pci_write_config_dword(pdev, PCI_BASE_ADDRESS_0, 0xfeb00000);\t/* the kernel does not know */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "drop",
			.gives_up = "the write: the device stays where the kernel knows it, and its interrupts go where the kernel sends them",
		},
	},
};

static struct suture_rule *const rules[] = {
	&rule_enable, &rule_region, &rule_config, NULL,
};

/* ------------------------------------------------ devices left behind */

/**
 * suture_left_begin() - may something be done to a device that a driver left?
 * @left:	gets the device
 * @dev:	address of what was a device when the driver had it
 *
 * Context: task.
 * Return: true if it is still there and has no driver; nothing binds to it before
 * suture_left_end().
 */
bool suture_left_begin(struct suture_left *left, const struct device *dev)
{
	struct pci_dev *pdev = NULL;

	left->pdev = NULL;
	for_each_pci_dev(pdev)
		if (&pdev->dev == dev)
			break;
	if (!pdev)
		return false;
	if (device_trylock(&pdev->dev)) {
		if (!pdev->dev.driver) {
			left->pdev = pdev;
			return true;
		}
		device_unlock(&pdev->dev);
	}
	pci_dev_put(pdev);
	return false;
}

/* suture_left_end() - after suture_left_begin() that succeeded. Context: task. */
void suture_left_end(struct suture_left *left)
{
	device_unlock(&left->pdev->dev);
	pci_dev_put(left->pdev);
}

/* ------------------------------------------------------------- enable */

/* Some devices work without a driver, and drivers leave them so on purpose. */
static bool works_alone(const struct pci_dev *pdev)
{
	switch (pdev->class >> 16) {
	case PCI_BASE_CLASS_BRIDGE:
	case PCI_BASE_CLASS_DISPLAY:
	case PCI_BASE_CLASS_MEMORY:
	case PCI_BASE_CLASS_SYSTEM:
		return true;
	}
	return false;
}

static void enable_left(struct suture_domain *domain, const struct suture_record *record,
			bool sole)
{
	bool repair = suture_may_for(domain, &rule_enable, 1, record->site);
	struct suture_left left;

	if (rule_enable.action == SUTURE_OFF ||
	    !suture_left_begin(&left, &((struct pci_dev *)record->key)->dev))
		return;
	/* A helper may have disabled it; then there is nothing to say. */
	if (pci_is_enabled(left.pdev) && !works_alone(left.pdev)) {
		if (repair)
			pci_disable_device(left.pdev);
		suture_report_for(domain, &rule_enable, SUTURE_DID(rule_enable, 1), record->site,
				  "%s left enabled after removal", pci_name(left.pdev));
	}
	suture_left_end(&left);
}

static bool enable_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return &((struct pci_dev *)record->key)->dev == left->dev;
}

static enum suture_remains enable_held(const struct suture_record *record,
				       const struct suture_unbound *left)
{
	const struct pci_dev *pdev = to_pci_dev(left->dev);

	return pci_is_enabled((struct pci_dev *)pdev) && !works_alone(pdev) ? SUTURE_REMAINS_SURE :
	       SUTURE_REMAINS_NO;
}

static void enable_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	pci_disable_device(to_pci_dev(left->dev));
}

/* One object for each time that the driver has enabled the device. */
static const struct suture_kind kind_enable = {
	.name = "enabled PCI device",
	.order = SUTURE_ORDER_DEVICE,
	.left = enable_left,
	.many = true,
	.of = enable_of,
	.held = enable_held,
	.undo = enable_undo,
};

#define ENABLE(api)								\
	SUTURE_DEFINE(int, api, struct pci_dev *pdev)				\
	{									\
		struct suture_record record = {					\
			.key = (unsigned long)pdev, .site = SUTURE_SITE,	\
		};								\
		int err = api(pdev);						\
										\
		if (!err && !pci_is_managed(pdev))				\
			suture_ledger_add(&kind_enable, &record);		\
		return err;							\
	}									\
	SUTURE_WRAPPER(api)

ENABLE(pci_enable_device);
ENABLE(pci_enable_device_mem);

SUTURE_DEFINE(void, pci_disable_device, struct pci_dev *pdev)
{
	suture_ledger_take(&kind_enable, (unsigned long)pdev, NULL);
	if (unlikely(!pci_is_enabled(pdev)) && rule_enable.action != SUTURE_OFF) {
		suture_report(&rule_enable, SUTURE_DID(rule_enable, 0), SUTURE_SITE,
			      "%s disabled more often than enabled", pci_name(pdev));
		if (suture_may(&rule_enable, 0, SUTURE_SITE))
			return;
	}
	pci_disable_device(pdev);
}
SUTURE_WRAPPER(pci_disable_device);

/* ------------------------------------------------------------ regions */

SUTURE_GONE_TABLE(gone, 6);

#define ALL_BARS	((1 << PCI_STD_NUM_BARS) - 1)

/* A pci_dev is aligned to more than there are BARs. */
static_assert(__alignof__(struct pci_dev) >= 8 && PCI_STD_NUM_BARS <= 8);

static unsigned long region_key(const struct pci_dev *pdev, int bar)
{
	return (unsigned long)pdev | bar;
}

static void region_left(struct suture_domain *domain, const struct suture_record *record,
			bool sole)
{
	struct pci_dev *pdev = (struct pci_dev *)(record->key & ~7UL);
	int bar = record->key & 7;
	struct suture_left left;

	if (rule_region.action == SUTURE_OFF || !suture_left_begin(&left, &pdev->dev))
		return;
	/* A helper may have released it; then there is nothing to say. */
	if (left.pdev->resource[bar].child) {
		if (suture_may_for(domain, &rule_region, 1, record->site))
			pci_release_region(left.pdev, bar);
		suture_report_for(domain, &rule_region, SUTURE_DID(rule_region, 1), record->site,
				  "%s region %d held after removal", pci_name(left.pdev), bar);
	}
	suture_left_end(&left);
}

static bool region_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return &((struct pci_dev *)(record->key & ~7UL))->dev == left->dev;
}

static enum suture_remains region_held(const struct suture_record *record,
				       const struct suture_unbound *left)
{
	return to_pci_dev(left->dev)->resource[record->key & 7].child ? SUTURE_REMAINS_SURE :
	       SUTURE_REMAINS_NO;
}

static void region_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	pci_release_region(to_pci_dev(left->dev), record->key & 7);
}

static const struct suture_kind kind_region = {
	.name = "PCI region",
	.order = SUTURE_ORDER_REGION,
	.left = region_left,
	.of = region_of,
	.held = region_held,
	.undo = region_undo,
};

static void regions_requested(struct pci_dev *pdev, unsigned long bars, unsigned long site)
{
	struct suture_record record = { .site = site };
	int bar;

	if (pci_is_managed(pdev))
		return;
	for_each_set_bit(bar, &bars, PCI_STD_NUM_BARS) {
		if (!pci_resource_len(pdev, bar))
			continue;
		record.key = region_key(pdev, bar);
		suture_gone_clear(gone, record.key);
		suture_ledger_add(&kind_region, &record);
	}
}

/* Return: true if all of it has been released before: then it shall not be again. */
static bool regions_released(struct pci_dev *pdev, unsigned long bars, unsigned long site)
{
	unsigned long before = 0, key;
	bool again = true;
	int bar;

	for_each_set_bit(bar, &bars, PCI_STD_NUM_BARS) {
		if (!pci_resource_len(pdev, bar))
			continue;
		key = region_key(pdev, bar);
		if (suture_ledger_take(&kind_region, key, NULL)) {
			suture_gone_add(gone, key, site);
			again = false;
		} else {
			before = suture_gone_site(gone, key);
			if (!before)
				again = false;
		}
	}
	if (!again || !before || pci_is_managed(pdev) || rule_region.action == SUTURE_OFF)
		return false;
	suture_report(&rule_region, SUTURE_DID(rule_region, 0), site,
		      "%s regions released at %pS", pci_name(pdev), (void *)before);
	return suture_may(&rule_region, 0, site);
}

#define REQUEST_ALL(api)							\
	SUTURE_DEFINE(int, api, struct pci_dev *pdev, const char *name)		\
	{									\
		int err = api(pdev, name);					\
										\
		if (!err)							\
			regions_requested(pdev, ALL_BARS, SUTURE_SITE);		\
		return err;							\
	}									\
	SUTURE_WRAPPER(api)

REQUEST_ALL(pci_request_regions);
REQUEST_ALL(pci_request_regions_exclusive);

#define REQUEST_SELECTED(api)							\
	SUTURE_DEFINE(int, api, struct pci_dev *pdev, int bars, const char *name)	\
	{									\
		int err = api(pdev, bars, name);				\
										\
		if (!err)							\
			regions_requested(pdev, bars, SUTURE_SITE);		\
		return err;							\
	}									\
	SUTURE_WRAPPER(api)

REQUEST_SELECTED(pci_request_selected_regions);
REQUEST_SELECTED(pci_request_selected_regions_exclusive);

SUTURE_DEFINE(int, pci_request_region, struct pci_dev *pdev, int bar, const char *name)
{
	int err = pci_request_region(pdev, bar, name);

	if (!err)
		regions_requested(pdev, BIT(bar), SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(pci_request_region);

SUTURE_DEFINE(void, pci_release_regions, struct pci_dev *pdev)
{
	if (!regions_released(pdev, ALL_BARS, SUTURE_SITE))
		pci_release_regions(pdev);
}
SUTURE_WRAPPER(pci_release_regions);

SUTURE_DEFINE(void, pci_release_selected_regions, struct pci_dev *pdev, int bars)
{
	if (!regions_released(pdev, bars, SUTURE_SITE))
		pci_release_selected_regions(pdev, bars);
}
SUTURE_WRAPPER(pci_release_selected_regions);

SUTURE_DEFINE(void, pci_release_region, struct pci_dev *pdev, int bar)
{
	if (!regions_released(pdev, BIT(bar), SUTURE_SITE))
		pci_release_region(pdev, bar);
}
SUTURE_WRAPPER(pci_release_region);

/* ------------------------------------------------------ configuration */

/* Is the device's answer to these bytes the kernel's business now? */
static const char *config_owned(const struct pci_dev *pdev, int where)
{
	u16 flags, command;
	int end;

	if (where >= PCI_BASE_ADDRESS_0 && where <= PCI_BASE_ADDRESS_5 + 3) {
		if (pdev->hdr_type != PCI_HEADER_TYPE_NORMAL ||
		    pci_read_config_word(pdev, PCI_COMMAND, &command) || command == 0xffff)
			return NULL;
		return command & (PCI_COMMAND_IO | PCI_COMMAND_MEMORY) ?
		       "a BAR that the device decodes" : NULL;
	}
	if (!pdev->msi_enabled || where < pdev->msi_cap + PCI_MSI_ADDRESS_LO ||
	    where > pdev->msi_cap + PCI_MSI_DATA_64 + 1 ||
	    pci_read_config_word(pdev, pdev->msi_cap + PCI_MSI_FLAGS, &flags))
		return NULL;
	end = flags & PCI_MSI_FLAGS_64BIT ? PCI_MSI_DATA_64 + 2 : PCI_MSI_DATA_32 + 2;
	return where < pdev->msi_cap + end ? "the message of an MSI in use" : NULL;
}

static noinline bool config_refused(struct pci_dev *pdev, int where, u32 value, u32 now,
				    const char *what, unsigned long site)
{
	suture_report(&rule_config, SUTURE_DID(rule_config, 0), site,
		      "%s: %#x to configuration register %#x, %s (now %#x)", pci_name(pdev),
		      value, where, what, now);
	return suture_may(&rule_config, 0, site);
}

/* Writing what stands there changes nothing. The fixed bits of a BAR do not count. */
#define CONFIG_WRITE(size, type, fixed)						\
	SUTURE_DEFINE(int, pci_write_config_##size, const struct pci_dev *pdev,	\
		      int where, type value)					\
	{									\
		const char *what;						\
		type now;							\
										\
		if (where < PCI_BASE_ADDRESS_0 || rule_config.action == SUTURE_OFF)	\
			return pci_write_config_##size(pdev, where, value);	\
		what = config_owned(pdev, where);				\
		if (likely(!what) || pci_read_config_##size(pdev, where, &now) ||	\
		    !((now ^ value) & ~(type)(fixed)))				\
			return pci_write_config_##size(pdev, where, value);	\
		if (config_refused((struct pci_dev *)pdev, where, value, now, what,	\
				   SUTURE_SITE))				\
			return PCIBIOS_SET_FAILED;				\
		return pci_write_config_##size(pdev, where, value);		\
	}									\
	SUTURE_WRAPPER(pci_write_config_##size)

CONFIG_WRITE(byte, u8, 0);
CONFIG_WRITE(word, u16, 0);
CONFIG_WRITE(dword, u32, where <= PCI_BASE_ADDRESS_5 ? 0xf : 0);

int suture_rules_pci_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_pci_stop(void)
{
	suture_rules_remove(rules);
}
