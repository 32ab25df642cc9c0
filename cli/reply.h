/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * reply.h - what came back on a netlink socket, message by message.
 *
 * Apart from link.c so that it can be fed without a kernel.
 */
#ifndef CLI_REPLY_H
#define CLI_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

#define REPLY_WORDS 256

/**
 * struct reply - the answer to one request while it comes in
 * @seq:	of the request; answers to others are passed over (0: takes all)
 * @portid:	our own address
 * @family:	number of the family whose messages make records
 * @records:	where these go; NULL if none are wanted
 * @other:	called for messages of other families, or NULL
 * @data:	for @other
 * @words:	what the kernel said about a failure, or ""
 * @interrupted: the table changed while it was dumped
 */
struct reply {
	uint32_t seq;
	uint32_t portid;
	uint16_t family;
	struct records *records;
	int (*other)(const struct nlmsghdr *nlh, void *data);
	void *data;
	char words[REPLY_WORDS];
	bool interrupted;
};

#define REPLY_MORE 1

/*
 * Return: REPLY_MORE, 0 when the answer is complete, the negative errno that the
 * kernel answered with, or -EBADMSG for what cannot be read.
 */
int reply_take(struct reply *reply, const void *data, size_t size);

#endif /* CLI_REPLY_H */
