// SPDX-License-Identifier: GPL-2.0-only
/*
 * class.c - video: a driver is power-cycled under the programs that show a picture.
 *
 * When a machine sleeps, programs have been frozen before the drivers' callbacks run. Here they
 * go on, and would find all screens off. So drm_mode_config_helper_suspend(), called by the
 * driver in a power-cycle, keeps the locks of mode setting that it took, and
 * drm_mode_config_helper_resume() gives them back when the picture is on the screen again:
 * who sets a mode, flips a page or probes a connector meanwhile waits, and notices nothing.
 *
 * A driver without such callbacks has all its outputs switched off and on again in the same
 * way: the modes, the planes, the cursor are programmed anew.
 */
#include <drm/drm_atomic.h>
#include <drm/drm_atomic_helper.h>
#include <drm/drm_connector.h>
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_fb_helper.h>
#include <drm/drm_managed.h>
#include <drm/drm_modeset_helper.h>
#include <drm/drm_modeset_lock.h>
#include <drm/drm_probe_helper.h>
#include <drm/drm_sysfs.h>
#include <linux/device.h>
#include <linux/spinlock.h>

#include <suture/class.h>
#include "../../binding.h"
#include "../../rules/rules.h"
#include "rules.h"

/**
 * struct screens - what a DRM device shows
 * @node:	in the list of all
 * @dev:	the device
 * @bound:	the device that the driver is on; valid while @dev is registered
 * @cycler:	task that is power-cycling it
 * @began:	the driver has come as far as to switch the outputs off
 * @asleep:	they are off, and the locks are held: @ctx, @state
 * @ctx:	the locks
 * @state:	what was shown
 */
struct screens {
	struct list_head node;
	struct drm_device *dev;
	struct device *bound;
	struct task_struct *cycler;
	bool began;
	bool asleep;
	struct drm_modeset_acquire_ctx ctx;
	struct drm_atomic_state *state;
};

static LIST_HEAD(all);
static DEFINE_SPINLOCK(all_lock);

/* The DRM device of what @bound is, with a reference to it; NULL if there is none. */
static struct screens *screens_get(const struct device *bound)
{
	struct screens *s, *found = NULL;

	spin_lock(&all_lock);
	list_for_each_entry(s, &all, node)
		/* One that is gone may be kept by the programs that have it open. */
		if (s->bound == bound && s->dev->registered &&
		    kref_get_unless_zero(&s->dev->ref)) {
			found = s;
			break;
		}
	spin_unlock(&all_lock);
	return found;
}

/* Of @dev, if the running task is just power-cycling it. */
static struct screens *screens_cycled(const struct drm_device *dev)
{
	struct screens *s, *found = NULL;

	spin_lock(&all_lock);
	list_for_each_entry(s, &all, node)
		if (s->dev == dev && s->cycler == current)
			found = s;
	spin_unlock(&all_lock);
	return found;
}

static void screens_gone(struct drm_device *dev, void *data)
{
	struct screens *s = data;

	spin_lock(&all_lock);
	list_del(&s->node);
	spin_unlock(&all_lock);
}

/* ------------------------------------------------------------ off and on */

static int lock_all(struct drm_device *dev, struct drm_modeset_acquire_ctx *ctx)
{
	int err;

	drm_modeset_acquire_init(ctx, 0);
	do {
		err = drm_modeset_lock_all_ctx(dev, ctx);
	} while (err == -EDEADLK && !drm_modeset_backoff(ctx));
	if (!err)
		return 0;
	drm_modeset_drop_locks(ctx);
	drm_modeset_acquire_fini(ctx);
	return err;
}

static void unlock_all(struct screens *s)
{
	drm_modeset_drop_locks(&s->ctx);
	drm_modeset_acquire_fini(&s->ctx);
}

/* The console's pictures and the polling of connectors stop before the locks are taken. */
static void console_hold(struct drm_device *dev, bool hold)
{
	if (dev->mode_config.poll_enabled && hold)
		drm_kms_helper_poll_disable(dev);
	drm_fb_helper_set_suspend_unlocked(dev->fb_helper, hold);
	if (dev->mode_config.poll_enabled && !hold)
		drm_kms_helper_poll_enable(dev);
}

/* As drm_mode_config_helper_suspend(), but the locks stay. */
static int screens_off(struct screens *s)
{
	struct drm_device *dev = s->dev;
	int err;

	s->began = true;
	if (s->asleep)
		return 0;
	console_hold(dev, true);
	err = lock_all(dev, &s->ctx);
	if (err)
		goto release;
	s->state = drm_atomic_helper_duplicate_state(dev, &s->ctx);
	err = PTR_ERR_OR_ZERO(s->state);
	if (err)
		goto unlock;
	err = drm_atomic_helper_disable_all(dev, &s->ctx);
	if (err)
		goto put;
	s->asleep = true;
	return 0;
put:
	drm_atomic_state_put(s->state);
unlock:
	unlock_all(s);
release:
	console_hold(dev, false);
	return err;
}

/* It has been off; what was shown is forgotten. */
static void screens_release(struct screens *s)
{
	s->asleep = false;
	drm_atomic_state_put(s->state);
	unlock_all(s);
	console_hold(s->dev, false);
}

static int screens_on(struct screens *s)
{
	int i, err = -EIO;

	drm_mode_config_reset(s->dev);
	/* Another crash, in what checks or prepares it, may be the last one. */
	for (i = 0; err && i < 2; i++)
		err = drm_atomic_helper_commit_duplicated_state(s->state, &s->ctx);
	screens_release(s);
	return err;
}

SUTURE_DEFINE(int, drm_mode_config_helper_suspend, struct drm_device *dev)
{
	struct screens *s = screens_cycled(dev);

	return s ? screens_off(s) : drm_mode_config_helper_suspend(dev);
}
SUTURE_WRAPPER(drm_mode_config_helper_suspend);

SUTURE_DEFINE(int, drm_mode_config_helper_resume, struct drm_device *dev)
{
	struct screens *s = screens_cycled(dev);

	if (!s)
		return drm_mode_config_helper_resume(dev);
	return s->asleep ? screens_on(s) : -EINVAL;
}
SUTURE_WRAPPER(drm_mode_config_helper_resume);

/* --------------------------------------------------------------- the class */

/*
 * The driver's callbacks may crash, too. A suspend that has failed before it did anything is tried
 * once more, and so is a resume: what comes next takes the picture from the program.
 */
static int cycle_device(struct screens *s, struct device *bound)
{
	int err = suture_power_cycle(bound);

	if (!err || err == -EOPNOTSUPP)
		return err;
	if (!s->began)
		return suture_power_cycle(bound);
	if (!s->asleep)
		return err;
	device_lock(bound);
	if (bound->driver && bound->driver->pm && bound->driver->pm->resume)
		err = bound->driver->pm->resume(bound);
	device_unlock(bound);
	return err;
}

/*
 * A crash in the probing of a connector has left no modes, or those that are assumed of a
 * screen of which nothing is known. Those who have seen them are told to look again.
 */
static void probe_again(struct drm_device *dev)
{
	struct drm_connector_list_iter iter;
	struct drm_connector *connector;

	mutex_lock(&dev->mode_config.mutex);
	drm_connector_list_iter_begin(dev, &iter);
	drm_for_each_connector_iter(connector, &iter)
		if (connector->funcs->fill_modes)
			connector->funcs->fill_modes(connector, dev->mode_config.max_width,
						     dev->mode_config.max_height);
	drm_connector_list_iter_end(&iter);
	mutex_unlock(&dev->mode_config.mutex);
	drm_sysfs_hotplug_event(dev);
}

static int video_cycle(struct device *bound)
{
	struct screens *s = screens_get(bound);
	int err;

	if (!s)
		return -ENODEV;
	s->began = false;
	WRITE_ONCE(s->cycler, current);
	err = cycle_device(s, bound);
	if (err == -EOPNOTSUPP && !s->began && drm_drv_uses_atomic_modeset(s->dev))
		err = screens_off(s) ?: screens_on(s);
	/* Its resume failed before it got that far: the device cannot be trusted. */
	if (s->asleep) {
		screens_release(s);
		err = err ?: -EIO;
	}
	WRITE_ONCE(s->cycler, NULL);
	if (!err && s->began)
		probe_again(s->dev);
	drm_dev_put(s->dev);
	return err;
}

static const struct suture_class class = {
	.name = "video",
	.rungs = { SUTURE_CYCLE, SUTURE_RESTART },
	.cycle = video_cycle,
};

static int is_bound(struct device *dev, void *owner)
{
	return dev->driver && dev->driver->owner == owner;
}

/*
 * The device that the driver is on. virtio-gpu names the one below it, which is
 * virtio_pci's and not to be touched.
 */
static struct device *bound_to(struct drm_device *dev)
{
	struct module *owner = dev->driver->fops ? dev->driver->fops->owner : NULL;
	struct device *bound = dev->dev;

	if (!bound || !owner || is_bound(bound, owner))
		return owner ? bound : NULL;
	bound = device_find_child(bound, owner, is_bound);
	/* The driver's binding keeps it. */
	put_device(bound);
	return bound;
}

/**
 * suture_drm_recoverable() - a guarded driver has registered a device
 * @dev:	the device
 * @site:	call site
 *
 * Context: task, may sleep.
 */
void suture_drm_recoverable(struct drm_device *dev, unsigned long site)
{
	struct device *bound = bound_to(dev);
	struct screens *s;

	/* vgem and vkms are on no device that could be power-cycled or restarted. */
	if (!bound)
		return;
	s = drmm_kzalloc(dev, sizeof(*s), GFP_KERNEL);
	if (!s)
		return;
	s->dev = dev;
	s->bound = bound;
	spin_lock(&all_lock);
	list_add_tail(&s->node, &all);
	spin_unlock(&all_lock);
	/* If there is no memory for it, this takes it off the list at once. */
	if (!drmm_add_action_or_reset(dev, screens_gone, s))
		suture_recoverable(bound, &class, site);
}
