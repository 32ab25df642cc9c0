// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver.c - drivers of virtio devices: what their entries are for, and that a device is
 * reset before its driver leaves it.
 *
 * A device that is not reset goes on writing to the buffers that it was given, whoever
 * has them then.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

#include <suture/block.h>
#include <suture/class.h>

#include "domain.h"
#include "role.h"
#include "rules/gone.h"
#include "version.h"
#include "virtio.h"

enum { REPAIR_RESET, REPAIR_DROP };

struct suture_rule suture_rule_vio_life = {
	.id = "VIO-LIFE",
	.class = "virtio",
	.contract = "A driver resets its device before it leaves it, and gives it no buffers after that.",
	.source = "Documentation/driver-api/virtio/writing_virtio_drivers.rst; drivers/virtio/virtio.c virtio_dev_remove()",
	.example = "static void card_remove(struct virtio_device *vdev)\n"
		   "{\n"
		   "\tstruct card *card = vdev->priv;\n"
		   "\n"
		   "\t/* the device still has the buffers */\n"
		   "\tvdev->config->del_vqs(vdev);\n"
		   "\tkfree(card->buffer);\n"
		   "}\n",
	.look = "del_vqs() is called through a pointer and not seen, so the reset comes when the remove function returns.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "reset",
			.gives_up = "nothing: no driver is left; what the device wrote since the queues went is not undone",
		},
		{ "drop", "nothing: a device that is reset does not look at its queues" },
	},
};

#define rule suture_rule_vio_life

static struct suture_rule *const rules[] = {
	&suture_rule_vio_life,
	&suture_rule_vio_ring,
	&suture_rule_vio_len,
	NULL,
};

/* -------------------------------------------------------------- reset */

/* Where drivers have reset their devices. */
SUTURE_GONE_TABLE(resets, 5);

atomic_t suture_virtio_resets = ATOMIC_INIT(0);

static void reset_forget(struct virtio_device *vdev)
{
	if (!suture_gone_site(resets, (unsigned long)vdev))
		return;
	suture_gone_clear(resets, (unsigned long)vdev);
	atomic_dec(&suture_virtio_resets);
}

SUTURE_DEFINE(void, virtio_reset_device, struct virtio_device *vdev)
{
	struct suture_gone *slot = suture_gone_slot(resets, (unsigned long)vdev);

	SUTURE_MAY_BLOCK("virtio_reset_device", virtio_reset_device(vdev));
	suture_virtio_queues_forget();
	/* A slot in use is another device's, or was this one's. */
	if (!READ_ONCE(slot->key))
		atomic_inc(&suture_virtio_resets);
	suture_gone_add(resets, (unsigned long)vdev, SUTURE_SITE);
}
SUTURE_WRAPPER(virtio_reset_device);

/**
 * suture_virtio_reset_before() - is a queue of a device used that was reset?
 * @vdev:	the device
 * @site:	call site
 * @api:	function that is to get the queue
 *
 * Context: any.
 * Return: true if the call is to be left out.
 */
bool suture_virtio_reset_before(struct virtio_device *vdev, unsigned long site, const char *api)
{
	unsigned long before = suture_gone_site(resets, (unsigned long)vdev);

	if (!before || rule.action == SUTURE_OFF)
		return false;
	/* The device knows: its driver may have started it again. */
	if (vdev->config->get_status(vdev)) {
		reset_forget(vdev);
		return false;
	}
	suture_report(&rule, SUTURE_DID(rule, REPAIR_DROP), site,
		      "%s of a queue of %s, which was reset at %pS", api, dev_name(&vdev->dev),
		      (void *)before);
	return suture_may(&rule, REPAIR_DROP, site);
}

/* -------------------------------------------------------------- roles */

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

/* A device that was pulled out answers with ones. */
static bool runs(struct virtio_device *vdev)
{
	u8 status = vdev->config->get_status(vdev);

	return status && status != 0xff;
}

static void left_running(struct virtio_device *vdev, unsigned long site)
{
	/* The kernel, too, asks for it when a driver has left. */
	if (rule.action != SUTURE_OFF && runs(vdev)) {
		if (suture_may(&rule, REPAIR_RESET, site))
			virtio_reset_device(vdev);
		suture_report(&rule, SUTURE_DID(rule, REPAIR_RESET), site,
			      "%s not reset by the remove function of its driver",
			      dev_name(&vdev->dev));
	}
	reset_forget(vdev);
	suture_virtio_queues_forget();
}

/* leave() of the role looks at each visit. */
static void remove_enter(struct suture_visit *visit)
{
	visit->state |= SUTURE_STATE_ASKED;
}

static long remove_leave(struct suture_visit *visit, long ret)
{
	left_running((struct virtio_device *)visit->arg[0], visit->entry->func);
	return ret;
}

/* The driver has not come so far, so it is not to blame; the device must not run on. */
static long remove_abandon(struct suture_visit *visit, long failed)
{
	struct virtio_device *vdev = (struct virtio_device *)visit->arg[0];

	if (runs(vdev))
		virtio_reset_device(vdev);
	reset_forget(vdev);
	suture_virtio_queues_forget();
	return failed;
}

static long probe_leave(struct suture_visit *visit, long ret)
{
	if (!ret)
		suture_virtio_recoverable((struct virtio_device *)visit->arg[0],
					  visit->entry->func);
	return ret;
}

static const struct suture_role role_probe = {
	.name = "probe",
	.failed = -EIO,
	.enter = remove_enter,
	.leave = probe_leave,
};

ROLE(role_validate, "probe", -EIO);
ROLE(role_void, "virtio", 0);
ROLE(role_pm, "pm", -EIO);

static const struct suture_role role_remove = {
	.name = "remove",
	.enter = remove_enter,
	.leave = remove_leave,
	.abandon = remove_abandon,
	.flags = SUTURE_ROLE_LEAVES,
};

#define VIRTIO(field, which) { offsetof(struct virtio_driver, field), &(which) }
static const struct suture_role_slot virtio_slots[] = {
	VIRTIO(validate, role_validate),
	VIRTIO(probe, role_probe),
	VIRTIO(scan, role_void),
	VIRTIO(remove, role_remove),
	VIRTIO(config_changed, role_void),
	VIRTIO(freeze, role_pm),
	VIRTIO(restore, role_pm),
};

/* -------------------------------------------------------- power-cycle */

/* As the transport does when the machine sleeps; the reset is the virtio core's. */
static int virtio_cycle(struct device *dev)
{
	struct virtio_device *vdev = dev_to_virtio(dev);
	const struct virtio_driver *driver = drv_to_virtio(dev->driver);
	int err;

	if (!driver->freeze || !driver->restore)
		return -EOPNOTSUPP;
	/* Nothing is answered from here on, so that nobody waits for what is half done. */
	virtio_reset_device(vdev);
	/* Each has another try by itself: what restore() left half done, freeze() must not find. */
	err = virtio_device_freeze(vdev);
	if (err)
		err = virtio_device_freeze(vdev);
	suture_virtio_queues_forget();
	if (!err && virtio_device_restore(vdev))
		err = virtio_device_restore(vdev);
	if (err)
		virtio_reset_device(vdev);
	reset_forget(vdev);
	return err;
}

/* The bus has no name outside the virtio core; drivers know it once they are registered. */
static const struct bus_type *bus;
static DEFINE_MUTEX(bus_lock);

static void bus_learn(const struct virtio_driver *driver)
{
	mutex_lock(&bus_lock);
	if (!bus && driver->driver.bus && !suture_cycle_register(driver->driver.bus, virtio_cycle))
		bus = driver->driver.bus;
	mutex_unlock(&bus_lock);
}

#ifdef SUTURE_HAVE_VIRTIO_OWNER
SUTURE_DEFINE(int, __register_virtio_driver, struct virtio_driver *drv, struct module *owner)
{
	int err;

	suture_role_set_ops(drv, virtio_slots, ARRAY_SIZE(virtio_slots));
	err = __register_virtio_driver(drv, owner);
	if (!err)
		bus_learn(drv);
	return err;
}
SUTURE_WRAPPER(__register_virtio_driver);
#else
SUTURE_DEFINE(int, register_virtio_driver, struct virtio_driver *drv)
{
	int err;

	suture_role_set_ops(drv, virtio_slots, ARRAY_SIZE(virtio_slots));
	err = register_virtio_driver(drv);
	if (!err)
		bus_learn(drv);
	return err;
}
SUTURE_WRAPPER(register_virtio_driver);
#endif

static int __init virtio_pack_init(void)
{
	suture_virtio_ring_start();
	suture_rules_add(rules);
	return 0;
}
module_init(virtio_pack_init);

static void __exit virtio_pack_exit(void)
{
	if (bus)
		suture_cycle_remove(bus);
	suture_rules_remove(rules);
}
module_exit(virtio_pack_exit);

MODULE_DESCRIPTION("Suture: rules about virtio drivers");
MODULE_AUTHOR("The Suture developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(SUTURE_VERSION);
