// SPDX-License-Identifier: GPL-2.0-only
/*
 * napi.c - NAPI instances: enabled and disabled in turns, and what a poll that
 * has completed returns.
 *
 * An instance that is not enabled has both the SCHED and the NPSVC bit. A poll
 * by netpoll has both for a moment, too; so "disabled" is concluded only of an
 * instance that the ledger has as disabled by the driver, or just added.
 */
#include <linux/netdevice.h>

#include <suture/ledger.h>
#include "../classes/net.h"
#include "../role.h"
#include "../taken.h"
#include "net.h"
#include "rules.h"

#define NAPI_OFF (NAPIF_STATE_SCHED | NAPIF_STATE_NPSVC)

static struct suture_rule rule_balance = {
	.id = "NAPI-ENBAL",
	.class = "netdev",
	.contract = "napi_enable() and napi_disable() alternate, and a NAPI instance is disabled before it is deleted.",
	.source = "Documentation/networking/napi.rst, 'Control API': not idempotent; BUG_ON in napi_enable(); LDV 139",
	.example = "napi_disable(&card->napi);\n"
		   "napi_disable(&card->napi);\t/* waits for ever */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "skip", "nothing: the instance is already in the state that was asked for" },
		{ "disable", "nothing: a poll that runs is waited for before the instance goes" },
	},
};

static struct suture_rule rule_poll = {
	.id = "NAPI-POLL",
	.class = "netdev",
	.contract = "A poll that has completed returns less than its budget, and only a poll that is scheduled completes.",
	.source = "Documentation/networking/napi.rst, 'Datapath API'; net/core/dev.c __napi_poll(), napi_complete_done()",
	.example = "done = card_receive(card, budget);\n"
		   "napi_complete_done(napi, done);\n"
		   "return budget;\t/* \"more to do\": the instance is polled though it is not scheduled */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "clamp", "nothing: one packet less is counted against the budget" },
		{ "skip", "nothing: there was no poll to complete" },
	},
};

static struct suture_rule *const rules[] = { &rule_balance, &rule_poll, NULL };

/* An instance that the driver has added or disabled, and not enabled since. */
static const struct suture_kind kind_napi = {
	.name = "disabled NAPI instance",
	.order = SUTURE_ORDER_TIMER,
};

static void napi_off(struct napi_struct *napi, unsigned long site)
{
	struct suture_record record = { .key = (unsigned long)napi, .site = site };

	suture_ledger_take(&kind_napi, record.key, NULL);
	suture_ledger_add(&kind_napi, &record);
}

/**
 * suture_napi_forget() - an instance is gone
 * @napi:	the instance
 *
 * Context: any but NMI.
 */
void suture_napi_forget(struct napi_struct *napi)
{
	suture_ledger_take(&kind_napi, (unsigned long)napi, NULL);
}

/**
 * suture_napi_quiet() - no instance of an interface polls any more
 * @dev:	the interface, its driver's polls refused or over
 *
 * Context: task.
 */
void suture_napi_quiet(struct net_device *dev)
{
	struct napi_struct *napi;

	list_for_each_entry(napi, &dev->napi_list, dev_list)
		if ((READ_ONCE(napi->state) & NAPI_OFF) != NAPI_OFF) {
			napi_disable(napi);
			napi_off(napi, 0);
		}
}

/**
 * suture_napi_delete() - an instance is about to be deleted
 * @napi:	the instance
 * @site:	call site of what deletes it
 *
 * Context: task; nothing is repaired in another one.
 */
void suture_napi_delete(struct napi_struct *napi, unsigned long site)
{
	unsigned long state = READ_ONCE(napi->state);
	bool repair;

	/* While a poll is scheduled it may be the driver itself that keeps it so. */
	if (state & NAPIF_STATE_LISTED && !(state & NAPI_OFF) &&
	    rule_balance.action != SUTURE_OFF) {
		repair = suture_may(&rule_balance, 1, site) && !suture_atomic();
		suture_report(&rule_balance, repair ? SUTURE_REPAIR : SUTURE_OBSERVE,
			      repair ? 1 : SUTURE_NO_REPAIR, site,
			      "an enabled NAPI instance is deleted");
		if (repair)
			napi_disable(napi);
	}
	suture_napi_forget(napi);
}

SUTURE_DEFINE(void, netif_napi_add_weight,
	      struct net_device *dev, struct napi_struct *napi,
	      int (*poll)(struct napi_struct *, int), int weight)
{
	suture_check_pointer(dev, SUTURE_SITE, "netif_napi_add_weight");
	suture_check_pointer(napi, SUTURE_SITE, "netif_napi_add_weight");
	suture_role_set((unsigned long)poll, &suture_role_napi_poll);
	netif_napi_add_weight(dev, napi, poll, weight);
	/* What is added again while it is enabled stays enabled. */
	if ((READ_ONCE(napi->state) & NAPI_OFF) == NAPI_OFF)
		napi_off(napi, SUTURE_SITE);
}
SUTURE_WRAPPER(netif_napi_add_weight);
SUTURE_CHECKED(netif_napi_add_weight);

SUTURE_DEFINE(void, __netif_napi_del, struct napi_struct *napi)
{
	suture_check_pointer(napi, SUTURE_SITE, "netif_napi_del");
	suture_napi_delete(napi, SUTURE_SITE);
	__netif_napi_del(napi);
}
SUTURE_WRAPPER(__netif_napi_del);
SUTURE_CHECKED(__netif_napi_del);

SUTURE_DEFINE(void, napi_enable, struct napi_struct *napi)
{
	suture_check_pointer(napi, SUTURE_SITE, "napi_enable");
	/* Only napi_enable() and the end of a netpoll clear a bit of the two. */
	if (unlikely((READ_ONCE(napi->state) & NAPI_OFF) != NAPI_OFF) &&
	    rule_balance.action != SUTURE_OFF) {
		suture_report(&rule_balance, SUTURE_DID(rule_balance, 0), SUTURE_SITE,
			      "napi_enable of a NAPI instance that is enabled");
		if (suture_may(&rule_balance, 0, SUTURE_SITE))
			return;
	}
	/* First, so that what it schedules is never taken for dead: NET-DEADCALL. */
	suture_napi_forget(napi);
	napi_enable(napi);
}
SUTURE_WRAPPER(napi_enable);
SUTURE_CHECKED(napi_enable);

/* Is it certain that this instance is disabled? */
static bool napi_is_off(struct napi_struct *napi, struct suture_record *record)
{
	return (READ_ONCE(napi->state) & NAPI_OFF) == NAPI_OFF &&
	       suture_ledger_get(&kind_napi, (unsigned long)napi, record);
}

SUTURE_DEFINE(void, napi_disable, struct napi_struct *napi)
{
	struct suture_record record;

	suture_check_pointer(napi, SUTURE_SITE, "napi_disable");
	if (rule_balance.action != SUTURE_OFF && napi_is_off(napi, &record)) {
		suture_report(&rule_balance, SUTURE_DID(rule_balance, 0), SUTURE_SITE,
			      "napi_disable of a NAPI instance disabled at %pS",
			      (void *)record.site);
		if (suture_may(&rule_balance, 0, SUTURE_SITE))
			return;
	}
	SUTURE_MAY_BLOCK("napi_disable", napi_disable(napi));
	napi_off(napi, SUTURE_SITE);
}
SUTURE_WRAPPER(napi_disable);
SUTURE_CHECKED(napi_disable);

SUTURE_DEFINE(bool, napi_schedule_prep, struct napi_struct *napi)
{
	bool mine = napi_schedule_prep(napi);
	struct suture_visit *v = mine ? suture_visit_current() : NULL;

	if (v)
		suture_note_taken(v, napi, SUTURE_TAKEN_NAPI);
	return mine;
}
SUTURE_WRAPPER(napi_schedule_prep);

/*
 * A scheduled instance that is disabled would poll a device that is not there.
 * napi_disable() has waited for the last poll, so nobody may schedule one after
 * it; those who ask napi_schedule_prep() do not.
 */
#define SCHEDULE(api)								\
	SUTURE_DEFINE(void, api, struct napi_struct *napi)			\
	{									\
		struct suture_record record;					\
										\
		if (unlikely(READ_ONCE(napi->state) & NAPIF_STATE_NPSVC) &&	\
		    napi_is_off(napi, &record) &&				\
		    suture_napi_dead(record.site, SUTURE_SITE))			\
			return;							\
		suture_give(napi, SUTURE_TAKEN_NAPI);				\
		api(napi);							\
	}									\
	SUTURE_WRAPPER(api)

SCHEDULE(__napi_schedule);
SCHEDULE(__napi_schedule_irqoff);

SUTURE_DEFINE(bool, napi_complete_done, struct napi_struct *napi, int work)
{
	struct suture_visit *v = suture_visit_current();
	bool done;

	/* Of a poll by netpoll the kernel takes it, and does nothing. */
	if (unlikely(!(READ_ONCE(napi->state) & NAPI_OFF)) && rule_poll.action != SUTURE_OFF) {
		suture_report(&rule_poll, SUTURE_DID(rule_poll, 1), SUTURE_SITE,
			      "napi_complete_done of a NAPI instance that is not scheduled");
		if (suture_may(&rule_poll, 1, SUTURE_SITE))
			return true;
	}
	if (!v || v->arg[0] != (unsigned long)napi)
		return napi_complete_done(napi, work);
	v->marks |= SUTURE_MARK_POLLED;
	done = napi_complete_done(napi, work);
	/* A poll that used up its budget had better not return that. */
	if (unlikely(done && work >= (int)v->arg[1]))
		v->state |= SUTURE_STATE_ASKED;
	return done;
}
SUTURE_WRAPPER(napi_complete_done);

/**
 * suture_napi_leave() - a poll returns that completed with its budget used up
 * @visit:	the poll
 * @ret:	what it returns
 *
 * Context: softirq, or the thread of the instance.
 * Return: what it shall return.
 */
long suture_napi_leave(struct suture_visit *visit, long ret)
{
	struct napi_struct *napi = (struct napi_struct *)visit->arg[0];
	int budget = visit->arg[1];

	if ((int)ret < budget || budget <= 0 || rule_poll.action == SUTURE_OFF)
		return ret;
	/* It may have taken itself back: then it goes on, as the value says. */
	if (READ_ONCE(napi->state) & NAPIF_STATE_SCHED && list_empty(&napi->poll_list))
		return ret;
	suture_report(&rule_poll, SUTURE_DID(rule_poll, 0), visit->entry->func,
		      "completed, but returned %d of a budget of %d", (int)ret, budget);
	return suture_may(&rule_poll, 0, visit->entry->func) ? budget - 1 : ret;
}

int suture_rules_napi_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_napi_stop(void)
{
	suture_rules_remove(rules);
}
