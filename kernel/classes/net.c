// SPDX-License-Identifier: GPL-2.0-only
/*
 * net.c - network interfaces: restart with the same net_device.
 *
 * Kept over a restart: the net_device, its index, name, addresses, MTU, flags, features,
 * VLANs, routes and qdiscs, its place in a bridge or bond, and with them every
 * socket. Lost: packets in the driver's rings. TCP sends them again. docs/recovery.md has
 * all of it.
 */
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/pci.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include <suture/class.h>
#include <suture/ledger.h>
#include <suture/rule.h>
#include "../binding.h"
#include "../domain.h"
#include "../role.h"
#include "../rules/net.h"
#include "../rules/rules.h"
#include "../section.h"
#include "../taken.h"
#include "net.h"

/**
 * struct suture_netdev - an interface that a guarded driver has registered
 * @node:	list of all
 * @dev:	the interface
 * @domain:	its driver
 * @priv:	bytes of private data asked for
 * @parked:	between unregister and register during a restart
 * @detached:	not yet in use again after that
 * @master:	its device was a bus master when it was parked
 * @orphan:	unregistered for the driver, which may still free it
 * @name:	what a restart must put back: drivers write a template there
 * @addr:	the same
 * @mtu:	the same
 * @features:	the same
 * @possible:	features that can be switched: registering has added some to the driver's
 * @vlan:	features of VLANs on top, the same
 * @encap:	features for encapsulated packets, the same
 * @mpls:	features for MPLS, the same
 */
struct suture_netdev {
	struct list_head node;
	struct net_device *dev;
	struct suture_domain *domain;
	size_t priv;
	bool parked;
	bool detached;
	bool master;
	bool orphan;
	char name[IFNAMSIZ];
	u8 addr[MAX_ADDR_LEN];
	unsigned int mtu;
	netdev_features_t features, possible, vlan, encap, mpls;
};

static LIST_HEAD(netdevs);
static DEFINE_MUTEX(netdevs_lock);

/* ----------------------------------------------------------- restart */

static struct suture_netdev *netdev_find(const struct net_device *dev)
{
	struct suture_netdev *nd;

	lockdep_assert_held(&netdevs_lock);
	list_for_each_entry(nd, &netdevs, node)
		if (nd->dev == dev)
			return nd;
	return NULL;
}

static struct suture_netdev *netdev_of(const struct net_device *dev)
{
	struct suture_netdev *nd;

	mutex_lock(&netdevs_lock);
	nd = netdev_find(dev);
	mutex_unlock(&netdevs_lock);
	return nd;
}

static bool restarting(const struct suture_netdev *nd)
{
	return READ_ONCE(suture_domain_group(nd->domain)->restarter) == current;
}

static void netdev_gone(struct net_device *dev)
{
	struct suture_netdev *nd;

	mutex_lock(&netdevs_lock);
	nd = netdev_find(dev);
	if (nd)
		list_del(&nd->node);
	mutex_unlock(&netdevs_lock);
	kfree(nd);
}

static void netdev_created(struct net_device *dev, size_t priv, unsigned long site)
{
	struct suture_netdev *nd;

	nd = kzalloc(sizeof(*nd), GFP_KERNEL);
	if (!nd) {
		suture_ledger_missed(site);
		return;
	}
	nd->dev = dev;
	nd->priv = priv;
	rcu_read_lock();
	nd->domain = suture_domain_of(site);
	rcu_read_unlock();
	if (!nd->domain) {
		kfree(nd);
		return;
	}
	netdev_gone(dev);
	suture_netdev_alive(dev);
	mutex_lock(&netdevs_lock);
	list_add(&nd->node, &netdevs);
	mutex_unlock(&netdevs_lock);
}

static bool netdev_known(const struct net_device *dev)
{
	return netdev_of(dev);
}

/**
 * suture_net_forget() - a driver is gone, and its interfaces with it
 * @domain:	guarded driver
 *
 * Most have gone one by one through free_netdev(); some are freed by the kernel
 * (needs_free_netdev).
 *
 * Context: task.
 */
void suture_net_forget(struct suture_domain *domain)
{
	struct suture_netdev *nd, *next;

	suture_netdev_close(domain, netdev_known);
	mutex_lock(&netdevs_lock);
	list_for_each_entry_safe(nd, next, &netdevs, node) {
		if (nd->domain != domain)
			continue;
		list_del(&nd->node);
		if (nd->orphan && !domain->broken) {
			domain->after_released++;
			free_netdev(nd->dev);
		}
		kfree(nd);
	}
	mutex_unlock(&netdevs_lock);
}

/**
 * suture_net_settle() - a driver has left a device: unregister what it left registered
 * @domain:	guarded driver
 * @parent:	the device
 * @rule:	rule to report under
 *
 * Context: task.
 */
void suture_net_settle(struct suture_domain *domain, struct device *parent,
		       struct suture_rule *rule)
{
	struct net_device *dev;
	bool delete;

	/* Parked for the restart. */
	if (READ_ONCE(suture_domain_group(domain)->restarter) == current ||
	    rule->action == SUTURE_OFF)
		return;
	while ((dev = suture_netdev_settle(domain, parent, rule, &delete)))
		if (delete)
			netdev_gone(dev);
}

/* An interface of @parent that the driver has allocated and that is not registered. */
static struct net_device *netdev_unused(struct suture_domain *domain,
					const struct device *parent)
{
	struct net_device *dev = NULL;
	struct suture_netdev *nd;

	mutex_lock(&netdevs_lock);
	list_for_each_entry(nd, &netdevs, node) {
		if (nd->domain != domain || nd->parked || nd->dev->dev.parent != parent ||
		    (nd->dev->reg_state != NETREG_UNINITIALIZED &&
		     nd->dev->reg_state != NETREG_UNREGISTERED))
			continue;
		dev = nd->dev;
		break;
	}
	mutex_unlock(&netdevs_lock);
	return dev;
}

/**
 * suture_net_unused() - a driver has left a device: free what it never registered
 * @domain:	guarded driver; nothing of it is ever freed behind its back
 * @parent:	the device
 * @rule:	rule to report under
 *
 * Context: task.
 */
void suture_net_unused(struct suture_domain *domain, struct device *parent,
		       struct suture_rule *rule)
{
	struct net_device *dev;

	if (READ_ONCE(suture_domain_group(domain)->restarter) == current ||
	    rule->action == SUTURE_OFF)
		return;
	while ((dev = netdev_unused(domain, parent))) {
		suture_report_for(domain, rule, SUTURE_DID(*rule, 0), 0,
				  "interface that is not registered held after removal from %s",
				  dev_name(parent));
		if (!suture_may_for(domain, rule, 0, 0))
			return;
		netdev_gone(dev);
		free_netdev(dev);
	}
}

/* An interface of @parent that the driver has registered, and not unregistered. */
static struct suture_netdev *netdev_on(struct suture_domain *domain, const struct device *parent)
{
	const struct suture_group *group = suture_domain_group(domain);
	struct suture_netdev *nd, *found = NULL;

	mutex_lock(&netdevs_lock);
	list_for_each_entry(nd, &netdevs, node)
		if (suture_domain_group(nd->domain) == group && nd->dev->dev.parent == parent &&
		    !nd->parked && nd->dev->reg_state == NETREG_REGISTERED)
			found = nd;
	mutex_unlock(&netdevs_lock);
	return found;
}

/**
 * suture_net_extent() - the memory that an interface of a driver takes
 * @domain:	guarded driver
 * @parent:	device that the interface is for
 * @start:	gets its first byte; not changed if there is no interface
 * @size:	gets its size
 *
 * Context: task.
 */
void suture_net_extent(struct suture_domain *domain, const struct device *parent,
		       unsigned long *start, size_t *size)
{
	struct suture_netdev *nd = netdev_on(domain, parent);

	if (!nd)
		return;
	*start = (unsigned long)nd->dev;
	*size = (unsigned long)netdev_priv(nd->dev) - *start + nd->priv;
}

static int net_resume(struct device *dev, enum suture_action rung, int err);

static const struct suture_class class = {
	.name = "network",
	.rungs = { SUTURE_RESTART },
	.resume = net_resume,
};

static void netdev_registered(struct suture_netdev *nd, unsigned long site)
{
	suture_net_roles(nd->dev);
	suture_recoverable(nd->dev->dev.parent, &class, site);
}

/*
 * A driver that crashed may have left its device running. It must not write to what the
 * driver is about to free. The probe function switches this on again; if not, it was on
 * from the start.
 */
static void dma_end(struct suture_netdev *nd)
{
	struct device *parent = nd->dev->dev.parent;

	if (!READ_ONCE(suture_domain_group(nd->domain)->crashed) || !parent || !dev_is_pci(parent))
		return;
	nd->master = to_pci_dev(parent)->is_busmaster;
	pci_clear_master(to_pci_dev(parent));
}

/*
 * The driver asks to unregister: stop it, but leave the interface in the kernel. If it is
 * not to be asked to @stop, its device is stopped already.
 */
static void netdev_park(struct suture_netdev *nd, bool stop)
{
	struct net_device *dev = nd->dev;
	struct napi_struct *napi, *next;
	unsigned int i;

	ASSERT_RTNL();
	strscpy(nd->name, dev->name, sizeof(nd->name));
	memcpy(nd->addr, dev->dev_addr, dev->addr_len);
	nd->mtu = dev->mtu;
	nd->features = dev->features;
	nd->possible = dev->hw_features;
	nd->vlan = dev->vlan_features;
	nd->encap = dev->hw_enc_features;
	nd->mpls = dev->mpls_features;
	netif_tx_disable(dev);
	/* Some drivers give back less when they are closed without a device: it is still there. */
	if (netif_running(dev)) {
		clear_bit(__LINK_STATE_START, &dev->state);
		smp_mb__after_atomic();	/* as dev_close(): not running before ndo_stop */
		if (stop && dev->netdev_ops->ndo_stop)
			dev->netdev_ops->ndo_stop(dev);
	}
	netif_device_detach(dev);
	if (!stop)
		suture_napi_quiet(dev);
	dma_end(nd);
	/* The napi_structs lie in the private data, which starts again from zero. */
	list_for_each_entry_safe(napi, next, &dev->napi_list, dev_list) {
		netif_napi_del(napi);
		suture_napi_forget(napi);
	}
	for (i = 0; i < dev->num_tx_queues; i++)
		netdev_tx_reset_queue(netdev_get_tx_queue(dev, i));
	nd->parked = true;
	nd->detached = true;
}

/* What the owner has switched on and off; the driver has come with what it likes. */
static void features_restore(struct suture_netdev *nd)
{
	struct net_device *dev = nd->dev;
	const struct net_device_ops *ops = dev->netdev_ops;

	dev->hw_features = nd->possible;
	dev->vlan_features = nd->vlan;
	dev->hw_enc_features = nd->encap;
	dev->mpls_features = nd->mpls;
	/* Often the driver notes them nowhere but here. */
	if (dev->features != nd->features && ops->ndo_set_features &&
	    ops->ndo_set_features(dev, nd->features) < 0)
		netdev_warn(dev, "suture: its features could not be set again\n");
	dev->features = nd->features;
}

static int vlan_restore(struct net_device *vlan, int vid, void *arg)
{
	struct net_device *dev = arg;
	__be16 proto = vlan ? vlan_dev_vlan_proto(vlan) : htons(ETH_P_8021Q);
	netdev_features_t filter = proto == htons(ETH_P_8021Q) ? NETIF_F_HW_VLAN_CTAG_FILTER :
								  NETIF_F_HW_VLAN_STAG_FILTER;

	if (dev->features & filter && dev->netdev_ops->ndo_vlan_rx_add_vid)
		dev->netdev_ops->ndo_vlan_rx_add_vid(dev, proto, vid);
	return 0;
}

/* The driver asks to register the interface that it was handed back. */
static void netdev_unpark(struct suture_netdev *nd, unsigned long site)
{
	struct net_device *dev = nd->dev;
	const struct net_device_ops *ops = dev->netdev_ops;

	ASSERT_RTNL();
	strscpy(dev->name, nd->name, sizeof(dev->name));
	if (memcmp(dev->dev_addr, nd->addr, dev->addr_len)) {
		struct sockaddr_storage sa = { .ss_family = dev->type };

		memcpy(((struct sockaddr *)&sa)->sa_data, nd->addr,
		       min_t(size_t, dev->addr_len, sizeof(sa) - sizeof(sa.ss_family)));
		if (!ops->ndo_set_mac_address || ops->ndo_set_mac_address(dev, &sa))
			dev_addr_mod(dev, 0, nd->addr, dev->addr_len);
	}
	if (dev->mtu != nd->mtu) {
		if (!ops->ndo_change_mtu || !ops->ndo_change_mtu(dev, nd->mtu))
			WRITE_ONCE(dev->mtu, nd->mtu);
	}
	features_restore(nd);
	nd->parked = false;
	netdev_registered(nd, site);
}

/* A probe that fails may have written another name into an interface that stays registered. */
static void names_restore(const struct device *dev)
{
	struct suture_netdev *nd;

	rtnl_lock();
	mutex_lock(&netdevs_lock);
	list_for_each_entry(nd, &netdevs, node)
		if (nd->dev->dev.parent == dev && nd->parked)
			strscpy(nd->dev->name, nd->name, sizeof(nd->dev->name));
	mutex_unlock(&netdevs_lock);
	rtnl_unlock();
}

/* Unregister it for its driver, which may still free it: then it is kept in mind. */
static void netdev_end(struct suture_netdev *nd)
{
	struct net_device *dev = nd->dev;

	ASSERT_RTNL();
	nd->orphan = !dev->needs_free_netdev;
	unregister_netdevice(dev);
	suture_napi_quiet(dev);
	if (!nd->orphan)
		netdev_gone(dev);
}

/**
 * suture_net_release() - a driver was taken off a device, and has not released its interfaces
 * @domain:	guarded driver
 * @parent:	the device, stopped
 *
 * They are parked for a restart, or unregistered. Those the driver has allocated are not
 * freed before its module goes.
 *
 * Context: task.
 * Return: how many.
 */
unsigned int suture_net_release(struct suture_domain *domain, struct device *parent)
{
	bool park = READ_ONCE(suture_domain_group(domain)->restarter) == current;
	struct suture_netdev *nd;
	unsigned int n = 0;

	while ((nd = netdev_on(domain, parent))) {
		rtnl_lock();
		if (park)
			netdev_park(nd, false);
		else
			netdev_end(nd);
		rtnl_unlock();
		n++;
	}
	return n;
}

static struct suture_netdev *netdev_parked(const struct suture_group *group)
{
	struct suture_netdev *nd, *found = NULL;

	mutex_lock(&netdevs_lock);
	list_for_each_entry(nd, &netdevs, node)
		if (nd->parked && suture_domain_group(nd->domain) == group)
			found = nd;
	mutex_unlock(&netdevs_lock);
	return found;
}

/**
 * suture_net_lost() - a driver will not come back for the interfaces that wait for it
 * @group:	the driver, in quarantine
 *
 * Context: task.
 */
void suture_net_lost(const struct suture_group *group)
{
	struct suture_netdev *nd;

	while ((nd = netdev_parked(group))) {
		rtnl_lock();
		nd->parked = false;
		netdev_end(nd);
		rtnl_unlock();
	}
}

static int netdev_open(struct net_device *dev)
{
	const struct net_device_ops *ops = dev->netdev_ops;
	int err = 0;

	ASSERT_RTNL();
	set_bit(__LINK_STATE_START, &dev->state);
	if (ops->ndo_open)
		err = ops->ndo_open(dev);
	if (err) {
		clear_bit(__LINK_STATE_START, &dev->state);
		return err;
	}
	netif_addr_lock_bh(dev);
	if (ops->ndo_set_rx_mode)
		ops->ndo_set_rx_mode(dev);
	netif_addr_unlock_bh(dev);
	return 0;
}

/* Not under the lock: what the driver calls when it is opened looks here, too. */
static struct suture_netdev *netdev_detached(const struct device *dev)
{
	struct suture_netdev *nd, *found = NULL;

	mutex_lock(&netdevs_lock);
	list_for_each_entry(nd, &netdevs, node)
		if (nd->dev->dev.parent == dev && nd->detached)
			found = nd;
	mutex_unlock(&netdevs_lock);
	return found;
}

/*
 * The driver has been attached again: open what was open. Not sooner: drivers go on after they
 * have registered, and switch off the carrier or the device's interrupts until they are opened.
 */
static int net_resume(struct device *dev, enum suture_action rung, int err)
{
	struct suture_netdev *nd;

	if (err)
		names_restore(dev);
	while (!err && (nd = netdev_detached(dev))) {
		/* It did not ask for this one back. */
		if (nd->parked)
			return -ENODEV;
		rtnl_lock();
		if (nd->master && !to_pci_dev(dev)->is_busmaster)
			pci_set_master(to_pci_dev(dev));
		nd->master = false;
		vlan_for_each(nd->dev, vlan_restore, nd->dev);
		/* Unless its owner has closed it meanwhile. */
		if (nd->dev->flags & IFF_UP)
			err = netdev_open(nd->dev);
		nd->detached = false;
		if (!err)
			netif_device_attach(nd->dev);
		rtnl_unlock();
	}
	return err;
}

/* The parked interface that an allocation during a restart asks for again. */
static struct net_device *netdev_reuse(size_t priv, unsigned int txqs, unsigned int rxqs,
				       unsigned long site)
{
	struct net_device *dev = NULL;
	struct suture_netdev *nd;

	mutex_lock(&netdevs_lock);
	list_for_each_entry(nd, &netdevs, node) {
		if (!nd->parked || !restarting(nd))
			continue;
		if (nd->priv != priv || nd->dev->num_tx_queues != txqs ||
		    nd->dev->num_rx_queues != rxqs)
			continue;
		dev = nd->dev;
		break;
	}
	mutex_unlock(&netdevs_lock);
	if (!dev)
		return NULL;
	/* A driver that crashed when it was closed may have left a timer armed there. */
	suture_ledger_inside((unsigned long)netdev_priv(dev), priv, site, "alloc_netdev_mqs");
	memset(netdev_priv(dev), 0, priv);
	return dev;
}

/* ---------------------------------------------------------- wrappers */

SUTURE_DEFINE(struct net_device *, alloc_etherdev_mqs,
	      int priv, unsigned int txqs, unsigned int rxqs)
{
	struct net_device *dev = netdev_reuse(priv, txqs, rxqs, SUTURE_SITE);

	if (dev)
		return dev;
	dev = alloc_etherdev_mqs(priv, txqs, rxqs);
	if (dev)
		netdev_created(dev, priv, SUTURE_SITE);
	return dev;
}
SUTURE_WRAPPER(alloc_etherdev_mqs);

SUTURE_DEFINE(struct net_device *, alloc_netdev_mqs,
	      int priv, const char *name, unsigned char assign,
	      void (*setup)(struct net_device *), unsigned int txqs, unsigned int rxqs)
{
	struct net_device *dev = netdev_reuse(priv, txqs, rxqs, SUTURE_SITE);

	if (dev) {
		unsigned int flags = dev->flags, length = dev->tx_queue_len;

		/* It writes what a new interface has: this one may be up. */
		setup(dev);
		dev->flags = flags;
		dev->tx_queue_len = length;
		return dev;
	}
	dev = alloc_netdev_mqs(priv, name, assign, setup, txqs, rxqs);
	if (dev)
		netdev_created(dev, priv, SUTURE_SITE);
	return dev;
}
SUTURE_WRAPPER(alloc_netdev_mqs);

SUTURE_DEFINE(int, register_netdev, struct net_device *dev)
{
	struct suture_netdev *nd = netdev_of(dev);
	int err;

	suture_net_roles(dev);
	if (nd && nd->parked && restarting(nd)) {
		rtnl_lock();
		netdev_unpark(nd, SUTURE_SITE);
		rtnl_unlock();
		suture_step(0, SUTURE_SITE, "register_netdev");
		return 0;
	}
	err = register_netdev(dev);
	suture_step(err, SUTURE_SITE, "register_netdev");
	if (!err && nd)
		netdev_registered(nd, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(register_netdev);

SUTURE_DEFINE(int, register_netdevice, struct net_device *dev)
{
	struct suture_netdev *nd = netdev_of(dev);
	int err;

	suture_net_roles(dev);
	if (nd && nd->parked && restarting(nd)) {
		netdev_unpark(nd, SUTURE_SITE);
		return 0;
	}
	err = register_netdevice(dev);
	suture_step(err, SUTURE_SITE, "register_netdevice");
	if (!err && nd)
		netdev_registered(nd, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(register_netdevice);

SUTURE_DEFINE(void, unregister_netdev, struct net_device *dev)
{
	struct suture_netdev *nd = netdev_of(dev);

	if (nd && restarting(nd)) {
		rtnl_lock();
		netdev_park(nd, true);
		rtnl_unlock();
		return;
	}
	if (suture_netdev_unregister(dev, SUTURE_SITE))
		unregister_netdev(dev);
}
SUTURE_WRAPPER(unregister_netdev);

SUTURE_DEFINE(void, free_netdev, struct net_device *dev)
{
	struct suture_netdev *nd = netdev_of(dev);

	if (nd && nd->parked && restarting(nd))
		return;
	if (!suture_netdev_free(dev, nd, SUTURE_SITE))
		return;
	/* Unless its end is still to come: then free_netdev() only asks for it. */
	if (nd && dev->reg_state != NETREG_UNREGISTERING)
		suture_ledger_inside((unsigned long)dev,
				     (unsigned long)netdev_priv(dev) - (unsigned long)dev +
				     nd->priv, SUTURE_SITE, "free_netdev");
	netdev_gone(dev);
	free_netdev(dev);
}
SUTURE_WRAPPER(free_netdev);

/* The task that holds the rtnl lock through a guarded driver. */
static struct task_struct *rtnl_owner;

SUTURE_DEFINE(void, rtnl_lock, void)
{
	SUTURE_MAY_BLOCK("rtnl_lock", rtnl_lock());
	WRITE_ONCE(rtnl_owner, current);
	suture_take(NULL, SUTURE_TAKEN_RTNL, SUTURE_SITE);
}
SUTURE_WRAPPER(rtnl_lock);

SUTURE_DEFINE(int, rtnl_trylock, void)
{
	if (!rtnl_trylock())
		return 0;
	WRITE_ONCE(rtnl_owner, current);
	suture_take(NULL, SUTURE_TAKEN_RTNL, SUTURE_SITE);
	return 1;
}
SUTURE_WRAPPER(rtnl_trylock);

/* suture_rtnl_mine() - has this task taken the rtnl lock itself? Context: any. */
bool suture_rtnl_mine(void)
{
	return READ_ONCE(rtnl_owner) == current;
}

SUTURE_DEFINE(void, rtnl_unlock, void)
{
	WRITE_ONCE(rtnl_owner, NULL);
	suture_give(NULL, SUTURE_TAKEN_RTNL);
	rtnl_unlock();
}
SUTURE_WRAPPER(rtnl_unlock);

/*
 * A driver may set the numbers of its queues before it registers, without the
 * rtnl lock. During a restart the interface is registered all the time, and the
 * kernel insists on the lock.
 */
static bool queues_need_rtnl(const struct net_device *dev)
{
	struct suture_netdev *nd = netdev_of(dev);

	return nd && nd->parked && restarting(nd) && !suture_rtnl_mine();
}

#define QUEUES(api)								\
	SUTURE_DEFINE(int, api, struct net_device *dev, unsigned int n)		\
	{									\
		bool lock = queues_need_rtnl(dev);				\
		int err;							\
										\
		if (lock)							\
			rtnl_lock();						\
		err = api(dev, n);						\
		if (lock)							\
			rtnl_unlock();						\
		return err;							\
	}									\
	SUTURE_WRAPPER(api)

QUEUES(netif_set_real_num_tx_queues);
QUEUES(netif_set_real_num_rx_queues);
