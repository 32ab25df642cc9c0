// SPDX-License-Identifier: GPL-2.0-only
/*
 * hda.c - codecs on a High Definition Audio bus: what their entries are for.
 *
 * A codec driver gives the kernel one function for each codec that it knows, and that function
 * fills in the codec's operations: they are read when it returns.
 */
#include <sound/core.h>
#include <sound/hda_codec.h>

#include <suture/pack.h>
#include "snd.h"

SUTURE_SND_ROLE(role_codec, "hda_codec", -EIO);
SUTURE_SND_ROLE(role_codec_void, "hda_codec_void", 0);

#define CODEC(field, which) { offsetof(struct hda_codec_ops, field), &(which) }
static const struct suture_role_slot codec_slots[] = {
	CODEC(build_controls, role_codec),
	CODEC(build_pcms, role_codec),
	CODEC(init, role_codec),
	CODEC(free, role_codec_void),
	CODEC(unsol_event, role_codec_void),
	CODEC(set_power_state, role_codec_void),
	CODEC(suspend, role_codec),
	CODEC(resume, role_codec),
	CODEC(check_power_status, role_codec_void),
	CODEC(stream_pm, role_codec_void),
};

static long patch_leave(struct suture_visit *visit, long ret)
{
	const struct hda_codec *codec = (void *)visit->arg[0];

	suture_role_set_ops(&codec->patch_ops, codec_slots, ARRAY_SIZE(codec_slots));
	return ret;
}

static const struct suture_role role_patch = {
	.name = "hda_patch",
	.failed = -EIO,
	.enter = suture_snd_watch,
	.leave = patch_leave,
};

SUTURE_DEFINE(int, __hda_codec_driver_register, struct hda_codec_driver *drv,
	      const char *name, struct module *owner)
{
	const struct hda_device_id *id;

	for (id = drv->id; id && (id->vendor_id || id->rev_id); id++)
		suture_role_set(id->driver_data, &role_patch);
	return __hda_codec_driver_register(drv, name, owner);
}
SUTURE_WRAPPER(__hda_codec_driver_register);

static struct suture_rule *const rules[] = { NULL };

SUTURE_PACK("HDA codecs", rules);
