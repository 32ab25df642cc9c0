// SPDX-License-Identifier: GPL-2.0-only
/*
 * reply.c - what came back on a netlink socket, message by message.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reply.h"

#ifndef NLM_F_CAPPED
#define NLM_F_CAPPED 0x100
#endif
#ifndef NLM_F_ACK_TLVS
#define NLM_F_ACK_TLVS 0x200
#endif

/* The extended acknowledgment: attributes from @offset of the payload on. */
static void take_words(struct reply *reply, const struct nlmsghdr *nlh, size_t offset)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	const struct nlattr *nla;
	int left;

	offset = MNL_ALIGN(offset);
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || offset >= len)
		return;

	nla = mnl_nlmsg_get_payload_offset(nlh, offset);
	for (left = (int)(len - offset); mnl_attr_ok(nla, left); nla = mnl_attr_next(nla)) {
		if (mnl_attr_get_type(nla) == NLMSGERR_ATTR_MSG &&
		    mnl_attr_validate(nla, MNL_TYPE_NUL_STRING) == 0)
			snprintf(reply->words, sizeof(reply->words), "%s", mnl_attr_get_str(nla));
		left -= MNL_ALIGN(nla->nla_len);
	}
}

/* Kernels before 2.6 sent positive numbers; what is not an errno is not believed. */
static int as_errno(int error)
{
	if (error > 0)
		error = -error;
	return error < -4095 ? -EBADMSG : error;
}

static int take_error(struct reply *reply, const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(*err);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err))
		return -EBADMSG;

	/* Unless capped, the whole request is quoted before the attributes. */
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
		if (err->msg.nlmsg_len < MNL_NLMSG_HDRLEN)
			return -EBADMSG;
		offset += err->msg.nlmsg_len - MNL_NLMSG_HDRLEN;
	}
	take_words(reply, nlh, offset);
	return as_errno(err->error);
}

/* A dump that failed half-way says so in its last message. */
static int take_done(struct reply *reply, const struct nlmsghdr *nlh)
{
	int error;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(error))
		return 0;
	memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	take_words(reply, nlh, sizeof(error));
	return error < 0 ? as_errno(error) : 0;
}

static int take_message(struct reply *reply, const struct nlmsghdr *nlh)
{
	struct record *record;
	int ret;

	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		reply->interrupted = true;

	switch (nlh->nlmsg_type) {
	case NLMSG_NOOP:
		return REPLY_MORE;
	case NLMSG_OVERRUN:
		return -ENOBUFS;
	case NLMSG_ERROR:
		return take_error(reply, nlh);
	case NLMSG_DONE:
		return take_done(reply, nlh);
	}

	if (nlh->nlmsg_type != reply->family || !reply->records) {
		ret = reply->other ? reply->other(nlh, reply->data) : 0;
		return ret ? ret : REPLY_MORE;
	}

	ret = record_parse(nlh, &record);
	if (ret)
		return ret;
	ret = records_add(reply->records, record);
	return ret ? ret : REPLY_MORE;
}

int reply_take(struct reply *reply, const void *data, size_t size)
{
	const struct nlmsghdr *nlh = data;
	int left = (int)size;
	int ret;

	while (left > 0) {
		/* A header that says more than there is: cut off. */
		if (!mnl_nlmsg_ok(nlh, left) || nlh->nlmsg_len > (size_t)left)
			return -EBADMSG;
		if (mnl_nlmsg_portid_ok(nlh, reply->portid) && mnl_nlmsg_seq_ok(nlh, reply->seq)) {
			ret = take_message(reply, nlh);
			if (ret != REPLY_MORE)
				return ret;
		}
		nlh = mnl_nlmsg_next(nlh, &left);
	}
	return REPLY_MORE;
}
