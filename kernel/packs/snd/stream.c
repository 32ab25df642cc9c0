// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream.c - PCM streams over a power-cycle: stopped before it, put back after it.
 *
 * A stream that runs is paused in the kernel's eyes: a program that waits for room goes
 * on waiting, one that writes fills the buffer, and nobody sees an error. After the cycle the
 * device begins at the start of the buffer, as after each prepare(); so the stream must, too:
 *
 *   - if there is data past the end of the buffer, it goes on there: what lies between is lost;
 *   - else the device plays silence up to where the stream was, and the position is held
 *     as long: nothing is lost.
 *
 * So the position never goes back, nor past what the program has written.
 */
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <sound/core.h>
#include <sound/pcm.h>

#include "snd.h"

/* Cards with more open streams than this are started anew. */
#define STREAMS 32

/* So long a driver may sit in open() or close(): twice the time of the slowest that we know. */
#define PATIENCE_MS 2000

struct stream {
	struct snd_pcm_substream *substream;
	snd_pcm_state_t state;
};

/**
 * struct suture_snd_streams - the streams of a card while it is power-cycled
 * @card:	the card, with a reference
 * @pcms:	PCMs of which we have the open_mutex, in the order of the card's list
 * @n:		streams that were open
 * @stream:	them, and in which state they were
 */
struct suture_snd_streams {
	struct snd_card *card;
	unsigned int pcms;
	unsigned int n;
	struct stream stream[STREAMS];
};

/* ------------------------------------------------------ held positions */

/*
 * A stream whose position is held until the device has come to where it was. Made, looked at
 * and taken away with the stream's lock held; nobody else has business with its slot.
 */
struct suture_held {
	struct snd_pcm_substream *substream;
	snd_pcm_uframes_t hw_ptr;
	snd_pcm_uframes_t pos;
};

static struct suture_held held[STREAMS];

/* pointer() looks at them while there are any. */
atomic_t suture_snd_held = ATOMIC_INIT(0);

static void held_end(struct suture_held *h)
{
	WRITE_ONCE(h->substream, NULL);
	atomic_dec(&suture_snd_held);
}

static bool hold_position(struct snd_pcm_substream *substream, snd_pcm_uframes_t pos)
{
	struct suture_held *h;

	/* It may be held already: two cycles, one soon after the other. */
	for (h = held; h < held + STREAMS && READ_ONCE(h->substream) != substream; h++)
		;
	if (h == held + STREAMS) {
		for (h = held; h < held + STREAMS; h++)
			if (!cmpxchg(&h->substream, NULL, substream))
				break;
		if (h == held + STREAMS)
			return false;
		atomic_inc(&suture_snd_held);
	}
	h->hw_ptr = substream->runtime->status->hw_ptr;
	h->pos = pos;
	return true;
}

/**
 * suture_snd_position() - where the program is to believe that the device is
 * @substream:	a stream
 * @pos:	what the driver says
 *
 * Context: the stream's lock is held. Return: @pos, or where it is held.
 */
unsigned long suture_snd_position(const struct snd_pcm_substream *substream, unsigned long pos)
{
	struct suture_held *h;

	for (h = held; h < held + STREAMS; h++) {
		if (READ_ONCE(h->substream) != substream)
			continue;
		/* Somebody has prepared it again: that counts from zero. */
		if (h->hw_ptr != substream->runtime->status->hw_ptr ||
		    (pos >= h->pos && pos < substream->runtime->buffer_size)) {
			held_end(h);
			return pos;
		}
		return h->pos;
	}
	return pos;
}

/* ------------------------------------------------------------- before */

static bool lock_soon(struct mutex *mutex)
{
	unsigned long end = jiffies + msecs_to_jiffies(PATIENCE_MS);

	while (!mutex_trylock(mutex)) {
		if (time_after(jiffies, end))
			return false;
		msleep(20);
	}
	return true;
}

/* Nobody opens or closes a stream until it is over. */
static int pcms_lock(struct suture_snd_streams *s)
{
	const struct snd_device *dev;

	list_for_each_entry(dev, &s->card->devices, list) {
		if (dev->type != SNDRV_DEV_PCM)
			continue;
		if (!lock_soon(&((struct snd_pcm *)dev->device_data)->open_mutex))
			return -EBUSY;
		s->pcms++;
	}
	return 0;
}

static void pcms_unlock(struct suture_snd_streams *s)
{
	const struct snd_device *dev;

	list_for_each_entry(dev, &s->card->devices, list) {
		if (!s->pcms)
			break;
		if (dev->type != SNDRV_DEV_PCM)
			continue;
		mutex_unlock(&((struct snd_pcm *)dev->device_data)->open_mutex);
		s->pcms--;
	}
}

/*
 * Streams that start together, and those whose driver counts what the program has written or
 * copies it itself, start only as the program starts them: it hears that they were suspended.
 */
static bool ordinary(struct snd_pcm_substream *substream)
{
	const struct snd_pcm_ops *ops = substream->ops;

	return !snd_pcm_stream_linked(substream) && !ops->ack && !SUTURE_PCM_COPIES(ops) &&
	       ops->prepare && ops->trigger && substream->runtime->dma_area &&
	       substream->runtime->buffer_size;
}

static void stream_sync(struct snd_pcm_substream *substream)
{
	int irq = substream->pcm->card->sync_irq;

	if (substream->ops->sync_stop)
		substream->ops->sync_stop(substream);
	else if (irq > 0)
		synchronize_irq(irq);
}

/* Return: false if it has to be suspended as for the machine's sleep. */
static bool stream_hold(struct snd_pcm_substream *substream, struct stream *stream)
{
	struct snd_pcm_runtime *runtime = substream->runtime;
	bool runs, usual;

	stream->substream = substream;
	snd_pcm_stream_lock_irq(substream);
	stream->state = runtime->state;
	runs = stream->state == SNDRV_PCM_STATE_RUNNING ||
	       stream->state == SNDRV_PCM_STATE_DRAINING ||
	       stream->state == SNDRV_PCM_STATE_PAUSED;
	usual = ordinary(substream);
	if (runs && usual) {
		runtime->trigger_master = substream;
		/* What it says does not count: the device is reset next. */
		substream->ops->trigger(substream, SNDRV_PCM_TRIGGER_STOP);
		/* Who waits for the end of a stream looks for streams that drain. */
		if (stream->state == SNDRV_PCM_STATE_RUNNING)
			__snd_pcm_set_state(runtime, SNDRV_PCM_STATE_PAUSED);
	}
	snd_pcm_stream_unlock_irq(substream);
	if (runs && usual)
		stream_sync(substream);
	return usual || !runs;
}

#define for_each_substream(pcm, substream)					\
	for (int way_ = 0; way_ < 2; way_++)					\
		for (substream = (pcm)->streams[way_].substream; substream;	\
		     substream = substream->next)

static int pcm_hold(struct suture_snd_streams *s, struct snd_pcm *pcm)
{
	struct snd_pcm_substream *substream;
	bool suspend = false;

	for_each_substream(pcm, substream) {
		if (!substream->runtime)
			continue;
		if (s->n == STREAMS)
			return -E2BIG;
		if (stream_hold(substream, &s->stream[s->n]))
			s->n++;
		else
			suspend = true;
	}
	if (suspend)
		snd_pcm_suspend_all(pcm);
	return 0;
}

/* -------------------------------------------------------------- after */

static void silence(struct snd_pcm_runtime *runtime, snd_pcm_uframes_t from,
		    snd_pcm_uframes_t to)
{
	unsigned int channel, width = runtime->sample_bits;
	size_t plane = runtime->dma_bytes / runtime->channels;

	if (from >= to)
		return;
	if (runtime->access == SNDRV_PCM_ACCESS_RW_INTERLEAVED ||
	    runtime->access == SNDRV_PCM_ACCESS_MMAP_INTERLEAVED) {
		snd_pcm_format_set_silence(runtime->format,
					   runtime->dma_area + frames_to_bytes(runtime, from),
					   (to - from) * runtime->channels);
		return;
	}
	for (channel = 0; channel < runtime->channels; channel++)
		snd_pcm_format_set_silence(runtime->format, runtime->dma_area +
					   channel * plane + from * width / 8, to - from);
}

static snd_pcm_uframes_t between(const struct snd_pcm_runtime *runtime,
				 snd_pcm_uframes_t from, snd_pcm_uframes_t to)
{
	return to >= from ? to - from : to + runtime->boundary - from;
}

static void go_on_at(struct snd_pcm_runtime *runtime, snd_pcm_uframes_t hw_ptr,
		     snd_pcm_uframes_t base)
{
	if (hw_ptr >= runtime->boundary) {
		hw_ptr -= runtime->boundary;
		runtime->hw_ptr_wrap += runtime->boundary;
	}
	if (base >= runtime->boundary)
		base -= runtime->boundary;
	runtime->hw_ptr_base = base;
	runtime->status->hw_ptr = hw_ptr;
	runtime->hw_ptr_interrupt = hw_ptr - hw_ptr % runtime->period_size;
	runtime->hw_ptr_jiffies = jiffies;
	runtime->silence_start = hw_ptr;
	runtime->silence_filled = 0;
}

/*
 * The device stands at the start of the buffer. Bring the stream there. Return: false if that
 * cannot be done without an error.
 */
static bool stream_align(struct snd_pcm_substream *substream)
{
	struct snd_pcm_runtime *runtime = substream->runtime;
	snd_pcm_uframes_t size = runtime->buffer_size, hw_ptr = runtime->status->hw_ptr;
	snd_pcm_uframes_t pos = hw_ptr % size, rest = size - pos, queued;
	/* Programs may write to this one. */
	snd_pcm_uframes_t appl_ptr = READ_ONCE(runtime->control->appl_ptr) % runtime->boundary;

	if (!pos) {
		go_on_at(runtime, hw_ptr, hw_ptr);
		return true;
	}
	if (substream->stream == SNDRV_PCM_STREAM_CAPTURE) {
		/* The rest of the buffer counts as recorded, if there is room for it. */
		if (between(runtime, appl_ptr, hw_ptr) + rest >= size)
			return false;
		silence(runtime, pos, size);
		go_on_at(runtime, hw_ptr + rest, hw_ptr + rest);
		return true;
	}
	queued = between(runtime, hw_ptr, appl_ptr);
	if (queued > size)
		queued = 0;
	if (queued >= rest + runtime->period_size) {
		go_on_at(runtime, hw_ptr + rest, hw_ptr + rest);
		return true;
	}
	if (!hold_position(substream, pos))
		return false;
	silence(runtime, queued > rest ? queued - rest : 0, pos);
	go_on_at(runtime, hw_ptr, hw_ptr - pos);
	return true;
}

/* Under the stream's lock, after prepare(). */
static int stream_start(struct snd_pcm_substream *substream, snd_pcm_state_t state)
{
	struct snd_pcm_runtime *runtime = substream->runtime;
	int err;

	if (!stream_align(substream))
		return -EPIPE;
	runtime->trigger_master = substream;
	err = substream->ops->trigger(substream, SNDRV_PCM_TRIGGER_START);
	/* For many drivers, to go on after a pause is less than to start. */
	if (!err && state == SNDRV_PCM_STATE_PAUSED)
		err = substream->ops->trigger(substream, SNDRV_PCM_TRIGGER_PAUSE_PUSH);
	if (!err)
		__snd_pcm_set_state(runtime, state);
	return err;
}

static void stream_put_back(const struct stream *stream, bool works)
{
	struct snd_pcm_substream *substream = stream->substream;
	struct snd_pcm_runtime *runtime = substream->runtime;
	snd_pcm_state_t now = stream->state;
	bool runs = true;
	int err = -EIO;

	if (now == SNDRV_PCM_STATE_RUNNING)
		now = SNDRV_PCM_STATE_PAUSED;
	else if (now == SNDRV_PCM_STATE_PREPARED)
		runs = false;
	else if (now != SNDRV_PCM_STATE_PAUSED && now != SNDRV_PCM_STATE_DRAINING)
		return;
	mutex_lock(&runtime->buffer_mutex);
	/* Somebody may have dropped it, or prepared it anew. */
	if (READ_ONCE(runtime->state) == now && works)
		err = substream->ops->prepare(substream);
	snd_pcm_stream_lock_irq(substream);
	if (runtime->state == now) {
		if (!err && runs)
			err = stream_start(substream, stream->state);
		/* As if the program had been late: it prepares and starts, if that works. */
		if (err)
			snd_pcm_stop(substream, SNDRV_PCM_STATE_XRUN);
	}
	snd_pcm_stream_unlock_irq(substream);
	mutex_unlock(&runtime->buffer_mutex);
	wake_up(&runtime->sleep);
	wake_up(&runtime->tsleep);
}

/**
 * suture_snd_streams_hold() - stop the streams of a card, unseen by who uses them
 * @card:	the card, with a reference that is the caller's
 *
 * Context: task, may sleep. Return: for suture_snd_streams_resume(), or an ERR_PTR().
 */
struct suture_snd_streams *suture_snd_streams_hold(struct snd_card *card)
{
	struct suture_snd_streams *s = kzalloc(sizeof(*s), GFP_KERNEL);
	const struct snd_device *dev;
	int err;

	if (!s)
		return ERR_PTR(-ENOMEM);
	s->card = card;
	err = pcms_lock(s);
	list_for_each_entry(dev, &card->devices, list) {
		if (!err && dev->type == SNDRV_DEV_PCM)
			err = pcm_hold(s, dev->device_data);
	}
	if (!err)
		return s;
	suture_snd_streams_resume(s, err);
	return ERR_PTR(err);
}

/**
 * suture_snd_streams_resume() - and let them go on
 * @s:		from suture_snd_streams_hold(); freed
 * @err:	0 if the device works again; else they stop, and programs hear of it
 *
 * Context: the task of suture_snd_streams_hold(), may sleep.
 */
void suture_snd_streams_resume(struct suture_snd_streams *s, int err)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		stream_put_back(&s->stream[i], !err);
	pcms_unlock(s);
	kfree(s);
}
