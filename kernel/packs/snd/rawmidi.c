// SPDX-License-Identifier: GPL-2.0-only
/*
 * rawmidi.c - MIDI ports: what their entries are for.
 */
#include <sound/core.h>
#include <sound/rawmidi.h>

#include <suture/pack.h>
#include "snd.h"

SUTURE_SND_ROLE(role_open, "rawmidi_open", -EIO);
SUTURE_SND_ROLE(role_void, "rawmidi", 0);

#define MIDI(field, which) { offsetof(struct snd_rawmidi_ops, field), &(which) }
static const struct suture_role_slot midi_slots[] = {
	MIDI(open, role_open),
	MIDI(close, role_void),
	MIDI(trigger, role_void),
	MIDI(drain, role_void),
};

SUTURE_DEFINE(void, snd_rawmidi_set_ops, struct snd_rawmidi *rmidi, int stream,
	      const struct snd_rawmidi_ops *ops)
{
	suture_role_set_ops(ops, midi_slots, ARRAY_SIZE(midi_slots));
	snd_rawmidi_set_ops(rmidi, stream, ops);
}
SUTURE_WRAPPER(snd_rawmidi_set_ops);

static struct suture_rule *const rules[] = { NULL };

SUTURE_PACK("MIDI ports", rules);
