// SPDX-License-Identifier: GPL-2.0-only
/*
 * recovery.c - sound cards: a stream goes on after a gap, the mixer stays as it was.
 *
 * The first rung is the power-cycle, which every driver knows from the machine's sleep:
 * programs keep their files, codecs set the mixer from their caches. Only a card that no
 * program uses can be started anew; then the settings are put back here.
 */
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pm_runtime.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <sound/asound.h>
#include <sound/core.h>

#include <suture/class.h>

#include "snd.h"

/* So long programs have to close a card that goes, and a driver to make its card again. */
#define PATIENCE_MS 5000

/* Codecs on a bus of their own below a card's device. */
#define PARTS 16

/**
 * struct patient - a device that is being recovered
 * @node:	in the list of all
 * @dev:	the device
 * @card:	its card before, with a reference during a power-cycle
 * @number:	the card's number
 * @streams:	during a power-cycle
 * @mixer:	during a restart
 */
struct patient {
	struct list_head node;
	struct device *dev;
	struct snd_card *card;
	int number;
	struct suture_snd_streams *streams;
	struct suture_snd_mixer *mixer;
};

static LIST_HEAD(patients);
static DEFINE_MUTEX(patients_lock);

/* --------------------------------------------------------------- cards */

static struct snd_card *card_of(const struct device *dev)
{
	struct snd_card *card;
	int i;

	for (i = 0; i < SNDRV_CARDS; i++) {
		card = snd_card_ref(i);
		if (card && card->dev == dev)
			return card;
		if (card)
			snd_card_unref(card);
	}
	return NULL;
}

static bool card_unused(struct snd_card *card)
{
	bool unused;

	spin_lock(&card->files_lock);
	unused = list_empty(&card->files_list);
	spin_unlock(&card->files_lock);
	return unused;
}

static bool soon(bool (*is)(struct snd_card *card), struct snd_card *card)
{
	unsigned long end = jiffies + msecs_to_jiffies(PATIENCE_MS);

	while (!is(card)) {
		if (time_after(jiffies, end))
			return false;
		msleep(20);
	}
	return true;
}

static bool card_quiet(struct snd_card *card)
{
	return !atomic_read(&card->power_ref);
}

/* From here on programs that call wait, as while the machine sleeps. */
static int cycle_hold(struct patient *p)
{
	snd_power_change_state(p->card, SNDRV_CTL_POWER_D3hot);
	if (!soon(card_quiet, p->card))
		return -EBUSY;
	p->streams = suture_snd_streams_hold(p->card);
	return PTR_ERR_OR_ZERO(p->streams);
}

/*
 * The driver core waits until the last program has closed the card. One that sees that it is
 * gone does so; one that does not must not keep the machine waiting.
 */
static int restart_hold(struct patient *p)
{
	p->mixer = suture_snd_mixer_save(p->card);
	if (card_unused(p->card))
		return 0;
	snd_card_disconnect(p->card);
	return soon(card_unused, p->card) ? 0 : -EBUSY;
}

static void patient_end(struct patient *p)
{
	mutex_lock(&patients_lock);
	list_del(&p->node);
	mutex_unlock(&patients_lock);
	suture_snd_mixer_restore(NULL, p->mixer);
	kfree(p);
}

static struct patient *patient_of(const struct device *dev)
{
	struct patient *p, *found = NULL;

	mutex_lock(&patients_lock);
	list_for_each_entry(p, &patients, node)
		if (p->dev == dev)
			found = p;
	mutex_unlock(&patients_lock);
	return found;
}

static int hold(struct device *dev, enum suture_action rung)
{
	struct patient *p = kzalloc(sizeof(*p), GFP_KERNEL);
	int err;

	if (!p)
		return -ENOMEM;
	p->dev = dev;
	p->card = card_of(dev);
	if (!p->card) {
		kfree(p);
		return -ENODEV;
	}
	p->number = p->card->number;
	mutex_lock(&patients_lock);
	list_add(&p->node, &patients);
	mutex_unlock(&patients_lock);
	err = rung == SUTURE_RESTART ? restart_hold(p) : cycle_hold(p);
	if (err)
		snd_power_change_state(p->card, SNDRV_CTL_POWER_D0);
	/* With a reference of ours the driver would wait for us when it frees it. */
	if (err || rung == SUTURE_RESTART)
		snd_card_unref(p->card);
	if (err)
		patient_end(p);
	return err;
}

/* --------------------------------------------------------------- cycle */

struct parts {
	struct device *dev[PARTS];
	unsigned int n;
	int err;
};

/* Codecs sleep before their controller, and wake after it. */
static int part_sleep(struct device *dev, void *data)
{
	const struct dev_pm_ops *pm = dev->driver ? dev->driver->pm : NULL;
	struct parts *parts = data;

	if (!dev->bus || !pm || !pm->suspend || !pm->resume)
		return 0;
	if (parts->n == PARTS)
		return -E2BIG;
	/* Else what is in use might be taken for what need not wake up. */
	pm_runtime_get_noresume(dev);
	parts->err = pm->suspend(dev);
	if (parts->err) {
		pm_runtime_put_noidle(dev);
		return parts->err;
	}
	get_device(dev);
	parts->dev[parts->n++] = dev;
	return 0;
}

static int parts_wake(struct parts *parts, int err)
{
	struct device *dev;
	int failed;

	while (parts->n) {
		dev = parts->dev[--parts->n];
		failed = dev->driver->pm->resume(dev);
		err = err ?: failed;
		pm_runtime_put(dev);
		put_device(dev);
	}
	return err;
}

static int cycle(struct device *dev)
{
	struct patient *p = patient_of(dev);
	struct parts parts = { .n = 0 };
	int err;

	/* All of them stay as they are meanwhile: their driver would want the device's lock. */
	err = device_for_each_child(dev, &parts, part_sleep);
	if (!err)
		err = suture_power_cycle(dev);
	err = parts_wake(&parts, err);
	/* Not until the streams are back; the driver has said so already. */
	if (p)
		snd_power_change_state(p->card, SNDRV_CTL_POWER_D3hot);
	return err;
}

/* A driver may make its card in a work item. */
static struct snd_card *card_again(const struct device *dev)
{
	unsigned long end = jiffies + msecs_to_jiffies(PATIENCE_MS);
	struct snd_card *card;

	while (!(card = card_of(dev)) && time_before(jiffies, end))
		msleep(20);
	return card;
}

static int resume(struct device *dev, enum suture_action rung, int err)
{
	struct patient *p = patient_of(dev);
	struct snd_card *card;

	if (!p)
		return err;
	if (rung == SUTURE_RESTART) {
		card = err ? NULL : card_again(dev);
		suture_snd_mixer_restore(card, p->mixer);
		p->mixer = NULL;
		if (card)
			snd_card_unref(card);
		else
			err = err ?: -ENODEV;
	} else {
		suture_snd_streams_resume(p->streams, err);
		snd_power_change_state(p->card, SNDRV_CTL_POWER_D0);
		snd_card_unref(p->card);
	}
	patient_end(p);
	return err;
}

static const struct suture_class class = {
	.name = "sound",
	.rungs = { SUTURE_CYCLE, SUTURE_RESTART },
	.hold = hold,
	.cycle = cycle,
	.resume = resume,
};

/**
 * suture_snd_registered() - a guarded driver has registered a card
 * @card:	the card
 * @site:	call site
 *
 * Context: task, may sleep.
 */
void suture_snd_registered(const struct snd_card *card, unsigned long site)
{
	/* The others of a USB device's interfaces are the driver's, too, and would not go along. */
	if (card->dev && card->dev->bus && strcmp(card->dev->bus->name, "usb"))
		suture_recoverable(card->dev, &class, site);
}

/**
 * suture_snd_number() - which number a card is to get
 * @parent:	its device
 * @idx:	what the driver asks for; negative: any
 * @site:	call site
 *
 * Context: task, may sleep. Return: @idx; during a restart the number that the card had.
 */
int suture_snd_number(const struct device *parent, int idx, unsigned long site)
{
	struct patient *p;

	if (idx >= 0 || !suture_restarting(site))
		return idx;
	p = patient_of(parent);
	return p ? p->number : idx;
}
