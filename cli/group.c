// SPDX-License-Identifier: GPL-2.0-only
/*
 * group.c - the modules that are one driver with the one that the user named.
 *
 * Whether a module that a driver imports from is a part of it or a subsystem's library cannot
 * be told from the files: libahci and libata lie in one folder, export functions, and have no
 * device of their own. So those are listed that are known to be parts, and the user can name more
 * with --with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "command.h"
#include "group.h"
#include "link.h"
#include "uapi/linux/suture.h"

/*
 * What makes each a part: nothing registers with it but the drivers that it was split off
 * from, and its functions stand in their ops tables or call them through a structure that both
 * share.
 */
static const struct {
	const char *name;
	const char *why;
} known[] = {
	/* drivers/net/ethernet/8390: the chip that ne2k-pci and pcnet_cs put behind a bus. */
	{ "8390", "the chip behind the bus interface that the driver is for" },
	/* drivers/net/usb/cdc_ether.c: rndis_host and others take its bind and status functions. */
	{ "cdc_ether", "USB network drivers take its functions for CDC devices" },
	/* drivers/net/usb/cdc_ncm.c: cdc_mbim and huawei_cdc_ncm are variants of it. */
	{ "cdc_ncm", "cdc_mbim and huawei_cdc_ncm are variants of it" },
	/* drivers/mmc/host/cqhci-core.c: the command queue of a SDHCI controller. */
	{ "cqhci", "the command queue of the same controller" },
	/* drivers/usb/host: *_init_driver() fills the bus driver's hc_driver with its own. */
	{ "ehci_hcd", "the controller's driver without its bus" },
	{ "ohci_hcd", "the controller's driver without its bus" },
	{ "xhci_hcd", "the controller's driver without its bus" },
	/* drivers/usb/host/xhci-pci-renesas.c: a quirk of xhci-pci. */
	{ "xhci_pci_renesas", "xhci_pci's firmware loader for one controller" },
	/* drivers/ata/libahci.c: ahci_ops, and the callbacks in ahci's host private data. */
	{ "libahci", "the controller's driver without its bus" },
	/* drivers/message/fusion: one driver in layers, with one adapter structure. */
	{ "mptbase", "the adapter's driver, which the protocols share" },
	{ "mptscsih", "the SCSI host of the Fusion drivers" },
	/* drivers/nvme/host/core.c: the controller and its namespaces; nvme is its PCI transport. */
	{ "nvme_core", "the controller's driver without its transport" },
	/* drivers/mmc/host/sdhci.c: the host's mmc_host_ops; sdhci-pci adds the bus. */
	{ "sdhci", "the controller's driver without its bus" },
	/* drivers/net/usb/usbnet.c: probe, disconnect and the interface of its minidrivers. */
	{ "usbnet", "the network side of USB network drivers" },
	/* drivers/virtio: the two generations of virtio_pci's registers. */
	{ "virtio_pci_legacy_dev", "virtio_pci's access to registers" },
	{ "virtio_pci_modern_dev", "virtio_pci's access to registers" },
};

const char *group_known(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (modules_same(known[i].name, name))
			return known[i].why;
	return NULL;
}

int group_with(struct out *out, struct group *group, const char *name)
{
	if (group->nwith == GROUP_PARTS)
		return out_usage(out, "--with %s: there are more than %d", name, GROUP_PARTS);
	group->with[group->nwith++] = name;
	return EXIT_SUCCESS;
}

static const char *wanted(const struct group *group, const char *name)
{
	size_t i;

	for (i = 0; i < group->nwith; i++)
		if (modules_same(group->with[i], name))
			return "asked for with --with";
	return group_known(name);
}

static bool has(const struct group *group, const char *name)
{
	size_t i;

	for (i = 0; i < group->nparts; i++)
		if (modules_same(group->parts[i].guard.guarded->report.module, name))
			return true;
	return false;
}

/* A part's own parts come before it. */
static int add_parts(struct out *out, struct group *group, const struct guard *driver,
		     const struct guard *user)
{
	char *depends = user->depends ? strdup(user->depends) : NULL;
	char *name, *rest = depends, *path;
	int status = EXIT_SUCCESS;
	struct part part;

	while (!status && rest && (name = strsep(&rest, ","))) {
		if (!*name || !wanted(group, name) || has(group, name))
			continue;
		path = modules_needed(driver->modules, user->path, name);
		if (!path)
			continue; /* built into the kernel; if it is missing, loading says so */
		memset(&part, 0, sizeof(part));
		part.why = wanted(group, name);
		status = guard_part(out, driver, path, &part.guard);
		if (!status)
			status = add_parts(out, group, driver, &part.guard);
		if (!status && group->nparts == GROUP_PARTS)
			status = out_fail(out, "%s: consists of more than %d modules", driver->path,
					  GROUP_PARTS);
		if (status)
			guard_part_end(&part.guard);
		else
			group->parts[group->nparts++] = part;
	}
	free(depends);
	return status;
}

int group_prepare(struct out *out, struct group *group, const struct guard *driver)
{
	const char *name = driver->guarded->report.module;
	int status;
	size_t i;

	if (group->alone)
		return EXIT_SUCCESS;
	status = add_parts(out, group, driver, driver);
	for (i = 0; !status && i < group->nwith; i++)
		if (!has(group, group->with[i]))
			status = out_usage(out,
					   "--with %s: %s does not import from it (it needs: %s)",
					   group->with[i], name,
					   driver->depends && *driver->depends ? driver->depends :
										 "no module");
	return status;
}

void group_end(struct group *group)
{
	while (group->nparts)
		guard_part_end(&group->parts[--group->nparts].guard);
}

int group_look(struct out *out, struct group *group, const struct guard *driver)
{
	struct records drivers = { 0 };
	struct link *link;
	size_t i;

	if (group->nparts && link_open(&link) == 0) {
		link_begin(link, SUTURE_CMD_GET_DOMAIN);
		link_dump(link, &drivers);
		link_close(link);
	}
	/* Those that use others come last, and have to go first. */
	for (i = group->nparts; i--;) {
		struct part *part = &group->parts[i];
		const char *name = part->guard.guarded->report.module;

		if (!modules_loaded(name))
			continue;
		part->there = records_find(&drivers, SUTURE_A_DOMAIN, name) != NULL;
		if (part->there || !syscall(SYS_delete_module, name, O_NONBLOCK))
			continue;
		part->outside = true;
		out_warn(out,
			 "%s: is a part of %s, but is loaded without guard and in use; "
			 "it stays so, and what happens in it is not seen",
			 name, driver->guarded->report.module);
	}
	records_clear(&drivers);
	return EXIT_SUCCESS;
}
