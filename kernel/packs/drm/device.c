// SPDX-License-Identifier: GPL-2.0-only
/*
 * device.c - the life of a DRM device: allocated, registered once, unregistered once and
 * before its driver leaves it, put as often as it was got.
 *
 * The devices that guarded drivers have allocated stand in a small table. A managed action
 * tells when one is freed; of a device that is dead in the table nothing is read.
 */
#include <drm/drm_device.h>
#include <drm/drm_drv.h>
#include <drm/drm_managed.h>
#include <linux/device.h>
#include <linux/spinlock.h>

#include <suture/ledger.h>
#include "../../rules/rules.h"
#include "rules.h"

struct suture_rule suture_drm_rule_life = {
	.id = "DRM-LIFE",
	.class = "DRM",
	.contract = "A DRM device is registered once, unregistered once and before its driver leaves it, and put as often as it was got.",
	.source = "Documentation/gpu/drm-internals.rst; kernel-doc of drm_dev_register(), drm_dev_unplug(), devm_drm_dev_alloc()",
	.example = "priv = devm_drm_dev_alloc(&pdev->dev, &driver, struct priv, drm);\n"
		   "...\n"
		   "drm_dev_put(&priv->drm);\t/* wrong: devm_drm_dev_alloc() does that */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: it has been done already, or is not the driver's to do" },
		{ "unplug", "nothing: nobody would answer programs that use the device" },
		{ "put", "nothing: the code that the device needs is about to go" },
	},
};

#define RULE suture_drm_rule_life

/**
 * struct known - a device that a guarded driver has allocated
 * @dev:	the device; NULL: the slot is free
 * @held:	references that are the driver's own
 * @managed:	one more belongs to the parent device, which puts it
 * @dead:	it has been freed
 * @was:	it was registered once
 * @site:	call site that allocated it
 * @put:	call site that put it last
 */
struct known {
	struct drm_device *dev;
	int held;
	bool managed;
	bool dead;
	bool was;
	unsigned long site;
	unsigned long put;
};

#define KNOWN_SLOTS 32
static struct known known[KNOWN_SLOTS];
static unsigned int known_next;
static DEFINE_RAW_SPINLOCK(known_lock);

static struct known *find(const struct drm_device *dev)
{
	int i;

	lockdep_assert_held(&known_lock);
	for (i = 0; dev && i < KNOWN_SLOTS; i++)
		if (known[i].dev == dev)
			return &known[i];
	return NULL;
}

/* What is known of a device; all zeros if nothing is. @held is added to its references. */
static struct known known_of(const struct drm_device *dev, int held, unsigned long put)
{
	struct known copy = { };
	unsigned long flags;
	struct known *k;

	raw_spin_lock_irqsave(&known_lock, flags);
	k = find(dev);
	if (k) {
		copy = *k;
		if (!k->dead && k->held + held >= 0)
			k->held += held;
		if (put && !k->dead)
			k->put = put;
	}
	raw_spin_unlock_irqrestore(&known_lock, flags);
	return copy;
}

/* ---------------------------------------------------------- comes and goes */

/* A slot that is free or whose device is dead, the ones that died last being kept longest. */
static bool known_add(const struct known *new)
{
	unsigned long flags;
	struct known *k;
	int i;

	raw_spin_lock_irqsave(&known_lock, flags);
	k = find(new->dev);
	for (i = 0; !k && i < KNOWN_SLOTS; i++) {
		struct known *next = &known[known_next++ % KNOWN_SLOTS];

		if (!next->dev || next->dead)
			k = next;
	}
	if (k)
		*k = *new;
	raw_spin_unlock_irqrestore(&known_lock, flags);
	return k;
}

static void device_left(struct suture_domain *domain, const struct suture_record *record,
			bool sole)
{
	struct drm_device *dev = (struct drm_device *)record->key;
	bool repair = suture_may_for(domain, &RULE, 2, record->site);
	struct known k = known_of(dev, 0, 0);

	if (RULE.action == SUTURE_OFF || !k.dev || k.dead)
		return;
	if (dev->registered) {
		suture_report_for(domain, &RULE, SUTURE_DID(RULE, 1), record->site,
				  "a DRM device is still registered after removal");
		if (suture_may_for(domain, &RULE, 1, record->site))
			drm_dev_unplug(dev);
	} else {
		suture_report_for(domain, &RULE, SUTURE_DID(RULE, 2), record->site,
				  "a DRM device is not put after removal");
	}
	while (repair && k.held--)
		drm_dev_put(dev);
}

static const struct suture_kind kind_device = {
	.name = "DRM device",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = device_left,
};

/* The last of the managed actions: the device is freed. */
static void device_gone(struct drm_device *dev, void *data)
{
	unsigned long flags;
	struct known *k;

	suture_ledger_take(&kind_device, (unsigned long)dev, NULL);
	raw_spin_lock_irqsave(&known_lock, flags);
	k = find(dev);
	if (k)
		k->dead = true;
	raw_spin_unlock_irqrestore(&known_lock, flags);
}

/* The driver has left the parent device, which is about to put the DRM device. */
static void device_unbound(void *data)
{
	struct drm_device *dev = data;
	struct known k = known_of(dev, 0, 0);

	if (!k.dev || k.dead || !dev->registered || RULE.action == SUTURE_OFF)
		return;
	suture_report(&RULE, SUTURE_DID(RULE, 1), k.site,
		      "the DRM device is still registered when its driver leaves it");
	if (suture_may(&RULE, 1, k.site))
		drm_dev_unplug(dev);
}

static void device_comes(struct drm_device *dev, struct device *manager, int held,
			 unsigned long site)
{
	struct suture_record record = { .key = (unsigned long)dev, .site = site };
	struct known new = { .dev = dev, .held = held, .managed = manager, .site = site };

	/* Added first, run last. What is not known when it dies is not kept at all. */
	if (drmm_add_action(dev, device_gone, NULL) || !known_add(&new))
		return;
	suture_ledger_add(&kind_device, &record);
	/* Without it only what is left after removal is found. */
	if (manager && devm_add_action(manager, device_unbound, dev))
		return;
}

SUTURE_DEFINE(void *, __devm_drm_dev_alloc,
	      struct device *parent, const struct drm_driver *driver, size_t size, size_t offset)
{
	void *ret = __devm_drm_dev_alloc(parent, driver, size, offset);

	if (!IS_ERR(ret))
		device_comes(ret + offset, parent, 0, SUTURE_SITE);
	return ret;
}
SUTURE_WRAPPER(__devm_drm_dev_alloc);

SUTURE_DEFINE(struct drm_device *, drm_dev_alloc,
	      const struct drm_driver *driver, struct device *parent)
{
	struct drm_device *dev = drm_dev_alloc(driver, parent);

	if (!IS_ERR(dev))
		device_comes(dev, NULL, 1, SUTURE_SITE);
	return dev;
}
SUTURE_WRAPPER(drm_dev_alloc);

/* ---------------------------------------------------------- references */

static bool wrong(unsigned long site, const char *api, const char *what)
{
	if (RULE.action == SUTURE_OFF)
		return false;
	suture_report(&RULE, SUTURE_DID(RULE, 0), site, "%s of a device that is %s", api, what);
	return suture_may(&RULE, 0, site);
}

SUTURE_DEFINE(void, drm_dev_get, struct drm_device *dev)
{
	struct known k;

	suture_check_pointer(dev, SUTURE_SITE, "drm_dev_get");
	k = known_of(dev, 1, 0);
	if (unlikely(k.dead) && wrong(SUTURE_SITE, "drm_dev_get", "freed"))
		return;
	drm_dev_get(dev);
}
SUTURE_WRAPPER(drm_dev_get);

SUTURE_DEFINE(void, drm_dev_put, struct drm_device *dev)
{
	struct known k = known_of(dev, -1, SUTURE_SITE);

	if (unlikely(k.dead)) {
		if (RULE.action != SUTURE_OFF)
			suture_report(&RULE, SUTURE_DID(RULE, 0), SUTURE_SITE,
				      "drm_dev_put of a device that is freed, put last at %pS",
				      (void *)k.put);
		if (suture_may(&RULE, 0, SUTURE_SITE))
			return;
	} else if (unlikely(k.managed && !k.held && dev->registered &&
			    kref_read(&dev->ref) == 1)) {
		/* The only one left is the parent's, which will put it. */
		if (wrong(SUTURE_SITE, "drm_dev_put", "its parent's to put"))
			return;
	}
	drm_dev_put(dev);
}
SUTURE_WRAPPER(drm_dev_put);

/* -------------------------------------------------------- registration */

SUTURE_DEFINE(int, drm_dev_register, struct drm_device *dev, unsigned long flags)
{
	unsigned long irq;
	struct known *k;
	int ret;

	suture_check_pointer(dev, SUTURE_SITE, "drm_dev_register");
	if (unlikely(known_of(dev, 0, 0).dead) && wrong(SUTURE_SITE, "drm_dev_register", "freed"))
		return -ENODEV;
	if (unlikely(dev->registered) && wrong(SUTURE_SITE, "drm_dev_register", "registered"))
		return 0;
	suture_drm_roles(dev);
	ret = drm_dev_register(dev, flags);
	if (ret)
		return ret;
	raw_spin_lock_irqsave(&known_lock, irq);
	k = find(dev);
	if (k)
		k->was = true;
	raw_spin_unlock_irqrestore(&known_lock, irq);
	suture_drm_recoverable(dev, SUTURE_SITE);
	return 0;
}
SUTURE_WRAPPER(drm_dev_register);

SUTURE_DEFINE(void, drm_dev_unregister, struct drm_device *dev)
{
	struct known k;

	suture_check_pointer(dev, SUTURE_SITE, "drm_dev_unregister");
	k = known_of(dev, 0, 0);
	if (unlikely(k.dead) && wrong(SUTURE_SITE, "drm_dev_unregister", "freed"))
		return;
	if (unlikely(k.was && !k.dead && !dev->registered) &&
	    wrong(SUTURE_SITE, "drm_dev_unregister", "unregistered"))
		return;
	drm_dev_unregister(dev);
}
SUTURE_WRAPPER(drm_dev_unregister);

SUTURE_DEFINE(void, drm_dev_unplug, struct drm_device *dev)
{
	struct known k;

	suture_check_pointer(dev, SUTURE_SITE, "drm_dev_unplug");
	k = known_of(dev, 0, 0);
	if (unlikely(k.dead) && wrong(SUTURE_SITE, "drm_dev_unplug", "freed"))
		return;
	if (unlikely(k.dev && !k.dead && dev->unplugged) &&
	    wrong(SUTURE_SITE, "drm_dev_unplug", "unplugged"))
		return;
	drm_dev_unplug(dev);
}
SUTURE_WRAPPER(drm_dev_unplug);
