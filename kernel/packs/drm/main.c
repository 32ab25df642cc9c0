// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the rule pack for video drivers: what their entries are for, and rules about
 * DRM devices, mode-setting objects, vertical blanks, GEM objects, fences and ww_mutexes.
 */
#include <suture/pack.h>

#include "rules.h"

static struct suture_rule *const rules[] = {
	&suture_drm_rule_life,
	&suture_drm_rule_object,
	&suture_drm_rule_vblank,
	&suture_drm_rule_gem,
	&suture_drm_rule_fence,
	&suture_drm_rule_enter,
	&suture_drm_rule_ww,
	NULL,
};

SUTURE_PACK("video drivers (DRM)", rules);
