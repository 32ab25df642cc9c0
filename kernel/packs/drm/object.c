// SPDX-License-Identifier: GPL-2.0-only
/*
 * object.c - CRTCs, planes, encoders and connectors: initialised once, cleaned up once.
 *
 * The kernel clears each when it is cleaned up, so one without a device was never
 * initialised or is cleaned up already. One that is initialised stands in a list of its
 * device.
 */
#include <drm/drm_connector.h>
#include <drm/drm_crtc.h>
#include <drm/drm_device.h>
#include <drm/drm_encoder.h>
#include <drm/drm_mode_config.h>
#include <drm/drm_plane.h>

#include "../../rules/rules.h"
#include "rules.h"

struct suture_rule suture_drm_rule_object = {
	.id = "DRM-KMSOBJ",
	.class = "DRM",
	.contract = "A CRTC, plane, encoder or connector is initialised once and cleaned up once.",
	.source = "Documentation/gpu/drm-kms.rst; kernel-doc of drm_crtc_cleanup(), drm_connector_cleanup()",
	.example = "drm_encoder_cleanup(&priv->encoder);\n"
		   "...\n"
		   "drm_encoder_cleanup(&priv->encoder);\t/* wrong: it is on no list any more */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the object is cleaned up, or was never initialised" },
		{ "keep", "the second initialisation: the object stays as it is" },
	},
};

#define RULE suture_drm_rule_object

/* ---------------------------------------------------------------- cleaned up once */

static noinline bool no_device(unsigned long site, const char *api)
{
	if (RULE.action == SUTURE_OFF)
		return false;
	suture_report(&RULE, SUTURE_DID(RULE, 0), site, "%s of an object that is not initialised",
		      api);
	return suture_may(&RULE, 0, site);
}

#define CLEANUP(api, type)							\
	SUTURE_DEFINE(void, api, struct type *object)				\
	{									\
		suture_check_pointer(object, SUTURE_SITE, #api);		\
		if (unlikely(!object->dev) && no_device(SUTURE_SITE, #api))	\
			return;							\
		api(object);							\
	}									\
	SUTURE_WRAPPER(api)

CLEANUP(drm_crtc_cleanup, drm_crtc);
CLEANUP(drm_plane_cleanup, drm_plane);
CLEANUP(drm_encoder_cleanup, drm_encoder);
CLEANUP(drm_connector_cleanup, drm_connector);

/* --------------------------------------------------------------- initialised once */

/* drmm_mode_config_init() was called. */
static bool has_lists(const struct drm_device *dev)
{
	return dev->mode_config.crtc_list.next;
}

static bool crtc_listed(struct drm_device *dev, const struct drm_crtc *object)
{
	struct drm_crtc *crtc;

	if (!has_lists(dev))
		return false;
	drm_for_each_crtc(crtc, dev)
		if (crtc == object)
			return true;
	return false;
}

static bool plane_listed(struct drm_device *dev, const struct drm_plane *object)
{
	struct drm_plane *plane;

	if (!has_lists(dev))
		return false;
	drm_for_each_plane(plane, dev)
		if (plane == object)
			return true;
	return false;
}

static bool encoder_listed(struct drm_device *dev, const struct drm_encoder *object)
{
	struct drm_encoder *encoder;

	if (!has_lists(dev))
		return false;
	drm_for_each_encoder(encoder, dev)
		if (encoder == object)
			return true;
	return false;
}

static bool connector_listed(struct drm_device *dev, const struct drm_connector *object)
{
	struct drm_connector_list_iter iter;
	struct drm_connector *connector;
	bool found = false;

	if (!has_lists(dev))
		return false;
	drm_connector_list_iter_begin(dev, &iter);
	drm_for_each_connector_iter(connector, &iter)
		found |= connector == object;
	drm_connector_list_iter_end(&iter);
	return found;
}

/* True if it shall not be initialised again. */
static bool listed(bool yes, unsigned long site, const char *api)
{
	if (likely(!yes) || RULE.action == SUTURE_OFF)
		return false;
	suture_report(&RULE, SUTURE_DID(RULE, 1), site, "%s of an object that is initialised",
		      api);
	return suture_may(&RULE, 1, site);
}

/* The name is handed on as a format of its own; without one there are no arguments. */
#define WITH_NAME(ret, name, call)						\
	do {									\
		if (name) {							\
			struct va_format vaf = { .fmt = name };			\
			va_list args;						\
										\
			va_start(args, name);					\
			vaf.va = &args;						\
			ret = call("%pV", &vaf);				\
			va_end(args);						\
		} else {							\
			ret = call(NULL);					\
		}								\
	} while (0)

SUTURE_DEFINE(int, drm_crtc_init_with_planes,
	      struct drm_device *dev, struct drm_crtc *crtc, struct drm_plane *primary,
	      struct drm_plane *cursor, const struct drm_crtc_funcs *funcs, const char *name, ...)
{
	int ret;

	suture_check_pointer(dev, SUTURE_SITE, "drm_crtc_init_with_planes");
	if (listed(crtc_listed(dev, crtc), SUTURE_SITE, "drm_crtc_init_with_planes"))
		return 0;
#define CALL(...) drm_crtc_init_with_planes(dev, crtc, primary, cursor, funcs, __VA_ARGS__)
	WITH_NAME(ret, name, CALL);
#undef CALL
	return ret;
}
SUTURE_WRAPPER(drm_crtc_init_with_planes);

SUTURE_DEFINE(int, drm_universal_plane_init,
	      struct drm_device *dev, struct drm_plane *plane, uint32_t possible_crtcs,
	      const struct drm_plane_funcs *funcs, const uint32_t *formats,
	      unsigned int format_count, const uint64_t *format_modifiers,
	      enum drm_plane_type type, const char *name, ...)
{
	int ret;

	suture_check_pointer(dev, SUTURE_SITE, "drm_universal_plane_init");
	if (listed(plane_listed(dev, plane), SUTURE_SITE, "drm_universal_plane_init"))
		return 0;
#define CALL(...) drm_universal_plane_init(dev, plane, possible_crtcs, funcs, formats,	\
					   format_count, format_modifiers, type, __VA_ARGS__)
	WITH_NAME(ret, name, CALL);
#undef CALL
	return ret;
}
SUTURE_WRAPPER(drm_universal_plane_init);

SUTURE_DEFINE(int, drm_encoder_init,
	      struct drm_device *dev, struct drm_encoder *encoder,
	      const struct drm_encoder_funcs *funcs, int encoder_type, const char *name, ...)
{
	int ret;

	suture_check_pointer(dev, SUTURE_SITE, "drm_encoder_init");
	if (listed(encoder_listed(dev, encoder), SUTURE_SITE, "drm_encoder_init"))
		return 0;
#define CALL(...) drm_encoder_init(dev, encoder, funcs, encoder_type, __VA_ARGS__)
	WITH_NAME(ret, name, CALL);
#undef CALL
	return ret;
}
SUTURE_WRAPPER(drm_encoder_init);

SUTURE_DEFINE(int, drm_connector_init,
	      struct drm_device *dev, struct drm_connector *connector,
	      const struct drm_connector_funcs *funcs, int connector_type)
{
	suture_check_pointer(dev, SUTURE_SITE, "drm_connector_init");
	if (listed(connector_listed(dev, connector), SUTURE_SITE, "drm_connector_init"))
		return 0;
	return drm_connector_init(dev, connector, funcs, connector_type);
}
SUTURE_WRAPPER(drm_connector_init);
