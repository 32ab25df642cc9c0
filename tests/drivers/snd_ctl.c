// SPDX-License-Identifier: GPL-2.0-only
/*
 * snd_ctl.c - a control that gives more values than it announces, is freed twice, or
 * added twice.
 */
#include "sound.h"

static void sound_trigger_bad(struct snd_pcm_substream *substream)
{
}

static unsigned long sound_pointer_bad(struct snd_pcm_substream *substream, unsigned long pos)
{
	return pos;
}

static unsigned int values = 1;
static int freed;

static int level_info(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_info *info)
{
	info->type = SNDRV_CTL_ELEM_TYPE_INTEGER;
	info->count = 1;
	info->value.integer.max = 100;
	return 0;
}

static int level_get(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)
{
	unsigned int i;

	for (i = 0; i < values; i++)
		value->value.integer.value[i] = 40 + i;
	return 0;
}

static int level_put(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)
{
	return 0;
}

static void level_free(struct snd_kcontrol *kcontrol)
{
	freed++;
}

static const struct snd_kcontrol_new template = {
	.iface = SNDRV_CTL_ELEM_IFACE_MIXER,
	.name = "Bad Volume",
	.info = level_info,
	.get = level_get,
	.put = level_put,
};

static struct snd_kcontrol *level_new(void)
{
	struct snd_kcontrol *control = snd_ctl_new1(&template, NULL);

	if (control)
		control->private_free = level_free;
	return control;
}

/* As the kernel reads it. Return: what it finds behind the first value. */
static int level_read(struct snd_kcontrol *control, long *behind)
{
	struct snd_ctl_elem_value *value = kzalloc(sizeof(*value), GFP_KERNEL);
	int err;

	if (!value)
		return -ENOMEM;
	value->id = control->id;
	err = control->get(control, value);
	if (!err && value->value.integer.value[0] != 40)
		err = -EBUSY;
	*behind = value->value.integer.value[1] | value->value.integer.value[63];
	kfree(value);
	return err;
}

/* By its id, as a driver does that does not hold the card's lock. */
static int level_remove(struct snd_kcontrol *control)
{
	struct snd_ctl_elem_id id = control->id;

	return snd_ctl_remove_id(sound_card, &id);
}

static int past(void)
{
	struct snd_kcontrol *control = level_new();
	long behind = 0;
	int err = snd_ctl_add(sound_card, control);

	if (err)
		return err;
	values = 2;
	err = level_read(control, &behind);
	values = 1;
	level_remove(control);
	return err ? err : behind ? -EPROTO : 0;
}

static noinline int free_twice(void)
{
	struct snd_kcontrol *control = level_new();

	freed = 0;
	snd_ctl_free_one(control);
	snd_ctl_free_one(control);
	return freed == 1 ? 0 : -EPROTO;
}

static noinline int add_freed(void)
{
	struct snd_kcontrol *control = level_new();

	snd_ctl_free_one(control);
	return snd_ctl_add(sound_card, control) == -EINVAL ? 0 : -EPROTO;
}

static noinline int add_twice(void)
{
	struct snd_kcontrol *control = level_new();
	int err = snd_ctl_add(sound_card, control);

	if (err)
		return err;
	if (snd_ctl_add(sound_card, control) != -EBUSY)
		return -EPROTO;
	return level_remove(control);
}

static int bad_do(const char *word)
{
	if (bad_is(word, "past"))
		return past();
	if (bad_is(word, "twice"))
		return free_twice();
	if (bad_is(word, "add-freed"))
		return add_freed();
	if (bad_is(word, "add-twice"))
		return add_twice();
	return -EINVAL;
}

static int bad_ok(void)
{
	struct snd_kcontrol *control = level_new();
	long behind;
	int err = snd_ctl_add(sound_card, control);

	if (err)
		return -EBUSY;
	freed = 0;
	err = level_read(control, &behind);
	if (!err)
		err = level_remove(control);
	if (err || behind || freed != 1)
		return -EBUSY;
	snd_ctl_free_one(level_new());
	return freed == 2 ? sound_ok() : -EBUSY;
}

MODULE_DESCRIPTION("Test: gives more values than it announces, frees and adds controls twice");
