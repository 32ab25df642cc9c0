// SPDX-License-Identifier: GPL-2.0-only
/*
 * vblank.c - vertical blanks: references, and the events that tell programs of them.
 */
#include <drm/drm_crtc.h>
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_file.h>
#include <drm/drm_vblank.h>
#include <linux/poison.h>

#include "../../rules/rules.h"
#include "rules.h"

struct suture_rule suture_drm_rule_vblank = {
	.id = "DRM-VBL",
	.class = "DRM",
	.contract = "References to vertical blanks are put as often as they were got, and an event is sent once, with event_lock held.",
	.source = "drivers/gpu/drm/drm_vblank.c; assert_spin_locked() in drm_send_event_helper()",
	.example = "drm_crtc_send_vblank_event(crtc, event);\t/* wrong: dev->event_lock is not held */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: no reference is left, or the event is on its way already" },
		{ "lock", "nothing: the lock is held for the call" },
	},
};

#define RULE suture_drm_rule_vblank

/*
 * No reference is held by anybody, but by drm_crtc_vblank_off() until drm_crtc_vblank_on()
 * puts it, under vbl_lock.
 */
static bool none_held(const struct drm_crtc *crtc)
{
	struct drm_device *dev = crtc->dev;
	struct drm_vblank_crtc *vblank;
	unsigned long flags;
	bool none;

	if (!dev || !dev->vblank || crtc->index >= dev->num_crtcs)
		return false;
	vblank = &dev->vblank[crtc->index];
	if (likely(atomic_read(&vblank->refcount) > 1))
		return false;
	if (!atomic_read(&vblank->refcount))
		return true;
	if (likely(!vblank->inmodeset) || !drm_drv_uses_atomic_modeset(dev) ||
	    !spin_trylock_irqsave(&dev->vbl_lock, flags))
		return false;
	none = vblank->inmodeset && atomic_read(&vblank->refcount) == 1;
	spin_unlock_irqrestore(&dev->vbl_lock, flags);
	return none;
}

SUTURE_DEFINE(void, drm_crtc_vblank_put, struct drm_crtc *crtc)
{
	suture_check_pointer(crtc, SUTURE_SITE, "drm_crtc_vblank_put");
	if (unlikely(none_held(crtc)) && RULE.action != SUTURE_OFF) {
		suture_report(&RULE, SUTURE_DID(RULE, 0), SUTURE_SITE,
			      "drm_crtc_vblank_put without drm_crtc_vblank_get");
		if (suture_may(&RULE, 0, SUTURE_SITE))
			return;
	}
	drm_crtc_vblank_put(crtc);
}
SUTURE_WRAPPER(drm_crtc_vblank_put);

/* An event that was sent is taken off its list of pending ones, which poisons the link. */
static bool is_sent(const struct drm_pending_event *e)
{
	return e->file_priv && e->pending_link.next == LIST_POISON1;
}

/* An armed event waits in the device's list, which nobody changes while the lock is held. */
static bool is_armed(const struct drm_device *dev, const struct drm_pending_event *e)
{
	const struct drm_pending_event *other;

	list_for_each_entry(other, &dev->vblank_event_list, link)
		if (other == e)
			return true;
	return false;
}

/* Shall the event not be sent? Then it has been already. */
static bool sent_twice(struct drm_device *dev, const struct drm_pending_event *e,
		       unsigned long site, const char *api)
{
	if (RULE.action == SUTURE_OFF || !suture_drm_locked(&dev->event_lock) ||
	    likely(!is_sent(e) && !is_armed(dev, e)))
		return false;
	suture_report(&RULE, SUTURE_DID(RULE, 0), site, "%s of an event that is %s", api,
		      is_sent(e) ? "sent already" : "armed already");
	return suture_may(&RULE, 0, site);
}

/* Not held by anybody? Then not by the driver. */
static bool not_locked(struct drm_device *dev, unsigned long site, const char *api)
{
	if (likely(suture_drm_locked(&dev->event_lock)) || RULE.action == SUTURE_OFF)
		return false;
	suture_report(&RULE, SUTURE_DID(RULE, 1), site, "%s without event_lock", api);
	return suture_may(&RULE, 1, site);
}

#define DRM_SEND(api, proto, args, first, device, event)				\
	SUTURE_DEFINE(void, api, __SUTURE_DRM_UNPAREN proto)			\
	{									\
		unsigned long flags;						\
		bool lock;							\
										\
		suture_check_pointer(first, SUTURE_SITE, #api);			\
		suture_check_pointer(e, SUTURE_SITE, #api);			\
		lock = not_locked(device, SUTURE_SITE, #api);			\
		if (lock)							\
			spin_lock_irqsave(&(device)->event_lock, flags);	\
		if (!sent_twice(device, event, SUTURE_SITE, #api))		\
			api args;						\
		if (lock)							\
			spin_unlock_irqrestore(&(device)->event_lock, flags);	\
	}									\
	SUTURE_WRAPPER(api)
#define __SUTURE_DRM_UNPAREN(...) __VA_ARGS__

DRM_SEND(drm_crtc_send_vblank_event, (struct drm_crtc *crtc, struct drm_pending_vblank_event *e),
	 (crtc, e), crtc, crtc->dev, &e->base);
DRM_SEND(drm_crtc_arm_vblank_event, (struct drm_crtc *crtc, struct drm_pending_vblank_event *e),
	 (crtc, e), crtc, crtc->dev, &e->base);
DRM_SEND(drm_send_event_locked, (struct drm_device *dev, struct drm_pending_event *e), (dev, e),
	 dev, dev, e);
