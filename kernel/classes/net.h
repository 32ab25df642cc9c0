/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * net.h - network interfaces of guarded drivers.
 */
#ifndef SUTURE_CLASSES_NET_H
#define SUTURE_CLASSES_NET_H

struct device;
struct net_device;
struct suture_domain;
struct suture_group;
struct suture_rule;

void suture_net_roles(const struct net_device *dev);
bool suture_rtnl_mine(void);
void suture_net_forget(struct suture_domain *domain);
void suture_net_settle(struct suture_domain *domain, struct device *parent,
		       struct suture_rule *rule);
void suture_net_unused(struct suture_domain *domain, struct device *parent,
		       struct suture_rule *rule);
void suture_net_lost(const struct suture_group *group);
unsigned int suture_net_release(struct suture_domain *domain, struct device *parent);
void suture_net_extent(struct suture_domain *domain, const struct device *parent,
		       unsigned long *start, size_t *size);
extern const struct suture_role suture_role_napi_poll, suture_role_xmit;

#endif /* SUTURE_CLASSES_NET_H */
