// SPDX-License-Identifier: GPL-2.0-only
/*
 * snd_ptr.c - callbacks of a stream that return a position outside the buffer, or sleep.
 */
#include <linux/mutex.h>

#include "sound.h"

static unsigned long beyond;
static bool sleeps, locks;

static DEFINE_MUTEX(lock);

static noinline void sleep_in_trigger(void)
{
	usleep_range(1000, 2000);
}

static noinline void lock_in_trigger(void)
{
	mutex_lock(&lock);
	mutex_unlock(&lock);
}

static void sound_trigger_bad(struct snd_pcm_substream *substream)
{
	if (sleeps)
		sleep_in_trigger();
	if (locks)
		lock_in_trigger();
}

static unsigned long sound_pointer_bad(struct snd_pcm_substream *substream, unsigned long pos)
{
	unsigned long add = beyond;

	beyond = 0;
	return add ? SOUND_BUFFER + add - 1 : pos;
}

/* One call returns SOUND_BUFFER + @by. The position counts on from where it was. */
static int jump(unsigned long by)
{
	unsigned long seen;
	int err = sound_start();

	if (err)
		return err;
	sound_tick();
	beyond = by + 1;
	snd_pcm_period_elapsed(sound_stream);
	seen = sound_stream->runtime->status->hw_ptr;
	sound_tick();
	sound_stop();
	return !by || seen == SOUND_PERIOD ? 0 : -EBUSY;
}

static int start(bool *how)
{
	int err;

	*how = true;
	err = sound_start();
	*how = false;
	if (!err)
		sound_stop();
	return err;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "end"))
		return jump(0);
	if (bad_is(word, "far"))
		return jump(SOUND_BUFFER);
	if (bad_is(word, "sleep"))
		return start(&sleeps);
	if (bad_is(word, "lock"))
		return start(&locks);
	return -EINVAL;
}

static int bad_ok(void)
{
	return mutex_is_locked(&lock) ? -EBUSY : sound_ok();
}

MODULE_DESCRIPTION("Test: gives a wrong position, or sleeps where the stream is locked");
