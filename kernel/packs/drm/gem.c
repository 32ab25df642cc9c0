// SPDX-License-Identifier: GPL-2.0-only
/*
 * gem.c - references to GEM objects.
 *
 * drm_gem_object_put() is inline; what it calls when the count has come to zero is not.
 * The handles that programs have for an object hold one reference together. So an
 * object whose count is zero while it has handles was put once too often, and nothing is
 * lost yet: the count is set to what is owed to the handles.
 */
#include <drm/drm_gem.h>
#include <linux/kref.h>

#include "../../rules/rules.h"
#include "rules.h"

struct suture_rule suture_drm_rule_gem = {
	.id = "DRM-GEM",
	.class = "DRM",
	.contract = "A reference to a GEM object is put once, and an object without references is not used.",
	.source = "Documentation/gpu/drm-mm.rst: GEM objects lifetime; drm_gem_object_handle_put_unlocked()",
	.example = "ret = drm_gem_handle_create(file, obj, &handle);\n"
		   "drm_gem_object_put(obj);\n"
		   "if (args->size > limit)\n"
		   "\tdrm_gem_object_put(obj);\t/* wrong: that is the handle's reference */\n",
	.look = "Seen is the put that comes too early for the handles of programs; other owners cannot be told apart.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "keep", "nothing: the reference is that of the handles, and stays theirs" },
		{ "refuse", "nothing: the driver gets -EINVAL for an object that is gone" },
	},
};

#define RULE suture_drm_rule_gem

SUTURE_DEFINE(void, drm_gem_object_free, struct kref *kref)
{
	struct drm_gem_object *obj;

	suture_check_pointer(kref, SUTURE_SITE, "drm_gem_object_put");
	obj = container_of(kref, struct drm_gem_object, refcount);
	if (unlikely(READ_ONCE(obj->handle_count)) && RULE.action != SUTURE_OFF) {
		suture_report(&RULE, SUTURE_DID(RULE, 0), SUTURE_SITE,
			      "drm_gem_object_put of the last reference of an object with %u handle%s",
			      obj->handle_count, obj->handle_count == 1 ? "" : "s");
		/* Unless somebody got it meanwhile, from zero: then it stays for ever. */
		if (suture_may(&RULE, 0, SUTURE_SITE)) {
			atomic_cmpxchg(&kref->refcount.refs, 0, 1);
			return;
		}
	}
	drm_gem_object_free(kref);
}
SUTURE_WRAPPER(drm_gem_object_free);

SUTURE_DEFINE(int, drm_gem_handle_create,
	      struct drm_file *file_priv, struct drm_gem_object *obj, u32 *handlep)
{
	suture_check_pointer(obj, SUTURE_SITE, "drm_gem_handle_create");
	suture_drm_gem_roles(obj->funcs);
	if (unlikely(!kref_read(&obj->refcount)) && RULE.action != SUTURE_OFF) {
		suture_report(&RULE, SUTURE_DID(RULE, 1), SUTURE_SITE,
			      "drm_gem_handle_create of an object without references");
		if (suture_may(&RULE, 1, SUTURE_SITE))
			return -EINVAL;
	}
	return drm_gem_handle_create(file_priv, obj, handlep);
}
SUTURE_WRAPPER(drm_gem_handle_create);

/* Their functions are set before or after; else drm_gem_handle_create() finds them. */
SUTURE_DEFINE(int, drm_gem_object_init,
	      struct drm_device *dev, struct drm_gem_object *obj, size_t size)
{
	suture_check_pointer(obj, SUTURE_SITE, "drm_gem_object_init");
	suture_drm_gem_roles(obj->funcs);
	return drm_gem_object_init(dev, obj, size);
}
SUTURE_WRAPPER(drm_gem_object_init);

SUTURE_DEFINE(void, drm_gem_private_object_init,
	      struct drm_device *dev, struct drm_gem_object *obj, size_t size)
{
	suture_check_pointer(obj, SUTURE_SITE, "drm_gem_private_object_init");
	suture_drm_gem_roles(obj->funcs);
	drm_gem_private_object_init(dev, obj, size);
}
SUTURE_WRAPPER(drm_gem_private_object_init);
