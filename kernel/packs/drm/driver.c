// SPDX-License-Identifier: GPL-2.0-only
/*
 * driver.c - the functions of a video driver itself, its ioctls, its files and its GEM
 * objects: what they are for.
 */
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_fb_helper.h>
#include <drm/drm_gem.h>
#include <drm/drm_gem_framebuffer_helper.h>
#include <drm/drm_ioctl.h>
#include <linux/mm.h>

#include "../../classes/file.h"
#include "rules.h"

SUTURE_DRM_ROLE(role_int, "drm", -EIO, 0);
SUTURE_DRM_ROLE_CALL(role_call, "drm", 0);
/* May be mapped as often as one likes; a second try can leave one mapping too many. */
SUTURE_DRM_ROLE_DUTY(role_again, "drm", -EIO, 0, suture_drm_retry_call);
SUTURE_DRM_ROLE(role_none, "drm_value", 0, 0);
/* A program has called, through drm_ioctl(). */
SUTURE_DRM_ROLE_CALL(role_ioctl, "drm_ioctl", SUTURE_ROLE_TERMINAL);

/* A program has touched its buffer: it does so again if nothing is there then. */
static long abandon_fault(struct suture_visit *visit, long failed)
{
	suture_drm_abandon(visit, failed);
	return suture_drm_again(visit) ? VM_FAULT_NOPAGE : failed;
}

static const struct suture_role role_fault = {
	.name = "vm_fault",
	.failed = VM_FAULT_SIGBUS,
	.flags = SUTURE_ROLE_TERMINAL,
	.leave = suture_drm_leave,
	.abandon = abandon_fault,
};

#define SLOT(type, field, which) { offsetof(struct type, field), &(which) }

#define DRIVER(field, which) SLOT(drm_driver, field, which)
static const struct suture_role_slot driver_slots[] = {
	DRIVER(load, role_int),
	DRIVER(open, role_int),
	DRIVER(postclose, role_none),
#ifdef SUTURE_HAVE_DRM_LASTCLOSE
	DRIVER(lastclose, role_none),
	DRIVER(dumb_destroy, role_ioctl),
	DRIVER(gem_prime_mmap, role_ioctl),
#endif
	DRIVER(unload, role_none),
	DRIVER(release, role_none),
	DRIVER(master_set, role_none),
	DRIVER(master_drop, role_none),
	DRIVER(debugfs_init, role_none),
	DRIVER(gem_create_object, role_int),
	DRIVER(prime_handle_to_fd, role_ioctl),
	DRIVER(prime_fd_to_handle, role_ioctl),
	DRIVER(gem_prime_import, role_call),
	DRIVER(gem_prime_import_sg_table, role_call),
	DRIVER(dumb_create, role_ioctl),
	DRIVER(dumb_map_offset, role_ioctl),
};

#define GEM(field, which) SLOT(drm_gem_object_funcs, field, which)
static const struct suture_role_slot gem_slots[] = {
	GEM(free, role_none),
	GEM(open, role_call),
	GEM(close, role_none),
	GEM(print_info, role_none),
	GEM(export, role_call),
	GEM(pin, role_call),
	GEM(unpin, role_none),
	GEM(get_sg_table, role_call),
	GEM(vmap, role_again),
	GEM(vunmap, role_none),
	GEM(mmap, role_int),
};

#define VM(field, which) SLOT(vm_operations_struct, field, which)
static const struct suture_role_slot vm_slots[] = {
	VM(open, role_none),
	VM(close, role_none),
	VM(fault, role_fault),
	VM(page_mkwrite, role_fault),
	VM(pfn_mkwrite, role_fault),
	VM(access, role_int),
};

#define FB_HELPER(field, which) SLOT(drm_fb_helper_funcs, field, which)
static const struct suture_role_slot fb_helper_slots[] = {
	FB_HELPER(fb_probe, role_int),
};

#define ROLES(ops, slots) suture_role_set_ops(ops, slots, ARRAY_SIZE(slots))

/* The same few again and again; forgotten when a driver comes, perhaps to the same place. */
static const struct drm_gem_object_funcs *last_gem;

/* suture_drm_gem_roles() - of an object. Context: any. @funcs may be NULL. */
void suture_drm_gem_roles(const struct drm_gem_object_funcs *funcs)
{
	if (!funcs || READ_ONCE(last_gem) == funcs)
		return;
	ROLES(funcs, gem_slots);
	ROLES(funcs->vm_ops, vm_slots);
	WRITE_ONCE(last_gem, funcs);
}

/**
 * suture_drm_roles() - label the entries of a device and its driver
 * @dev:	the device, about to be registered
 *
 * Context: task.
 */
void suture_drm_roles(struct drm_device *dev)
{
	const struct drm_driver *driver = dev->driver;
	int i;

	WRITE_ONCE(last_gem, NULL);
	ROLES(driver, driver_slots);
	for (i = 0; i < driver->num_ioctls; i++)
		suture_role_set((unsigned long)driver->ioctls[i].func, &role_ioctl);
	suture_file_roles(driver->fops);
	/* Not every driver that could sets modes on every device. */
	if (dev->mode_config.crtc_list.next)
		suture_drm_modeset_roles(dev);
}

SUTURE_DEFINE(struct drm_framebuffer *, drm_gem_fb_create_with_funcs,
	      struct drm_device *dev, struct drm_file *file,
	      const struct drm_mode_fb_cmd2 *mode_cmd,
	      const struct drm_framebuffer_funcs *funcs)
{
	suture_drm_fb_roles(funcs);
	return drm_gem_fb_create_with_funcs(dev, file, mode_cmd, funcs);
}
SUTURE_WRAPPER(drm_gem_fb_create_with_funcs);

SUTURE_DEFINE(void, drm_fb_helper_prepare,
	      struct drm_device *dev, struct drm_fb_helper *helper, API_DRM_FB_BPP()
	      const struct drm_fb_helper_funcs *funcs)
{
	ROLES(funcs, fb_helper_slots);
	drm_fb_helper_prepare(dev, helper, API_DRM_FB_BPP_PASS() funcs);
}
SUTURE_WRAPPER(drm_fb_helper_prepare);
