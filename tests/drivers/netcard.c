// SPDX-License-Identifier: GPL-2.0-only
/*
 * netcard.c - a network interface that sends everything back, and breaks a rule
 * of NAPI, packets or interfaces with each word.
 *
 * Each word makes a new interface. A timer is the hardware: it hands what was sent
 * to the poll function, which delivers it.
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>

#include "bad.h"

/* The call sites of the events are in functions with these very names. */
#define __noipa __attribute__((noipa))

/* For local experiments: nobody else sends such packets. */
#define PROTO 0x88b5
#define PACKETS 20

struct card {
	struct net_device *dev;
	struct napi_struct napi;
	struct timer_list timer;
	struct sk_buff_head ring;
	unsigned int received;
};

static const char *deed = "";
static struct sk_buff *stale;

static __noipa void schedule_dead(struct card *card)
{
	napi_disable(&card->napi);
	local_bh_disable();
	__napi_schedule(&card->napi);
	local_bh_enable();
	napi_enable(&card->napi);
}

static __noipa int free_later(void)
{
	struct sk_buff *skb = stale;

	stale = NULL;
	dev_kfree_skb_any(bad_unknown(skb));
	return 0;
}

static int card_poll(struct napi_struct *napi, int budget)
{
	struct card *card = container_of(napi, struct card, napi);
	struct sk_buff *skb;
	int work = 0;

	if (stale)
		free_later();
	while (work < budget) {
		skb = skb_dequeue(&card->ring);
		if (!skb)
			break;
		if (skb->protocol == htons(PROTO))
			card->received++;
		skb->protocol = eth_type_trans(skb, card->dev);
		napi_gro_receive(napi, skb);
		work++;
	}
	if (bad_is(deed, "poll-full")) {
		deed = "";
		napi_complete_done(napi, budget);
		return budget;
	}
	if (work < budget)
		napi_complete_done(napi, work);
	return work;
}

static void card_irq(struct timer_list *timer)
{
	struct card *card = from_timer(card, timer, timer);

	napi_schedule(&card->napi);
}

static __noipa int enable_twice(struct card *card)
{
	napi_enable(&card->napi);
	napi_enable(&card->napi);
	return 0;
}

static __noipa int disable_twice(struct card *card)
{
	napi_disable(&card->napi);
	napi_disable(&card->napi);
	return 0;
}

static int card_open(struct net_device *dev)
{
	struct card *card = netdev_priv(dev);

	if (bad_is(deed, "enable-twice"))
		enable_twice(card);
	else
		napi_enable(&card->napi);
	netif_start_queue(dev);
	return 0;
}

static int card_stop(struct net_device *dev)
{
	struct card *card = netdev_priv(dev);

	netif_stop_queue(dev);
	if (bad_is(deed, "disable-twice"))
		disable_twice(card);
	else if (!bad_is(deed, "delete-enabled") && !bad_is(deed, "free-enabled"))
		napi_disable(&card->napi);
	del_timer_sync(&card->timer);
	skb_queue_purge(&card->ring);
	return 0;
}

static __noipa netdev_tx_t busy_freed(struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
	return NETDEV_TX_BUSY;
}

static __noipa netdev_tx_t free_twice(struct sk_buff *skb)
{
	dev_kfree_skb_any(skb);
	kfree_skb(bad_unknown(skb));
	return NETDEV_TX_OK;
}

static __noipa netdev_tx_t free_deliver(struct sk_buff *skb)
{
	consume_skb(skb);
	netif_rx(bad_unknown(skb));
	return NETDEV_TX_OK;
}

static netdev_tx_t card_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct card *card = netdev_priv(dev);
	const char *what = skb->protocol == htons(PROTO) ? deed : "";

	if (!strncmp(what, "xmit-", 5) || !strncmp(what, "skb-", 4))
		deed = "";
	if (bad_is(what, "xmit-busy"))
		return busy_freed(skb);
	if (bad_is(what, "skb-twice"))
		return free_twice(skb);
	if (bad_is(what, "skb-deliver"))
		return free_deliver(skb);
	if (bad_is(what, "skb-later")) {
		stale = skb;
		dev_kfree_skb_any(skb);
	} else {
		skb_queue_tail(&card->ring, skb);
	}
	mod_timer(&card->timer, jiffies);
	return NETDEV_TX_OK;
}

static const struct net_device_ops card_ops = {
	.ndo_open = card_open,
	.ndo_stop = card_stop,
	.ndo_start_xmit = card_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static struct card *card_new(void)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct card));
	struct card *card;

	if (!dev)
		return NULL;
	card = netdev_priv(dev);
	card->dev = dev;
	dev->netdev_ops = &card_ops;
	strscpy(dev->name, "card%d", sizeof(dev->name));
	eth_hw_addr_random(dev);
	skb_queue_head_init(&card->ring);
	timer_setup(&card->timer, card_irq, 0);
	netif_napi_add(dev, &card->napi, card_poll);
	return card;
}

static int card_up(struct card *card)
{
	int err = register_netdev(card->dev);

	if (err)
		return err;
	netif_carrier_on(card->dev);
	rtnl_lock();
	err = dev_open(card->dev, NULL);
	rtnl_unlock();
	return err;
}

static int card_send(struct card *card, int n)
{
	unsigned int before = card->received;
	struct ethhdr *eth;
	struct sk_buff *skb;
	int i;

	for (i = 0; i < n; i++) {
		skb = netdev_alloc_skb(card->dev, 128);
		if (!skb)
			return -ENOMEM;
		skb_reset_mac_header(skb);
		eth = skb_put_zero(skb, 100);
		ether_addr_copy(eth->h_dest, card->dev->dev_addr);
		ether_addr_copy(eth->h_source, card->dev->dev_addr);
		eth->h_proto = htons(PROTO);
		skb->protocol = htons(PROTO);
		dev_queue_xmit(skb);
	}
	for (i = 0; i < 50 && card->received - before < n; i++)
		msleep(BAD_MOMENT_MS);
	return card->received - before;
}

static __noipa void card_free(struct card *card)
{
	netif_napi_del(&card->napi);
	free_netdev(card->dev);
	barrier();	/* no tail call: the call site must be in here */
}

/* A whole life; the packet with the deed in it may get lost, others may not. */
static int life(void)
{
	struct card *card = card_new();
	int err;

	if (!card)
		return -ENOMEM;
	err = card_up(card);
	if (!err && *deed)
		card_send(card, 1);
	if (!err && card_send(card, PACKETS) != PACKETS)
		err = -EBUSY;
	if (!err && bad_is(deed, "dead-schedule"))
		schedule_dead(card);
	unregister_netdev(card->dev);
	card_free(card);
	return err;
}

/* ------------------------------------------------------------ interfaces */

static __noipa int delete_enabled(struct card *card)
{
	unregister_netdev(card->dev);
	netif_napi_del(&card->napi);
	free_netdev(card->dev);
	return 0;
}

static __noipa int free_enabled(struct card *card)
{
	unregister_netdev(card->dev);
	free_netdev(card->dev);
	return 0;
}

static __noipa int free_registered(struct card *card)
{
	free_netdev(card->dev);
	return 0;
}

static __noipa int free_locked(struct card *card)
{
	rtnl_lock();
	free_netdev(card->dev);
	rtnl_unlock();
	return 0;
}

static __noipa int free_again(struct net_device *dev)
{
	free_netdev(bad_unknown(dev));
	return 0;
}

static __noipa int unregister_again(struct net_device *dev)
{
	unregister_netdev(bad_unknown(dev));
	return 0;
}

static __noipa int carrier_dead(struct net_device *dev)
{
	netif_carrier_off(bad_unknown(dev));
	return 0;
}

static __noipa int deliver_dead(struct card *card)
{
	struct sk_buff *skb = netdev_alloc_skb(card->dev, 128);

	if (!skb)
		return -ENOMEM;
	skb_put_zero(skb, 64);
	skb->protocol = eth_type_trans(skb, card->dev);
	return netif_rx(skb) == NET_RX_DROP ? 0 : -EPROTO;
}

static __noipa int complete_idle(struct card *card)
{
	napi_complete(&card->napi);
	return 0;
}

static int interface_do(const char *word)
{
	struct card *card = card_new();
	struct net_device *dev;
	int err;

	if (!card)
		return -ENOMEM;
	dev = card->dev;
	err = bad_is(word, "unregister-never") ? 0 : card_up(card);
	if (err)
		return err;
	deed = word;
	if (bad_is(word, "delete-enabled"))
		return delete_enabled(card);
	if (bad_is(word, "free-enabled"))
		return free_enabled(card);
	if (bad_is(word, "free-registered"))
		return free_registered(card);
	if (bad_is(word, "leave"))
		return 0;
	if (bad_is(word, "unregister-never")) {
		unregister_again(dev);
		card_free(card);
		return 0;
	}
	if (bad_is(word, "poll-idle"))
		complete_idle(card);
	if (bad_is(word, "free-locked"))
		free_locked(card);
	unregister_netdev(dev);
	if (bad_is(word, "unregister-twice"))
		unregister_again(dev);
	if (bad_is(word, "dead-deliver"))
		err = deliver_dead(card);
	card_free(card);
	if (bad_is(word, "free-twice"))
		free_again(dev);
	if (bad_is(word, "unregister-freed"))
		unregister_again(dev);
	if (bad_is(word, "dead-carrier"))
		carrier_dead(dev);
	return err;
}

/* --------------------------------------------------------------- packets */

static __noipa int put_past(unsigned int len)
{
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);
	unsigned int room, i;
	u8 *data;

	if (!skb)
		return -ENOMEM;
	room = skb_tailroom(skb);
	memset(skb_put(skb, room / 2), 0x11, room / 2);
	/* As a device would write behind the data. */
	memset(skb_tail_pointer(skb), 0x22, room - room / 2);
	data = skb_put(skb, room - room / 2 + len);
	for (i = 0; i < len; i++)
		if (data[room - room / 2 + i])
			return -EPROTO;
	if (skb->len != room + len || skb->data[0] != 0x11 || data[0] != 0x22 ||
	    data != skb->data + room / 2 || skb->tail > skb->end)
		return -EPROTO;
	memset(data, 0x33, room - room / 2 + len);
	kfree_skb(skb);
	return 0;
}

static __noipa int push_past(void)
{
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);
	unsigned int room;
	u8 *data;

	if (!skb)
		return -ENOMEM;
	skb_reserve(skb, 16);
	room = skb_headroom(skb);
	*(u8 *)skb_put(skb, 1) = 0x44;
	data = skb_push(skb, room + 40);
	if (data != skb->data || skb->data < skb->head || data[room + 40] != 0x44)
		return -EPROTO;
	memset(data, 0, room + 40);
	kfree_skb(skb);
	return 0;
}

static struct sk_buff *in_fragments(void)
{
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);
	struct page *page = alloc_page(GFP_KERNEL);

	if (!skb || !page)
		return NULL;
	memset(page_address(page), 0x55, 256);
	skb_put_zero(skb, 20);
	skb_add_rx_frag(skb, 0, page, 0, 256, PAGE_SIZE);
	return skb;
}

static __noipa int pull_fragments(void)
{
	struct sk_buff *skb = in_fragments();
	u8 *data;

	if (!skb)
		return -ENOMEM;
	data = skb_pull(skb, 60);
	if (!data || skb->len != 216 || skb_headlen(skb) + skb->data_len != 216)
		return -EPROTO;
	kfree_skb(skb);
	return 0;
}

static __noipa int put_fragments(void)
{
	struct sk_buff *skb = in_fragments();

	if (!skb)
		return -ENOMEM;
	skb_put(skb, 10);
	return -EPROTO;
}

static int bad_do(const char *word)
{
	int err;

	if (bad_is(word, "put"))
		return put_past(40);
	if (bad_is(word, "put-wild"))
		return put_past(16 << 20);
	if (bad_is(word, "put-fragments"))
		return put_fragments();
	if (bad_is(word, "push"))
		return push_past();
	if (bad_is(word, "pull"))
		return pull_fragments();
	deed = word;
	if (bad_is(word, "enable-twice") || bad_is(word, "disable-twice") ||
	    bad_is(word, "poll-full") || bad_is(word, "xmit-busy") ||
	    bad_is(word, "skb-twice") || bad_is(word, "skb-deliver") ||
	    bad_is(word, "skb-later") || bad_is(word, "dead-schedule"))
		err = life();
	else
		err = interface_do(word);
	deed = "";
	return err;
}

static int bad_ok(void)
{
	deed = "";
	return life();
}

MODULE_DESCRIPTION("Test: breaks the rules of network drivers");
