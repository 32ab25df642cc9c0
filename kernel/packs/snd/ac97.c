// SPDX-License-Identifier: GPL-2.0-only
/*
 * ac97.c - AC'97 buses: what their entries are for.
 */
#include <sound/core.h>
#include <sound/ac97_codec.h>

#include <suture/pack.h>
#include "snd.h"

SUTURE_SND_ROLE(role_bus, "ac97_bus", 0);
/* As from a codec that is not there. */
SUTURE_SND_ROLE(role_read, "ac97_read", 0xffff);

#define BUS(field, which) { offsetof(struct snd_ac97_bus_ops, field), &(which) }
static const struct suture_role_slot bus_slots[] = {
	BUS(reset, role_bus),
	BUS(warm_reset, role_bus),
	BUS(write, role_bus),
	BUS(read, role_read),
	BUS(wait, role_bus),
	BUS(init, role_bus),
};

SUTURE_DEFINE(int, snd_ac97_bus, struct snd_card *card, int num,
	      const struct snd_ac97_bus_ops *ops, void *private_data,
	      struct snd_ac97_bus **rbus)
{
	suture_role_set_ops(ops, bus_slots, ARRAY_SIZE(bus_slots));
	return snd_ac97_bus(card, num, ops, private_data, rbus);
}
SUTURE_WRAPPER(snd_ac97_bus);

SUTURE_DEFINE(int, snd_ac97_mixer, struct snd_ac97_bus *bus,
	      struct snd_ac97_template *template, struct snd_ac97 **rac97)
{
	/* The bus's own is set between the two calls. */
	suture_role_set((unsigned long)bus->private_free, &role_bus);
	suture_role_set((unsigned long)template->private_free, &role_bus);
	return snd_ac97_mixer(bus, template, rac97);
}
SUTURE_WRAPPER(snd_ac97_mixer);

static struct suture_rule *const rules[] = { NULL };

SUTURE_PACK("AC'97 buses", rules);
