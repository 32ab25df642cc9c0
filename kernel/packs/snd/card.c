// SPDX-License-Identifier: GPL-2.0-only
/*
 * card.c - sound cards: created, registered, freed once, and gone with their driver.
 *
 * A card that was created with snd_devm_card_new() is freed by the device core, and the
 * kernel takes a second free of it for what it is; such cards are let through.
 */
#include <linux/module.h>
#include <sound/core.h>
#include <sound/pcm.h>

#include <suture/block.h>
#include <suture/ledger.h>
#include "snd.h"

enum { REPAIR_DROP, REPAIR_REFUSE, REPAIR_DISCONNECT };

struct suture_rule suture_rule_snd_life = {
	.id = "SND-LIFE",
	.class = "sound",
	.contract = "A sound card is freed once, is not used after that, and goes before its driver.",
	.source = "Documentation/sound/kernel-api/writing-an-alsa-driver.rst; sound/core/init.c",
	.example = "err = snd_card_register(card);\n"
		   "if (err < 0) {\n"
		   "\tsnd_card_free(card);\n"
		   "\tgoto free;\n"
		   "}\n"
		   "...\n"
		   "free:\n"
		   "snd_card_free(card);\t/* once more */\n",
	.look = "Cards of snd_devm_card_new() are let through: the kernel frees them, and takes a second free of one for what it is.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the card is freed already" },
		{ "refuse", "nothing: the driver gets -ENODEV, as for a card that is unplugged" },
		{
			.name = "disconnect",
			.gives_up = "the card's memory: it is out of everybody's reach, but stays allocated",
		},
	},
};

#define rule suture_rule_snd_life

SUTURE_GONE_TABLE(freed, 6);

/* Freed when the last file is closed: not to be freed again, but usable until then. */
SUTURE_GONE_TABLE(given_up, 6);

static struct snd_card *registered_card(const void *card)
{
	struct snd_card *found;
	int i;

	for (i = 0; i < SNDRV_CARDS; i++) {
		found = snd_card_ref(i);
		if (found == card)
			return found;
		if (found)
			snd_card_unref(found);
	}
	return NULL;
}

static void card_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole)
{
	struct snd_card *card;

	if (rule.action == SUTURE_OFF)
		return;
	/* It may have been freed unseen; the kernel's own table knows. */
	card = registered_card((void *)record->key);
	if (!card)
		return;
	if (card->module == domain->module) {
		if (suture_may_for(domain, &rule, REPAIR_DISCONNECT, record->site))
			snd_card_disconnect(card);
		suture_report_for(domain, &rule, SUTURE_DID(rule, REPAIR_DISCONNECT), record->site,
				  "sound card %d still registered after removal", card->number);
	}
	snd_card_unref(card);
}

static const struct suture_kind kind_card = {
	.name = "sound card",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = card_left,
};

static void card_made(struct snd_card *card, unsigned long site)
{
	unsigned long key = suture_snd_key(card);
	struct suture_record record = { .key = (unsigned long)card, .site = site };

	suture_gone_clear(freed, key);
	suture_gone_clear(given_up, key);
	if (!card->managed)
		suture_ledger_add(&kind_card, &record);
}

SUTURE_DEFINE(int, snd_card_new, struct device *parent, int idx, const char *xid,
	      struct module *module, int extra_size, struct snd_card **ret)
{
	int err;

	idx = suture_snd_number(parent, idx, SUTURE_SITE);
	err = snd_card_new(parent, idx, xid, module, extra_size, ret);

	if (!err)
		card_made(*ret, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(snd_card_new);

SUTURE_DEFINE(int, snd_devm_card_new, struct device *parent, int idx, const char *xid,
	      struct module *module, size_t extra_size, struct snd_card **ret)
{
	int err;

	idx = suture_snd_number(parent, idx, SUTURE_SITE);
	err = snd_devm_card_new(parent, idx, xid, module, extra_size, ret);

	if (!err)
		card_made(*ret, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(snd_devm_card_new);

/**
 * suture_snd_card_gone() - a call for a card that the driver has freed
 * @card:	the card
 * @site:	call site
 * @api:	function that is to get it
 *
 * Context: any.
 * Return: true if the call is to be refused.
 */
bool suture_snd_card_gone(const struct snd_card *card, unsigned long site, const char *api)
{
	unsigned long before = suture_snd_gone_site(freed, suture_snd_key(card));

	if (likely(!before) || rule.action == SUTURE_OFF)
		return false;
	suture_report(&rule, SUTURE_DID(rule, REPAIR_REFUSE), site,
		      "%s of a card freed at %pS", api, (void *)before);
	return suture_may(&rule, REPAIR_REFUSE, site);
}

/* Return: true if it was freed before and shall not be again. */
static bool freed_before(struct snd_card *card, unsigned long site, const char *api)
{
	unsigned long key = suture_snd_key(card);
	unsigned long before = suture_snd_gone_site(freed, key);

	if (!before)
		before = suture_gone_site(given_up, key);
	if (likely(!before) || rule.action == SUTURE_OFF)
		return false;
	suture_report(&rule, SUTURE_DID(rule, REPAIR_DROP), site,
		      "%s of a card freed at %pS", api, (void *)before);
	return suture_may(&rule, REPAIR_DROP, site);
}

SUTURE_DEFINE(SUTURE_SND_CARD_RET, snd_card_free, struct snd_card *card)
{
	bool ours;

	if (freed_before(card, SUTURE_SITE, "snd_card_free"))
		return SUTURE_SND_CARD_OK;
	/* A managed card is the device core's. */
	ours = !card->managed;
	if (ours) {
		suture_ledger_take(&kind_card, (unsigned long)card, NULL);
		suture_gone_add(freed, suture_snd_key(card), suture_snd_token());
		suture_snd_streams_go(card, NULL);
	}
	SUTURE_MAY_BLOCK("snd_card_free", snd_card_free(card));
	if (ours) {
		suture_snd_done(freed, ARRAY_SIZE(freed), SUTURE_SITE);
		suture_snd_streams_gone(SUTURE_SITE);
	}
	return SUTURE_SND_CARD_OK;
}
SUTURE_WRAPPER(snd_card_free);

SUTURE_DEFINE(SUTURE_SND_CARD_RET, snd_card_free_when_closed, struct snd_card *card)
{
	if (freed_before(card, SUTURE_SITE, "snd_card_free_when_closed"))
		return SUTURE_SND_CARD_OK;
	if (!card->managed) {
		suture_ledger_take(&kind_card, (unsigned long)card, NULL);
		suture_gone_add(given_up, suture_snd_key(card), SUTURE_SITE);
	}
	return snd_card_free_when_closed(card);
}
SUTURE_WRAPPER(snd_card_free_when_closed);

/* -------------------------------------------------------------- roles */

SUTURE_SND_ROLE(role_device, "snd_device", -EIO);
SUTURE_SND_ROLE(role_device_end, "snd_device_end", 0);
SUTURE_SND_ROLE(role_private_free, "private_free", 0);

#define DEVICE(field, which) { offsetof(struct snd_device_ops, field), &(which) }
static const struct suture_role_slot device_slots[] = {
	DEVICE(dev_free, role_device_end),
	DEVICE(dev_register, role_device),
	DEVICE(dev_disconnect, role_device_end),
};

SUTURE_DEFINE(int, snd_device_new, struct snd_card *card, enum snd_device_type type,
	      void *device_data, const struct snd_device_ops *ops)
{
	if (suture_snd_card_gone(card, SUTURE_SITE, "snd_device_new"))
		return -ENODEV;
	suture_role_set_ops(ops, device_slots, ARRAY_SIZE(device_slots));
	return snd_device_new(card, type, device_data, ops);
}
SUTURE_WRAPPER(snd_device_new);

SUTURE_DEFINE(int, snd_card_register, struct snd_card *card)
{
	const struct snd_device *dev;
	int err;

	if (suture_snd_card_gone(card, SUTURE_SITE, "snd_card_register"))
		return -ENODEV;
	/* By now all of them are set. */
	suture_role_set((unsigned long)card->private_free, &role_private_free);
	list_for_each_entry(dev, &card->devices, list) {
		const struct snd_pcm *pcm = dev->device_data;

		if (dev->type == SNDRV_DEV_PCM)
			suture_role_set((unsigned long)pcm->private_free, &role_private_free);
	}
	err = snd_card_register(card);
	if (!err)
		suture_snd_registered(card, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(snd_card_register);

SUTURE_DEFINE(void, snd_device_free, struct snd_card *card, void *device_data)
{
	if (suture_snd_card_gone(card, SUTURE_SITE, "snd_device_free"))
		return;
	if (device_data)
		suture_snd_streams_go(card, device_data);
	snd_device_free(card, device_data);
	suture_snd_streams_gone(SUTURE_SITE);
}
SUTURE_WRAPPER(snd_device_free);
