/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net.h - what the rules about interfaces, NAPI, packets and the log, and the
 * class in classes/net.c, ask of each other.
 */
#ifndef SUTURE_RULES_NET_H
#define SUTURE_RULES_NET_H

#include <linux/types.h>

struct device;
struct napi_struct;
struct net_device;
struct sk_buff;
struct suture_domain;
struct suture_rule;
struct suture_visit;

/* rules/napi.c */
int suture_rules_napi_start(void);
void suture_rules_napi_stop(void);
void suture_napi_delete(struct napi_struct *napi, unsigned long site);
void suture_napi_forget(struct napi_struct *napi);
void suture_napi_quiet(struct net_device *dev);
long suture_napi_leave(struct suture_visit *visit, long ret);

/* rules/netdev.c */
int suture_rules_netdev_start(void);
void suture_rules_netdev_stop(void);
bool suture_netdev_free(struct net_device *dev, bool known, unsigned long site);
bool suture_netdev_unregister(struct net_device *dev, unsigned long site);
void suture_netdev_alive(const struct net_device *dev);
void suture_netdev_close(struct suture_domain *domain, bool (*known)(const struct net_device *));
struct net_device *suture_netdev_settle(struct suture_domain *domain, struct device *parent,
					struct suture_rule *rule, bool *delete);
bool suture_netdev_dead(const struct net_device *dev, unsigned long site, const char *api);
bool suture_napi_dead(unsigned long disabled, unsigned long site);

/* rules/log.c */
int suture_rules_log_start(void);
void suture_rules_log_stop(void);

/* rules/skb.c */
int suture_rules_skb_start(void);
void suture_rules_skb_stop(void);
long suture_xmit_leave(struct suture_visit *visit, long ret);

#endif /* SUTURE_RULES_NET_H */
