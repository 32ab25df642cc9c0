// SPDX-License-Identifier: GPL-2.0-only
/*
 * recover.c - a driver of QEMU's "edu" device that crashes, or loops, anywhere it is told to.
 *
 * The parameter "how" names the place; "ok" uses everything as it should be used. It holds
 * one of all that a driver can hold for a device: regions, registers, coherent memory, an
 * interrupt, a timer that arms itself again, work that queues itself again, a misc device, a cdev,
 * an entry of /proc and one of debugfs, a file in sysfs; and with "thread" a thread.
 */
#include <linux/cdev.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/kthread.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/pci.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8
#define EDU_RAISE	0x60
#define EDU_ACK		0x64
#define EDU_STATUS	0x24

static char how[16] = "ok";
module_param_string(how, how, sizeof(how), 0644);

static char init_how[16] = "ok";
module_param_string(init_how, init_how, sizeof(init_how), 0444);

struct card {
	struct pci_dev *pdev;
	void __iomem *regs;
	void *ring;
	dma_addr_t bus;
	struct timer_list timer;
	struct delayed_work work;
	struct task_struct *thread;
	struct cdev cdev;
	dev_t dev;
	struct proc_dir_entry *proc;
	struct dentry *debug;
	unsigned int ticks, works, interrupts;
};

static struct card *the_card;
static unsigned int probes;
static DEFINE_SPINLOCK(lock);

static bool is(const char *which)
{
	return sysfs_streq(how, which);
}

/* The compiler must not know that this is a crash. */
static noinline void crash(void)
{
	int *nowhere = NULL;

	OPTIMIZER_HIDE_VAR(nowhere);
	*nowhere = 1;
}

static noinline void loop(void)
{
	while (!READ_ONCE(how[15]))
		cpu_relax();
}

static noinline void loop_irqoff(void)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	while (!READ_ONCE(how[15]))
		cpu_relax();
	spin_unlock_irqrestore(&lock, flags);
}

static void tick(struct timer_list *timer)
{
	struct card *card = container_of(timer, struct card, timer);

	card->ticks++;
	if (is("timer"))
		crash();
	mod_timer(timer, jiffies + 1);
}

static void work(struct work_struct *work)
{
	struct card *card = container_of(work, struct card, work.work);

	card->works++;
	if (is("work"))
		crash();
	/* A task that is in the driver for longer than anybody wants to wait. */
	if (is("slow"))
		msleep(4000);
	schedule_delayed_work(&card->work, 1);
}

static irqreturn_t handler(int irq, void *data)
{
	struct card *card = data;
	u32 status = ioread32(card->regs + EDU_STATUS);

	if (!status)
		return IRQ_NONE;
	if (is("interrupt"))
		crash();
	card->interrupts++;
	iowrite32(status, card->regs + EDU_ACK);
	return IRQ_HANDLED;
}

static int thread(void *data)
{
	while (!kthread_should_stop()) {
		if (is("kthread"))
			crash();
		msleep(10);
	}
	return 0;
}

static int file_open(struct inode *inode, struct file *file)
{
	if (is("open"))
		crash();
	return 0;
}

static ssize_t file_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	char text[96];
	int len;

	if (!the_card)
		return -ENODEV;
	if (is("loop"))
		loop();
	if (is("irqoff"))
		loop_irqoff();
	if (is("read"))
		crash();
	/* The rest of a text that is longer by now is none. */
	if (*pos)
		return 0;
	len = scnprintf(text, sizeof(text), "ticks %u works %u interrupts %u probes %u\n",
			the_card->ticks, the_card->works, the_card->interrupts, probes);
	return simple_read_from_buffer(to, n, pos, text, len);
}

/* Whatever is written: let the device interrupt. */
static ssize_t file_write(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	if (!the_card)
		return -ENODEV;
	iowrite32(1, the_card->regs + EDU_RAISE);
	return n;
}

static const struct file_operations file_ops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.read = file_read,
	.write = file_write,
};

static const struct proc_ops proc_ops = {
	.proc_open = file_open,
	.proc_read = file_read,
};

static struct miscdevice misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "recover",
	.fops = &file_ops,
};

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", probes);
}
static DEVICE_ATTR_RO(state);

static int take(struct pci_dev *pdev, struct card *card)
{
	int err;

	err = pci_enable_device(pdev);
	if (err)
		return err;
	err = pci_request_regions(pdev, KBUILD_MODNAME);
	if (err)
		return err;
	err = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(28));
	if (err)
		return err;
	pci_set_master(pdev);
	card->regs = pci_iomap(pdev, 0, 0);
	if (!card->regs)
		return -ENOMEM;
	/* One that came before may have left it asking. */
	iowrite32(~0, card->regs + EDU_ACK);
	card->ring = dma_alloc_coherent(&pdev->dev, 8192, &card->bus, GFP_KERNEL);
	if (!card->ring)
		return -ENOMEM;
	err = request_irq(pdev->irq, handler, IRQF_SHARED, KBUILD_MODNAME, card);
	if (err)
		return err;
	err = device_create_file(&pdev->dev, &dev_attr_state);
	if (err)
		return err;
	card->proc = proc_create("recover", 0444, NULL, &proc_ops);
	card->debug = debugfs_create_file("recover", 0444, NULL, card, &file_ops);
	err = alloc_chrdev_region(&card->dev, 0, 1, "recover_cdev");
	if (err)
		return err;
	cdev_init(&card->cdev, &file_ops);
	card->cdev.owner = THIS_MODULE;
	err = cdev_add(&card->cdev, card->dev, 1);
	if (err)
		return err;
	timer_setup(&card->timer, tick, 0);
	mod_timer(&card->timer, jiffies + 1);
	INIT_DELAYED_WORK(&card->work, work);
	schedule_delayed_work(&card->work, 1);
	if (is("thread") || is("kthread")) {
		card->thread = kthread_run(thread, card, "recover");
		if (IS_ERR(card->thread))
			return PTR_ERR(card->thread);
	}
	return misc_register(&misc);
}

static void give(struct pci_dev *pdev, struct card *card)
{
	misc_deregister(&misc);
	if (card->thread)
		kthread_stop(card->thread);
	del_timer_sync(&card->timer);
	cancel_delayed_work_sync(&card->work);
	cdev_del(&card->cdev);
	unregister_chrdev_region(card->dev, 1);
	debugfs_remove(card->debug);
	proc_remove(card->proc);
	device_remove_file(&pdev->dev, &dev_attr_state);
	free_irq(pdev->irq, card);
	dma_free_coherent(&pdev->dev, 8192, card->ring, card->bus);
	pci_iounmap(pdev, card->regs);
	pci_clear_master(pdev);
	pci_release_regions(pdev);
	pci_disable_device(pdev);
}

static int probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct card *card = kzalloc(sizeof(*card), GFP_KERNEL);
	int err;

	if (!card)
		return -ENOMEM;
	/* There can only be one. */
	if (the_card) {
		kfree(card);
		return -EBUSY;
	}
	probes++;
	card->pdev = pdev;
	pci_set_drvdata(pdev, card);
	the_card = card;
	err = take(pdev, card);
	if (is("probe"))
		crash();
	if (err)
		the_card = NULL;
	return err;
}

static void remove(struct pci_dev *pdev)
{
	struct card *card = pci_get_drvdata(pdev);

	if (is("remove"))
		crash();
	if (is("removeloop"))
		loop();
	the_card = NULL;
	give(pdev, card);
	if (is("removelate"))
		crash();
	kfree(card);
}

static const struct pci_device_id ids[] = {
	{ PCI_DEVICE(EDU_VENDOR, EDU_DEVICE) },
	{ }
};
MODULE_DEVICE_TABLE(pci, ids);

static struct pci_driver driver = {
	.name = "recover",
	.id_table = ids,
	.probe = probe,
	.remove = remove,
};

static int __init start(void)
{
	int err = pci_register_driver(&driver);

	if (sysfs_streq(init_how, "init"))
		crash();
	return err;
}

static void __exit stop(void)
{
	if (is("exit"))
		crash();
	pci_unregister_driver(&driver);
	if (is("exitlate"))
		crash();
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("Test: crashes anywhere");
MODULE_LICENSE("GPL");
