// SPDX-License-Identifier: GPL-2.0-only
/*
 * pcm.c - PCM streams: what their callbacks are for, positions inside the buffer, and
 * elapsed periods of streams that are there.
 *
 * trigger(), pointer() and ack() are called with the stream's lock held, which
 * snd_pcm_period_elapsed() takes.
 */
#include <sound/core.h>
#include <sound/pcm.h>

#include "snd.h"

struct suture_rule suture_rule_snd_ptr = {
	.id = "SND-PTR",
	.class = "sound",
	.contract = "The position that pointer() returns lies inside the buffer.",
	.source = "Documentation/sound/kernel-api/writing-an-alsa-driver.rst; sound/core/pcm_lib.c 'invalid position'",
	.example = "static snd_pcm_uframes_t card_pointer(struct snd_pcm_substream *substream)\n"
		   "{\n"
		   "\tu32 left = readl(chip->regs + COUNT);\n"
		   "\n"
		   "\t/* nothing left to play: the position is the buffer size */\n"
		   "\treturn substream->runtime->buffer_size - left;\n"
		   "}\n",
	.look = "SNDRV_PCM_POS_XRUN is no position. The kernel takes a wrong one for 0, which may be far from where the device is.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "wrap", "nothing: the end of the buffer is its beginning" },
		{ "hold", "the progress of this call: the position stays where it was" },
	},
};

struct suture_rule suture_rule_snd_period = {
	.id = "SND-PERIOD",
	.class = "sound",
	.contract = "snd_pcm_period_elapsed() is called for an open stream, and not from its trigger() or pointer().",
	.source = "Documentation/sound/kernel-api/writing-an-alsa-driver.rst; sound/core/pcm_lib.c snd_pcm_period_elapsed()",
	.example = "static int card_trigger(struct snd_pcm_substream *substream, int cmd)\n"
		   "{\n"
		   "\tstart(chip);\n"
		   "\tsnd_pcm_period_elapsed(substream);\t/* waits for a lock that its caller holds */\n"
		   "\treturn 0;\n"
		   "}\n",
	.look = "A stream that is open but does not run is nothing to speak of: an interrupt may be on its way when it is stopped.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: there is nobody who waits for the stream" },
		{ "skip", "this wake-up: the application goes on with the next period" },
	},
};

#define rule_ptr suture_rule_snd_ptr
#define rule_period suture_rule_snd_period

/* ----------------------------------------------------------- position */

static long pointer_leave(struct suture_visit *visit, long ret)
{
	const struct snd_pcm_substream *substream = (void *)visit->arg[0];
	const struct snd_pcm_runtime *runtime = substream->runtime;
	unsigned long pos = ret, size, held;

	if (!runtime)
		return ret;
	if (unlikely(atomic_read(&suture_snd_held)))
		pos = suture_snd_position(substream, pos);
	if (rule_ptr.action == SUTURE_OFF || pos == SNDRV_PCM_POS_XRUN)
		return pos;
	size = runtime->buffer_size;
	if (likely(pos < size) || !size)
		return pos;
	suture_report(&rule_ptr, SUTURE_DID(rule_ptr, pos != size), visit->entry->func,
		      "%s returned position %lu in a buffer of %lu frames",
		      suture_entry_name(visit->entry), pos, size);
	if (!suture_may(&rule_ptr, pos != size, visit->entry->func))
		return pos;
	held = runtime->status->hw_ptr - runtime->hw_ptr_base;
	return pos == size || held >= size ? 0 : held;
}

/* If it fails twice, the device makes no progress as far as we know: it is put right soon. */
static long pointer_abandon(struct suture_visit *visit, long failed)
{
	const struct snd_pcm_substream *substream = (void *)visit->arg[0];
	const struct snd_pcm_runtime *runtime = substream->runtime;
	unsigned long held;

	if (!visit->rule || !runtime)
		return failed;
	held = runtime->status->hw_ptr - runtime->hw_ptr_base;
	return suture_again(visit, held < runtime->buffer_size ? held : failed);
}

/* -------------------------------------------------------------- roles */

SUTURE_SND_ROLE(role_pcm, "pcm", -EIO);
SUTURE_SND_ROLE_AGAIN(role_set_up, "pcm_setup", -EIO);
SUTURE_SND_ROLE(role_pcm_end, "pcm_end", 0);
SUTURE_SND_ROLE_AGAIN(role_trigger, "pcm_trigger", -EIO);
SUTURE_SND_ROLE(role_ack, "pcm_ack", -EIO);
SUTURE_SND_ROLE(role_page, "pcm_page", 0);

/* In quarantine nobody knows where the device is: the stream stops, and the program hears of it. */
static const struct suture_role role_pointer = {
	.name = "pcm_pointer",
	.failed = SNDRV_PCM_POS_XRUN,
	.enter = suture_snd_watch,
	.leave = pointer_leave,
	.abandon = pointer_abandon,
};

#define PCM(field, which) { offsetof(struct snd_pcm_ops, field), &(which) }
static const struct suture_role_slot pcm_slots[] = {
	PCM(open, role_pcm),
	PCM(close, role_pcm_end),
	PCM(ioctl, role_pcm),
	PCM(hw_params, role_set_up),
	PCM(hw_free, role_pcm_end),
	PCM(prepare, role_set_up),
	PCM(trigger, role_trigger),
	PCM(sync_stop, role_pcm_end),
	PCM(pointer, role_pointer),
	PCM(get_time_info, role_pcm),
	PCM(fill_silence, role_pcm),
#ifdef SUTURE_HAVE_PCM_COPY
	PCM(copy, role_pcm),
#else
	PCM(copy_user, role_pcm),
	PCM(copy_kernel, role_pcm),
#endif
	PCM(page, role_page),
	PCM(mmap, role_pcm),
	PCM(ack, role_ack),
};

SUTURE_DEFINE(void, snd_pcm_set_ops, struct snd_pcm *pcm, int direction,
	      const struct snd_pcm_ops *ops)
{
	suture_role_set_ops(ops, pcm_slots, ARRAY_SIZE(pcm_slots));
	snd_pcm_set_ops(pcm, direction, ops);
}
SUTURE_WRAPPER(snd_pcm_set_ops);

/* ------------------------------------------------------------ streams */

SUTURE_GONE_TABLE(freed, 7);

#define for_each_stream(pcm, substream)						\
	for (int way_ = 0; way_ < 2; way_++)					\
		for (substream = (pcm)->streams[way_].substream; substream;	\
		     substream = substream->next)

/**
 * suture_snd_streams_go() - streams are about to be freed
 * @card:	their card
 * @pcm:	their PCM, or what may be one; NULL for all of the card's
 *
 * Context: task; suture_snd_streams_gone() follows.
 */
void suture_snd_streams_go(const struct snd_card *card, const struct snd_pcm *pcm)
{
	const struct snd_pcm_substream *substream;
	const struct snd_device *dev;

	list_for_each_entry(dev, &card->devices, list) {
		if (dev->type != SNDRV_DEV_PCM || (pcm && dev->device_data != pcm))
			continue;
		for_each_stream((const struct snd_pcm *)dev->device_data, substream)
			suture_gone_add(freed, suture_snd_key(substream), suture_snd_token());
	}
}

/**
 * suture_snd_streams_gone() - they are freed
 * @site:	call site
 *
 * Context: the task of suture_snd_streams_go().
 */
void suture_snd_streams_gone(unsigned long site)
{
	suture_snd_done(freed, ARRAY_SIZE(freed), site);
}

static void streams_made(const struct snd_pcm *pcm)
{
	const struct snd_pcm_substream *substream;

	for_each_stream(pcm, substream)
		suture_gone_clear(freed, suture_snd_key(substream));
}

#define NEW_PCM(api)								\
	SUTURE_DEFINE(int, api, struct snd_card *card, const char *id, int device,	\
		      int playback_count, int capture_count, struct snd_pcm **rpcm)	\
	{									\
		struct snd_pcm *pcm;						\
		int err;							\
										\
		if (suture_snd_card_gone(card, SUTURE_SITE, #api))		\
			return -ENODEV;						\
		err = api(card, id, device, playback_count, capture_count, &pcm);	\
		if (!err) {							\
			streams_made(pcm);					\
			if (rpcm)						\
				*rpcm = pcm;					\
		}								\
		return err;							\
	}									\
	SUTURE_WRAPPER(api)

NEW_PCM(snd_pcm_new);
NEW_PCM(snd_pcm_new_internal);

SUTURE_DEFINE(int, snd_pcm_new_stream, struct snd_pcm *pcm, int stream, int substream_count)
{
	int err = snd_pcm_new_stream(pcm, stream, substream_count);

	if (!err)
		streams_made(pcm);
	return err;
}
SUTURE_WRAPPER(snd_pcm_new_stream);

/* ------------------------------------------------------------ periods */

/*
 * The callback of @substream that the running code is in, with the stream's lock held; NULL
 * for none. An interrupt is not in what it interrupted.
 */
static const char *locked_in(const struct snd_pcm_substream *substream)
{
	const struct suture_visit *v = suture_visit_current();
	const struct suture_role *role;
	u32 level = v ? v->preempt : 0;

	for (; v && v->entry && !((v->preempt ^ level) & SUTURE_LEVEL_MASK); v = v->prev) {
		role = suture_role_of(v->entry);
		if ((role == &role_trigger || role == &role_pointer || role == &role_ack) &&
		    v->arg[0] == (unsigned long)substream)
			return suture_entry_name(v->entry);
	}
	return NULL;
}

static noinline bool period_refused(unsigned long site, int repair, const char *api,
				    const char *what, const char *where, unsigned long before)
{
	if (rule_period.action == SUTURE_OFF)
		return false;
	if (before)
		suture_report(&rule_period, SUTURE_DID(rule_period, repair), site,
			      "%s of a stream freed at %pS", api, (void *)before);
	else
		suture_report(&rule_period, SUTURE_DID(rule_period, repair), site, "%s %s%s", api,
			      what, where);
	return suture_may(&rule_period, repair, site);
}

/* Return: true if the call is to be left out. */
static bool period_check(struct snd_pcm_substream *substream, bool open, unsigned long site,
			 const char *api)
{
	unsigned long before = suture_snd_gone_site(freed, suture_snd_key(substream));
	const char *where;

	if (unlikely(before))
		return period_refused(site, 0, api, NULL, NULL, before);
	if (unlikely(open && !READ_ONCE(substream->runtime)))
		return period_refused(site, 0, api, "of a closed stream", "", 0);
	where = locked_in(substream);
	if (unlikely(where))
		return period_refused(site, 1, api, "with the stream's lock held, in ", where, 0);
	return false;
}

SUTURE_DEFINE(void, snd_pcm_period_elapsed, struct snd_pcm_substream *substream)
{
	if (!period_check(substream, true, SUTURE_SITE, "snd_pcm_period_elapsed"))
		snd_pcm_period_elapsed(substream);
}
SUTURE_WRAPPER(snd_pcm_period_elapsed);

/* This one may be called for a closed stream. */
SUTURE_DEFINE(int, snd_pcm_stop_xrun, struct snd_pcm_substream *substream)
{
	if (period_check(substream, false, SUTURE_SITE, "snd_pcm_stop_xrun"))
		return -EBADFD;
	return snd_pcm_stop_xrun(substream);
}
SUTURE_WRAPPER(snd_pcm_stop_xrun);
