/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snd.h - what the files of the sound pack have in common.
 */
#ifndef SUTURE_SND_H
#define SUTURE_SND_H

#include <linux/sched.h>

#include <suture/rule.h>

#include "domain.h"
#include "role.h"
#include "rules/gone.h"
#include "visit.h"

struct device;
struct snd_card;
struct snd_pcm;
struct snd_pcm_substream;
struct suture_snd_mixer;
struct suture_snd_streams;

extern struct suture_rule suture_rule_snd_life;
extern struct suture_rule suture_rule_snd_buf;
extern struct suture_rule suture_rule_snd_ptr;
extern struct suture_rule suture_rule_snd_period;
extern struct suture_rule suture_rule_snd_ctl;

#define SUTURE_SND_ROLE(ident, text, value)					\
	static const struct suture_role ident = { .name = text, .failed = (value) }

/* Of entries that may be called as often as one likes, with two arguments at most. */
#define SUTURE_SND_ROLE_AGAIN(ident, text, value)				\
	static const struct suture_role ident = {				\
		.name = text,							\
		.failed = (value),						\
		.abandon = suture_again,					\
	}

/* enter() of roles whose leave() looks at what each visit returns. */
static inline void suture_snd_watch(struct suture_visit *visit)
{
	visit->state |= SUTURE_STATE_ASKED;
}

/**
 * suture_snd_key() - key of an object in a table of what was given back
 * @object:	the object
 *
 * Mixed with the driver that runs: another driver, or a helper that is not guarded, may
 * have got the same address since.
 *
 * Context: any.
 */
static inline unsigned long suture_snd_key(const void *object)
{
	struct suture_visit *v = suture_visit_current();

	return suture_gone_key((unsigned long)object,
			       v && v->entry ? suture_entry_domain(v->entry) : NULL);
}

/*
 * Freeing takes its time, in which the object is still in use: it goes into the table
 * under a token of the task first, and the site of the free takes the token's place when it is
 * done, unless somebody has got the same address meanwhile. All site addresses are negative.
 */
static inline unsigned long suture_snd_token(void)
{
	return (unsigned long)current & LONG_MAX;
}

static inline void suture_snd_done(struct suture_gone *table, size_t n, unsigned long site)
{
	unsigned long token = suture_snd_token();

	while (n--)
		cmpxchg(&table[n].site, token, site);
}

#define suture_snd_gone_site(table, key) ({					\
	unsigned long found_ = suture_gone_site(table, key);			\
										\
	(long)found_ < 0 ? found_ : 0;						\
})

/* card.c */
bool suture_snd_card_gone(const struct snd_card *card, unsigned long site, const char *api);

/* pcm.c */
void suture_snd_streams_go(const struct snd_card *card, const struct snd_pcm *pcm);
void suture_snd_streams_gone(unsigned long site);

/* recovery.c */
void suture_snd_registered(const struct snd_card *card, unsigned long site);
int suture_snd_number(const struct device *parent, int idx, unsigned long site);

/* stream.c */
extern atomic_t suture_snd_held;
unsigned long suture_snd_position(const struct snd_pcm_substream *substream, unsigned long pos);
struct suture_snd_streams *suture_snd_streams_hold(struct snd_card *card);
void suture_snd_streams_resume(struct suture_snd_streams *s, int err);

/* mixer.c */
struct suture_snd_mixer *suture_snd_mixer_save(struct snd_card *card);
void suture_snd_mixer_restore(struct snd_card *card, struct suture_snd_mixer *mixer);

#endif /* SUTURE_SND_H */
