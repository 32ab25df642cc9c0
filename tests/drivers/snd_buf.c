// SPDX-License-Identifier: GPL-2.0-only
/*
 * snd_buf.c - a stream's buffer that is freed twice, or while the stream runs.
 */
#include "sound.h"

static void sound_trigger_bad(struct snd_pcm_substream *substream)
{
}

static unsigned long sound_pointer_bad(struct snd_pcm_substream *substream, unsigned long pos)
{
	return pos;
}

static noinline int free_twice(void)
{
	struct snd_dma_buffer buffer = { };
	int err = snd_dma_alloc_dir_pages(SNDRV_DMA_TYPE_CONTINUOUS, NULL, DMA_BIDIRECTIONAL,
					  PAGE_SIZE, &buffer);

	if (!err) {
		snd_dma_free_pages(&buffer);
		snd_dma_free_pages(&buffer);
	}
	return err;
}

static noinline int free_running(void)
{
	return snd_pcm_lib_free_pages(sound_stream);
}

static noinline int grow_running(void)
{
	return snd_pcm_lib_malloc_pages(sound_stream, 16 * SOUND_BUFFER);
}

static noinline int free_all_running(void)
{
	snd_pcm_lib_preallocate_free_for_all(sound_pcm);
	return 0;
}

/* @act while the card records; the data that come then must find their place. */
static int running(int (*act)(void))
{
	int err = sound_start();

	if (err)
		return err;
	err = act();
	if (!sound_stream->runtime->dma_area)
		err = -EBUSY;
	else
		memset(sound_stream->runtime->dma_area, 1, 2 * SOUND_BUFFER);
	sound_tick();
	sound_stop();
	return err;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "twice"))
		return free_twice();
	if (bad_is(word, "running"))
		return running(free_running);
	if (bad_is(word, "grow"))
		return running(grow_running);
	if (bad_is(word, "all"))
		return running(free_all_running);
	return -EINVAL;
}

/* The same descriptor again and again, as it should be. */
static int bad_ok(void)
{
	struct snd_dma_buffer buffer = { };
	int i, err;

	for (i = 0; i < 3; i++) {
		err = snd_dma_alloc_dir_pages(SNDRV_DMA_TYPE_CONTINUOUS, NULL,
					      DMA_BIDIRECTIONAL, PAGE_SIZE, &buffer);
		if (err)
			return -EBUSY;
		memset(buffer.area, 0, PAGE_SIZE);
		snd_dma_free_pages(&buffer);
	}
	return sound_ok();
}

MODULE_DESCRIPTION("Test: frees the buffers of its streams wrongly");
