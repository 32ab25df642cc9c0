// SPDX-License-Identifier: GPL-2.0-only
/*
 * netlink.c - the generic netlink family "suture". Its contract is
 * include/uapi/linux/suture.h; the kernel checks every message against the
 * policies below before a handler sees it.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/module.h>
#include <net/genetlink.h>

#include <linux/suture.h>

#include "compat.h"
#include "crash.h"
#include "domain.h"
#include "event.h"
#include "fault.h"
#include "inject.h"
#include "message.h"
#include "netlink.h"
#include "policy.h"
#include "quarantine.h"
#include "restart.h"
#include "role.h"
#include "rules/rules.h"
#include "version.h"

#define NAME_POLICY { .type = NLA_NUL_STRING, .len = MODULE_NAME_LEN - 1 }
#define WORD_POLICY { .type = NLA_NUL_STRING, .len = 63 }

static const struct nla_policy policy_none[] = {
	[SUTURE_A_UNSPEC] = { .type = NLA_REJECT },
};

static const struct nla_policy policy_entry[] = {
	[SUTURE_A_DOMAIN] = NAME_POLICY,
};

static const struct nla_policy policy_event[] = {
	[SUTURE_A_SEQ] = { .type = NLA_U64 },
};

static const struct nla_policy policy_rule[] = {
	[SUTURE_A_DOMAIN] = NAME_POLICY,
	[SUTURE_A_FUNCTION] = WORD_POLICY,
};

static const struct nla_policy policy_set_rule[] = {
	[SUTURE_A_RULE] = WORD_POLICY,
	[SUTURE_A_ACTION] = WORD_POLICY,
};

static const struct nla_policy policy_inject[] = {
	[SUTURE_A_DOMAIN] = NAME_POLICY,
	[SUTURE_A_ENTRY] = { .type = NLA_NUL_STRING, .len = 127 },
	[SUTURE_A_INJECT] = WORD_POLICY,
	[SUTURE_A_NTH] = { .type = NLA_U64 },
};

static const struct nla_policy policy_set_fault[] = {
	[SUTURE_A_DOMAIN] = NAME_POLICY,
	[SUTURE_A_NTH] = { .type = NLA_U64 },
	[SUTURE_A_API] = { .type = NLA_NUL_STRING, .len = SUTURE_FAULT_API - 1 },
	[SUTURE_A_VALUE] = { .type = NLA_U64 },
	[SUTURE_A_RATE] = { .type = NLA_U64 },
	[SUTURE_A_AFTER] = { .type = NLA_U64 },
};

/* What is in the scopes, scope.c checks. */
static const struct nla_policy policy_set_policy[] = {
	[SUTURE_A_PROFILE] = WORD_POLICY,
	[SUTURE_A_DIGEST] = { .type = NLA_U64 },
	[SUTURE_A_SCOPE] = { .type = NLA_NESTED },
};

static struct genl_family suture_family;

/* ------------------------------------------------------------ filling */

static int put_u64(struct sk_buff *skb, int attr, u64 value)
{
	return nla_put_u64_64bit(skb, attr, value, SUTURE_A_PAD);
}

static void *begin(struct sk_buff *skb, u32 portid, u32 seq, int flags, u8 cmd)
{
	return genlmsg_put(skb, portid, seq, &suture_family, flags, cmd);
}

static int finish(struct sk_buff *skb, void *hdr, int err)
{
	if (err) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

static const char *state_name(struct suture_group *group)
{
	switch (READ_ONCE(group->state)) {
	case SUTURE_LIVE:
		return "live";
	case SUTURE_RESTARTING:
		return "restarting";
	case SUTURE_QUARANTINED:
		return work_busy(&group->detach) ? "detaching" : "quarantined";
	}
	return "unknown";
}

static int fill_domain(struct sk_buff *skb, const struct suture_domain *d)
{
	struct suture_group *group = suture_domain_group(d);
	struct suture_count count = suture_ledger_sum(d);

	return nla_put_string(skb, SUTURE_A_DOMAIN, d->name) ||
	       nla_put_string(skb, SUTURE_A_STATE, state_name(group)) ||
	       nla_put_u32(skb, SUTURE_A_NENTRIES, d->nentries) ||
	       nla_put_u32(skb, SUTURE_A_NWRAPPED, d->image->nwrapped) ||
	       nla_put_u32(skb, SUTURE_A_NTAILS, d->image->ntails) ||
	       nla_put_u32(skb, SUTURE_A_OBJECTS, count.objects) ||
	       put_u64(skb, SUTURE_A_BYTES, count.bytes) ||
	       put_u64(skb, SUTURE_A_UNTRACKED, atomic64_read(&d->ledger.untracked)) ||
	       put_u64(skb, SUTURE_A_EVENTS, atomic64_read(&d->events)) ||
	       nla_put_u32(skb, SUTURE_A_UNWINDS, atomic_read(&d->unwinds)) ||
	       nla_put_u32(skb, SUTURE_A_RESTARTS, atomic_read(&group->restarts)) ||
	       put_u64(skb, SUTURE_A_DURATION, group->restart_ns) ||
	       nla_put_string(skb, SUTURE_A_GROUP, group->name);
}

static int fill_entry(struct sk_buff *skb, const struct suture_domain *d,
		      const struct suture_entry *entry)
{
	const struct suture_role *role = suture_role_of(entry);
	const char *armed;
	u64 nth;

	armed = suture_inject_armed(entry, &nth);
	return nla_put_string(skb, SUTURE_A_DOMAIN, d->name) ||
	       nla_put_string(skb, SUTURE_A_ENTRY, suture_entry_name(entry)) ||
	       (role && nla_put_string(skb, SUTURE_A_ROLE, role->name)) ||
	       (armed && nla_put_string(skb, SUTURE_A_INJECT, armed)) ||
	       (armed && put_u64(skb, SUTURE_A_NTH, nth)) ||
	       put_u64(skb, SUTURE_A_FAILURES, READ_ONCE(entry->failures));
}

/* Of a driver, or its function, if one is given. */
static int fill_rule(struct sk_buff *skb, const struct suture_rule *rule, const char *driver,
		     const char *function)
{
	const struct suture_repair *repair;
	enum suture_action action, ceiling;

	action = suture_policy_named(rule, driver, function, &ceiling);

	if (nla_put_string(skb, SUTURE_A_RULE, rule->id) ||
	    nla_put_string(skb, SUTURE_A_CLASS, rule->class) ||
	    nla_put_string(skb, SUTURE_A_CONTRACT, rule->contract) ||
	    nla_put_string(skb, SUTURE_A_SOURCE, rule->source) ||
	    nla_put_string(skb, SUTURE_A_ACTION, suture_action_name(action)) ||
	    nla_put_string(skb, SUTURE_A_CEILING, suture_action_name(ceiling)) ||
	    put_u64(skb, SUTURE_A_HITS, atomic64_read(&rule->hits)) ||
	    (rule->example && nla_put_string(skb, SUTURE_A_EXAMPLE, rule->example)) ||
	    (rule->look && nla_put_string(skb, SUTURE_A_LOOK, rule->look)))
		return -EMSGSIZE;
	for (repair = rule->repairs; repair->name; repair++)
		if (nla_put_string(skb, SUTURE_A_REPAIR, repair->name) ||
		    nla_put_string(skb, SUTURE_A_GIVES_UP, repair->gives_up))
			return -EMSGSIZE;
	return 0;
}

static int fill_event(struct sk_buff *skb, const struct suture_event *event)
{
	const struct suture_repair *repair = suture_event_repair(event);

	return put_u64(skb, SUTURE_A_SEQ, event->seq) ||
	       put_u64(skb, SUTURE_A_TIME, event->time) ||
	       nla_put_string(skb, SUTURE_A_DOMAIN, event->domain) ||
	       nla_put_string(skb, SUTURE_A_RULE, event->rule->id) ||
	       nla_put_string(skb, SUTURE_A_ACTION, suture_action_name(event->did)) ||
	       (repair && nla_put_string(skb, SUTURE_A_REPAIR, repair->name)) ||
	       (repair && nla_put_string(skb, SUTURE_A_GIVES_UP, repair->gives_up)) ||
	       nla_put_string(skb, SUTURE_A_ENTRY, event->entry) ||
	       nla_put_string(skb, SUTURE_A_CONTEXT, event->context) ||
	       nla_put_string(skb, SUTURE_A_SITE, event->site) ||
	       nla_put_string(skb, SUTURE_A_TEXT, event->text) ||
	       nla_put_u32(skb, SUTURE_A_CPU, event->cpu) ||
	       nla_put_u32(skb, SUTURE_A_PID, event->pid) ||
	       nla_put_string(skb, SUTURE_A_COMM, event->comm);
}

static int fill_fault(struct sk_buff *skb, const struct suture_fault *fault)
{
	return nla_put_string(skb, SUTURE_A_DOMAIN, fault->driver) ||
	       nla_put_string(skb, SUTURE_A_API, fault->api) ||
	       put_u64(skb, SUTURE_A_VALUE, fault->plan.value) ||
	       put_u64(skb, SUTURE_A_NTH, fault->plan.nth) ||
	       put_u64(skb, SUTURE_A_RATE, fault->plan.rate) ||
	       put_u64(skb, SUTURE_A_AFTER, fault->plan.after) ||
	       put_u64(skb, SUTURE_A_CALLS, atomic64_read(&fault->calls)) ||
	       put_u64(skb, SUTURE_A_STRUCK, atomic64_read(&fault->struck));
}

static int fill_tally(struct sk_buff *skb, const struct suture_domain *d,
		      const struct suture_tally *tally, enum suture_action did, u64 count)
{
	return nla_put_string(skb, SUTURE_A_DOMAIN, d->name) ||
	       nla_put_string(skb, SUTURE_A_RULE, tally->rule->id) ||
	       nla_put_string(skb, SUTURE_A_ACTION, suture_action_name(did)) ||
	       put_u64(skb, SUTURE_A_COUNT, count);
}

/* ----------------------------------------------------------- handlers */

static int get_info(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	char profile[16];
	bool may_inject;
	u64 digest;
	void *hdr;
	int err;

	if (!msg)
		return -ENOMEM;
	suture_policy_profile(profile, sizeof(profile), &digest, &may_inject);
	hdr = begin(msg, info->snd_portid, info->snd_seq, 0, SUTURE_CMD_GET_INFO);
	if (!hdr) {
		nlmsg_free(msg);
		return -EMSGSIZE;
	}
	err = nla_put_string(msg, SUTURE_A_VERSION, SUTURE_VERSION) ||
	      put_u64(msg, SUTURE_A_EVENTS, suture_event_total()) ||
	      put_u64(msg, SUTURE_A_LOST, suture_event_lost()) ||
	      nla_put_string(msg, SUTURE_A_PROFILE, profile) ||
	      put_u64(msg, SUTURE_A_DIGEST, digest) ||
	      nla_put_u32(msg, SUTURE_A_MAY_INJECT, may_inject);
	err = finish(msg, hdr, err);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	return genlmsg_reply(msg, info);
}

/* Dumps count what they have sent in cb->args[0]. */
static int dump_domains(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct suture_domain *d;
	long i = 0;
	void *hdr;

	rcu_read_lock();
	list_for_each_entry_rcu(d, &suture_domains, node) {
		if (i++ < cb->args[0])
			continue;
		hdr = begin(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, NLM_F_MULTI,
			    SUTURE_CMD_GET_DOMAIN);
		if (!hdr || finish(skb, hdr, fill_domain(skb, d)))
			break;
		cb->args[0] = i;
	}
	rcu_read_unlock();
	return skb->len;
}

static int dump_entries(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *name = SUTURE_DUMP_ATTRS(cb)[SUTURE_A_DOMAIN];
	struct suture_domain *d;
	void *hdr;
	u32 i;

	if (!name) {
		NL_SET_ERR_MSG(cb->extack, "name the driver whose entries are wanted");
		return -EINVAL;
	}
	rcu_read_lock();
	d = suture_domain_find(nla_data(name));
	if (!d) {
		rcu_read_unlock();
		NL_SET_ERR_MSG(cb->extack, "no guarded driver of this name; see `suture status`");
		return -ENOENT;
	}
	for (i = cb->args[0]; i < d->nentries; i++) {
		hdr = begin(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, NLM_F_MULTI,
			    SUTURE_CMD_GET_ENTRY);
		if (!hdr || finish(skb, hdr, fill_entry(skb, d, &d->entries[i])))
			break;
		cb->args[0] = i + 1;
	}
	rcu_read_unlock();
	return skb->len;
}

static int dump_rules(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr **a = SUTURE_DUMP_ATTRS(cb);
	const char *driver = a[SUTURE_A_DOMAIN] ? nla_data(a[SUTURE_A_DOMAIN]) : NULL;
	const char *function = a[SUTURE_A_FUNCTION] ? nla_data(a[SUTURE_A_FUNCTION]) : NULL;
	struct suture_rule *rule;
	long i = 0;
	void *hdr;

	mutex_lock(&suture_rules_lock);
	list_for_each_entry(rule, &suture_rules, node) {
		if (i++ < cb->args[0])
			continue;
		hdr = begin(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, NLM_F_MULTI,
			    SUTURE_CMD_GET_RULE);
		if (!hdr || finish(skb, hdr, fill_rule(skb, rule, driver, function)))
			break;
		cb->args[0] = i;
	}
	mutex_unlock(&suture_rules_lock);
	return skb->len;
}

static int dump_events(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct nlattr *since = SUTURE_DUMP_ATTRS(cb)[SUTURE_A_SEQ];
	struct suture_event *event = kmalloc(sizeof(*event), GFP_KERNEL);
	u64 seq = cb->args[0], at;
	void *hdr;

	if (!event)
		return -ENOMEM;
	if (!seq && since)
		seq = nla_get_u64(since);
	for (at = seq; suture_event_get(&at, event); seq = at) {
		hdr = begin(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, NLM_F_MULTI,
			    SUTURE_CMD_GET_EVENT);
		if (!hdr || finish(skb, hdr, fill_event(skb, event)))
			break;
	}
	cb->args[0] = seq;
	kfree(event);
	return skb->len;
}

/*
 * Those messages of @d that have not been sent. @i is the place in all tables, with what is
 * empty, so that an event meanwhile moves nothing. False: no room for more.
 */
static bool dump_tally(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct suture_domain *d, long *i)
{
	const struct suture_tally *tally;
	enum suture_action did;
	u64 count;
	void *hdr;

	for (tally = d->tally; tally < d->tally + SUTURE_TALLY_RULES; tally++) {
		for (did = SUTURE_OFF; did <= SUTURE_FAILED; did++) {
			if ((*i)++ < cb->args[0])
				continue;
			count = atomic64_read(&tally->did[did]);
			if (!count || !READ_ONCE(tally->rule))
				continue;
			hdr = begin(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
				    NLM_F_MULTI, SUTURE_CMD_GET_TALLY);
			if (!hdr || finish(skb, hdr, fill_tally(skb, d, tally, did, count)))
				return false;
			cb->args[0] = *i;
		}
	}
	return true;
}

static int dump_tallies(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct suture_domain *d;
	long i = 0;

	/* So that no rule goes meanwhile. */
	mutex_lock(&suture_rules_lock);
	rcu_read_lock();
	list_for_each_entry_rcu(d, &suture_domains, node)
		if (!dump_tally(skb, cb, d, &i))
			break;
	rcu_read_unlock();
	mutex_unlock(&suture_rules_lock);
	return skb->len;
}

/* What dump_faults() hands to show_fault(). */
struct fault_dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	long i;
};

static int show_fault(const struct suture_fault *fault, void *data)
{
	struct fault_dump *dump = data;
	struct netlink_callback *cb = dump->cb;
	void *hdr;

	if (dump->i++ < cb->args[0])
		return 0;
	hdr = begin(dump->skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, NLM_F_MULTI,
		    SUTURE_CMD_GET_FAULT);
	if (!hdr || finish(dump->skb, hdr, fill_fault(dump->skb, fault)))
		return -EMSGSIZE;
	cb->args[0] = dump->i;
	return 0;
}

static int dump_faults(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct fault_dump dump = { skb, cb };

	suture_fault_walk(show_fault, &dump);
	return skb->len;
}

/* One message of a record: its head, then its parts. Return: -ENOENT behind the last one. */
static int crash_message(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct suture_crash *crash, unsigned int i)
{
	struct suture_crash_part part;
	void *hdr;

	if (i && !suture_crash_part(crash, i - 1, &part))
		return -ENOENT;
	hdr = begin(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq, NLM_F_MULTI,
		    SUTURE_CMD_GET_CRASH);
	if (!hdr)
		return -EMSGSIZE;
	genl_dump_check_consistent(cb, hdr);
	return finish(skb, hdr, i ? suture_message_part(skb, crash->id, &part) :
				suture_message_crash(skb, crash));
}

/* Of each record, in cb->args[0], so many messages have been sent: cb->args[1]. */
static int dump_crashes(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct suture_crash *crash;
	u64 next = cb->args[0];
	int err;

	if (!next)
		suture_coredump_now();
	/* If a record comes meanwhile, another goes. */
	cb->seq = suture_crash_total();
	while ((crash = suture_coredump_lock(&next))) {
		/* The one that was begun has been overwritten meanwhile. */
		if (crash->id != cb->args[0])
			cb->args[1] = 0;
		cb->args[0] = crash->id;
		while (!(err = crash_message(skb, cb, crash, cb->args[1])))
			cb->args[1]++;
		suture_coredump_unlock();
		if (err == -EMSGSIZE)
			return skb->len;
		cb->args[0] = next;
		cb->args[1] = 0;
	}
	return skb->len;
}

/**
 * suture_netlink_event() - send an event to everyone who listens
 * @event:	the event
 *
 * Context: task.
 */
void suture_netlink_event(const struct suture_event *event)
{
	struct sk_buff *msg;
	void *hdr;

	if (!genl_has_listeners(&suture_family, &init_net, 0))
		return;
	msg = genlmsg_new(NLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!msg)
		return;
	hdr = begin(msg, 0, 0, 0, SUTURE_CMD_EVENT);
	if (!hdr || finish(msg, hdr, fill_event(msg, event))) {
		nlmsg_free(msg);
		return;
	}
	genlmsg_multicast(&suture_family, msg, 0, 0, GFP_KERNEL);
}

static int action_parse(const char *word)
{
	int action;

	for (action = SUTURE_OFF; action <= SUTURE_RESTART; action++)
		if (!strcmp(suture_action_name(action), word))
			return action;
	return -EINVAL;
}

static int set_rule(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[SUTURE_A_RULE];
	struct nlattr *word = info->attrs[SUTURE_A_ACTION];
	enum suture_action allowed = SUTURE_OFF;
	struct suture_rule *rule;
	int action;

	if (!id || !word) {
		GENL_SET_ERR_MSG(info, "a rule and an action are needed");
		return -EINVAL;
	}
	action = action_parse(nla_data(word));
	if (action < 0) {
		NL_SET_ERR_MSG_ATTR(info->extack, word,
				    "unknown action; one of off, observe, repair, unwind, power-cycle, restart");
		return action;
	}
	mutex_lock(&suture_rules_lock);
	rule = suture_rule_find(nla_data(id));
	if (rule)
		allowed = suture_policy_set_rule(rule, action);
	mutex_unlock(&suture_rules_lock);
	if (!rule) {
		NL_SET_ERR_MSG_ATTR(info->extack, id, "unknown rule; see `suture rules`");
		return -ENOENT;
	}
	if (allowed < action) {
		NL_SET_ERR_MSG_ATTR(info->extack, word,
				    "above the ceiling that policy sets; see `suture policy show`");
		return -EPERM;
	}
	return 0;
}

static int set_policy(struct sk_buff *skb, struct genl_info *info)
{
	struct suture_policy *policy = suture_policy_read(info);

	if (IS_ERR(policy))
		return PTR_ERR(policy);
	suture_policy_put(policy);
	return 0;
}

/* Faults are refused by the profiles for machines that somebody relies on. */
static bool may_inject(struct genl_info *info)
{
	if (suture_policy_inject())
		return true;
	GENL_SET_ERR_MSG(info, "policy allows no faults to be injected; `suture policy set suture profile developer` on a machine for tests");
	return false;
}

static int inject(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr **a = info->attrs;
	struct suture_domain *d;
	struct suture_entry *entry;
	int what, err = -ENOENT;
	u64 nth = 1;

	if (!a[SUTURE_A_DOMAIN] || !a[SUTURE_A_ENTRY] || !a[SUTURE_A_INJECT]) {
		GENL_SET_ERR_MSG(info, "a driver, an entry and a kind of fault are needed");
		return -EINVAL;
	}
	what = suture_inject_parse(nla_data(a[SUTURE_A_INJECT]));
	if (what < 0) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[SUTURE_A_INJECT],
				    "unknown fault; one of crash, crash-locked, hang, none");
		return what;
	}
	if (a[SUTURE_A_NTH])
		nth = nla_get_u64(a[SUTURE_A_NTH]);
	if (!nth || nth >> 32) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[SUTURE_A_NTH],
				    "the call to strike at is counted from 1 and below 2^32");
		return -ERANGE;
	}
	if (what != SUTURE_INJECT_NONE && !may_inject(info))
		return -EPERM;
	suture_inject_prepare(what);
	rcu_read_lock();
	d = suture_domain_find(nla_data(a[SUTURE_A_DOMAIN]));
	if (!d) {
		NL_SET_ERR_MSG_ATTR(info->extack, a[SUTURE_A_DOMAIN],
				    "no guarded driver of this name; see `suture status`");
	} else {
		entry = suture_entry_find(d, nla_data(a[SUTURE_A_ENTRY]));
		if (entry) {
			suture_inject_arm(entry, what, nth);
			err = 0;
		} else {
			NL_SET_ERR_MSG_ATTR(info->extack, a[SUTURE_A_ENTRY],
					    "no such entry; see `suture status -v DRIVER`");
		}
	}
	rcu_read_unlock();
	return err;
}

static int set_fault(struct sk_buff *skb, struct genl_info *info)
{
	struct suture_fault_plan plan = { .nth = 1 };
	struct nlattr **a = info->attrs;
	const char *driver;
	int err;

	if (!a[SUTURE_A_DOMAIN]) {
		GENL_SET_ERR_MSG(info, "a driver is needed");
		return -EINVAL;
	}
	driver = nla_data(a[SUTURE_A_DOMAIN]);
	if (!a[SUTURE_A_VALUE]) {
		err = suture_fault_clear(driver,
					 a[SUTURE_A_API] ? nla_data(a[SUTURE_A_API]) : NULL);
		if (err)
			NL_SET_ERR_MSG_ATTR(info->extack, a[SUTURE_A_DOMAIN],
					    "no such function is made to fail for this driver");
		return err;
	}
	if (!a[SUTURE_A_API]) {
		GENL_SET_ERR_MSG(info, "a function is needed");
		return -EINVAL;
	}
	if (!may_inject(info))
		return -EPERM;
	plan.value = nla_get_u64(a[SUTURE_A_VALUE]);
	if (a[SUTURE_A_RATE]) {
		plan.nth = 0;
		plan.rate = min_t(u64, nla_get_u64(a[SUTURE_A_RATE]), SUTURE_FAULT_ALWAYS);
	} else if (a[SUTURE_A_NTH]) {
		plan.nth = nla_get_u64(a[SUTURE_A_NTH]);
		if (!plan.nth) {
			NL_SET_ERR_MSG_ATTR(info->extack, a[SUTURE_A_NTH],
					    "calls are counted from 1");
			return -ERANGE;
		}
	}
	if (a[SUTURE_A_AFTER])
		plan.after = min_t(u64, nla_get_u64(a[SUTURE_A_AFTER]), INT_MAX);
	err = suture_fault_set(driver, nla_data(a[SUTURE_A_API]), &plan);
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, a[SUTURE_A_API],
				    "the kernel has no such function; if it is a module's, load that first");
	else if (err == -EINVAL)
		NL_SET_ERR_MSG_ATTR(info->extack, a[SUTURE_A_API],
				    "this kernel allows no kprobe on the function");
	return err;
}

static int restart(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[SUTURE_A_DOMAIN];
	struct suture_domain *d;
	int err = -ENOENT;

	if (!name) {
		GENL_SET_ERR_MSG(info, "name the driver to restart");
		return -EINVAL;
	}
	rcu_read_lock();
	d = suture_domain_find(nla_data(name));
	if (d)
		err = suture_restart_request(d);
	rcu_read_unlock();
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "no guarded driver of this name; see `suture status`");
	else if (err == -EOPNOTSUPP)
		GENL_SET_ERR_MSG(info, "this driver has no device of a class that can be restarted");
	else if (err == -EBUSY)
		GENL_SET_ERR_MSG(info, "the driver is being restarted or in quarantine");
	return err;
}

static int quarantine(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[SUTURE_A_DOMAIN];
	struct suture_domain *d;
	int err = -ENOENT;

	if (!name) {
		GENL_SET_ERR_MSG(info, "name the driver to put into quarantine");
		return -EINVAL;
	}
	rcu_read_lock();
	d = suture_domain_find(nla_data(name));
	if (d)
		err = suture_quarantine_request(d);
	rcu_read_unlock();
	if (err == -ENOENT)
		NL_SET_ERR_MSG_ATTR(info->extack, name,
				    "no guarded driver of this name; see `suture status`");
	else if (err == -EBUSY)
		GENL_SET_ERR_MSG(info, "the driver is being restarted");
	else if (err == -EALREADY)
		GENL_SET_ERR_MSG(info, "the driver is in quarantine");
	return err;
}

/* Each command has the policy of exactly the attributes that it knows. */
static const struct genl_ops suture_ops[] = {
	{ .cmd = SUTURE_CMD_GET_INFO, .doit = get_info,
	  .policy = policy_none, .maxattr = ARRAY_SIZE(policy_none) - 1 },
	{ .cmd = SUTURE_CMD_GET_DOMAIN, .dumpit = dump_domains,
	  .policy = policy_none, .maxattr = ARRAY_SIZE(policy_none) - 1 },
	{ .cmd = SUTURE_CMD_GET_ENTRY, .dumpit = dump_entries,
	  .policy = policy_entry, .maxattr = ARRAY_SIZE(policy_entry) - 1 },
	{ .cmd = SUTURE_CMD_GET_RULE, .dumpit = dump_rules,
	  .policy = policy_rule, .maxattr = ARRAY_SIZE(policy_rule) - 1 },
	{ .cmd = SUTURE_CMD_GET_EVENT, .dumpit = dump_events,
	  .policy = policy_event, .maxattr = ARRAY_SIZE(policy_event) - 1 },
	{ .cmd = SUTURE_CMD_SET_RULE, .doit = set_rule, .flags = GENL_ADMIN_PERM,
	  .policy = policy_set_rule, .maxattr = ARRAY_SIZE(policy_set_rule) - 1 },
	{ .cmd = SUTURE_CMD_INJECT, .doit = inject, .flags = GENL_ADMIN_PERM,
	  .policy = policy_inject, .maxattr = ARRAY_SIZE(policy_inject) - 1 },
	{ .cmd = SUTURE_CMD_SET_FAULT, .doit = set_fault, .flags = GENL_ADMIN_PERM,
	  .policy = policy_set_fault, .maxattr = ARRAY_SIZE(policy_set_fault) - 1 },
	{ .cmd = SUTURE_CMD_GET_FAULT, .dumpit = dump_faults,
	  .policy = policy_none, .maxattr = ARRAY_SIZE(policy_none) - 1 },
	{ .cmd = SUTURE_CMD_GET_TALLY, .dumpit = dump_tallies,
	  .policy = policy_none, .maxattr = ARRAY_SIZE(policy_none) - 1 },
	{ .cmd = SUTURE_CMD_GET_CRASH, .dumpit = dump_crashes, .flags = GENL_ADMIN_PERM,
	  .policy = policy_none, .maxattr = ARRAY_SIZE(policy_none) - 1 },
	{ .cmd = SUTURE_CMD_RESTART, .doit = restart, .flags = GENL_ADMIN_PERM,
	  .policy = policy_entry, .maxattr = ARRAY_SIZE(policy_entry) - 1 },
	{ .cmd = SUTURE_CMD_QUARANTINE, .doit = quarantine, .flags = GENL_ADMIN_PERM,
	  .policy = policy_entry, .maxattr = ARRAY_SIZE(policy_entry) - 1 },
	{ .cmd = SUTURE_CMD_SET_POLICY, .doit = set_policy, .flags = GENL_ADMIN_PERM,
	  .policy = policy_set_policy, .maxattr = ARRAY_SIZE(policy_set_policy) - 1 },
};

static const struct genl_multicast_group suture_groups[] = {
	{ .name = SUTURE_GENL_MCGRP },
};

static struct genl_family suture_family __ro_after_init = {
	.name = SUTURE_GENL_NAME,
	.version = SUTURE_GENL_VERSION,
	.module = THIS_MODULE,
	.ops = suture_ops,
	.n_ops = ARRAY_SIZE(suture_ops),
	.mcgrps = suture_groups,
	.n_mcgrps = ARRAY_SIZE(suture_groups),
	.resv_start_op = __SUTURE_CMD_MAX,
};

/* suture_netlink_start() - open the family. Context: task. Return: 0 or -errno. */
int suture_netlink_start(void)
{
	return genl_register_family(&suture_family);
}

/* suture_netlink_stop() - close it. Context: task. */
void suture_netlink_stop(void)
{
	suture_event_flush();
	genl_unregister_family(&suture_family);
}
