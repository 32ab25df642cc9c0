// SPDX-License-Identifier: GPL-2.0-only
/*
 * buffer.c - the memory that a sound device plays from and records to.
 */
#include <sound/core.h>
#include <sound/memalloc.h>
#include <sound/pcm.h>

#include <suture/block.h>
#include "snd.h"

enum { REPAIR_DROP, REPAIR_REFUSE };

struct suture_rule suture_rule_snd_buf = {
	.id = "SND-BUF",
	.class = "sound",
	.contract = "A stream's buffer is freed once, and stays while the stream runs.",
	.source = "Documentation/sound/kernel-api/writing-an-alsa-driver.rst; sound/core/pcm_memory.c, memalloc.c",
	.example = "static int card_trigger(struct snd_pcm_substream *substream, int cmd)\n"
		   "{\n"
		   "\tif (cmd == SNDRV_PCM_TRIGGER_STOP) {\n"
		   "\t\tsnd_pcm_lib_free_pages(substream);\t/* still running */\n"
		   "\t\tstop(chip);\n"
		   "\t}\n"
		   "\treturn 0;\n"
		   "}\n",
	.look = "snd_pcm_lib_free_pages() of a stopped stream may be called twice. snd_dma_free_pages() may not: it leaves the descriptor as it was.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the buffer is freed already" },
		{ "refuse", "nothing: the buffer goes when the stream is closed" },
	},
};

#define rule suture_rule_snd_buf

/* ------------------------------------------------- buffers of one's own */

SUTURE_GONE_TABLE(freed, 6);

/* The descriptor and what it described: the kernel does not clear it. */
static unsigned long buffer_key(const struct snd_dma_buffer *dmab)
{
	return suture_snd_key(dmab) ^ (unsigned long)dmab->area << 7;
}

#define ALLOCATE(api, ...)							\
	({									\
		int err_;							\
										\
		SUTURE_MAY_BLOCK(#api, err_ = api(__VA_ARGS__));		\
		if (!err_)							\
			suture_gone_clear(freed, buffer_key(dmab));		\
		err_;								\
	})

SUTURE_DEFINE(int, snd_dma_alloc_dir_pages, int type, struct device *dev,
	      enum dma_data_direction dir, size_t size, struct snd_dma_buffer *dmab)
{
	return ALLOCATE(snd_dma_alloc_dir_pages, type, dev, dir, size, dmab);
}
SUTURE_WRAPPER(snd_dma_alloc_dir_pages);

SUTURE_DEFINE(int, snd_dma_alloc_pages_fallback, int type, struct device *dev, size_t size,
	      struct snd_dma_buffer *dmab)
{
	return ALLOCATE(snd_dma_alloc_pages_fallback, type, dev, size, dmab);
}
SUTURE_WRAPPER(snd_dma_alloc_pages_fallback);

SUTURE_DEFINE(void, snd_dma_free_pages, struct snd_dma_buffer *dmab)
{
	unsigned long key, before;

	if (dmab && dmab->area) {
		key = buffer_key(dmab);
		before = suture_gone_site(freed, key);
		if (unlikely(before) && rule.action != SUTURE_OFF) {
			suture_report(&rule, SUTURE_DID(rule, REPAIR_DROP), SUTURE_SITE,
				      "snd_dma_free_pages of a buffer freed at %pS",
				      (void *)before);
			if (suture_may(&rule, REPAIR_DROP, SUTURE_SITE))
				return;
		}
		suture_gone_add(freed, key, SUTURE_SITE);
	}
	SUTURE_MAY_BLOCK("snd_dma_free_pages", snd_dma_free_pages(dmab));
}
SUTURE_WRAPPER(snd_dma_free_pages);

/* ------------------------------------------------- buffers of a stream */

static noinline bool running_refused(const struct snd_pcm_substream *substream,
				     unsigned long site, const char *api)
{
	if (rule.action == SUTURE_OFF)
		return false;
	suture_report(&rule, SUTURE_DID(rule, REPAIR_REFUSE), site,
		      "%s while stream %d of %s is running", api, substream->number,
		      substream->pcm->id);
	return suture_may(&rule, REPAIR_REFUSE, site);
}

/* The device moves data to or from the buffer. The kernel stops a stream before it frees. */
static bool runs(struct snd_pcm_substream *substream)
{
	return substream->runtime && substream->runtime->dma_area && snd_pcm_running(substream);
}

SUTURE_DEFINE(int, snd_pcm_lib_free_pages, struct snd_pcm_substream *substream)
{
	int err;

	if (unlikely(runs(substream)) &&
	    running_refused(substream, SUTURE_SITE, "snd_pcm_lib_free_pages"))
		return 0;
	SUTURE_MAY_BLOCK("snd_pcm_lib_free_pages", err = snd_pcm_lib_free_pages(substream));
	return err;
}
SUTURE_WRAPPER(snd_pcm_lib_free_pages);

SUTURE_DEFINE(int, snd_pcm_lib_malloc_pages, struct snd_pcm_substream *substream, size_t size)
{
	int err;

	/* A smaller size leaves the buffer where it is. */
	if (unlikely(runs(substream)) && substream->runtime->dma_buffer_p &&
	    substream->runtime->dma_buffer_p->bytes < size &&
	    running_refused(substream, SUTURE_SITE, "snd_pcm_lib_malloc_pages"))
		return -EBUSY;
	SUTURE_MAY_BLOCK("snd_pcm_lib_malloc_pages",
			 err = snd_pcm_lib_malloc_pages(substream, size));
	return err;
}
SUTURE_WRAPPER(snd_pcm_lib_malloc_pages);

SUTURE_DEFINE(void, snd_pcm_lib_preallocate_free_for_all, struct snd_pcm *pcm)
{
	struct snd_pcm_substream *substream;
	int way;

	for (way = 0; way < 2; way++) {
		for (substream = pcm->streams[way].substream; substream;
		     substream = substream->next) {
			if (unlikely(runs(substream)) &&
			    substream->runtime->dma_buffer_p == &substream->dma_buffer &&
			    running_refused(substream, SUTURE_SITE,
					    "snd_pcm_lib_preallocate_free_for_all"))
				return;
		}
	}
	SUTURE_MAY_BLOCK("snd_pcm_lib_preallocate_free_for_all",
			 snd_pcm_lib_preallocate_free_for_all(pcm));
}
SUTURE_WRAPPER(snd_pcm_lib_preallocate_free_for_all);
