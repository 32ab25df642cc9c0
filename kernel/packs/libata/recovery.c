// SPDX-License-Identifier: GPL-2.0-only
/*
 * recovery.c - ATA ports whose driver is recovered: commands in flight are done again.
 *
 * libata's error handler has all that it takes: a port that is frozen has its commands taken
 * back, is reset by the driver's own functions, its devices are identified again and found to be
 * the same, and the commands go out once more.
 */
#include <linux/libata.h>

#include <suture/class.h>
#include "libata.h"

/* Of further ports it is not looked at what is on them. */
#define PORTS_KEPT 32

/* All devices on a port that can be used. Context: task. */
static unsigned int enabled(struct ata_port *ap)
{
	struct ata_device *dev;
	struct ata_link *link;
	unsigned int n = 0;

	ata_for_each_link(link, ap, HOST_FIRST)
		ata_for_each_dev(dev, link, ENABLED)
			n++;
	return n;
}

static void port_reset(struct ata_port *ap)
{
	unsigned long flags;

	spin_lock_irqsave(ap->lock, flags);
	ap->link.eh_info.action |= ATA_EH_RESET;
	ap->link.eh_info.flags |= ATA_EHI_QUIET;
	ata_port_freeze(ap);
	spin_unlock_irqrestore(ap->lock, flags);
}

/* The host is the driver data of the device: libata itself relies on that. */
static struct ata_host *host_of(struct device *dev)
{
	return dev->driver ? dev_get_drvdata(dev) : NULL;
}

static int resume(struct device *dev, enum suture_action rung, int err)
{
	unsigned int before[PORTS_KEPT], i;
	struct ata_host *host;

	if (err || rung != SUTURE_CYCLE)
		return err;
	device_lock(dev);
	host = host_of(dev);
	for (i = 0; host && i < host->n_ports; i++) {
		if (ata_port_is_dummy(host->ports[i]))
			continue;
		if (i < PORTS_KEPT)
			before[i] = enabled(host->ports[i]);
		port_reset(host->ports[i]);
	}
	for (i = 0; host && i < host->n_ports; i++) {
		if (ata_port_is_dummy(host->ports[i]))
			continue;
		ata_port_wait_eh(host->ports[i]);
		if (host->ports[i]->pflags & ATA_PFLAG_FROZEN ||
		    (i < PORTS_KEPT && enabled(host->ports[i]) < before[i]))
			err = -EIO;
	}
	device_unlock(dev);
	return err;
}

/* All of it needs the driver open to calls: resume() does it. */
static int cycle(struct device *dev)
{
	return 0;
}

static const struct suture_class class = {
	.name = "ata",
	.rungs = { SUTURE_CYCLE, SUTURE_CYCLE, SUTURE_RESTART },
	.cycle = cycle,
	.resume = resume,
};

/**
 * suture_ata_added() - a guarded driver has registered a host
 * @host:	the host
 * @site:	call site
 *
 * Context: task, may sleep.
 */
void suture_ata_added(struct ata_host *host, unsigned long site)
{
	suture_recoverable(host->dev, &class, site);
}
