/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * edu.h - a PCI driver for QEMU's "edu" device that bad drivers build on.
 *
 * It binds to the device as a driver should, and offers /dev/bad_NAME while it is bound. What it
 * shall forget to do at removal, a bad driver says with the edu_no_ variables.
 */
#ifndef EDU_H
#define EDU_H

#define BAD_PROBED
#include <linux/dma-mapping.h>
#include <linux/io.h>
#include <linux/pci.h>

#include "bad.h"

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

/* Registers. */
#define EDU_LIVE	0x04	/* gives back the complement of what is written */
#define EDU_FACTORIAL	0x08
#define EDU_STATUS	0x20
#define EDU_BUSY	0x01

static struct pci_dev *edu;
static void __iomem *edu_regs;
static bool edu_no_disable, edu_no_release, edu_no_unmap;

/* Does the device answer as it should? */
static inline int edu_ok(void)
{
	u32 value = 0x12345678;
	int i;

	iowrite32(value, edu_regs + EDU_LIVE);
	if (ioread32(edu_regs + EDU_LIVE) != ~value)
		return -EBUSY;
	iowrite32(5, edu_regs + EDU_FACTORIAL);
	for (i = 0; i < 100 && ioread32(edu_regs + EDU_STATUS) & EDU_BUSY; i++)
		usleep_range(100, 200);
	return ioread32(edu_regs + EDU_FACTORIAL) == 120 ? 0 : -EBUSY;
}

static int edu_setup(struct pci_dev *pdev)
{
	int err;

	err = pci_enable_device(pdev);
	if (err)
		return err;
	err = pci_request_regions(pdev, KBUILD_MODNAME);
	if (err)
		goto disable;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (err)
		goto release;
	edu_regs = pci_iomap(pdev, 0, 0);
	if (!edu_regs) {
		err = -ENOMEM;
		goto release;
	}
	pci_set_master(pdev);
	return 0;
release:
	pci_release_regions(pdev);
disable:
	pci_disable_device(pdev);
	return err;
}

static void edu_give_back(struct pci_dev *pdev)
{
	pci_clear_master(pdev);
	if (!edu_no_unmap)
		pci_iounmap(pdev, edu_regs);
	if (!edu_no_release)
		pci_release_regions(pdev);
	if (!edu_no_disable)
		pci_disable_device(pdev);
}

static int edu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	int err = edu_setup(pdev);

	if (err)
		return err;
	edu = pdev;
	err = misc_register(&bad_misc);
	if (err)
		edu_give_back(pdev);
	return err;
}

static void edu_remove(struct pci_dev *pdev)
{
	misc_deregister(&bad_misc);
	edu_give_back(pdev);
	edu = NULL;
}

static const struct pci_device_id edu_ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, edu_ids);

static struct pci_driver edu_driver = {
	.name = "bad_" KBUILD_MODNAME,
	.id_table = edu_ids,
	.probe = edu_probe,
	.remove = edu_remove,
};
module_pci_driver(edu_driver);

#endif /* EDU_H */
