// SPDX-License-Identifier: GPL-2.0-only
/*
 * link.c - the way to suture.ko: one generic netlink socket.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "link.h"
#include "reply.h"
#include "uapi/linux/suture.h"

/* One datagram of the kernel is at most 32 KiB. */
#define ANSWER_SIZE 65536
/* A policy of the largest size; the kernel takes no more than 208 KiB at once. */
#define REQUEST_SIZE (192 * 1024)

/* How often a dump is repeated that was disturbed. */
#define DUMP_TRIES 8

/* For -f: room for bursts before the kernel drops events. */
#define LISTEN_BUFFER (1 << 20)

struct link {
	struct mnl_socket *socket;
	uint32_t portid;
	uint32_t seq;
	uint16_t family;
	uint32_t group;
	uint32_t notify;
	struct nlmsghdr *request;
	int overflow;
	char words[REPLY_WORDS];
	char request_buf[REQUEST_SIZE] __attribute__((aligned(8)));
	char answer[ANSWER_SIZE] __attribute__((aligned(8)));
};

const char *link_words(const struct link *link)
{
	return link->words;
}

static void begin(struct link *link, uint16_t type, uint8_t command, uint8_t version)
{
	struct genlmsghdr *genl;

	link->overflow = 0;
	link->request = mnl_nlmsg_put_header(link->request_buf);
	link->request->nlmsg_type = type;
	genl = mnl_nlmsg_put_extra_header(link->request, sizeof(*genl));
	genl->cmd = command;
	genl->version = version;
}

void link_begin(struct link *link, uint8_t command)
{
	begin(link, link->family, command, SUTURE_GENL_VERSION);
}

void link_put_string(struct link *link, int attr, const char *value)
{
	if (!mnl_attr_put_strz_check(link->request, REQUEST_SIZE, (uint16_t)attr, value))
		link->overflow = -EMSGSIZE;
}

void link_put_number(struct link *link, int attr, uint64_t value)
{
	if (!mnl_attr_put_u64_check(link->request, REQUEST_SIZE, (uint16_t)attr, value))
		link->overflow = -EMSGSIZE;
}

void *link_nest_begin(struct link *link, int attr)
{
	void *nest = mnl_attr_nest_start_check(link->request, REQUEST_SIZE, (uint16_t)attr);

	if (!nest)
		link->overflow = -EMSGSIZE;
	return nest;
}

void link_nest_end(struct link *link, void *nest)
{
	if (nest)
		mnl_attr_nest_end(link->request, nest);
}

static int receive(struct link *link, struct reply *reply)
{
	ssize_t got;
	int ret;

	do {
		got = mnl_socket_recvfrom(link->socket, link->answer, ANSWER_SIZE);
		if (got < 0)
			return -errno;
		ret = reply_take(reply, link->answer, (size_t)got);
	} while (ret == REPLY_MORE);
	return ret;
}

static int ask(struct link *link, uint16_t flags, struct reply *reply)
{
	int ret;

	if (link->overflow)
		return link->overflow;

	link->request->nlmsg_flags = NLM_F_REQUEST | flags;
	link->request->nlmsg_seq = ++link->seq;
	reply->seq = link->seq;
	reply->portid = link->portid;
	link->words[0] = '\0';

	if (mnl_socket_sendto(link->socket, link->request, link->request->nlmsg_len) < 0)
		return -errno;
	do {
		ret = receive(link, reply);
	} while (ret == -EINTR);
	memcpy(link->words, reply->words, sizeof(link->words));
	return ret;
}

int link_do(struct link *link, struct records *records)
{
	struct reply reply = { .family = link->family, .records = records };
	int ret = ask(link, NLM_F_ACK, &reply);

	if (ret && records)
		records_clear(records);
	return ret;
}

int link_dump(struct link *link, struct records *records)
{
	struct timespec pause = { .tv_nsec = 2000000 };
	int i, ret;

	for (i = 0; i < DUMP_TRIES; i++) {
		struct reply reply = { .family = link->family, .records = records };

		records_clear(records);
		ret = ask(link, NLM_F_DUMP, &reply);
		if (ret) {
			records_clear(records);
			return ret;
		}
		if (!reply.interrupted)
			return 0;
		nanosleep(&pause, NULL);
		pause.tv_nsec *= 2;
	}
	return -EINTR;
}

/* The family's number and its multicast group, as the kernel's controller tells them. */
struct family {
	const char *group_name;
	uint16_t id;
	uint32_t group;
};

static int take_group(const struct nlattr *entry, struct family *family)
{
	const struct nlattr *nla;
	const char *name = NULL;
	uint32_t id = 0;

	mnl_attr_for_each_nested(nla, entry) {
		switch (mnl_attr_get_type(nla)) {
		case CTRL_ATTR_MCAST_GRP_NAME:
			if (mnl_attr_validate(nla, MNL_TYPE_NUL_STRING) < 0)
				return -EBADMSG;
			name = mnl_attr_get_str(nla);
			break;
		case CTRL_ATTR_MCAST_GRP_ID:
			if (mnl_attr_validate(nla, MNL_TYPE_U32) < 0)
				return -EBADMSG;
			id = mnl_attr_get_u32(nla);
			break;
		}
	}
	if (name && strcmp(name, family->group_name) == 0)
		family->group = id;
	return 0;
}

static int take_family(const struct nlmsghdr *nlh, void *data)
{
	struct family *family = data;
	const struct nlattr *nla, *entry;
	int ret;

	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
		return -EBADMSG;

	mnl_attr_for_each(nla, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(nla)) {
		case CTRL_ATTR_FAMILY_ID:
			if (mnl_attr_validate(nla, MNL_TYPE_U16) < 0)
				return -EBADMSG;
			family->id = mnl_attr_get_u16(nla);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			mnl_attr_for_each_nested(entry, nla) {
				ret = take_group(entry, family);
				if (ret)
					return ret;
			}
			break;
		}
	}
	return 0;
}

static int resolve(struct link *link, const char *name, struct family *family)
{
	struct reply reply = { .other = take_family, .data = family };
	int ret;

	begin(link, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1);
	link_put_string(link, CTRL_ATTR_FAMILY_NAME, name);
	ret = ask(link, NLM_F_ACK, &reply);
	if (ret)
		return ret;
	return family->id ? 0 : -ENOENT;
}

int link_open(struct link **result)
{
	struct family suture = { .group_name = SUTURE_GENL_MCGRP };
	struct family control = { .group_name = "notify" };
	struct link *link;
	int on = 1;
	int ret;

	link = calloc(1, sizeof(*link));
	if (!link)
		return -ENOMEM;
	link->seq = (uint32_t)time(NULL);

	link->socket = mnl_socket_open(NETLINK_GENERIC);
	if (!link->socket || mnl_socket_bind(link->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
		ret = -errno;
		link_close(link);
		return ret;
	}
	link->portid = mnl_socket_get_portid(link->socket);

	/* Both only make errors better; kernels without them answer as well. */
	mnl_socket_setsockopt(link->socket, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(link->socket, NETLINK_CAP_ACK, &on, sizeof(on));

	ret = resolve(link, SUTURE_GENL_NAME, &suture);
	if (!ret)
		ret = resolve(link, "nlctrl", &control);
	if (ret) {
		link_close(link);
		return ret;
	}
	link->family = suture.id;
	link->group = suture.group;
	link->notify = control.group;
	*result = link;
	return 0;
}

void link_close(struct link *link)
{
	if (!link)
		return;
	if (link->socket)
		mnl_socket_close(link->socket);
	free(link);
}

static int join(struct link *link, uint32_t group)
{
	if (mnl_socket_setsockopt(link->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		return -errno;
	return 0;
}

int link_listen(struct link *link)
{
	int size = LISTEN_BUFFER;
	int ret;

	if (link->group == 0)
		return -EOPNOTSUPP;
	setsockopt(mnl_socket_get_fd(link->socket), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));

	/* When the module goes nothing more comes: only the controller says so. */
	ret = link->notify ? join(link, link->notify) : 0;
	return ret ? ret : join(link, link->group);
}

static int take_control(const struct nlmsghdr *nlh, void *data)
{
	const struct link *link = data;
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *nla;

	if (nlh->nlmsg_type != GENL_ID_CTRL || mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) ||
	    genl->cmd != CTRL_CMD_DELFAMILY)
		return 0;

	mnl_attr_for_each(nla, nlh, sizeof(*genl)) {
		if (mnl_attr_get_type(nla) == CTRL_ATTR_FAMILY_ID &&
		    mnl_attr_validate(nla, MNL_TYPE_U16) == 0 &&
		    mnl_attr_get_u16(nla) == link->family)
			return -ENODEV;
	}
	return 0;
}

int link_hear(struct link *link, struct records *records)
{
	struct reply reply = {
		.family = link->family,
		.records = records,
		.other = take_control,
		.data = link,
	};
	ssize_t got;
	int ret;

	got = mnl_socket_recvfrom(link->socket, link->answer, ANSWER_SIZE);
	if (got < 0)
		return -errno;
	ret = reply_take(&reply, link->answer, (size_t)got);
	return ret == REPLY_MORE ? 0 : ret;
}

int link_start(struct out *out, struct link **link)
{
	int ret = link_open(link);

	if (ret == -ENOENT)
		return out_fail(out, "suture.ko is not loaded; load a driver with `suture load`, "
				     "or `modprobe suture`");
	if (ret)
		return out_fail(out, "generic netlink: cannot be opened: %s", strerror(-ret));
	return EXIT_SUCCESS;
}

int link_fail(struct out *out, const struct link *link, const char *object, int error)
{
	const char *words = link_words(link);

	if (error == -EPERM && !*words)
		return out_fail(out, "%s: not permitted; try again as root", object);
	if (error == -EMSGSIZE)
		return out_fail(out,
				"%s: the request is too long for suture.ko; "
				"check the names in it",
				object);
	if (error == -EBADMSG)
		return out_fail(out,
				"%s: suture.ko answered with a message that this command "
				"cannot read; are both of the same version?",
				object);
	/* The kernel's words come with the object and the next step in them. */
	if (*words)
		return out_fail(out, "%s: %s", object, words);
	return out_fail(out, "%s: suture.ko refused: %s", object, strerror(-error));
}

int link_table(struct out *out, struct link *link, uint8_t command, struct records *records)
{
	int ret;

	link_begin(link, command);
	ret = link_dump(link, records);
	if (ret == -EINTR) {
		out_warn(out, "the table went on changing while it was read; "
			      "what follows may be uneven");
		return EXIT_SUCCESS;
	}
	if (ret)
		return link_fail(out, link, "suture.ko", ret);
	return EXIT_SUCCESS;
}
