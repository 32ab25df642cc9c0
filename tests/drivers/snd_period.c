// SPDX-License-Identifier: GPL-2.0-only
/*
 * snd_period.c - reports elapsed periods with the stream's lock held, and of streams that
 * are closed or gone.
 */
#include "sound.h"

static bool in_trigger, in_pointer, stop_in_trigger;

static noinline void elapsed(struct snd_pcm_substream *substream)
{
	snd_pcm_period_elapsed(substream);
}

static noinline void stopped(struct snd_pcm_substream *substream)
{
	snd_pcm_stop_xrun(substream);
}

static void sound_trigger_bad(struct snd_pcm_substream *substream)
{
	if (in_trigger)
		elapsed(substream);
	if (stop_in_trigger)
		stopped(substream);
}

static unsigned long sound_pointer_bad(struct snd_pcm_substream *substream, unsigned long pos)
{
	if (in_pointer) {
		in_pointer = false;
		elapsed(substream);
	}
	return pos;
}

/* Record a period while @which is so. */
static int record(bool *which)
{
	int err;

	*which = true;
	err = sound_start();
	if (!err) {
		sound_tick();
		sound_stop();
	}
	*which = false;
	return err;
}

static noinline int closed(void)
{
	int err = sound_start();

	if (!err) {
		sound_stop();
		snd_pcm_period_elapsed(sound_stream);
	}
	return err;
}

/* The card goes with its stream, and another one comes. */
static noinline int freed(void)
{
	struct snd_pcm_substream *old = sound_pcm->streams[SNDRV_PCM_STREAM_CAPTURE].substream;

	snd_card_free(sound_card);
	snd_pcm_period_elapsed(old);
	return sound_card_make();
}

static int bad_do(const char *word)
{
	if (bad_is(word, "trigger"))
		return record(&in_trigger);
	if (bad_is(word, "stop"))
		return record(&stop_in_trigger);
	if (bad_is(word, "pointer"))
		return record(&in_pointer);
	if (bad_is(word, "closed"))
		return closed();
	if (bad_is(word, "freed"))
		return freed();
	return -EINVAL;
}

static int bad_ok(void)
{
	return sound_ok();
}

MODULE_DESCRIPTION("Test: reports elapsed periods where it must not");
