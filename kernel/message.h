/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * message.h - a record of a crash as netlink messages.
 */
#ifndef SUTURE_MESSAGE_H
#define SUTURE_MESSAGE_H

#include "crash.h"

struct sk_buff;

int suture_message_crash(struct sk_buff *skb, const struct suture_crash *crash);
int suture_message_part(struct sk_buff *skb, u64 id, const struct suture_crash_part *part);

#endif /* SUTURE_MESSAGE_H */
