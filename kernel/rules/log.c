// SPDX-License-Identifier: GPL-2.0-only
/*
 * log.c - drivers that flood the kernel's log.
 *
 * Each call site has a bucket of tokens: a long list printed once, as drivers do
 * when they start or crash, is no flood. Two sites that share a slot of the table
 * give each other full buckets; that hides a flood, but never makes one up.
 */
#include <linux/device.h>
#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/printk.h>
#include <linux/spinlock.h>

#include "net.h"
#include "rules.h"

static struct suture_rule rule_flood = {
	.id = "LOG-FLOOD",
	.class = "misc",
	.contract = "No call writes more than 1000 lines at once to the log, and not more than 100 a second for long.",
	.source = "Documentation/core-api/printk-basics.rst; lib/ratelimit.c; NDIS WriteErrorLog",
	.example = "while (!card_ready(card))\n"
		   "\tdev_err(card->dev, \"not ready\\n\");\t/* for as long as it takes */\n",
	.look = "A long list that is written once, such as a dump of registers, is no flood.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "the lines beyond, until the call has been quiet for a while" },
	},
};

static struct suture_rule *const rules[] = { &rule_flood, NULL };

#define FLOOD_BURST	1000
#define FLOOD_RATE	100	/* a second */
#define FLOOD_BITS	7
/* One event for each call site in this time. */
#define FLOOD_QUIET	(10 * HZ)

static struct {
	unsigned long site;
	unsigned long when;
	unsigned long said;
	unsigned int tokens;
	bool flooded;
} buckets[1 << FLOOD_BITS];
static DEFINE_RAW_SPINLOCK(buckets_lock);

/* Is this line one too many? Sets *@say if nobody has said so lately. */
static bool flood_line(unsigned long site, bool *say)
{
	typeof(buckets[0]) *b = &buckets[hash_long(site, FLOOD_BITS)];
	unsigned long now = jiffies;
	unsigned long flags, fresh;
	bool flood;

	if (!raw_spin_trylock_irqsave(&buckets_lock, flags))
		return false;
	if (b->site != site) {
		b->site = site;
		b->tokens = FLOOD_BURST;
		b->when = now;
		b->flooded = false;
	}
	fresh = min(now - b->when, 100UL * HZ) * FLOOD_RATE / HZ;
	if (fresh) {
		b->tokens = min_t(unsigned long, b->tokens + fresh, FLOOD_BURST);
		b->when = now;
	}
	flood = !b->tokens;
	if (!flood)
		b->tokens--;
	*say = flood && (!b->flooded || time_after(now, b->said + FLOOD_QUIET));
	if (*say) {
		b->flooded = true;
		b->said = now;
	}
	raw_spin_unlock_irqrestore(&buckets_lock, flags);
	return flood;
}

/* Shall this line be dropped? */
static bool flooded(unsigned long site, const char *api)
{
	bool say;

	if (rule_flood.action == SUTURE_OFF || in_nmi() || !flood_line(site, &say))
		return false;
	if (say)
		suture_report(&rule_flood, SUTURE_DID(rule_flood, 0), site,
			      "%s floods the log", api);
	return suture_may(&rule_flood, 0, site);
}

SUTURE_DEFINE(int, _printk, const char *fmt, ...)
{
	struct va_format vaf = { .fmt = fmt };
	va_list args;
	int n;

	if (unlikely(flooded(SUTURE_SITE, "printk")))
		return 0;
	va_start(args, fmt);
	vaf.va = &args;
	/* A level at the start of the text is found there, too. */
	n = _printk("%pV", &vaf);
	va_end(args);
	return n;
}
SUTURE_WRAPPER(_printk);

#define LOG(api, type)								\
	SUTURE_DEFINE(void, api, type *dev, const char *fmt, ...)		\
	{									\
		struct va_format vaf = { .fmt = fmt };				\
		va_list args;							\
										\
		if (unlikely(flooded(SUTURE_SITE, #api)))			\
			return;							\
		va_start(args, fmt);						\
		vaf.va = &args;							\
		api(dev, "%pV", &vaf);						\
		va_end(args);							\
	}									\
	SUTURE_WRAPPER(api)

LOG(_dev_err, const struct device);
LOG(_dev_warn, const struct device);
LOG(_dev_notice, const struct device);
LOG(_dev_info, const struct device);
LOG(netdev_err, const struct net_device);
LOG(netdev_warn, const struct net_device);
LOG(netdev_notice, const struct net_device);
LOG(netdev_info, const struct net_device);

#define LOG_LEVEL(api, type)							\
	SUTURE_DEFINE(void, api, const char *level, type *dev, const char *fmt, ...)	\
	{									\
		struct va_format vaf = { .fmt = fmt };				\
		va_list args;							\
										\
		if (unlikely(flooded(SUTURE_SITE, #api)))			\
			return;							\
		va_start(args, fmt);						\
		vaf.va = &args;							\
		api(level, dev, "%pV", &vaf);					\
		va_end(args);							\
	}									\
	SUTURE_WRAPPER(api)

LOG_LEVEL(_dev_printk, const struct device);
LOG_LEVEL(netdev_printk, const struct net_device);

int suture_rules_log_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_log_stop(void)
{
	suture_rules_remove(rules);
}
