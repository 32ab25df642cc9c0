/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sound.h - a sound card without hardware, on a platform device, that bad drivers build on.
 *
 * One PCM device with one stream for recording, which needs no data to start. The
 * "hardware" moves on by a period when sound_tick() says so. A bad driver gives the
 * callbacks that shall misbehave.
 */
#ifndef SOUND_H
#define SOUND_H

#define BAD_PROBED
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <sound/control.h>
#include <sound/core.h>
#include <sound/pcm.h>
#include <sound/pcm_params.h>

#include "bad.h"

#define SOUND_PERIOD	256
#define SOUND_BUFFER	1024

static struct platform_device *sound_device;
static struct snd_card *sound_card;
static struct snd_pcm *sound_pcm;
static struct snd_pcm_substream *sound_stream;	/* open */
static unsigned long sound_position;
static bool sound_keep;				/* do not free the card at removal */

/* What the bad driver does in these callbacks, before or instead of the right thing. */
static void sound_trigger_bad(struct snd_pcm_substream *substream);
static unsigned long sound_pointer_bad(struct snd_pcm_substream *substream, unsigned long pos);

static int sound_open(struct snd_pcm_substream *substream)
{
	static const struct snd_pcm_hardware hardware = {
		.info = SNDRV_PCM_INFO_INTERLEAVED | SNDRV_PCM_INFO_BLOCK_TRANSFER,
		.formats = SNDRV_PCM_FMTBIT_S16_LE,
		.rates = SNDRV_PCM_RATE_48000,
		.rate_min = 48000,
		.rate_max = 48000,
		.channels_min = 1,
		.channels_max = 1,
		.buffer_bytes_max = 2 * SOUND_BUFFER,
		.period_bytes_min = 2 * SOUND_PERIOD,
		.period_bytes_max = 2 * SOUND_PERIOD,
		.periods_min = SOUND_BUFFER / SOUND_PERIOD,
		.periods_max = SOUND_BUFFER / SOUND_PERIOD,
	};

	substream->runtime->hw = hardware;
	return 0;
}

static int sound_close(struct snd_pcm_substream *substream)
{
	return 0;
}

static int sound_hw_params(struct snd_pcm_substream *substream, struct snd_pcm_hw_params *params)
{
	return snd_pcm_lib_malloc_pages(substream, params_buffer_bytes(params));
}

static int sound_hw_free(struct snd_pcm_substream *substream)
{
	return snd_pcm_lib_free_pages(substream);
}

static int sound_prepare(struct snd_pcm_substream *substream)
{
	sound_position = 0;
	return 0;
}

static int sound_trigger(struct snd_pcm_substream *substream, int cmd)
{
	if (cmd == SNDRV_PCM_TRIGGER_START)
		sound_trigger_bad(substream);
	return 0;
}

static snd_pcm_uframes_t sound_pointer(struct snd_pcm_substream *substream)
{
	return sound_pointer_bad(substream, sound_position % SOUND_BUFFER);
}

static const struct snd_pcm_ops sound_ops = {
	.open = sound_open,
	.close = sound_close,
	.hw_params = sound_hw_params,
	.hw_free = sound_hw_free,
	.prepare = sound_prepare,
	.trigger = sound_trigger,
	.pointer = sound_pointer,
};

static noinline int sound_card_make(void)
{
	/* One that is kept must not lose the device above it. */
	struct device *parent = sound_keep ? &platform_bus : &sound_device->dev;
	int err = snd_card_new(parent, -1, NULL, THIS_MODULE, 0, &sound_card);

	if (err)
		return err;
	strscpy(sound_card->driver, KBUILD_MODNAME, sizeof(sound_card->driver));
	err = snd_pcm_new(sound_card, "bad", 0, 0, 1, &sound_pcm);
	if (err)
		goto free;
	snd_pcm_set_ops(sound_pcm, SNDRV_PCM_STREAM_CAPTURE, &sound_ops);
	snd_pcm_lib_preallocate_pages_for_all(sound_pcm, SNDRV_DMA_TYPE_CONTINUOUS, NULL,
					      2 * SOUND_BUFFER, 16 * SOUND_BUFFER);
	err = snd_card_register(sound_card);
	if (!err)
		return 0;
free:
	snd_card_free(sound_card);
	return err;
}

static inline int sound_do(unsigned int cmd, void *arg)
{
	return snd_pcm_kernel_ioctl(sound_stream, cmd, arg);
}

/* Open the stream as the kernel does for an application, and start it. */
static int sound_start(void)
{
	static struct file file;
	struct snd_pcm_hw_params *params;
	int err;

	err = snd_pcm_open_substream(sound_pcm, SNDRV_PCM_STREAM_CAPTURE, &file, &sound_stream);
	if (err)
		return err;
	params = kzalloc(sizeof(*params), GFP_KERNEL);
	if (params)
		_snd_pcm_hw_params_any(params);
	err = params ? sound_do(SNDRV_PCM_IOCTL_HW_PARAMS, params) : -ENOMEM;
	kfree(params);
	if (!err)
		err = sound_do(SNDRV_PCM_IOCTL_PREPARE, NULL);
	if (!err)
		err = sound_do(SNDRV_PCM_IOCTL_START, NULL);
	if (err)
		snd_pcm_release_substream(sound_stream);
	return err;
}

static noinline void sound_tick(void)
{
	sound_position += SOUND_PERIOD;
	snd_pcm_period_elapsed(sound_stream);
}

static void sound_stop(void)
{
	sound_do(SNDRV_PCM_IOCTL_DROP, NULL);
	snd_pcm_release_substream(sound_stream);
}

/* Does the card record as it should? */
static inline int sound_ok(void)
{
	unsigned long seen;
	int err = sound_start();

	if (err)
		return err;
	sound_tick();
	sound_tick();
	seen = sound_stream->runtime->status->hw_ptr;
	sound_stop();
	return seen == 2 * SOUND_PERIOD ? 0 : -EBUSY;
}

static int sound_probe(struct platform_device *pdev)
{
	int err;

	sound_device = pdev;
	err = sound_card_make();
	if (err)
		return err;
	err = misc_register(&bad_misc);
	if (err)
		snd_card_free(sound_card);
	return err;
}

static void sound_remove(struct platform_device *pdev)
{
	misc_deregister(&bad_misc);
	if (!sound_keep)
		snd_card_free(sound_card);
}

static struct platform_driver sound_driver = {
	.driver = { .name = KBUILD_MODNAME },
	.probe = sound_probe,
	.remove_new = sound_remove,
};

static struct platform_device *sound_created;

static int __init sound_init(void)
{
	int err = platform_driver_register(&sound_driver);

	if (err)
		return err;
	sound_created = platform_device_register_simple(KBUILD_MODNAME, -1, NULL, 0);
	if (!IS_ERR(sound_created))
		return 0;
	platform_driver_unregister(&sound_driver);
	return PTR_ERR(sound_created);
}
module_init(sound_init);

static void __exit sound_exit(void)
{
	platform_device_unregister(sound_created);
	platform_driver_unregister(&sound_driver);
}
module_exit(sound_exit);

#endif /* SOUND_H */
