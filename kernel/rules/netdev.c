// SPDX-License-Identifier: GPL-2.0-only
/*
 * netdev.c - interfaces: unregistered once, freed once and in this order, and
 * left alone afterwards.
 *
 * Of an interface that the driver has freed only the address is remembered, and
 * only if the driver allocated it itself: helpers of other modules allocate
 * interfaces for drivers, too.
 */
#include <linux/delay.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/spinlock.h>
#include <net/net_namespace.h>

#include <suture/rule.h>
#include "../classes/net.h"
#include "../domain.h"
#include "net.h"
#include "rules.h"

static struct suture_rule rule_free = {
	.id = "NET-FREE",
	.class = "netdev",
	.contract = "An interface is unregistered once and freed once after that, and both before the driver goes.",
	.source = "Documentation/networking/netdevices.rst; BUG_ON in free_netdev(); LDV 140",
	.example = "static void card_remove(struct pci_dev *pdev)\n"
		   "{\n"
		   "\tstruct net_device *netdev = pci_get_drvdata(pdev);\n"
		   "\n"
		   "\tfree_netdev(netdev);\t/* still registered: BUG() */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "unregister", "nothing: unregister_netdev() is called first" },
		{ "drop", "nothing: the interface is gone already" },
		{ "keep", "its memory: the interface stays, as the lock that is needed is taken" },
	},
};

static struct suture_rule rule_dead = {
	.id = "NET-DEADCALL",
	.class = "netdev",
	.contract = "No packet, link change or poll for an interface that is unregistered or freed, or a NAPI instance that is disabled.",
	.source = "Documentation/networking/netdevices.rst; Documentation/networking/napi.rst, 'Control API'",
	.example = "napi_disable(&card->napi);\n"
		   "napi_schedule(&card->napi);\t/* never polled */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "skip", "nothing: nobody is there to see it" },
	},
};

static struct suture_rule *const rules[] = { &rule_free, &rule_dead, NULL };

/* ------------------------------------------------------------ the freed */

#define FREED_KEPT 32

static struct {
	const struct net_device *dev;
	struct suture_domain *domain;
	unsigned long site;
} freed[FREED_KEPT];
static unsigned int freed_next;
static DEFINE_SPINLOCK(freed_lock);

static void freed_note(const struct net_device *dev, unsigned long site)
{
	unsigned long flags;

	spin_lock_irqsave(&freed_lock, flags);
	freed[freed_next].dev = dev;
	freed[freed_next].domain = suture_domain_of(site);
	freed[freed_next].site = site;
	freed_next = (freed_next + 1) % FREED_KEPT;
	spin_unlock_irqrestore(&freed_lock, flags);
}

/* Call site that freed @dev; 0 if none is known. */
static unsigned long freed_at(const struct net_device *dev)
{
	unsigned long site = 0;
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&freed_lock, flags);
	for (i = 0; i < FREED_KEPT; i++)
		if (freed[i].dev == dev && freed[i].domain)
			site = freed[i].site;
	spin_unlock_irqrestore(&freed_lock, flags);
	return site;
}

/* Forget one address, or all of a driver; the other argument is NULL. */
static void freed_forget(const struct net_device *dev, const struct suture_domain *domain)
{
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&freed_lock, flags);
	for (i = 0; i < FREED_KEPT; i++) {
		if (freed[i].dev != dev && freed[i].domain != domain)
			continue;
		freed[i].dev = NULL;
		freed[i].domain = NULL;
	}
	spin_unlock_irqrestore(&freed_lock, flags);
}

/**
 * suture_netdev_alive() - an interface was allocated
 * @dev:	the interface, at an address where another may have been
 *
 * Context: any but NMI.
 */
void suture_netdev_alive(const struct net_device *dev)
{
	freed_forget(dev, ERR_PTR(-ENOENT));
}

/* ------------------------------------------------------------- NET-FREE */

/* How long to wait for the rtnl lock, which the caller's caller may hold. */
#define RTNL_TRIES	100
#define RTNL_MS		20

static bool unregister_first(struct net_device *dev)
{
	int i;

	if (suture_atomic() || suture_rtnl_mine())
		return false;
	for (i = 0; i < RTNL_TRIES; i++) {
		if (rtnl_trylock()) {
			unregister_netdevice(dev);
			rtnl_unlock();
			return true;
		}
		msleep(RTNL_MS);
	}
	return false;
}

/**
 * suture_netdev_free() - the driver frees an interface
 * @dev:	the interface
 * @known:	the driver has allocated it itself
 * @site:	call site
 *
 * Context: task.
 * Return: true if it may go to free_netdev() now.
 */
bool suture_netdev_free(struct net_device *dev, bool known, unsigned long site)
{
	unsigned long before = known ? 0 : freed_at(dev);
	struct napi_struct *napi, *next;
	bool delete, done;

	if (rule_free.action != SUTURE_OFF && before) {
		suture_report(&rule_free, SUTURE_DID(rule_free, 1), site,
			      "free_netdev of an interface freed at %pS", (void *)before);
		if (suture_may(&rule_free, 1, site))
			return false;
	}
	if (rule_free.action != SUTURE_OFF && dev->reg_state == NETREG_REGISTERED) {
		/* It would be freed by the kernel at the end of that. */
		delete = dev->needs_free_netdev;
		done = !suture_choose(&rule_free, 0, 2, site) && suture_may(&rule_free, 0, site) &&
		       unregister_first(dev);
		suture_report(&rule_free, SUTURE_DID(rule_free, done ? 0 : 2), site,
			      "free_netdev of a registered interface");
		if (suture_may(&rule_free, done ? 0 : 2, site) && (!done || delete))
			return false;
	}
	list_for_each_entry_safe(napi, next, &dev->napi_list, dev_list)
		suture_napi_delete(napi, site);
	if (known)
		freed_note(dev, site);
	return true;
}

/**
 * suture_netdev_unregister() - the driver unregisters an interface
 * @dev:	the interface
 * @site:	call site
 *
 * Context: task.
 * Return: true if it is registered.
 */
bool suture_netdev_unregister(struct net_device *dev, unsigned long site)
{
	unsigned long before;

	if (rule_free.action == SUTURE_OFF)
		return true;
	before = freed_at(dev);
	if (before)
		suture_report(&rule_free, SUTURE_DID(rule_free, 1), site,
			      "unregister_netdev of an interface freed at %pS", (void *)before);
	else if (dev->reg_state == NETREG_UNINITIALIZED || dev->reg_state == NETREG_UNREGISTERED ||
		 dev->reg_state == NETREG_RELEASED)
		suture_report(&rule_free, SUTURE_DID(rule_free, 1), site,
			      "unregister_netdev of an interface that is not registered");
	else
		return true;
	return !suture_may(&rule_free, 1, site);
}

/* Any interface that has its functions in @domain, and @parent if that is not NULL. */
static struct net_device *netdev_left(const struct suture_domain *domain,
				      const struct device *parent)
{
	struct net_device *dev;
	struct net *net;

	for_each_net(net)
		for_each_netdev(net, dev)
			if (within_module((unsigned long)dev->netdev_ops, domain->module) &&
			    (!parent || dev->dev.parent == parent))
				return dev;
	return NULL;
}

/**
 * suture_netdev_close() - a driver is gone: has it left an interface?
 * @domain:	the driver, its code still there
 * @known:	says whether the driver has allocated an interface itself, so that
 *		nobody but it frees it
 *
 * Context: task.
 */
void suture_netdev_close(struct suture_domain *domain, bool (*known)(const struct net_device *))
{
	struct net_device *dev;
	bool delete;

	rtnl_lock();
	down_read(&net_rwsem);
	while ((dev = netdev_left(domain, NULL))) {
		up_read(&net_rwsem);
		if (rule_free.action != SUTURE_OFF)
			suture_report_for(domain, &rule_free, SUTURE_DID(rule_free, 0), 0,
					  "%s is still registered after removal", dev->name);
		if (!suture_may_for(domain, &rule_free, 0, 0))
			goto out;
		delete = known(dev) && !dev->needs_free_netdev;
		unregister_netdevice(dev);
		rtnl_unlock();
		if (delete)
			free_netdev(dev);
		rtnl_lock();
		down_read(&net_rwsem);
	}
	up_read(&net_rwsem);
out:
	rtnl_unlock();
	freed_forget(ERR_PTR(-ENOENT), domain);
}

/**
 * suture_netdev_settle() - a driver has left a device: is an interface of it registered?
 * @domain:	the driver
 * @parent:	the device
 * @rule:	rule to report under; one interface is unregistered if it may repair
 * @delete:	gets whether the kernel frees the interface by itself
 *
 * Context: task.
 * Return: the interface, not registered any more; or NULL.
 */
struct net_device *suture_netdev_settle(struct suture_domain *domain, struct device *parent,
					struct suture_rule *rule, bool *delete)
{
	struct net_device *dev;

	rtnl_lock();
	down_read(&net_rwsem);
	dev = netdev_left(domain, parent);
	up_read(&net_rwsem);
	if (dev) {
		suture_report_for(domain, rule, SUTURE_DID(*rule, 0), 0,
				  "interface %s held after removal from %s", dev->name,
				  dev_name(parent));
		*delete = dev->needs_free_netdev;
		if (suture_may_for(domain, rule, 0, 0))
			unregister_netdevice(dev);
		else
			dev = NULL;
	}
	rtnl_unlock();
	return dev;
}

SUTURE_DEFINE(void, unregister_netdevice_queue, struct net_device *dev, struct list_head *head)
{
	suture_check_pointer(dev, SUTURE_SITE, "unregister_netdevice");
	if (suture_netdev_unregister(dev, SUTURE_SITE))
		unregister_netdevice_queue(dev, head);
}
SUTURE_WRAPPER(unregister_netdevice_queue);
SUTURE_CHECKED(unregister_netdevice_queue);

/* --------------------------------------------------------- NET-DEADCALL */

/**
 * suture_netdev_dead() - a call for an interface that is unregistered or freed
 * @dev:	the interface
 * @site:	call site
 * @api:	what is called
 *
 * Context: any but NMI.
 * Return: true if the call shall not be made.
 */
bool suture_netdev_dead(const struct net_device *dev, unsigned long site, const char *api)
{
	unsigned long before;

	if (rule_dead.action == SUTURE_OFF)
		return false;
	before = freed_at(dev);
	if (before)
		suture_report(&rule_dead, SUTURE_DID(rule_dead, 0), site,
			      "%s for an interface freed at %pS", api, (void *)before);
	else if (dev->reg_state == NETREG_UNREGISTERED || dev->reg_state == NETREG_RELEASED)
		suture_report(&rule_dead, SUTURE_DID(rule_dead, 0), site,
			      "%s for an interface that is unregistered", api);
	else
		return false;
	return suture_may(&rule_dead, 0, site);
}

/**
 * suture_napi_dead() - a disabled NAPI instance is scheduled
 * @disabled:	call site that disabled it
 * @site:	call site
 *
 * Context: any but NMI.
 * Return: true if it shall not be scheduled.
 */
bool suture_napi_dead(unsigned long disabled, unsigned long site)
{
	if (rule_dead.action == SUTURE_OFF)
		return false;
	suture_report(&rule_dead, SUTURE_DID(rule_dead, 0), site,
		      "__napi_schedule of a NAPI instance disabled at %pS", (void *)disabled);
	return suture_may(&rule_dead, 0, site);
}

#define DEADCALL(api)								\
	SUTURE_DEFINE(void, api, struct net_device *dev)			\
	{									\
		suture_check_pointer(dev, SUTURE_SITE, #api);			\
		if (unlikely(freed_at(dev)) &&					\
		    suture_netdev_dead(dev, SUTURE_SITE, #api))			\
			return;							\
		api(dev);							\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

DEADCALL(netif_carrier_on);
DEADCALL(netif_carrier_off);
DEADCALL(netif_device_attach);
DEADCALL(netif_device_detach);

int suture_rules_netdev_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_netdev_stop(void)
{
	suture_rules_remove(rules);
}
