// SPDX-License-Identifier: GPL-2.0-only
/*
 * cb_probe.c - a driver of QEMU's "edu" device that does not put right what it did.
 *
 * The parameter "how", which may be changed between two bindings, says what it does wrong;
 * "ok" is as it should be, and fails if anything of the time before is still there.
 */
#include <linux/dma-mapping.h>
#include <linux/etherdevice.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/slab.h>
#include <linux/timer.h>

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

static char how[16] = "ok";
module_param_string(how, how, sizeof(how), 0644);

struct state {
	struct timer_list timer;
	struct delayed_work work;
	void __iomem *regs;
	void *coherent;
	dma_addr_t bus, page_bus;
	struct page *page;
	unsigned int ticks;
};

static struct pci_dev *left_file;

static bool is(const char *which)
{
	return sysfs_streq(how, which);
}

static void tick(struct timer_list *timer)
{
	struct state *state = container_of(timer, struct state, timer);

	state->ticks++;
	mod_timer(timer, jiffies + HZ / 10);
}

static void work(struct work_struct *unused)
{
}

static irqreturn_t handler(int irq, void *dev)
{
	return IRQ_NONE;
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct state *state = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", state->ticks);
}
static DEVICE_ATTR_RO(state);

static noinline int take_device(struct pci_dev *pdev)
{
	return pci_enable_device(pdev);
}

static noinline int take_regions(struct pci_dev *pdev)
{
	return pci_request_regions(pdev, KBUILD_MODNAME);
}

static noinline int take_map(struct pci_dev *pdev, struct state *state)
{
	state->regs = pci_iomap(pdev, 0, 0);
	return state->regs ? 0 : -ENOMEM;
}

static noinline int take_vectors(struct pci_dev *pdev)
{
	int n = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);

	return n < 0 ? n : 0;
}

static noinline int take_irq(struct pci_dev *pdev, struct state *state)
{
	return request_irq(pci_irq_vector(pdev, 0), handler, 0, KBUILD_MODNAME, state);
}

static noinline int take_coherent(struct pci_dev *pdev, struct state *state)
{
	state->coherent = dma_alloc_coherent(&pdev->dev, 8192, &state->bus, GFP_KERNEL);
	return state->coherent ? 0 : -ENOMEM;
}

static noinline int take_page(struct pci_dev *pdev, struct state *state)
{
	state->page = alloc_page(GFP_KERNEL);
	if (!state->page)
		return -ENOMEM;
	state->page_bus = dma_map_page(&pdev->dev, state->page, 0, 1024, DMA_TO_DEVICE);
	return dma_mapping_error(&pdev->dev, state->page_bus);
}

static noinline int take_file(struct pci_dev *pdev)
{
	return device_create_file(&pdev->dev, &dev_attr_state);
}

static noinline void take_timer(struct state *state)
{
	timer_setup(&state->timer, tick, 0);
	mod_timer(&state->timer, jiffies + HZ / 10);
}

static noinline struct state *take_state(void)
{
	return kzalloc(sizeof(struct state), GFP_KERNEL);
}

static int take_all(struct pci_dev *pdev, struct state *state)
{
	int err;

	err = take_device(pdev);
	if (err)
		return err;
	err = take_regions(pdev);
	if (err)
		return err;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (err)
		return err;
	pci_set_master(pdev);
	err = take_map(pdev, state);
	if (err)
		return err;
	err = take_vectors(pdev);
	if (err)
		return err;
	err = take_irq(pdev, state);
	if (err)
		return err;
	err = take_coherent(pdev, state);
	if (err)
		return err;
	err = take_page(pdev, state);
	if (err)
		return err;
	err = take_file(pdev);
	if (err)
		return err;
	take_timer(state);
	return 0;
}

static void give_all(struct pci_dev *pdev, struct state *state)
{
	del_timer_sync(&state->timer);
	device_remove_file(&pdev->dev, &dev_attr_state);
	dma_unmap_page(&pdev->dev, state->page_bus, 1024, DMA_TO_DEVICE);
	dma_free_coherent(&pdev->dev, 8192, state->coherent, state->bus);
	free_irq(pci_irq_vector(pdev, 0), state);
	pci_free_irq_vectors(pdev);
	pci_iounmap(pdev, state->regs);
	pci_clear_master(pdev);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

static const struct net_device_ops netdev_ops = {
};

/* The name is taken, so this fails. */
static noinline void register_taken(struct pci_dev *pdev)
{
	struct net_device *dev = alloc_etherdev(0);

	if (!dev)
		return;
	SET_NETDEV_DEV(dev, &pdev->dev);
	strscpy(dev->name, "lo", sizeof(dev->name));
	dev->netdev_ops = &netdev_ops;
	if (register_netdev(dev))
		dev_info(&pdev->dev, "no interface\n");
}

static noinline void arm_managed(struct state *state)
{
	timer_setup(&state->timer, tick, 0);
	mod_timer(&state->timer, jiffies + HZ);
	INIT_DELAYED_WORK(&state->work, work);
	schedule_delayed_work(&state->work, HZ);
}

static noinline int probe_managed(struct pci_dev *pdev)
{
	struct state *state = devm_kzalloc(&pdev->dev, sizeof(*state), GFP_KERNEL);

	if (!state)
		return -ENOMEM;
	arm_managed(state);
	return 0;
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct state *state;
	int err;

	if (is("managed"))
		return probe_managed(pdev);
	if (is("pcibios"))
		return PCIBIOS_DEVICE_NOT_FOUND;
	if (is("ignored")) {
		register_taken(pdev);
		return 0;
	}
	state = take_state();
	if (!state)
		return -ENOMEM;
	pci_set_drvdata(pdev, state);
	if (is("file")) {
		left_file = pdev;
		take_timer(state);
		return take_file(pdev);
	}
	err = take_all(pdev, state);
	if (is("crash"))
		*(int *)(unsigned long)READ_ONCE(state->ticks) = 1;
	if (is("positive"))
		return 1;
	return is("fail") ? -EIO : err;
}

static void remove(struct pci_dev *pdev)
{
	struct state *state = pci_get_drvdata(pdev);

	if (!is("ok") && !is("positive"))
		return;
	give_all(pdev, state);
	pci_set_drvdata(pdev, NULL);
	kfree(state);
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver driver = {
	.name = "bad_cb_probe",
	.id_table = ids,
	.probe = probe,
	.remove = remove,
};

static int __init start(void)
{
	return pci_register_driver(&driver);
}

static void __exit stop(void)
{
	pci_unregister_driver(&driver);
	if (left_file)
		device_remove_file(&left_file->dev, &dev_attr_state);
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("Test: a probe and a removal that leave things behind");
MODULE_LICENSE("GPL");
