// SPDX-License-Identifier: GPL-2.0-only
/*
 * section.c - sections of drm_dev_enter(), in which a device does not go away.
 *
 * They are SRCU read-side sections: one that is not closed makes drm_dev_unplug() wait
 * for ever; one that is closed twice lets it go on while somebody is still inside.
 */
#include <drm/drm_drv.h>

#include "rules.h"

struct suture_rule suture_drm_rule_enter = {
	.id = "DRM-ENTER",
	.class = "DRM",
	.contract = "A section of drm_dev_enter() is closed by drm_dev_exit(), once, in the callback that opened it.",
	.source = "drivers/gpu/drm/drm_drv.c: drm_dev_enter(); Documentation/RCU/checklist.rst (SRCU)",
	.example = "if (!drm_dev_enter(dev, &idx))\n"
		   "\treturn;\n"
		   "if (!fb)\n"
		   "\treturn;\t/* wrong: drm_dev_exit(idx) is missing */\n",
	.look = "Callbacks that come in pairs (begin_fb_access and end_fb_access, atomic_begin and atomic_flush) may open and close for each other.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "exit", "nothing: no frame of the driver is left that could use the section" },
		{ "drop", "nothing: there is no section to close" },
	},
};

SUTURE_DEFINE(bool, drm_dev_enter, struct drm_device *dev, int *idx)
{
	bool ret = drm_dev_enter(dev, idx);

	if (ret)
		suture_drm_take(SUTURE_DRM_SECTION, *idx, 0, SUTURE_SITE);
	return ret;
}
SUTURE_WRAPPER(drm_dev_enter);

/* Closed without having been opened, by anybody? Then it shall not be closed. */
static noinline bool not_entered(int idx, unsigned long site)
{
	struct suture_drm_slot *slot;

	if (suture_drm_rule_enter.action == SUTURE_OFF || suture_drm_unsure())
		return false;
	/* Another task's: that is not how SRCU is to be used, but it works. */
	slot = suture_drm_taken_elsewhere(SUTURE_DRM_SECTION, idx);
	if (slot) {
		suture_drm_give(slot);
		return false;
	}
	suture_report(&suture_drm_rule_enter, SUTURE_DID(suture_drm_rule_enter, 1), site,
		      "drm_dev_exit without drm_dev_enter");
	return suture_may(&suture_drm_rule_enter, 1, site);
}

SUTURE_DEFINE(void, drm_dev_exit, int idx)
{
	struct suture_drm_slot *slot = suture_drm_taken(SUTURE_DRM_SECTION, idx);

	if (likely(slot))
		suture_drm_give(slot);
	else if (not_entered(idx, SUTURE_SITE))
		return;
	drm_dev_exit(idx);
}
SUTURE_WRAPPER(drm_dev_exit);

/**
 * suture_drm_section_left() - a visit ends inside a section
 * @slot:	the section
 * @entry:	name of the entry
 * @said:	it returned, so that this is a violation; else it was abandoned
 *
 * Context: that of the entry.
 */
void suture_drm_section_left(struct suture_drm_slot *slot, const char *entry, bool said)
{
	int idx = slot->key;

	if (said && suture_drm_rule_enter.action == SUTURE_OFF) {
		slot->visit = NULL;
		return;
	}
	if (said)
		suture_report(&suture_drm_rule_enter, SUTURE_DID(suture_drm_rule_enter, 0),
			      slot->site, "%s returned without drm_dev_exit", entry);
	if (said && !suture_may(&suture_drm_rule_enter, 0, slot->site)) {
		slot->visit = NULL;
		return;
	}
	suture_drm_give(slot);
	drm_dev_exit(idx);
}
