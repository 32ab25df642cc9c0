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

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

ROLE(role_open, "ndo_open", -EIO);
ROLE(role_stop, "ndo_stop", 0);
ROLE(role_void, "ndo", 0);
ROLE(role_int, "ndo_int", -EIO);
/* Asked for every listing: "no such thing" leaves the rest of it readable. */
ROLE(role_query, "ndo_query", -EOPNOTSUPP);
/* Without any feature the kernel does in software what it can. */
ROLE(role_features, "ndo_features", 0);
ROLE(role_ethtool, "ethtool", -EIO);
/* A length, a mask, a state: the kernel takes no error for it. */
ROLE(role_ethtool_value, "ethtool_value", 0);

#define NDO(field, which) { offsetof(struct net_device_ops, field), &(which) }
static const struct suture_role_slot ndo_slots[] = {
	NDO(ndo_open, role_open),
	NDO(ndo_stop, role_stop),
	NDO(ndo_start_xmit, suture_role_xmit),
	NDO(ndo_features_check, role_features),
	NDO(ndo_fix_features, role_features),
	NDO(ndo_get_stats, role_get_stats),
	NDO(ndo_uninit, role_void),
	NDO(ndo_change_rx_flags, role_void),
	NDO(ndo_set_rx_mode, role_void),
	NDO(ndo_tx_timeout, role_void),
	NDO(ndo_get_stats64, role_void),
	NDO(ndo_poll_controller, role_void),
	NDO(ndo_select_queue, role_void),
	NDO(ndo_netpoll_cleanup, role_void),
	NDO(ndo_neigh_destroy, role_void),
	NDO(ndo_has_offload_stats, role_void),
	NDO(ndo_dfwd_del_station, role_void),
	NDO(ndo_get_iflink, role_void),
	NDO(ndo_set_rx_headroom, role_void),
	NDO(ndo_get_offload_stats, role_query),
	NDO(ndo_get_vf_config, role_query),
	NDO(ndo_get_vf_stats, role_query),
	NDO(ndo_get_vf_port, role_query),
	NDO(ndo_get_vf_guid, role_query),
	NDO(ndo_get_phys_port_id, role_query),
	NDO(ndo_get_port_parent_id, role_query),
	NDO(ndo_get_phys_port_name, role_query),
	NDO(ndo_bridge_getlink, role_query),
	NDO(ndo_init, role_int),
	NDO(ndo_set_mac_address, role_int),
	NDO(ndo_validate_addr, role_int),
	NDO(ndo_do_ioctl, role_int),
	NDO(ndo_eth_ioctl, role_int),
	NDO(ndo_siocbond, role_int),
	NDO(ndo_siocwandev, role_int),
	NDO(ndo_siocdevprivate, role_int),
	NDO(ndo_set_config, role_int),
	NDO(ndo_change_mtu, role_int),
	NDO(ndo_neigh_setup, role_int),
	NDO(ndo_vlan_rx_add_vid, role_int),
	NDO(ndo_vlan_rx_kill_vid, role_int),
	NDO(ndo_netpoll_setup, role_int),
	NDO(ndo_set_vf_mac, role_int),
	NDO(ndo_set_vf_vlan, role_int),
	NDO(ndo_set_vf_rate, role_int),
	NDO(ndo_set_vf_spoofchk, role_int),
	NDO(ndo_set_vf_trust, role_int),
	NDO(ndo_set_vf_link_state, role_int),
	NDO(ndo_set_vf_port, role_int),
	NDO(ndo_set_vf_guid, role_int),
	NDO(ndo_set_vf_rss_query_en, role_int),
	NDO(ndo_setup_tc, role_int),
	NDO(ndo_rx_flow_steer, role_int),
	NDO(ndo_add_slave, role_int),
	NDO(ndo_del_slave, role_int),
	NDO(ndo_set_features, role_int),
	NDO(ndo_neigh_construct, role_int),
	NDO(ndo_fdb_add, role_int),
	NDO(ndo_fdb_del, role_int),
	NDO(ndo_fdb_dump, role_int),
	NDO(ndo_fdb_get, role_int),
	NDO(ndo_bridge_setlink, role_int),
	NDO(ndo_bridge_dellink, role_int),
	NDO(ndo_change_carrier, role_int),
	NDO(ndo_set_tx_maxrate, role_int),
	NDO(ndo_bpf, role_int),
	NDO(ndo_xsk_wakeup, role_int),
};

#define ETHTOOL(field, which) { offsetof(struct ethtool_ops, field), &(which) }
static const struct suture_role_slot ethtool_slots[] = {
	ETHTOOL(set_wol, role_ethtool),
	ETHTOOL(nway_reset, role_ethtool),
	ETHTOOL(get_link_ext_state, role_ethtool),
	ETHTOOL(get_eeprom, role_ethtool),
	ETHTOOL(set_eeprom, role_ethtool),
	ETHTOOL(get_coalesce, role_ethtool),
	ETHTOOL(set_coalesce, role_ethtool),
	ETHTOOL(set_ringparam, role_ethtool),
	ETHTOOL(set_pauseparam, role_ethtool),
	ETHTOOL(set_phys_id, role_ethtool),
	ETHTOOL(begin, role_ethtool),
	ETHTOOL(set_priv_flags, role_ethtool),
	ETHTOOL(get_sset_count, role_ethtool),
	ETHTOOL(get_rxnfc, role_ethtool),
	ETHTOOL(set_rxnfc, role_ethtool),
	ETHTOOL(flash_device, role_ethtool),
	ETHTOOL(reset, role_ethtool),
	ETHTOOL(get_rxfh, role_ethtool),
	ETHTOOL(set_rxfh, role_ethtool),
	ETHTOOL(set_channels, role_ethtool),
	ETHTOOL(get_dump_flag, role_ethtool),
	ETHTOOL(get_dump_data, role_ethtool),
	ETHTOOL(set_dump, role_ethtool),
	ETHTOOL(get_ts_info, role_ethtool),
	ETHTOOL(get_module_info, role_ethtool),
	ETHTOOL(get_module_eeprom, role_ethtool),
	ETHTOOL(get_eee, role_ethtool),
	ETHTOOL(set_eee, role_ethtool),
	ETHTOOL(get_tunable, role_ethtool),
	ETHTOOL(set_tunable, role_ethtool),
	ETHTOOL(get_per_queue_coalesce, role_ethtool),
	ETHTOOL(set_per_queue_coalesce, role_ethtool),
	ETHTOOL(get_link_ksettings, role_ethtool),
	ETHTOOL(set_link_ksettings, role_ethtool),
	ETHTOOL(get_fecparam, role_ethtool),
	ETHTOOL(set_fecparam, role_ethtool),
	ETHTOOL(get_phy_tunable, role_ethtool),
	ETHTOOL(set_phy_tunable, role_ethtool),
	ETHTOOL(get_module_eeprom_by_page, role_ethtool),
	ETHTOOL(get_module_power_mode, role_ethtool),
	ETHTOOL(set_module_power_mode, role_ethtool),
	ETHTOOL(get_drvinfo, role_ethtool_value),
	ETHTOOL(get_regs_len, role_ethtool_value),
	ETHTOOL(get_regs, role_ethtool_value),
	ETHTOOL(get_wol, role_ethtool_value),
	ETHTOOL(get_msglevel, role_ethtool_value),
	ETHTOOL(set_msglevel, role_ethtool_value),
	ETHTOOL(get_link, role_ethtool_value),
	ETHTOOL(get_eeprom_len, role_ethtool_value),
	ETHTOOL(get_ringparam, role_ethtool_value),
	ETHTOOL(get_pause_stats, role_ethtool_value),
	ETHTOOL(get_pauseparam, role_ethtool_value),
	ETHTOOL(self_test, role_ethtool_value),
	ETHTOOL(get_strings, role_ethtool_value),
	ETHTOOL(get_ethtool_stats, role_ethtool_value),
	ETHTOOL(complete, role_ethtool_value),
	ETHTOOL(get_priv_flags, role_ethtool_value),
	ETHTOOL(get_rxfh_key_size, role_ethtool_value),
	ETHTOOL(get_rxfh_indir_size, role_ethtool_value),
	ETHTOOL(get_channels, role_ethtool_value),
	ETHTOOL(get_fec_stats, role_ethtool_value),
	ETHTOOL(get_ethtool_phy_stats, role_ethtool_value),
	ETHTOOL(get_eth_phy_stats, role_ethtool_value),
	ETHTOOL(get_eth_mac_stats, role_ethtool_value),
	ETHTOOL(get_eth_ctrl_stats, role_ethtool_value),
	ETHTOOL(get_rmon_stats, role_ethtool_value),
};

#define LINK(field, which) { offsetof(struct rtnl_link_ops, field), &(which) }
static const struct suture_role_slot link_slots[] = {
	LINK(setup, role_void),
	LINK(validate, role_int),
	LINK(newlink, role_int),
	LINK(changelink, role_int),
	LINK(dellink, role_void),
	LINK(get_size, role_void),
	LINK(fill_info, role_int),
	LINK(get_xstats_size, role_void),
	LINK(fill_xstats, role_int),
	LINK(slave_changelink, role_int),
	LINK(get_slave_size, role_void),
	LINK(fill_slave_info, role_int),
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
