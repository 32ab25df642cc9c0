// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq_vec.c - gives MSI vectors back too early, or never.
 *
 * Works on any PCI device with MSI that has no driver; QEMU's edu is one.
 */
#include <linux/interrupt.h>
#include <linux/pci.h>

#include "bad.h"

static irqreturn_t handler(int number, void *dev_id)
{
	return IRQ_HANDLED;
}

static struct pci_dev *find(void)
{
	return pci_get_device(0x1234, 0x11e8, NULL);
}

static noinline int vectors(struct pci_dev *dev)
{
	int n = pci_alloc_irq_vectors(dev, 1, 1, PCI_IRQ_MSI);

	return n < 0 ? n : 0;
}

/* Vectors first: the release of the interrupt comes too late. */
static noinline int order_wrong(struct pci_dev *dev, bool old)
{
	int irq, err = old ? pci_enable_msi(dev) : vectors(dev);

	if (err)
		return err;
	irq = pci_irq_vector(dev, 0);
	err = request_irq(irq, handler, 0, "irq_vec", dev);
	if (old)
		pci_disable_msi(dev);
	else
		pci_free_irq_vectors(dev);
	if (!err)
		free_irq(irq, dev);
	return err;
}

static int order_right(struct pci_dev *dev)
{
	int err = vectors(dev);

	if (err)
		return err;
	err = request_irq(pci_irq_vector(dev, 0), handler, 0, "irq_vec", dev);
	if (!err)
		free_irq(pci_irq_vector(dev, 0), dev);
	pci_free_irq_vectors(dev);
	return dev->msi_enabled ? -EBUSY : err;
}

static int with_device(const char *word)
{
	struct pci_dev *dev = find();
	int err;

	if (!dev)
		return -ENODEV;
	err = pci_enable_device(dev);
	if (err)
		goto put;
	if (bad_is(word, "order"))
		err = order_wrong(dev, false);
	else if (bad_is(word, "disable"))
		err = order_wrong(dev, true);
	else if (bad_is(word, "keep"))
		err = vectors(dev);
	else if (bad_is(word, "ok"))
		err = order_right(dev);
	else
		err = -EINVAL;
	pci_disable_device(dev);
put:
	pci_dev_put(dev);
	return err;
}

static int bad_do(const char *word)
{
	return with_device(word);
}

static int bad_ok(void)
{
	return with_device("ok");
}

MODULE_DESCRIPTION("Test: gives MSI vectors back in the wrong order or not at all");
