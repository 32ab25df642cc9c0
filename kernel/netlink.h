/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * netlink.h - control and events over generic netlink.
 */
#ifndef SUTURE_NETLINK_H
#define SUTURE_NETLINK_H

struct suture_event;

int suture_netlink_start(void);
void suture_netlink_stop(void);
void suture_netlink_event(const struct suture_event *event);

#endif /* SUTURE_NETLINK_H */
