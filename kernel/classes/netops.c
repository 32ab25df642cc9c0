// SPDX-License-Identifier: GPL-2.0-only
/*
 * netops.c - network interfaces: what their entries are for, and what the kernel
 * gets from one that was abandoned.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <net/rtnetlink.h>

#include <suture/rule.h>
#include "../domain.h"
#include "../role.h"
#include "../rules/net.h"
#include "net.h"

static long xmit_abandon(struct suture_visit *visit, long failed)
{
	struct suture_domain *domain = suture_entry_domain(visit->entry);
	struct sk_buff *skb = (struct sk_buff *)visit->arg[0];

	/* Refused: the driver has not seen it. During a restart the stack tries again. */
	if (!visit->rule) {
		if (READ_ONCE(visit->entry->flags) & SUTURE_ENTRY_PAUSED &&
		    READ_ONCE(suture_domain_group(domain)->state) != SUTURE_QUARANTINED)
			return NETDEV_TX_BUSY;
		dev_kfree_skb_any(skb);
		return failed;
	}
	/* Whoever got it, the stack must not touch it any more. */
	if (visit->marks & SUTURE_MARK_GIVEN)
		return failed;
	/* Not with the device yet: the stack keeps it and tries again. */
	if (domain->maps && !(visit->marks & SUTURE_MARK_MAPPED))
		return NETDEV_TX_BUSY;
	/*
	 * The driver may or may not have it in its ring. Freeing it could free
	 * it twice, so it may leak; but its socket must not wait for it.
	 */
	skb_orphan(skb);
	return failed;
}

/* An interface without a device is not restarted: nobody would switch its interrupts on again. */
static bool restarts(const struct net_device *dev)
{
	return dev && dev->dev.parent;
}

static bool xmit_refuse(const struct suture_visit *visit, const struct suture_group *group)
{
	return restarts((struct net_device *)visit->arg[1]);
}

static bool poll_refuse(const struct suture_visit *visit, const struct suture_group *group)
{
	return restarts(((struct napi_struct *)visit->arg[0])->dev);
}

static long poll_abandon(struct suture_visit *visit, long failed)
{
	struct napi_struct *napi = (struct napi_struct *)visit->arg[0];

	/* Else the kernel would wait for this poll for ever. */
	if (!(visit->marks & SUTURE_MARK_POLLED))
		napi_complete_done(napi, 0);
	return failed;
}

const struct suture_role suture_role_napi_poll = {
	.name = "napi_poll",
	.abandon = poll_abandon,
	.refuse = poll_refuse,
	.leave = suture_napi_leave,
};

const struct suture_role suture_role_xmit = {
	.name = "ndo_start_xmit",
	.failed = NETDEV_TX_OK,
	.abandon = xmit_abandon,
	.refuse = xmit_refuse,
	.leave = suture_xmit_leave,
};

/* The kernel reads from what this returns. */
static long get_stats_abandon(struct suture_visit *visit, long failed)
{
	return (long)&((struct net_device *)visit->arg[0])->stats;
}

static const struct suture_role role_get_stats = {
	.name = "ndo_get_stats",
	.abandon = get_stats_abandon,
};

/* What "failed" means to the kernel. */
#define FAILED		(-EIO)
/* It takes no error: nothing, a length, a mask, a state. */
#define NO_ERROR	0
/* Asked for every listing: "no such thing" leaves the rest of it readable. */
#define NO_ANSWER	(-EOPNOTSUPP)

/* Each entry has a role of its own: who looks at a driver sees what is what. */
#define SLOT(type, field, prefix, value)					\
	{ offsetof(struct type, field),						\
	  &(const struct suture_role){ .name = prefix #field, .failed = (value) } }

#define NDO(field, value) SLOT(net_device_ops, field, "", value)
static const struct suture_role_slot ndo_slots[] = {
	NDO(ndo_open, FAILED),
	NDO(ndo_stop, NO_ERROR),
	{ offsetof(struct net_device_ops, ndo_start_xmit), &suture_role_xmit },
	/* Without any feature the kernel does in software what it can. */
	NDO(ndo_features_check, NO_ERROR),
	NDO(ndo_fix_features, NO_ERROR),
	{ offsetof(struct net_device_ops, ndo_get_stats), &role_get_stats },
	NDO(ndo_uninit, NO_ERROR),
	NDO(ndo_change_rx_flags, NO_ERROR),
	NDO(ndo_set_rx_mode, NO_ERROR),
	NDO(ndo_tx_timeout, NO_ERROR),
	NDO(ndo_get_stats64, NO_ERROR),
	NDO(ndo_poll_controller, NO_ERROR),
	NDO(ndo_select_queue, NO_ERROR),
	NDO(ndo_netpoll_cleanup, NO_ERROR),
	NDO(ndo_neigh_destroy, NO_ERROR),
	NDO(ndo_has_offload_stats, NO_ERROR),
	NDO(ndo_dfwd_del_station, NO_ERROR),
	NDO(ndo_get_iflink, NO_ERROR),
	NDO(ndo_set_rx_headroom, NO_ERROR),
	NDO(ndo_get_offload_stats, NO_ANSWER),
	NDO(ndo_get_vf_config, NO_ANSWER),
	NDO(ndo_get_vf_stats, NO_ANSWER),
	NDO(ndo_get_vf_port, NO_ANSWER),
	NDO(ndo_get_vf_guid, NO_ANSWER),
	NDO(ndo_get_phys_port_id, NO_ANSWER),
	NDO(ndo_get_port_parent_id, NO_ANSWER),
	NDO(ndo_get_phys_port_name, NO_ANSWER),
	NDO(ndo_bridge_getlink, NO_ANSWER),
	NDO(ndo_init, FAILED),
	NDO(ndo_set_mac_address, FAILED),
	NDO(ndo_validate_addr, FAILED),
	NDO(ndo_do_ioctl, FAILED),
	NDO(ndo_eth_ioctl, FAILED),
	NDO(ndo_siocbond, FAILED),
	NDO(ndo_siocwandev, FAILED),
	NDO(ndo_siocdevprivate, FAILED),
	NDO(ndo_set_config, FAILED),
	NDO(ndo_change_mtu, FAILED),
	NDO(ndo_neigh_setup, FAILED),
	NDO(ndo_vlan_rx_add_vid, FAILED),
	NDO(ndo_vlan_rx_kill_vid, FAILED),
	NDO(ndo_netpoll_setup, FAILED),
	NDO(ndo_set_vf_mac, FAILED),
	NDO(ndo_set_vf_vlan, FAILED),
	NDO(ndo_set_vf_rate, FAILED),
	NDO(ndo_set_vf_spoofchk, FAILED),
	NDO(ndo_set_vf_trust, FAILED),
	NDO(ndo_set_vf_link_state, FAILED),
	NDO(ndo_set_vf_port, FAILED),
	NDO(ndo_set_vf_guid, FAILED),
	NDO(ndo_set_vf_rss_query_en, FAILED),
	NDO(ndo_setup_tc, FAILED),
	NDO(ndo_rx_flow_steer, FAILED),
	NDO(ndo_add_slave, FAILED),
	NDO(ndo_del_slave, FAILED),
	NDO(ndo_set_features, FAILED),
	NDO(ndo_neigh_construct, FAILED),
	NDO(ndo_fdb_add, FAILED),
	NDO(ndo_fdb_del, FAILED),
	NDO(ndo_fdb_dump, FAILED),
	NDO(ndo_fdb_get, FAILED),
	NDO(ndo_bridge_setlink, FAILED),
	NDO(ndo_bridge_dellink, FAILED),
	NDO(ndo_change_carrier, FAILED),
	NDO(ndo_set_tx_maxrate, FAILED),
	NDO(ndo_bpf, FAILED),
	NDO(ndo_xsk_wakeup, FAILED),
};

#define ETHTOOL(field, value) SLOT(ethtool_ops, field, "ethtool.", value)
static const struct suture_role_slot ethtool_slots[] = {
	ETHTOOL(set_wol, FAILED),
	ETHTOOL(nway_reset, FAILED),
	ETHTOOL(get_link_ext_state, FAILED),
	ETHTOOL(get_eeprom, FAILED),
	ETHTOOL(set_eeprom, FAILED),
	ETHTOOL(get_coalesce, FAILED),
	ETHTOOL(set_coalesce, FAILED),
	ETHTOOL(set_ringparam, FAILED),
	ETHTOOL(set_pauseparam, FAILED),
	ETHTOOL(set_phys_id, FAILED),
	ETHTOOL(begin, FAILED),
	ETHTOOL(set_priv_flags, FAILED),
	ETHTOOL(get_sset_count, FAILED),
	ETHTOOL(get_rxnfc, FAILED),
	ETHTOOL(set_rxnfc, FAILED),
	ETHTOOL(flash_device, FAILED),
	ETHTOOL(reset, FAILED),
	ETHTOOL(get_rxfh, FAILED),
	ETHTOOL(set_rxfh, FAILED),
	ETHTOOL(set_channels, FAILED),
	ETHTOOL(get_dump_flag, FAILED),
	ETHTOOL(get_dump_data, FAILED),
	ETHTOOL(set_dump, FAILED),
	ETHTOOL(get_ts_info, FAILED),
	ETHTOOL(get_module_info, FAILED),
	ETHTOOL(get_module_eeprom, FAILED),
	ETHTOOL(get_eee, FAILED),
	ETHTOOL(set_eee, FAILED),
	ETHTOOL(get_tunable, FAILED),
	ETHTOOL(set_tunable, FAILED),
	ETHTOOL(get_per_queue_coalesce, FAILED),
	ETHTOOL(set_per_queue_coalesce, FAILED),
	ETHTOOL(get_link_ksettings, FAILED),
	ETHTOOL(set_link_ksettings, FAILED),
	ETHTOOL(get_fecparam, FAILED),
	ETHTOOL(set_fecparam, FAILED),
	ETHTOOL(get_phy_tunable, FAILED),
	ETHTOOL(set_phy_tunable, FAILED),
	ETHTOOL(get_module_eeprom_by_page, FAILED),
	ETHTOOL(get_module_power_mode, FAILED),
	ETHTOOL(set_module_power_mode, FAILED),
	ETHTOOL(get_drvinfo, NO_ERROR),
	ETHTOOL(get_regs_len, NO_ERROR),
	ETHTOOL(get_regs, NO_ERROR),
	ETHTOOL(get_wol, NO_ERROR),
	ETHTOOL(get_msglevel, NO_ERROR),
	ETHTOOL(set_msglevel, NO_ERROR),
	ETHTOOL(get_link, NO_ERROR),
	ETHTOOL(get_eeprom_len, NO_ERROR),
	ETHTOOL(get_ringparam, NO_ERROR),
	ETHTOOL(get_pause_stats, NO_ERROR),
	ETHTOOL(get_pauseparam, NO_ERROR),
	ETHTOOL(self_test, NO_ERROR),
	ETHTOOL(get_strings, NO_ERROR),
	ETHTOOL(get_ethtool_stats, NO_ERROR),
	ETHTOOL(complete, NO_ERROR),
	ETHTOOL(get_priv_flags, NO_ERROR),
	ETHTOOL(get_rxfh_key_size, NO_ERROR),
	ETHTOOL(get_rxfh_indir_size, NO_ERROR),
	ETHTOOL(get_channels, NO_ERROR),
	ETHTOOL(get_fec_stats, NO_ERROR),
	ETHTOOL(get_ethtool_phy_stats, NO_ERROR),
	ETHTOOL(get_eth_phy_stats, NO_ERROR),
	ETHTOOL(get_eth_mac_stats, NO_ERROR),
	ETHTOOL(get_eth_ctrl_stats, NO_ERROR),
	ETHTOOL(get_rmon_stats, NO_ERROR),
};

#define LINK(field, value) SLOT(rtnl_link_ops, field, "rtnl_link.", value)
static const struct suture_role_slot link_slots[] = {
	LINK(setup, NO_ERROR),
	LINK(validate, FAILED),
	LINK(newlink, FAILED),
	LINK(changelink, FAILED),
	LINK(dellink, NO_ERROR),
	LINK(get_size, NO_ERROR),
	LINK(fill_info, FAILED),
	LINK(get_xstats_size, NO_ERROR),
	LINK(fill_xstats, FAILED),
	LINK(slave_changelink, FAILED),
	LINK(get_slave_size, NO_ERROR),
	LINK(fill_slave_info, FAILED),
};

/**
 * suture_net_roles() - label the entries of an interface
 * @dev:	interface whose ops are set
 *
 * Context: any.
 */
void suture_net_roles(const struct net_device *dev)
{
	suture_role_set_ops(dev->netdev_ops, ndo_slots, ARRAY_SIZE(ndo_slots));
	suture_role_set_ops(dev->ethtool_ops, ethtool_slots, ARRAY_SIZE(ethtool_slots));
}

#define LINK_REGISTER(api)							\
	SUTURE_DEFINE(int, api, struct rtnl_link_ops *ops)			\
	{									\
		suture_role_set_ops(ops, link_slots, ARRAY_SIZE(link_slots));	\
		return api(ops);						\
	}									\
	SUTURE_WRAPPER(api)

LINK_REGISTER(rtnl_link_register);
LINK_REGISTER(__rtnl_link_register);
