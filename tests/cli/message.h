/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * message.h - builds the netlink messages that the tests feed to the command.
 *
 * The buffer of a message is allocated at exactly its size, so that the address
 * sanitizer sees every read beyond its end.
 */
#ifndef TEST_MESSAGE_H
#define TEST_MESSAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "uapi/linux/suture.h"

#define FAMILY 0x20
#define SEQ    7
#define PORTID 99

static inline struct nlmsghdr *message_begin(void *buf, uint8_t command)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = FAMILY;
	nlh->nlmsg_seq = SEQ;
	nlh->nlmsg_pid = PORTID;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = command;
	genl->version = 1;
	return nlh;
}

/* A copy with nothing behind it; @size 0: all of it. */
static inline void *message_exact(const struct nlmsghdr *nlh, size_t size)
{
	size_t n = size ? size : nlh->nlmsg_len;
	void *copy = malloc(n);

	assert_non_null(copy);
	memcpy(copy, nlh, n);
	return copy;
}

/* An event with every attribute that suture.ko sends. */
static inline struct nlmsghdr *message_event(void *buf)
{
	struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_EVENT);

	mnl_attr_put_u64(nlh, SUTURE_A_SEQ, 12);
	mnl_attr_put_u64(nlh, SUTURE_A_TIME, 1700000000123456789);
	mnl_attr_put_strz(nlh, SUTURE_A_DOMAIN, "e1000");
	mnl_attr_put_strz(nlh, SUTURE_A_RULE, "LCK-SLEEP");
	mnl_attr_put_strz(nlh, SUTURE_A_ACTION, "repair");
	mnl_attr_put_strz(nlh, SUTURE_A_REPAIR, "release");
	mnl_attr_put_strz(nlh, SUTURE_A_GIVES_UP, "the critical section is no longer atomic");
	mnl_attr_put_strz(nlh, SUTURE_A_ENTRY, "e1000_watchdog");
	mnl_attr_put_strz(nlh, SUTURE_A_ROLE, "work");
	mnl_attr_put_strz(nlh, SUTURE_A_SITE, "e1000_watchdog+0x12/0x80 [e1000]");
	mnl_attr_put_strz(nlh, SUTURE_A_CONTEXT, "task");
	mnl_attr_put_strz(nlh, SUTURE_A_TEXT, "msleep() with a spinlock held");
	mnl_attr_put_u32(nlh, SUTURE_A_CPU, 1);
	mnl_attr_put_u32(nlh, SUTURE_A_PID, 321);
	mnl_attr_put_strz(nlh, SUTURE_A_COMM, "kworker/1:2");
	return nlh;
}

#endif /* TEST_MESSAGE_H */
