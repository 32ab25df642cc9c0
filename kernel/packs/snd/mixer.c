// SPDX-License-Identifier: GPL-2.0-only
/*
 * mixer.c - the settings of a card's controls over a restart of its driver.
 *
 * As programs do it that keep them over a reboot: what can be read and written is read
 * before, and written to the controls of the same name after. A control that is not there
 * any more, or has other limits, stays as the driver has set it.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <sound/control.h>
#include <sound/core.h>

#include "snd.h"

#define KEPT	(SNDRV_CTL_ELEM_ACCESS_READWRITE)
#define NOT	(SNDRV_CTL_ELEM_ACCESS_VOLATILE | SNDRV_CTL_ELEM_ACCESS_INACTIVE)

/* A card with more has the first ones kept. */
#define VALUES 1024

/**
 * struct suture_snd_mixer - values of controls
 * @n:		their number
 * @value:	they
 */
struct suture_snd_mixer {
	unsigned int n;
	struct snd_ctl_elem_value *value[VALUES];
};

static bool kept(const struct snd_kcontrol *kcontrol, unsigned int i)
{
	unsigned int access = kcontrol->vd[i].access;

	return (access & KEPT) == KEPT && !(access & NOT) && !kcontrol->vd[i].owner &&
	       kcontrol->get && kcontrol->put;
}

static void control_save(struct suture_snd_mixer *mixer, struct snd_kcontrol *kcontrol)
{
	struct snd_ctl_elem_value *value;
	unsigned int i;

	for (i = 0; i < kcontrol->count && mixer->n < VALUES; i++) {
		if (!kept(kcontrol, i))
			continue;
		value = kzalloc(sizeof(*value), GFP_KERNEL);
		if (!value)
			return;
		snd_ctl_build_ioff(&value->id, kcontrol, i);
		if (kcontrol->get(kcontrol, value) < 0)
			kfree(value);
		else
			mixer->value[mixer->n++] = value;
	}
}

/**
 * suture_snd_mixer_save() - read what the controls of a card are set to
 * @card:	the card
 *
 * Context: task, may sleep. Return: for suture_snd_mixer_restore(); NULL without memory.
 */
struct suture_snd_mixer *suture_snd_mixer_save(struct snd_card *card)
{
	struct suture_snd_mixer *mixer = kvzalloc(sizeof(*mixer), GFP_KERNEL);
	struct snd_kcontrol *kcontrol;

	if (!mixer)
		return NULL;
	down_read(&card->controls_rwsem);
	list_for_each_entry(kcontrol, &card->controls, list)
		control_save(mixer, kcontrol);
	up_read(&card->controls_rwsem);
	return mixer;
}

/* By name: numbers are given in the order in which the driver makes them. */
static struct snd_kcontrol *control_find(struct snd_card *card,
					 const struct snd_ctl_elem_id *id)
{
	struct snd_kcontrol *kcontrol;

	list_for_each_entry(kcontrol, &card->controls, list)
		if (kcontrol->id.iface == id->iface && kcontrol->id.device == id->device &&
		    kcontrol->id.subdevice == id->subdevice && kcontrol->id.index <= id->index &&
		    id->index < kcontrol->id.index + kcontrol->count &&
		    !strncmp(kcontrol->id.name, id->name, sizeof(id->name)))
			return kcontrol;
	return NULL;
}

static void value_restore(struct snd_card *card, struct snd_ctl_elem_value *value)
{
	struct snd_kcontrol *kcontrol;
	unsigned int i;
	int changed = 0;

	down_write(&card->controls_rwsem);
	kcontrol = control_find(card, &value->id);
	if (kcontrol) {
		i = value->id.index - kcontrol->id.index;
		snd_ctl_build_ioff(&value->id, kcontrol, i);
		if (kept(kcontrol, i))
			changed = kcontrol->put(kcontrol, value);
	}
	up_write(&card->controls_rwsem);
	if (changed > 0)
		snd_ctl_notify(card, SNDRV_CTL_EVENT_MASK_VALUE, &value->id);
}

/**
 * suture_snd_mixer_restore() - set the controls of a card to what they were
 * @card:	the card; NULL: there is none
 * @mixer:	from suture_snd_mixer_save(); freed; may be NULL
 *
 * Context: task, may sleep.
 */
void suture_snd_mixer_restore(struct snd_card *card, struct suture_snd_mixer *mixer)
{
	unsigned int i;

	for (i = 0; mixer && i < mixer->n; i++) {
		if (card)
			value_restore(card, mixer->value[i]);
		kfree(mixer->value[i]);
	}
	kvfree(mixer);
}
