// SPDX-License-Identifier: GPL-2.0-only
/*
 * snd_life.c - a sound card that is freed twice, used after it was freed, or left behind.
 */
#include "sound.h"

static void sound_trigger_bad(struct snd_pcm_substream *substream)
{
}

static unsigned long sound_pointer_bad(struct snd_pcm_substream *substream, unsigned long pos)
{
	return pos;
}

static struct snd_card *spare(void)
{
	struct snd_card *card;

	return snd_card_new(&sound_device->dev, -1, NULL, THIS_MODULE, 0, &card) ? NULL : card;
}

static noinline int free_twice(struct snd_card *card)
{
	snd_card_free(card);
	snd_card_free(card);
	return 0;
}

static noinline int give_up_twice(struct snd_card *card)
{
	get_device(&card->card_dev);
	snd_card_free_when_closed(card);
	snd_card_free_when_closed(card);
	put_device(&card->card_dev);
	return 0;
}

static noinline int register_freed(struct snd_card *card)
{
	snd_card_free(card);
	return snd_card_register(card);
}

static noinline int pcm_on_freed(struct snd_card *card)
{
	struct snd_pcm *pcm;

	snd_card_free(card);
	return snd_pcm_new(card, "late", 0, 0, 1, &pcm);
}

static noinline int device_on_freed(struct snd_card *card)
{
	static const struct snd_device_ops ops;

	snd_card_free(card);
	return snd_device_new(card, SNDRV_DEV_LOWLEVEL, card, &ops);
}

static noinline int control_on_freed(struct snd_card *card)
{
	static const struct snd_kcontrol_new template = {
		.iface = SNDRV_CTL_ELEM_IFACE_MIXER,
		.name = "Late Switch",
	};

	snd_card_free(card);
	return snd_ctl_add(card, snd_ctl_new1(&template, NULL));
}

static int bad_do(const char *word)
{
	static const struct {
		const char *word;
		int (*act)(struct snd_card *card);
	} acts[] = {
		{ "twice", free_twice },
		{ "twice-closed", give_up_twice },
		{ "register", register_freed },
		{ "pcm", pcm_on_freed },
		{ "device", device_on_freed },
		{ "control", control_on_freed },
	};
	struct snd_card *card;
	int i;

	if (bad_is(word, "keep")) {
		snd_card_free(sound_card);
		sound_keep = true;
		return sound_card_make();
	}
	for (i = 0; i < ARRAY_SIZE(acts); i++) {
		if (!bad_is(word, acts[i].word))
			continue;
		card = spare();
		return card ? acts[i].act(card) : -ENOMEM;
	}
	return -EINVAL;
}

/* A card more comes and goes, and the first one works. */
static int bad_ok(void)
{
	struct snd_card *card = spare();
	int err;

	if (!card)
		return -EBUSY;
	err = snd_card_register(card);
	snd_card_free(card);
	return err ? err : sound_ok();
}

MODULE_DESCRIPTION("Test: frees a sound card twice, or uses it afterwards");
