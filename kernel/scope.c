// SPDX-License-Identifier: GPL-2.0-only
/*
 * scope.c - a policy out of one netlink message, or none at all.
 *
 * The command has read the files, and has said what was wrong in them. What is checked here is that
 * the message is one that it can have made: all or nothing is put into force.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <net/genetlink.h>

#include <linux/suture.h>

#include "event.h"
#include "policy.h"

#define POLICY_STRING(n) { .type = NLA_NUL_STRING, .len = (n) - 1 }

static const struct nla_policy policy_scope[] = {
	[SUTURE_A_DOMAIN] = POLICY_STRING(MODULE_NAME_LEN),
	[SUTURE_A_RULE] = POLICY_STRING(SUTURE_POLICY_WORD),
	[SUTURE_A_CLASS] = POLICY_STRING(SUTURE_POLICY_WORD),
	[SUTURE_A_ACTION] = POLICY_STRING(SUTURE_POLICY_WORD),
	[SUTURE_A_REPAIR] = POLICY_STRING(SUTURE_POLICY_REPAIRS),
	[SUTURE_A_FUNCTION] = POLICY_STRING(SUTURE_POLICY_WORD),
	[SUTURE_A_CEILING] = POLICY_STRING(SUTURE_POLICY_WORD),
	[SUTURE_A_ESCALATE_UNWINDS] = { .type = NLA_U64 },
	[SUTURE_A_ESCALATE_REPAIRS] = { .type = NLA_U64 },
	[SUTURE_A_ESCALATE_MS] = { .type = NLA_U64 },
	[SUTURE_A_BUDGET_TASK_MS] = { .type = NLA_U64 },
	[SUTURE_A_BUDGET_SOFTIRQ_MS] = { .type = NLA_U64 },
	[SUTURE_A_BUDGET_IRQOFF_MS] = { .type = NLA_U64 },
};

/* Profiles, and whether testers may ask for faults. What else they mean is in the scopes. */
static const struct {
	const char *name;
	bool inject;
} profiles[] = {
	{ "observe", true },
	{ "desktop", false },
	{ "server", false },
	{ "developer", true },
};

static void take(char *to, size_t n, const struct nlattr *word)
{
	if (word)
		strscpy(to, nla_data(word), n);
}

/* An action up to @most, or SUTURE_UNSET_ACTION. Return: 0 or -EINVAL. */
static int take_action(s8 *to, const struct nlattr *word, enum suture_action most)
{
	int action;

	*to = SUTURE_UNSET_ACTION;
	if (!word)
		return 0;
	for (action = SUTURE_OFF; action <= most; action++)
		if (!strcmp(suture_action_name(action), nla_data(word))) {
			*to = action;
			return 0;
		}
	return -EINVAL;
}

/* A combination is more specific than its parts, and a function is more than all the rest. */
static u8 weight_of(const struct suture_scope *scope)
{
	u8 weight = 0;

	if (scope->driver[0])
		weight += strpbrk(scope->driver, "*?[") ? 1 : 2;
	if (scope->class[0])
		weight += 4;
	if (scope->rule[0])
		weight += 8;
	if (scope->function[0])
		weight += 16;
	return weight;
}

static int read_scope(struct suture_scope *scope, const struct nlattr *nest,
		      struct genl_info *info)
{
	struct nlattr *a[ARRAY_SIZE(policy_scope)];
	unsigned int i;
	int err;

	err = nla_parse_nested(a, ARRAY_SIZE(policy_scope) - 1, nest, policy_scope, info->extack);
	if (err)
		return err;
	take(scope->driver, sizeof(scope->driver), a[SUTURE_A_DOMAIN]);
	take(scope->function, sizeof(scope->function), a[SUTURE_A_FUNCTION]);
	take(scope->rule, sizeof(scope->rule), a[SUTURE_A_RULE]);
	take(scope->class, sizeof(scope->class), a[SUTURE_A_CLASS]);
	take(scope->repairs, sizeof(scope->repairs), a[SUTURE_A_REPAIR]);
	if (take_action(&scope->action, a[SUTURE_A_ACTION], SUTURE_RESTART) ||
	    take_action(&scope->ceiling, a[SUTURE_A_CEILING], SUTURE_QUARANTINE)) {
		NL_SET_ERR_MSG_ATTR(info->extack, nest, "unknown action in a scope");
		return -EINVAL;
	}
	for (i = 0; i < SUTURE_VALUES; i++) {
		const struct nlattr *value = a[SUTURE_A_ESCALATE_UNWINDS + i];

		if (!value)
			continue;
		scope->value[i] = min_t(u64, nla_get_u64(value), INT_MAX);
		scope->set |= BIT(i);
	}
	scope->weight = weight_of(scope);
	return 0;
}

static int read_scopes(struct suture_policy *p, struct genl_info *info)
{
	const struct nlattr *a;
	int rem, err;

	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(a) != SUTURE_A_SCOPE)
			continue;
		err = read_scope(&p->scope[p->n], a, info);
		if (err)
			return err;
		if (p->n && p->scope[p->n].weight > p->scope[p->n - 1].weight) {
			NL_SET_ERR_MSG_ATTR(info->extack, a,
					    "the scopes are not in order, the most specific first");
			return -EINVAL;
		}
		p->n++;
	}
	return 0;
}

/* What the watchdog has to know without going through the scopes. */
static void find_budgets(struct suture_policy *p)
{
	const struct suture_scope *s;

	p->lowest = U32_MAX;
	p->irqoff = U32_MAX;
	for (s = p->scope; s < p->scope + p->n; s++) {
		if (s->set & BIT(SUTURE_VALUE_BUDGET_TASK_MS))
			p->lowest = min(p->lowest, s->value[SUTURE_VALUE_BUDGET_TASK_MS]);
		if (s->set & BIT(SUTURE_VALUE_BUDGET_SOFTIRQ_MS))
			p->lowest = min(p->lowest, s->value[SUTURE_VALUE_BUDGET_SOFTIRQ_MS]);
		/* A processor with interrupts off does not say in what driver. */
		if (s->set & BIT(SUTURE_VALUE_BUDGET_IRQOFF_MS) && !s->weight &&
		    p->irqoff == U32_MAX)
			p->irqoff = s->value[SUTURE_VALUE_BUDGET_IRQOFF_MS];
	}
}

/**
 * suture_policy_read() - the policy that a message carries
 * @info:	the message: SUTURE_A_PROFILE, SUTURE_A_DIGEST, SUTURE_A_SCOPE...
 *
 * Context: task.
 * Return: the policy, or an ERR_PTR() with words in @info.
 */
struct suture_policy *suture_policy_read(struct genl_info *info)
{
	struct nlattr *profile = info->attrs[SUTURE_A_PROFILE];
	struct nlattr *digest = info->attrs[SUTURE_A_DIGEST];
	struct suture_policy *p;
	const struct nlattr *a;
	unsigned int i, n = 0;
	int rem, err;

	if (!profile || !digest || !nla_get_u64(digest)) {
		GENL_SET_ERR_MSG(info, "a profile and a digest are needed");
		return ERR_PTR(-EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(profiles); i++)
		if (!strcmp(profiles[i].name, nla_data(profile)))
			break;
	if (i == ARRAY_SIZE(profiles)) {
		NL_SET_ERR_MSG_ATTR(info->extack, profile,
				    "unknown profile; one of observe, desktop, server, developer");
		return ERR_PTR(-EINVAL);
	}
	nlmsg_for_each_attr(a, info->nlhdr, GENL_HDRLEN, rem)
		n += nla_type(a) == SUTURE_A_SCOPE;
	if (n > SUTURE_SCOPES_MAX) {
		GENL_SET_ERR_MSG(info, "too many sections");
		return ERR_PTR(-E2BIG);
	}
	p = kvzalloc(struct_size(p, scope, n), GFP_KERNEL);
	if (!p)
		return ERR_PTR(-ENOMEM);
	strscpy(p->profile, profiles[i].name, sizeof(p->profile));
	p->digest = nla_get_u64(digest);
	p->inject = profiles[i].inject;
	err = read_scopes(p, info);
	if (err) {
		kvfree(p);
		return ERR_PTR(err);
	}
	find_budgets(p);
	return p;
}
