// SPDX-License-Identifier: GPL-2.0-only
/*
 * modeset.c - CRTCs, planes, encoders, connectors: what their entries are for.
 *
 * The helper functions are set by inline stores, so all objects of a device are looked at
 * when it is reset and when it is registered.
 */
#include <drm/drm_atomic.h>
#include <drm/drm_connector.h>
#include <drm/drm_crtc.h>
#include <drm/drm_device.h>
#include <drm/drm_encoder.h>
#include <drm/drm_framebuffer.h>
#include <drm/drm_mode_config.h>
#include <drm/drm_modeset_helper_vtables.h>
#include <drm/drm_plane.h>
#include <drm/drm_simple_kms_helper.h>
#include <drm/drm_vblank.h>
#include <linux/i2c.h>

#include "rules.h"

SUTURE_DRM_ROLE_CALL(role_int, "drm", 0);
/* Nothing, no, NULL, no modes: 0 says so for each. */
SUTURE_DRM_ROLE(role_none, "drm_value", 0, 0);
SUTURE_DRM_ROLE(role_mode, "drm_mode_valid", MODE_BAD, 0);
SUTURE_DRM_ROLE(role_detect, "drm_detect", connector_status_unknown, 0);
/*
 * May be called as often as one likes: a driver whose check changes something has all checks called
 * again (drm_atomic_helper_check_modeset()); the others copy, or ask.
 */
SUTURE_DRM_ROLE_DUTY(role_check, "drm", -EIO, 0, suture_drm_retry_call);
SUTURE_DRM_ROLE_DUTY(role_copy, "drm_value", 0, 0, suture_drm_retry);

/* One takes what the other gives back. */
static const struct suture_role role_paired = {
	.name = "drm_paired",
	.failed = 0,
	.flags = SUTURE_ROLE_PAIRED,
};

static const struct suture_role role_paired_int = {
	.name = "drm_paired",
	.failed = -EIO,
	.flags = SUTURE_ROLE_PAIRED,
	.abandon = suture_drm_abandon_call,
};

/*
 * The commit of a mode waits for the event that the abandoned callback was to send or to
 * arm. Where the device has no vertical blanks a helper sends it.
 */
static void event_send(struct drm_crtc *crtc)
{
	struct drm_pending_vblank_event *event;
	unsigned long flags;

	if (!crtc->state || crtc->state->no_vblank)
		return;
	spin_lock_irqsave(&crtc->dev->event_lock, flags);
	event = crtc->state->event;
	crtc->state->event = NULL;
	if (event)
		drm_crtc_send_vblank_event(crtc, event);
	spin_unlock_irqrestore(&crtc->dev->event_lock, flags);
}

static long abandon_crtc(struct suture_visit *visit, long failed)
{
	event_send((struct drm_crtc *)visit->arg[0]);
	return suture_drm_abandon(visit, failed);
}

static long abandon_pipe(struct suture_visit *visit, long failed)
{
	event_send(&((struct drm_simple_display_pipe *)visit->arg[0])->crtc);
	return suture_drm_abandon(visit, failed);
}

static const struct suture_role role_flush = {
	.name = "drm_flush",
	.flags = SUTURE_ROLE_PAIRED,
	.abandon = abandon_crtc,
};

static const struct suture_role role_switch = {
	.name = "drm_crtc",
	.leave = suture_drm_leave,
	.abandon = abandon_crtc,
};

static const struct suture_role role_pipe = {
	.name = "drm_pipe",
	.leave = suture_drm_leave,
	.abandon = abandon_pipe,
};

#define SLOT(type, field, which) { offsetof(struct type, field), &(which) }

#define CRTC(field, which) SLOT(drm_crtc_funcs, field, which)
static const struct suture_role_slot crtc_slots[] = {
	CRTC(reset, role_none),
	CRTC(cursor_set, role_int),
	CRTC(cursor_set2, role_int),
	CRTC(cursor_move, role_int),
	CRTC(gamma_set, role_int),
	CRTC(destroy, role_none),
	CRTC(set_config, role_int),
	CRTC(page_flip, role_int),
	CRTC(page_flip_target, role_int),
	CRTC(set_property, role_int),
	CRTC(atomic_duplicate_state, role_copy),
	CRTC(atomic_destroy_state, role_none),
	CRTC(atomic_set_property, role_int),
	CRTC(atomic_get_property, role_int),
	CRTC(late_register, role_int),
	CRTC(early_unregister, role_none),
	CRTC(set_crc_source, role_int),
	CRTC(verify_crc_source, role_int),
	CRTC(get_crc_sources, role_none),
	CRTC(atomic_print_state, role_none),
	CRTC(get_vblank_counter, role_none),
	CRTC(enable_vblank, role_int),
	CRTC(disable_vblank, role_none),
	CRTC(get_vblank_timestamp, role_none),
};

#define CRTC_HELPER(field, which) SLOT(drm_crtc_helper_funcs, field, which)
static const struct suture_role_slot crtc_helper_slots[] = {
	CRTC_HELPER(dpms, role_none),
	CRTC_HELPER(prepare, role_paired),
	CRTC_HELPER(commit, role_paired),
	CRTC_HELPER(mode_valid, role_mode),
	CRTC_HELPER(mode_fixup, role_none),
	CRTC_HELPER(mode_set, role_int),
	CRTC_HELPER(mode_set_nofb, role_none),
	CRTC_HELPER(mode_set_base, role_int),
	CRTC_HELPER(mode_set_base_atomic, role_int),
	CRTC_HELPER(disable, role_none),
	CRTC_HELPER(atomic_check, role_check),
	CRTC_HELPER(atomic_begin, role_paired),
	CRTC_HELPER(atomic_flush, role_flush),
	CRTC_HELPER(atomic_enable, role_switch),
	CRTC_HELPER(atomic_disable, role_switch),
	CRTC_HELPER(get_scanout_position, role_none),
};

#define PLANE(field, which) SLOT(drm_plane_funcs, field, which)
static const struct suture_role_slot plane_slots[] = {
	PLANE(update_plane, role_int),
	PLANE(disable_plane, role_int),
	PLANE(destroy, role_none),
	PLANE(reset, role_none),
	PLANE(set_property, role_int),
	PLANE(atomic_duplicate_state, role_copy),
	PLANE(atomic_destroy_state, role_none),
	PLANE(atomic_set_property, role_int),
	PLANE(atomic_get_property, role_int),
	PLANE(late_register, role_int),
	PLANE(early_unregister, role_none),
	PLANE(atomic_print_state, role_none),
	PLANE(format_mod_supported, role_none),
};

#define PLANE_HELPER(field, which) SLOT(drm_plane_helper_funcs, field, which)
static const struct suture_role_slot plane_helper_slots[] = {
	PLANE_HELPER(prepare_fb, role_int),
	PLANE_HELPER(cleanup_fb, role_none),
#ifdef SUTURE_HAVE_DRM_FB_ACCESS
	PLANE_HELPER(begin_fb_access, role_paired_int),
	PLANE_HELPER(end_fb_access, role_paired),
#endif
	PLANE_HELPER(atomic_check, role_check),
	PLANE_HELPER(atomic_update, role_none),
	/* atomic_enable; on 6.1.176, which has none, that is atomic_update once more. */
	{ offsetof(struct drm_plane_helper_funcs, atomic_disable) - sizeof(void *), &role_none },
	PLANE_HELPER(atomic_disable, role_none),
	PLANE_HELPER(atomic_async_check, role_int),
	PLANE_HELPER(atomic_async_update, role_none),
};

#define ENCODER(field, which) SLOT(drm_encoder_funcs, field, which)
static const struct suture_role_slot encoder_slots[] = {
	ENCODER(reset, role_none),
	ENCODER(destroy, role_none),
	ENCODER(late_register, role_int),
	ENCODER(early_unregister, role_none),
};

#define ENCODER_HELPER(field, which) SLOT(drm_encoder_helper_funcs, field, which)
static const struct suture_role_slot encoder_helper_slots[] = {
	ENCODER_HELPER(dpms, role_none),
	ENCODER_HELPER(mode_valid, role_mode),
	ENCODER_HELPER(mode_fixup, role_none),
	ENCODER_HELPER(prepare, role_paired),
	ENCODER_HELPER(commit, role_paired),
	ENCODER_HELPER(mode_set, role_none),
	ENCODER_HELPER(atomic_mode_set, role_none),
	ENCODER_HELPER(detect, role_detect),
	ENCODER_HELPER(atomic_disable, role_none),
	ENCODER_HELPER(atomic_enable, role_none),
	ENCODER_HELPER(disable, role_none),
	ENCODER_HELPER(enable, role_none),
	ENCODER_HELPER(atomic_check, role_int),
};

#define CONNECTOR(field, which) SLOT(drm_connector_funcs, field, which)
static const struct suture_role_slot connector_slots[] = {
	CONNECTOR(dpms, role_int),
	CONNECTOR(reset, role_none),
	CONNECTOR(detect, role_detect),
	CONNECTOR(force, role_none),
	CONNECTOR(fill_modes, role_none),
	CONNECTOR(set_property, role_int),
	CONNECTOR(late_register, role_int),
	CONNECTOR(early_unregister, role_none),
	CONNECTOR(destroy, role_none),
	CONNECTOR(atomic_duplicate_state, role_copy),
	CONNECTOR(atomic_destroy_state, role_none),
	CONNECTOR(atomic_set_property, role_int),
	CONNECTOR(atomic_get_property, role_int),
	CONNECTOR(atomic_print_state, role_none),
	CONNECTOR(oob_hotplug_event, role_none),
	CONNECTOR(debugfs_init, role_none),
};

#define CONNECTOR_HELPER(field, which) SLOT(drm_connector_helper_funcs, field, which)
static const struct suture_role_slot connector_helper_slots[] = {
	CONNECTOR_HELPER(get_modes, role_copy),
	CONNECTOR_HELPER(detect_ctx, role_detect),
	CONNECTOR_HELPER(mode_valid, role_mode),
	CONNECTOR_HELPER(mode_valid_ctx, role_int),
	CONNECTOR_HELPER(best_encoder, role_none),
	CONNECTOR_HELPER(atomic_best_encoder, role_none),
	CONNECTOR_HELPER(atomic_check, role_check),
	CONNECTOR_HELPER(atomic_commit, role_none),
	CONNECTOR_HELPER(prepare_writeback_job, role_int),
	CONNECTOR_HELPER(cleanup_writeback_job, role_none),
};

#define CONFIG(field, which) SLOT(drm_mode_config_funcs, field, which)
static const struct suture_role_slot config_slots[] = {
	CONFIG(fb_create, role_int),
	CONFIG(get_format_info, role_none),
	CONFIG(mode_valid, role_mode),
	CONFIG(atomic_check, role_check),
	CONFIG(atomic_commit, role_int),
	CONFIG(atomic_state_alloc, role_none),
	CONFIG(atomic_state_clear, role_none),
	CONFIG(atomic_state_free, role_none),
};

#define CONFIG_HELPER(field, which) SLOT(drm_mode_config_helper_funcs, field, which)
static const struct suture_role_slot config_helper_slots[] = {
	CONFIG_HELPER(atomic_commit_tail, role_none),
	CONFIG_HELPER(atomic_commit_setup, role_int),
};

#define FB(field, which) SLOT(drm_framebuffer_funcs, field, which)
static const struct suture_role_slot fb_slots[] = {
	FB(destroy, role_none),
	FB(create_handle, role_int),
	FB(dirty, role_int),
};

#define PIPE(field, which) SLOT(drm_simple_display_pipe_funcs, field, which)
static const struct suture_role_slot pipe_slots[] = {
	PIPE(mode_valid, role_mode),
	PIPE(enable, role_pipe),
	PIPE(disable, role_pipe),
	PIPE(check, role_int),
	PIPE(update, role_pipe),
	PIPE(prepare_fb, role_int),
	PIPE(cleanup_fb, role_none),
#ifdef SUTURE_HAVE_DRM_FB_ACCESS
	PIPE(begin_fb_access, role_paired_int),
	PIPE(end_fb_access, role_paired),
#endif
	PIPE(enable_vblank, role_int),
	PIPE(disable_vblank, role_none),
	PIPE(reset_crtc, role_none),
	PIPE(duplicate_crtc_state, role_copy),
	PIPE(destroy_crtc_state, role_none),
	PIPE(reset_plane, role_none),
	PIPE(duplicate_plane_state, role_copy),
	PIPE(destroy_plane_state, role_none),
};

#define I2C(field, which) SLOT(i2c_algorithm, field, which)
static const struct suture_role_slot i2c_slots[] = {
	I2C(master_xfer, role_int),
	I2C(master_xfer_atomic, role_int),
	I2C(smbus_xfer, role_int),
	I2C(smbus_xfer_atomic, role_int),
	I2C(functionality, role_none),
};

#define ROLES(ops, slots) suture_role_set_ops(ops, slots, ARRAY_SIZE(slots))

/* suture_drm_fb_roles() - of a framebuffer. Context: any. */
void suture_drm_fb_roles(const struct drm_framebuffer_funcs *funcs)
{
	ROLES(funcs, fb_slots);
}

static void connector_roles(const struct drm_connector *connector)
{
	ROLES(connector->funcs, connector_slots);
	ROLES(connector->helper_private, connector_helper_slots);
	if (connector->ddc)
		ROLES(connector->ddc->algo, i2c_slots);
}

/**
 * suture_drm_modeset_roles() - label the entries of all mode-setting objects of a device
 * @dev:	a device that sets modes, with its objects
 *
 * Context: task; the driver is not adding objects meanwhile.
 */
void suture_drm_modeset_roles(struct drm_device *dev)
{
	struct drm_connector_list_iter iter;
	struct drm_connector *connector;
	struct drm_encoder *encoder;
	struct drm_plane *plane;
	struct drm_crtc *crtc;

	ROLES(dev->mode_config.funcs, config_slots);
	ROLES(dev->mode_config.helper_private, config_helper_slots);
	drm_for_each_crtc(crtc, dev) {
		ROLES(crtc->funcs, crtc_slots);
		ROLES(crtc->helper_private, crtc_helper_slots);
	}
	drm_for_each_plane(plane, dev) {
		ROLES(plane->funcs, plane_slots);
		ROLES(plane->helper_private, plane_helper_slots);
	}
	drm_for_each_encoder(encoder, dev) {
		ROLES(encoder->funcs, encoder_slots);
		ROLES(encoder->helper_private, encoder_helper_slots);
	}
	drm_connector_list_iter_begin(dev, &iter);
	drm_for_each_connector_iter(connector, &iter)
		connector_roles(connector);
	drm_connector_list_iter_end(&iter);
}

SUTURE_DEFINE(void, drm_mode_config_reset, struct drm_device *dev)
{
	suture_drm_modeset_roles(dev);
	drm_mode_config_reset(dev);
}
SUTURE_WRAPPER(drm_mode_config_reset);

SUTURE_DEFINE(int, drm_simple_display_pipe_init,
	      struct drm_device *dev, struct drm_simple_display_pipe *pipe,
	      const struct drm_simple_display_pipe_funcs *funcs, const uint32_t *formats,
	      unsigned int format_count, const uint64_t *format_modifiers,
	      struct drm_connector *connector)
{
	ROLES(funcs, pipe_slots);
	return drm_simple_display_pipe_init(dev, pipe, funcs, formats, format_count,
					    format_modifiers, connector);
}
SUTURE_WRAPPER(drm_simple_display_pipe_init);

SUTURE_DEFINE(int, drm_framebuffer_init,
	      struct drm_device *dev, struct drm_framebuffer *fb,
	      const struct drm_framebuffer_funcs *funcs)
{
	suture_drm_fb_roles(funcs);
	return drm_framebuffer_init(dev, fb, funcs);
}
SUTURE_WRAPPER(drm_framebuffer_init);
