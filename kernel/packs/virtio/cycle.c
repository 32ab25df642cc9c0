// SPDX-License-Identifier: GPL-2.0-only
/*
 * cycle.c - what is power-cycled of virtio devices: ports, keyboards and mice, random numbers.
 *
 * Their drivers keep all that programs have open while the machine sleeps, and make the
 * queues anew (driver.c). Disks and network interfaces have classes of their own: what is in
 * their queues must not be lost, and a driver that waits for it before it sleeps would wait
 * for ever.
 */
#include <linux/device.h>
#include <linux/input.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>

#include <suture/class.h>

#include "virtio.h"

/* A key that was let go meanwhile would be held for ever. */
static int input_release(struct device *child, void *data)
{
	if (child->class && !strcmp(child->class->name, "input") &&
	    !strncmp(dev_name(child), "input", 5))
		input_reset_device(to_input_dev(child));
	return 0;
}

/*
 * A console waits with interrupts off for the device to take a character, and a device that has
 * been reset takes none. It looks whether its queue is broken; the new queues are not.
 */
static int hold(struct device *dev, enum suture_action rung)
{
	virtio_break_device(dev_to_virtio(dev));
	return 0;
}

static int resume(struct device *dev, enum suture_action rung, int err)
{
	if (!err)
		device_for_each_child(dev, NULL, input_release);
	return err;
}

static const struct suture_class class = {
	.name = "virtio",
	.rungs = { SUTURE_CYCLE },
	.hold = hold,
	.resume = resume,
};

/**
 * suture_virtio_recoverable() - a guarded driver has taken a device
 * @vdev:	the device
 * @site:	the driver
 *
 * Context: task, may sleep.
 */
void suture_virtio_recoverable(struct virtio_device *vdev, unsigned long site)
{
	struct virtio_driver *drv = drv_to_virtio(vdev->dev.driver);

	if (vdev->id.device != VIRTIO_ID_CONSOLE && vdev->id.device != VIRTIO_ID_INPUT &&
	    vdev->id.device != VIRTIO_ID_RNG)
		return;
	if (!drv->freeze || !drv->restore)
		return;
	suture_recoverable(&vdev->dev, &class, site);
}
