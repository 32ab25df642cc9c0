/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * device.h - what the rules about DMA and PCI ask of a device of which they hold
 * nothing but the address, and of memory that a device may still use.
 */
#ifndef SUTURE_DEVICE_H
#define SUTURE_DEVICE_H

#include <linux/pci.h>

/**
 * struct suture_left - how to release what a removed driver left behind
 * @pdev:	the device, referenced and locked; NULL if it is gone, is none of
 *		PCI, or has another driver by now: then nothing may be done to it
 */
struct suture_left {
	struct pci_dev *pdev;
};

/* rules/pci.c */
bool suture_left_begin(struct suture_left *left, const struct device *dev);
void suture_left_end(struct suture_left *left);

#endif /* SUTURE_DEVICE_H */
