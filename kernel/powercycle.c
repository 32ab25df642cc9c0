// SPDX-License-Identifier: GPL-2.0-only
/*
 * powercycle.c - the rung before a restart: suspend, reset, resume.
 *
 * What a driver does when the machine sleeps is what it does here: it stops the device
 * and brings it up again from nothing, and keeps all that programs hold. The
 * callbacks are guarded entries like all others, so that a crash in one is an error.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/pm_runtime.h>

#include <suture/class.h>

#define BUSES 8

static struct {
	const struct bus_type *bus;
	int (*cycle)(struct device *dev);
} buses[BUSES];
static DEFINE_MUTEX(buses_lock);

/* The callbacks of a sleep, in their order; those of suspend and resume are a must. */
static int sleep_callbacks(struct device *dev, const struct dev_pm_ops *pm)
{
	int err = pm->suspend(dev);

	if (err)
		return err;
	if (pm->suspend_late)
		err = pm->suspend_late(dev);
	if (!err && pm->suspend_noirq) {
		err = pm->suspend_noirq(dev);
		if (err && pm->resume_early)
			pm->resume_early(dev);
	}
	if (err)
		pm->resume(dev);
	return err;
}

static int wake_callbacks(struct device *dev, const struct dev_pm_ops *pm)
{
	int err = 0;

	if (pm->resume_noirq)
		err = pm->resume_noirq(dev);
	if (!err && pm->resume_early)
		err = pm->resume_early(dev);
	return err ?: pm->resume(dev);
}

static int pci_sleep(struct pci_dev *pdev)
{
	const struct dev_pm_ops *pm = pdev->dev.driver->pm;
	struct pci_driver *driver = to_pci_driver(pdev->dev.driver);

	if (driver->suspend && driver->resume)
		return driver->suspend(pdev, PMSG_SUSPEND);
	if (!pm || !pm->suspend || !pm->resume)
		return -EOPNOTSUPP;
	return sleep_callbacks(&pdev->dev, pm);
}

static int pci_wake(struct pci_dev *pdev)
{
	struct pci_driver *driver = to_pci_driver(pdev->dev.driver);

	if (driver->suspend && driver->resume)
		return driver->resume(pdev);
	return wake_callbacks(&pdev->dev, pdev->dev.driver->pm);
}

/* suture_pci_resets(): see class.h */
bool suture_pci_resets(struct pci_dev *pdev)
{
	const struct pci_error_handlers *eh = pdev->driver ? pdev->driver->err_handler : NULL;

	return eh && eh->reset_prepare && eh->reset_done;
}
EXPORT_SYMBOL_GPL(suture_pci_resets);

/* As the PCI core does it when somebody else has the function reset. */
static int pci_reset_cycle(struct pci_dev *pdev)
{
	pdev->driver->err_handler->reset_prepare(pdev);
	pci_set_power_state(pdev, PCI_D0);
	pci_save_state(pdev);
	/* The driver, too, resets what is on it: without another way that has to do. */
	__pci_reset_function_locked(pdev);
	pci_restore_state(pdev);
	pdev->driver->err_handler->reset_done(pdev);
	return 0;
}

/* As the PCI core does it between the driver's callbacks (drivers/pci/pci-driver.c). */
static int pci_cycle(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	int err;

	if (suture_pci_resets(pdev))
		return pci_reset_cycle(pdev);
	/* The PCI core keeps a flag for drivers that save the state themselves. */
	pdev->state_saved = false;
	err = pci_sleep(pdev);
	if (err)
		return err;
	if (!pdev->state_saved)
		pci_save_state(pdev);
	/* Without a reset, going through D3 is all that there is; without that, nothing. */
	if (__pci_reset_function_locked(pdev))
		pci_set_power_state(pdev, PCI_D3hot);
	pci_set_power_state(pdev, PCI_D0);
	pci_restore_state(pdev);
	return pci_wake(pdev);
}

static int platform_cycle(struct device *dev)
{
	const struct dev_pm_ops *pm = dev->driver->pm;
	struct platform_driver *driver = to_platform_driver(dev->driver);
	int err;

	if (pm && pm->suspend && pm->resume)
		return sleep_callbacks(dev, pm) ?: wake_callbacks(dev, pm);
	if (!driver->suspend || !driver->resume)
		return -EOPNOTSUPP;
	err = driver->suspend(to_platform_device(dev), PMSG_SUSPEND);
	return err ?: driver->resume(to_platform_device(dev));
}

static int (*cycle_of(const struct bus_type *bus))(struct device *dev)
{
	int (*cycle)(struct device *dev) = NULL;
	unsigned int i;

	if (bus == &pci_bus_type)
		return pci_cycle;
	if (bus == &platform_bus_type)
		return platform_cycle;
	mutex_lock(&buses_lock);
	for (i = 0; bus && i < BUSES; i++)
		if (buses[i].bus == bus)
			cycle = buses[i].cycle;
	mutex_unlock(&buses_lock);
	return cycle;
}

/* suture_power_cycle(): see class.h */
int suture_power_cycle(struct device *dev)
{
	int (*cycle)(struct device *dev) = cycle_of(dev->bus);
	int err = -EOPNOTSUPP;

	if (!cycle)
		return err;
	/* No callback of its own comes in between. */
	pm_runtime_get_sync(dev);
	device_lock(dev);
	if (dev->driver)
		err = cycle(dev);
	device_unlock(dev);
	pm_runtime_put(dev);
	return err;
}
EXPORT_SYMBOL_GPL(suture_power_cycle);

/* suture_cycle_register(): see class.h */
int suture_cycle_register(const struct bus_type *bus, int (*cycle)(struct device *dev))
{
	int err = -ENOSPC;
	unsigned int i;

	mutex_lock(&buses_lock);
	for (i = 0; err && i < BUSES; i++)
		if (!buses[i].bus) {
			buses[i].bus = bus;
			buses[i].cycle = cycle;
			err = 0;
		}
	mutex_unlock(&buses_lock);
	return err;
}
EXPORT_SYMBOL_GPL(suture_cycle_register);

/* suture_cycle_remove() - the pack is going. Context: task. */
void suture_cycle_remove(const struct bus_type *bus)
{
	unsigned int i;

	mutex_lock(&buses_lock);
	for (i = 0; i < BUSES; i++)
		if (buses[i].bus == bus)
			buses[i].bus = NULL;
	mutex_unlock(&buses_lock);
}
EXPORT_SYMBOL_GPL(suture_cycle_remove);
