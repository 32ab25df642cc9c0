// SPDX-License-Identifier: GPL-2.0-only
/*
 * message.c - a record of a crash as netlink messages. Their contract is
 * include/uapi/linux/suture.h.
 */
#include <linux/utsname.h>
#include <net/netlink.h>

#include <linux/suture.h>

#include "message.h"

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, SUTURE_A_PAD);
}

static int put_string(struct sk_buff *skb, int attr, const char *value)
{
	return value && value[0] ? nla_put_string(skb, attr, value) : 0;
}

/**
 * suture_message_crash() - the head of a record
 * @skb:	message
 * @crash:	the record, with its names
 *
 * Context: task.
 * Return: not 0 if there is no room.
 */
int suture_message_crash(struct sk_buff *skb, const struct suture_crash *crash)
{
	char kernel[2 * __NEW_UTS_LEN + 2], code[SUTURE_CRASH_CODE * 3 + 3];
	const struct suture_crash_names *names = crash->names;

	suture_crash_opcodes(crash, code, sizeof(code));
	scnprintf(kernel, sizeof(kernel), "%s %s", init_utsname()->release,
		  init_utsname()->version);
	return put_u64(skb, SUTURE_A_SEQ, crash->id) ||
	       put_u64(skb, SUTURE_A_TIME, crash->time) ||
	       nla_put_string(skb, SUTURE_A_DOMAIN, crash->driver) ||
	       nla_put_string(skb, SUTURE_A_RULE, crash->rule) ||
	       nla_put_string(skb, SUTURE_A_TEXT, crash->text) ||
	       put_string(skb, SUTURE_A_OUTCOME, crash->outcome) ||
	       put_string(skb, SUTURE_A_ENTRY, crash->entry) ||
	       put_string(skb, SUTURE_A_ROLE, crash->role) ||
	       nla_put_string(skb, SUTURE_A_CONTEXT, crash->context) ||
	       nla_put_u32(skb, SUTURE_A_CPU, crash->cpu) ||
	       nla_put_u32(skb, SUTURE_A_PID, crash->pid) ||
	       nla_put_string(skb, SUTURE_A_COMM, crash->comm) ||
	       put_string(skb, SUTURE_A_DEVICE, crash->device) ||
	       nla_put_string(skb, SUTURE_A_KERNEL, kernel) ||
	       put_string(skb, SUTURE_A_CODE, code) ||
	       (crash->state & SUTURE_CRASH_FAULT &&
		put_u64(skb, SUTURE_A_ADDRESS, crash->address)) ||
	       (names && (put_string(skb, SUTURE_A_SITE, names->site) ||
			  put_string(skb, SUTURE_A_MODVERSION, names->version) ||
			  put_string(skb, SUTURE_A_SRCVERSION, names->srcversion) ||
			  put_string(skb, SUTURE_A_BUILD_ID, names->build_id)));
}

/**
 * suture_message_part() - one part of a record
 * @skb:	message
 * @id:		number of the record
 * @part:	the part
 *
 * Context: task.
 * Return: not 0 if there is no room.
 */
int suture_message_part(struct sk_buff *skb, u64 id, const struct suture_crash_part *part)
{
	return put_u64(skb, SUTURE_A_SEQ, id) ||
	       nla_put_string(skb, SUTURE_A_PART, part->part) ||
	       put_string(skb, SUTURE_A_NAME, part->name) ||
	       put_string(skb, SUTURE_A_TEXT, part->text) ||
	       put_string(skb, SUTURE_A_SITE, part->site) ||
	       put_string(skb, SUTURE_A_WHERE, part->where) ||
	       put_string(skb, SUTURE_A_DEVICE, part->device) ||
	       (part->where && nla_put_u32(skb, SUTURE_A_INNER, part->inner)) ||
	       (part->unsure && nla_put_u32(skb, SUTURE_A_UNSURE, 1)) ||
	       (part->has_address && put_u64(skb, SUTURE_A_ADDRESS, part->address)) ||
	       (part->has_count && put_u64(skb, SUTURE_A_COUNT, part->count)) ||
	       (part->bytes && put_u64(skb, SUTURE_A_BYTES, part->bytes)) ||
	       (part->timed && put_u64(skb, SUTURE_A_BEGAN, part->began)) ||
	       (part->timed && part->text && put_u64(skb, SUTURE_A_DURATION, part->took));
}
