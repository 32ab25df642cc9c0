// SPDX-License-Identifier: GPL-2.0-only
/*
 * bus.c - the drivers that a module has registered, and the devices that they are on.
 *
 * There are dozens of buses, each with a registering function of its own, and no list of the
 * drivers of a module. But all of them end in struct device_driver, which lies in the
 * module's data: it is looked for there. What is found is believed only if its bus, asked
 * by name, gives back the very same address.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "bus.h"
#include "compat.h"

#define NAME_MAX_LEN 64

/* Is there a string at @name that has an end soon? */
static bool name_copy(char *to, const char *name)
{
	unsigned int i;

	for (i = 0; i < NAME_MAX_LEN; i++) {
		if (get_kernel_nofault(to[i], (char *)name + i))
			return false;
		if (!to[i])
			return i;
	}
	return false;
}

/* Does the bus know this memory as one of its drivers? */
static bool driver_registered(const struct module *mod, struct device_driver *drv)
{
	char name[NAME_MAX_LEN], bus[NAME_MAX_LEN];
	const char *bus_name;
	struct kobject kobj;

	if (drv->owner != mod || !drv->p || !drv->bus || !drv->name)
		return false;
	/* The kernel's part of a driver begins with a kobject that has its name. */
	if (!name_copy(name, drv->name) ||
	    copy_from_kernel_nofault(&kobj, drv->p, sizeof(kobj)) ||
	    !name_copy(bus, kobj.name) || strcmp(name, bus))
		return false;
	if (get_kernel_nofault(bus_name, &drv->bus->name) || !name_copy(bus, bus_name))
		return false;
	return driver_find(drv->name, drv->bus) == drv;
}

/**
 * suture_bus_driver() - the drivers that a module has registered, one after the other
 * @mod:	the module; it does not go away meanwhile
 * @after:	the one found before, or NULL
 *
 * Context: task.
 * Return: the next driver; NULL if there is none. Drivers in memory that is not the
 * module's own are not found.
 */
struct device_driver *suture_bus_driver(const struct module *mod, struct device_driver *after)
{
	unsigned long at, end, size;

	at = suture_module_data(mod, &size);
	end = at + size;
	if (after)
		at = (unsigned long)after + sizeof(void *);
	for (; at + sizeof(struct device_driver) <= end; at += sizeof(void *))
		if (driver_registered(mod, (struct device_driver *)at))
			return (struct device_driver *)at;
	return NULL;
}

/**
 * suture_bus_device() - a device that a driver is on
 * @drv:	a driver that is registered
 *
 * Context: task.
 * Return: the device, with a reference; or NULL.
 */
struct device *suture_bus_device(struct device_driver *drv)
{
	return driver_find_next_device(drv, NULL);
}

/**
 * suture_device_stop() - a device shall do nothing any more on its own
 * @dev:	the device
 *
 * It masters the bus no more, which ends its DMA and its messages (MSI), and it raises no
 * interrupt. Enabling it and making it master, as a probe does, undoes both. Bridges lead to
 * others and are left alone. Buses other than PCI have no such switch.
 *
 * Context: any but NMI.
 * Return: false if that is not possible.
 */
bool suture_device_stop(struct device *dev)
{
	struct pci_dev *pdev;
	u16 command;

	if (!dev_is_pci(dev))
		return false;
	pdev = to_pci_dev(dev);
	if (pdev->class >> 16 == PCI_BASE_CLASS_BRIDGE ||
	    pci_read_config_word(pdev, PCI_COMMAND, &command))
		return false;
	/* It has been pulled out. */
	if (command == 0xffff)
		return true;
	pci_write_config_word(pdev, PCI_COMMAND,
			      (command & ~PCI_COMMAND_MASTER) | PCI_COMMAND_INTX_DISABLE);
	pdev->is_busmaster = 0;
	return true;
}
