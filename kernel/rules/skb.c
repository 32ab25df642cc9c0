// SPDX-License-Identifier: GPL-2.0-only
/*
 * skb.c - packets: room before and after the data, and who owns them.
 *
 * Whose a packet is can be said for certain only of the one that the kernel has
 * given to ndo_start_xmit(). If the driver releases the last reference to it
 * during that call, the packet goes into quarantine for a while; a second
 * release is one beyond doubt then, as nobody can have got the same address.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/dst.h>

#include <suture/ledger.h>
#include "../classes/net.h"
#include "../role.h"
#include "net.h"
#include "rules.h"

static struct suture_rule rule_room = {
	.id = "SKB-PUT",
	.class = "netdev",
	.contract = "skb_put() and skb_push() stay in the packet's buffer, and what they move over is not in fragments.",
	.source = "include/linux/skbuff.h; skb_over_panic(), skb_under_panic() in net/core/skbuff.c; smatch",
	.example = "skb = netdev_alloc_skb(netdev, 128);\n"
		   "memcpy(skb_put(skb, len), card->rx, len);\t/* len is 1514: BUG() */\n",
	.look = "A packet of a size that no card sends is not grown: the visit is unwound.",
	.action = SUTURE_UNWIND,
	.repairs = {
		{ "grow", "time: the packet gets a larger buffer, with zeros where nothing was" },
		{ "gather", "time: the packet's fragments are copied into its buffer" },
	},
};

static struct suture_rule rule_free = {
	.id = "SKB-DFREE",
	.class = "netdev",
	.contract = "A packet is freed or handed on once.",
	.source = "Documentation/networking/skbuff.rst; Klever memory safety; LDV 133",
	.example = "static netdev_tx_t card_xmit(struct sk_buff *skb, struct net_device *netdev)\n"
		   "{\n"
		   "\tdev_kfree_skb_any(skb);\n"
		   "\tcard->tx_skb = skb;\t/* freed again when the card has sent it */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the packet has been given back already" },
	},
};

static struct suture_rule rule_xmit = {
	.id = "NET-XMIT",
	.class = "netdev",
	.contract = "ndo_start_xmit() returns NETDEV_TX_BUSY only if it left the packet alone.",
	.source = "Documentation/networking/netdevices.rst; Documentation/networking/driver.rst",
	.example = "if (card_full(card)) {\n"
		   "\tdev_kfree_skb_any(skb);\n"
		   "\treturn NETDEV_TX_BUSY;\t/* the kernel sends the same packet again */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "consumed", "the packet, which the driver has freed: NETDEV_TX_OK is returned" },
	},
};

static struct suture_rule *const rules[] = { &rule_room, &rule_free, &rule_xmit, NULL };

/* ---------------------------------------------------------------- room */

/* More than this is no miscounted header, but a length gone wild. */
#define GROW_MAX (64 * 1024)

/*
 * A longer buffer for a packet that is to get @len bytes more. What the device
 * has written behind the data so far is kept; the rest is zero.
 */
static bool grow_tail(struct sk_buff *skb, unsigned int len, unsigned long site)
{
	unsigned int room = skb_tailroom(skb);
	int err;

	if (!suture_may(&rule_room, 0, site) || len > GROW_MAX || skb_shared(skb))
		return false;
	__skb_put(skb, room);
	err = pskb_expand_head(skb, 0, len - room, GFP_ATOMIC);
	skb_set_tail_pointer(skb, skb->len - room);
	skb->len -= room;
	if (err)
		return false;
	memset(skb_tail_pointer(skb) + room, 0, len - room);
	return true;
}

static noinline void no_tail(struct sk_buff *skb, unsigned int len, unsigned long site)
{
	if (rule_room.action == SUTURE_OFF)
		return;
	if (skb_is_nonlinear(skb)) {
		suture_abandon(&rule_room, site, "skb_put of %u bytes to a packet in fragments",
			       len);
		return;
	}
	if (grow_tail(skb, len, site))
		suture_report(&rule_room, SUTURE_REPAIR, 0, site,
			      "skb_put of %u bytes past the end of a packet of %u", len, skb->len);
	else
		suture_abandon(&rule_room, site,
			       "skb_put of %u bytes past the end of a packet of %u", len, skb->len);
}

static noinline void *skb_put_asked(struct sk_buff *skb, unsigned int len, unsigned long site)
{
	suture_check_pointer(skb, site, "skb_put");
	if (unlikely(skb_is_nonlinear(skb) || (int)len < 0 || skb_tailroom(skb) < (int)len))
		no_tail(skb, len, site);
	return skb_put(skb, len);
}

SUTURE_DEFINE(void *, skb_put, struct sk_buff *skb, unsigned int len)
{
	if (unlikely(suture_pointer_bad(skb)) ||
	    unlikely(skb_is_nonlinear(skb) || (int)len < 0 || skb_tailroom(skb) < (int)len))
		return skb_put_asked(skb, len, SUTURE_SITE);
	return skb_put(skb, len);
}
SUTURE_WRAPPER(skb_put);
SUTURE_CHECKED(skb_put);

static noinline void no_head(struct sk_buff *skb, unsigned int len, unsigned long site)
{
	unsigned int room = skb_headroom(skb);

	if (rule_room.action == SUTURE_OFF)
		return;
	if (suture_may(&rule_room, 0, site) && len <= GROW_MAX && !skb_shared(skb) &&
	    !pskb_expand_head(skb, SKB_DATA_ALIGN(len - room), 0, GFP_ATOMIC))
		suture_report(&rule_room, SUTURE_REPAIR, 0, site,
			      "skb_push of %u bytes with room for %u", len, room);
	else
		suture_abandon(&rule_room, site, "skb_push of %u bytes with room for %u", len,
			       room);
}

SUTURE_DEFINE(void *, skb_push, struct sk_buff *skb, unsigned int len)
{
	suture_check_pointer(skb, SUTURE_SITE, "skb_push");
	if (unlikely(skb_headroom(skb) < len))
		no_head(skb, len, SUTURE_SITE);
	return skb_push(skb, len);
}
SUTURE_WRAPPER(skb_push);
SUTURE_CHECKED(skb_push);

/* False if the data cannot be had: the driver gets NULL, as for a short packet. */
static noinline bool gather(struct sk_buff *skb, unsigned int len, unsigned long site)
{
	if (rule_room.action == SUTURE_OFF)
		return true;
	suture_report(&rule_room, SUTURE_DID(rule_room, 1), site,
		      "skb_pull of %u bytes, of which %u lie in fragments", len,
		      len - skb_headlen(skb));
	if (!suture_may(&rule_room, 1, site))
		return true;
	return !skb_shared(skb) && __pskb_pull_tail(skb, len - skb_headlen(skb));
}

SUTURE_DEFINE(void *, skb_pull, struct sk_buff *skb, unsigned int len)
{
	suture_check_pointer(skb, SUTURE_SITE, "skb_pull");
	if (unlikely(len > skb_headlen(skb) && len <= skb->len) &&
	    !gather(skb, len, SUTURE_SITE))
		return NULL;
	return skb_pull(skb, len);
}
SUTURE_WRAPPER(skb_pull);
SUTURE_CHECKED(skb_pull);

/* ----------------------------------------------------------- ownership */

/* How many packets are in quarantine; while there are none, nobody is asked. */
static atomic_t kept = ATOMIC_INIT(0);

static void skb_release_kept(const struct suture_record *record)
{
	atomic_dec(&kept);
	dev_consume_skb_any((struct sk_buff *)record->key);
}

static const struct suture_kind kind_skb = {
	.name = "packet",
	.order = SUTURE_ORDER_MEMORY,
	.release = skb_release_kept,
};

/* Nothing else may wait for a packet in quarantine: no socket, route, flow. */
static bool skb_keep(struct sk_buff *skb, unsigned long site)
{
	struct suture_record record = {
		.key = (unsigned long)skb, .size = skb->truesize, .site = site,
	};

	if (rule_free.action == SUTURE_OFF || skb->truesize > PAGE_SIZE ||
	    skb_is_nonlinear(skb) || skb_zcopy(skb) || skb_cloned(skb) || irqs_disabled())
		return false;
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	suture_ledger_add(&kind_skb, &record);
	/* It may be pushed out at once. */
	atomic_inc(&kept);
	if (suture_ledger_free(&kind_skb, record.key, site, true, NULL) == SUTURE_FREE_KEPT)
		return true;
	atomic_dec(&kept);
	return false;
}

static noinline bool skb_again(struct sk_buff *skb, unsigned long site, const char *api)
{
	struct suture_record record;

	if (!suture_ledger_get(&kind_skb, (unsigned long)skb, &record) || !record.freed)
		return false;
	suture_report(&rule_free, SUTURE_DID(rule_free, 0), site, "%s of a packet freed at %pS",
		      api, (void *)record.freed);
	/* Even if the rule only observes: it has an owner, the quarantine. */
	return true;
}

/* The packet that the kernel gave to this ndo_start_xmit(): gone for good? */
static noinline bool skb_own(struct suture_visit *v, struct sk_buff *skb, unsigned long site,
			     bool keep)
{
	if (!v->entry || suture_role_of(v->entry) != &suture_role_xmit)
		return false;
	/* Somebody else's reference may be the driver's second one. */
	if (v->marks & SUTURE_MARK_GIVEN || refcount_read(&skb->users) != 1)
		return false;
	v->marks |= SUTURE_MARK_GIVEN;
	v->state |= SUTURE_STATE_ASKED;
	v->site = site;
	return keep && skb_keep(skb, site);
}

/*
 * Is there nothing to be asked about a packet? It is not the one that this visit was given to send,
 * and none is in quarantine.
 */
static __always_inline bool skb_plain(const struct sk_buff *skb)
{
	const struct suture_visit *v = *suture_visit_head();

	return likely(!atomic_read(&kept)) && likely(!v || v->arg[0] != (unsigned long)skb);
}

/* True if the driver's release of a packet is dealt with. */
static noinline bool skb_done(struct sk_buff *skb, bool keep, unsigned long site, const char *api)
{
	struct suture_visit *v = suture_visit_current();

	if (unlikely(atomic_read(&kept)) && skb_again(skb, site, api))
		return true;
	if (unlikely(v && v->arg[0] == (unsigned long)skb))
		return skb_own(v, skb, site, keep);
	return false;
}

/* The quick way has no call but the last, so it saves no registers. */
#define SKB_FREE(api, name, proto, args)					\
	static noinline void api##_asked(__SUTURE_UNPAREN proto, unsigned long site) \
	{									\
		if (!skb || !skb_done(skb, true, site, name))			\
			api args;						\
	}									\
	SUTURE_DEFINE(void, api, __SUTURE_UNPAREN proto)			\
	{									\
		if (skb_plain(skb))						\
			api args;						\
		else								\
			api##_asked(__SUTURE_UNPAREN args, SUTURE_SITE);	\
	}									\
	SUTURE_WRAPPER(api)
#define __SUTURE_UNPAREN(...) __VA_ARGS__

#ifdef SUTURE_HAVE_SK_SKB_REASON
SKB_FREE(sk_skb_reason_drop, "kfree_skb",
	 (struct sock *sk, struct sk_buff *skb, enum skb_drop_reason reason), (sk, skb, reason));
#else
SKB_FREE(kfree_skb_reason, "kfree_skb",
	 (struct sk_buff *skb, enum skb_drop_reason reason), (skb, reason));
#endif
SKB_FREE(API_DEV_KFREE_SKB_ANY, "dev_kfree_skb_any",
	 (struct sk_buff *skb, API_SKB_REASON reason), (skb, reason));
SKB_FREE(API_DEV_KFREE_SKB_IRQ, "dev_kfree_skb_irq",
	 (struct sk_buff *skb, API_SKB_REASON reason), (skb, reason));
SKB_FREE(consume_skb, "consume_skb", (struct sk_buff *skb), (skb));
SKB_FREE(napi_consume_skb, "napi_consume_skb", (struct sk_buff *skb, int budget), (skb, budget));

/* Packets for the stack: one that was freed, or of an interface that is gone. */
static bool skb_deliver(struct sk_buff *skb, unsigned long site, const char *api)
{
	struct net_device *dev;

	suture_check_pointer(skb, site, api);
	if (skb_done(skb, false, site, api))
		return false;
	dev = skb->dev;
	if (likely(!dev || dev->reg_state < NETREG_UNREGISTERED) ||
	    !suture_netdev_dead(dev, site, api))
		return true;
	dev_kfree_skb_any(skb);
	return false;
}

/* Of an interface that is there, and nothing to be asked. */
static __always_inline bool skb_deliver_plain(struct sk_buff *skb)
{
	return !suture_pointer_bad(skb) && skb_plain(skb) &&
	       likely(!skb->dev || READ_ONCE(skb->dev->reg_state) < NETREG_UNREGISTERED);
}

#define SKB_DELIVER(type, api, dropped, proto, args)				\
	static noinline type api##_asked(__SUTURE_UNPAREN proto, unsigned long site) \
	{									\
		return skb_deliver(skb, site, #api) ? api args : (dropped);	\
	}									\
	SUTURE_DEFINE(type, api, __SUTURE_UNPAREN proto)			\
	{									\
		if (likely(skb_deliver_plain(skb)))				\
			return api args;					\
		return api##_asked(__SUTURE_UNPAREN args, SUTURE_SITE);		\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

SKB_DELIVER(int, netif_rx, NET_RX_DROP, (struct sk_buff *skb), (skb));
SKB_DELIVER(int, netif_receive_skb, NET_RX_DROP, (struct sk_buff *skb), (skb));
SKB_DELIVER(gro_result_t, napi_gro_receive, GRO_NORMAL,
	    (struct napi_struct *napi, struct sk_buff *skb), (napi, skb));

/**
 * suture_xmit_leave() - an ndo_start_xmit() returns that gave its packet away
 * @visit:	its visit
 * @ret:	what it returns
 *
 * Context: any in which packets are sent.
 * Return: what it shall return.
 */
long suture_xmit_leave(struct suture_visit *visit, long ret)
{
	if ((int)ret != NETDEV_TX_BUSY || !(visit->marks & SUTURE_MARK_GIVEN) ||
	    rule_xmit.action == SUTURE_OFF)
		return ret;
	suture_report(&rule_xmit, SUTURE_DID(rule_xmit, 0), visit->site,
		      "NETDEV_TX_BUSY for a packet that is freed");
	return suture_may(&rule_xmit, 0, visit->site) ? NETDEV_TX_OK : ret;
}

int suture_rules_skb_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_skb_stop(void)
{
	suture_rules_remove(rules);
}
