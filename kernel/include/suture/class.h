/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * class.h - classes of devices: how drivers of one kind are put right when they failed.
 *
 * When a driver is to be recovered, all its devices are that a class knows, each by the rungs
 * of its class, from the first on, until one has worked. A class is one file: it says with
 * suture_recoverable() which devices are its own, and keeps what programs see of them. See
 * docs/recovery.md.
 */
#ifndef SUTURE_RULE_CLASS_H
#define SUTURE_RULE_CLASS_H

#include <linux/device.h>

#include <suture/rule.h>

struct pci_dev;
struct suture_group;
struct suture_visit;

#define SUTURE_MAX_RUNGS 3

/**
 * struct suture_class - a class of devices
 * @name:	its name in events and reports
 * @rungs:	SUTURE_CYCLE and SUTURE_RESTART, in the order in which they are tried; 0 ends it
 * @hold:	before a rung: what programs do with the device stops here. Some of the driver's
 *		entries are refused by now (struct suture_role, @refuse). An error means
 *		that this rung cannot be taken; then @resume is not called. May be NULL
 * @cycle:	power-cycle, where the device's callbacks for power management will not
 *		do; NULL: suture_power_cycle()
 * @resume:	after a rung, when the driver is open to calls again: programs go on; @err is how
 *		the rung went, and nothing must stay held if it failed. The return value is
 *		the result of the rung. May be NULL
 *
 * Context of all: task, may sleep, no locks held; one recovery of a driver at a time. During
 * SUTURE_RESTART, suture_restarting() is true for the caller.
 */
struct suture_class {
	const char *name;
	enum suture_action rungs[SUTURE_MAX_RUNGS + 1];
	int (*hold)(struct device *dev, enum suture_action rung);
	int (*cycle)(struct device *dev);
	int (*resume)(struct device *dev, enum suture_action rung, int err);
};

/**
 * suture_recoverable() - a guarded driver has registered something for a device
 * @dev:	the device that it is for, or one below: the first with a driver, going up, is the
 *		one to recover; may be NULL
 * @class:	its class, of static duration in suture.ko or in a pack that the driver imports from
 * @site:	call site in the driver
 *
 * Holds until the driver leaves the device. The first class stays.
 *
 * Context: task, may sleep. Return: that device, which stays as long as the driver is on it; NULL
 * without memory, and if there is none: no driver can be taken off it and put on it again.
 */
struct device *suture_recoverable(struct device *dev, const struct suture_class *class,
				  unsigned long site);

/**
 * suture_restarting() - is this the restart of the driver that made a call?
 * @site:	the call site
 *
 * Context: any. Return: true in the task that restarts it, between detach and attach.
 */
bool suture_restarting(unsigned long site);

/**
 * suture_recovers() - is the driver of an abandoned visit recovered?
 * @visit:	the visit
 *
 * What it leaves with the device can stay there then: its class will see to it.
 *
 * Context: any but NMI. Return: true if a recovery follows, which may fail.
 */
bool suture_recovers(const struct suture_visit *visit);

/* suture_quarantined() - is the driver of a refused visit in quarantine? Context: any. */
bool suture_quarantined(const struct suture_visit *visit);

/* suture_pci_resets() - does the driver itself see to a reset of its function? Context: task. */
bool suture_pci_resets(struct pci_dev *pdev);

/**
 * suture_power_cycle() - bring a device to a known state, and keep every software object
 * @dev:	the device
 *
 * The driver's own callbacks for suspend and resume, and a reset of the function between
 * them if the device has one.
 *
 * Context: task, may sleep. Return: 0; -EOPNOTSUPP if the driver has no such callbacks, or the
 * bus is not known; the callback's error.
 */
int suture_power_cycle(struct device *dev);

/**
 * suture_cycle_register() - how devices of a bus are power-cycled
 * @bus:	the bus
 * @cycle:	as suture_power_cycle(), with the device locked and a driver on it
 *
 * Context: task.
 */
int suture_cycle_register(const struct bus_type *bus, int (*cycle)(struct device *dev));
void suture_cycle_remove(const struct bus_type *bus);

#endif /* SUTURE_RULE_CLASS_H */
