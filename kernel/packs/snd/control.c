// SPDX-License-Identifier: GPL-2.0-only
/*
 * control.c - mixer controls: values within the count that info() announces, each
 * control added once and freed once.
 */
#include <linux/slab.h>
#include <linux/string.h>
#include <sound/control.h>
#include <sound/core.h>

#include <suture/block.h>
#include <suture/ledger.h>
#include "snd.h"

enum { REPAIR_DROP, REPAIR_REFUSE, REPAIR_CLEAR };

struct suture_rule suture_rule_snd_ctl = {
	.id = "SND-CTL",
	.class = "sound",
	.contract = "A control's get() writes no more values than its info() announces; a control is added once and freed once.",
	.source = "Documentation/sound/kernel-api/writing-an-alsa-driver.rst; sound/core/control.c sanity_check_elem_value()",
	.example = "static int level_info(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_info *info)\n"
		   "{\n"
		   "\tinfo->count = 1;\n"
		   "\t...\n"
		   "}\n"
		   "\n"
		   "static int level_get(struct snd_kcontrol *kcontrol, struct snd_ctl_elem_value *value)\n"
		   "{\n"
		   "\tvalue->value.integer.value[0] = chip->left;\n"
		   "\tvalue->value.integer.value[1] = chip->right;\t/* the count is 1 */\n"
		   "\treturn 0;\n"
		   "}\n",
	.look = "snd_ctl_add(card, snd_ctl_new1(...)) without a look at the result is right: the kernel looks. What put() reads is not seen.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the control is freed already" },
		{ "refuse", "nothing: the control stays as it was added" },
		{ "clear", "nothing: the application does not look at values past the count" },
	},
};

#define rule suture_rule_snd_ctl

/* ------------------------------------------------------------- values */

#define PATTERN 0x5c

/* Bytes of values that the control announces; 0 if it does not say, or more than there are. */
static size_t announced(struct snd_kcontrol *kcontrol, const struct snd_ctl_elem_id *id)
{
	struct snd_ctl_elem_info info;
	size_t size;

	memset(&info, 0, sizeof(info));
	info.id = *id;
	if (!kcontrol->info || kcontrol->info(kcontrol, &info) < 0)
		return 0;
	switch (info.type) {
	case SNDRV_CTL_ELEM_TYPE_BOOLEAN:
	case SNDRV_CTL_ELEM_TYPE_INTEGER:
		size = sizeof(long);
		break;
	case SNDRV_CTL_ELEM_TYPE_INTEGER64:
		size = sizeof(long long);
		break;
	case SNDRV_CTL_ELEM_TYPE_ENUMERATED:
		size = sizeof(unsigned int);
		break;
	case SNDRV_CTL_ELEM_TYPE_BYTES:
		size = 1;
		break;
	case SNDRV_CTL_ELEM_TYPE_IEC958:
		size = sizeof(struct snd_aes_iec958);
		break;
	default:
		return 0;
	}
	return info.count <= sizeof_field(struct snd_ctl_elem_value, value) / size ?
	       info.count * size : 0;
}

/* As the kernel does when it is built to debug controls: a pattern past the values. */
static void get_enter(struct suture_visit *visit)
{
	struct snd_kcontrol *kcontrol = (void *)visit->arg[0];
	struct snd_ctl_elem_value *value = (void *)visit->arg[1];
	size_t used;

	suture_snd_watch(visit);
	/* Kept there for get_leave(); else only a visit that is abandoned has one. */
	visit->site = 0;
	if (rule.action == SUTURE_OFF || suture_atomic())
		return;
	used = announced(kcontrol, &value->id);
	visit->site = used;
	if (used)
		memset((void *)&value->value + used, PATTERN, sizeof(value->value) - used);
}

static long get_leave(struct suture_visit *visit, long ret)
{
	struct snd_ctl_elem_value *value = (void *)visit->arg[1];
	void *past, *touched;
	size_t used = visit->site;

	visit->site = 0;
	if (!used)
		return ret;
	past = (void *)&value->value + used;
	touched = memchr_inv(past, PATTERN, sizeof(value->value) - used);
	/* The pattern has to go in any case. */
	memset(past, 0, sizeof(value->value) - used);
	if (likely(!touched))
		return ret;
	suture_report(&rule, SUTURE_DID(rule, REPAIR_CLEAR), visit->entry->func,
		      "%s wrote past the %zu bytes of control '%s'",
		      suture_entry_name(visit->entry), used,
		      ((struct snd_kcontrol *)visit->arg[0])->id.name);
	return ret;
}

/* -------------------------------------------------------------- roles */

SUTURE_SND_ROLE_AGAIN(role_control, "control", -EIO);
SUTURE_SND_ROLE(role_tlv, "control", -EIO);
SUTURE_SND_ROLE(role_control_free, "private_free", 0);

static const struct suture_role role_get = {
	.name = "control_get",
	.failed = -EIO,
	.enter = get_enter,
	.leave = get_leave,
	.abandon = suture_again,
};

static void control_roles(const struct snd_kcontrol *kcontrol)
{
	suture_role_set((unsigned long)kcontrol->info, &role_control);
	suture_role_set((unsigned long)kcontrol->get, &role_get);
	suture_role_set((unsigned long)kcontrol->put, &role_control);
	suture_role_set((unsigned long)kcontrol->private_free, &role_control_free);
	if (kcontrol->count && kcontrol->vd[0].access & SNDRV_CTL_ELEM_ACCESS_TLV_CALLBACK)
		suture_role_set((unsigned long)kcontrol->tlv.c, &role_tlv);
}

/* ----------------------------------------------------------- lifetime */

/* The control's own free function has been called; only its memory is left. */
static void control_release(const struct suture_record *record)
{
	snd_ctl_free_one((struct snd_kcontrol *)record->key);
}

/* One that belongs to no card yet. */
static const struct suture_kind kind_control = {
	.name = "sound control",
	.order = SUTURE_ORDER_MEMORY,
	.release = control_release,
};

SUTURE_DEFINE(struct snd_kcontrol *, snd_ctl_new1, const struct snd_kcontrol_new *template,
	      void *private_data)
{
	struct suture_record record = { .site = SUTURE_SITE };
	struct snd_kcontrol *kcontrol = snd_ctl_new1(template, private_data);

	if (kcontrol) {
		record.key = (unsigned long)kcontrol;
		record.size = struct_size(kcontrol, vd, kcontrol->count);
		suture_ledger_add(&kind_control, &record);
	}
	return kcontrol;
}
SUTURE_WRAPPER(snd_ctl_new1);

/* Return: call site that has freed it, 0 if it is not in quarantine. */
static unsigned long freed_at(const struct snd_kcontrol *kcontrol)
{
	struct suture_record record;

	return suture_ledger_get(&kind_control, (unsigned long)kcontrol, &record) ?
	       record.freed : 0;
}

static bool freed_refused(const struct snd_kcontrol *kcontrol, unsigned long site,
			  const char *api)
{
	unsigned long before = freed_at(kcontrol);

	if (likely(!before))
		return false;
	if (rule.action != SUTURE_OFF)
		suture_report(&rule, SUTURE_DID(rule, REPAIR_DROP), site,
			      "%s of a control freed at %pS", api, (void *)before);
	/* Even if the rule only observes: it has an owner, the quarantine. */
	return true;
}

SUTURE_DEFINE(void, snd_ctl_free_one, struct snd_kcontrol *kcontrol)
{
	void (*private_free)(struct snd_kcontrol *kcontrol);
	struct suture_record record;
	bool keep = rule.action != SUTURE_OFF;

	if (!kcontrol || freed_refused(kcontrol, SUTURE_SITE, "snd_ctl_free_one"))
		return;
	/* It may be pushed out of quarantine at once, so first what the driver has to do. */
	if (keep && suture_ledger_get(&kind_control, (unsigned long)kcontrol, &record)) {
		private_free = kcontrol->private_free;
		kcontrol->private_free = NULL;
		if (private_free)
			private_free(kcontrol);
		if (suture_ledger_free(&kind_control, (unsigned long)kcontrol, SUTURE_SITE, true,
				       NULL) == SUTURE_FREE_KEPT)
			return;
	} else {
		suture_ledger_take(&kind_control, (unsigned long)kcontrol, NULL);
	}
	snd_ctl_free_one(kcontrol);
}
SUTURE_WRAPPER(snd_ctl_free_one);

/* Is it on the card's list already? Adding it again would free it where it is. */
static bool added_refused(struct snd_card *card, const struct snd_kcontrol *kcontrol,
			  unsigned long site, const char *api)
{
	const struct snd_kcontrol *other;
	bool added = false;

	down_read(&card->controls_rwsem);
	list_for_each_entry(other, &card->controls, list) {
		if (other == kcontrol) {
			added = true;
			break;
		}
	}
	up_read(&card->controls_rwsem);
	if (likely(!added))
		return false;
	suture_report(&rule, SUTURE_DID(rule, REPAIR_REFUSE), site, "%s of control '%s' again",
		      api, kcontrol->id.name);
	return suture_may(&rule, REPAIR_REFUSE, site);
}

/* Return: an error if it is not to be added, 0 if it is; then it is the card's. */
static int control_check(struct snd_card *card, struct snd_kcontrol *kcontrol,
			 unsigned long site, const char *api)
{
	if (kcontrol && freed_refused(kcontrol, site, api))
		return -EINVAL;
	if (suture_snd_card_gone(card, site, api)) {
		/* A control that cannot be added is freed. */
		suture_ledger_take(&kind_control, (unsigned long)kcontrol, NULL);
		snd_ctl_free_one(kcontrol);
		return -ENODEV;
	}
	if (!kcontrol)
		return 0;
	if (rule.action != SUTURE_OFF && !suture_atomic() &&
	    added_refused(card, kcontrol, site, api))
		return -EBUSY;
	/* Also if that fails: then the kernel frees it. */
	suture_ledger_take(&kind_control, (unsigned long)kcontrol, NULL);
	control_roles(kcontrol);
	return 0;
}

SUTURE_DEFINE(int, snd_ctl_add, struct snd_card *card, struct snd_kcontrol *kcontrol)
{
	int err = control_check(card, kcontrol, SUTURE_SITE, "snd_ctl_add");

	if (!err)
		SUTURE_MAY_BLOCK("snd_ctl_add", err = snd_ctl_add(card, kcontrol));
	return err;
}
SUTURE_WRAPPER(snd_ctl_add);

SUTURE_DEFINE(int, snd_ctl_replace, struct snd_card *card, struct snd_kcontrol *kcontrol,
	      bool add_on_replace)
{
	int err = control_check(card, kcontrol, SUTURE_SITE, "snd_ctl_replace");

	if (!err)
		SUTURE_MAY_BLOCK("snd_ctl_replace",
				 err = snd_ctl_replace(card, kcontrol, add_on_replace));
	return err;
}
SUTURE_WRAPPER(snd_ctl_replace);
