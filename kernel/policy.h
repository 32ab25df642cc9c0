/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * policy.h - what the owner of the machine allows, and where.
 *
 * The files are the command's to read; suture.ko gets them as one list of scopes, the most specific
 * first, and replaces the whole list or nothing. docs/policy.md has the words.
 */
#ifndef SUTURE_POLICY_H
#define SUTURE_POLICY_H

#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include <suture/rule.h>

struct suture_domain;

#define SUTURE_SCOPES_MAX 1024
#define SUTURE_POLICY_WORD 64
/* Names of repairs, separated by spaces. */
#define SUTURE_POLICY_REPAIRS 96

/* Numbers that a scope may set; the order is that of their netlink attributes. */
enum suture_value {
	SUTURE_VALUE_ESCALATE_UNWINDS,
	SUTURE_VALUE_ESCALATE_REPAIRS,
	SUTURE_VALUE_ESCALATE_MS,
	SUTURE_VALUE_BUDGET_TASK_MS,
	SUTURE_VALUE_BUDGET_SOFTIRQ_MS,
	SUTURE_VALUE_BUDGET_IRQOFF_MS,
	SUTURE_VALUES,
};

#define SUTURE_UNSET_ACTION (-1)

/**
 * struct suture_scope - what holds for some calls
 * @driver:	pattern for the name of the driver; empty: any
 * @function:	the driver's function in which the call stands; empty: any
 * @rule:	rule; empty: any
 * @class:	class of rules; empty: any
 * @repairs:	repairs that may be used, the preferred first; empty: not said
 * @weight:	how specific it is
 * @action:	enum suture_action, or SUTURE_UNSET_ACTION
 * @ceiling:	the same: how far up the ladder failures may lead
 * @set:	which of @value are said
 * @value:	numbers
 */
struct suture_scope {
	char driver[MODULE_NAME_LEN];
	char function[SUTURE_POLICY_WORD];
	char rule[SUTURE_POLICY_WORD];
	char class[SUTURE_POLICY_WORD];
	char repairs[SUTURE_POLICY_REPAIRS];
	u8 weight;
	s8 action;
	s8 ceiling;
	u8 set;
	u32 value[SUTURE_VALUES];
};

/**
 * struct suture_policy - what is in force
 * @profile:	name of the profile
 * @digest:	of what it was made from; never 0
 * @inject:	testers may ask for faults
 * @lowest:	the smallest time budget of a visit, in ms; U32_MAX: none is said
 * @irqoff:	time budget with interrupts off; U32_MAX: not said
 * @n:		number of scopes
 * @scope:	the scopes, the most specific first
 */
struct suture_policy {
	char profile[16];
	u64 digest;
	bool inject;
	u32 lowest;
	u32 irqoff;
	unsigned int n;
	struct suture_scope scope[];
};

/* What stands in force while nobody has said anything. */
#define SUTURE_POLICY_DEFAULT "server"

/* scope.c */
struct genl_info;
struct suture_policy *suture_policy_read(struct genl_info *info);

/* policy.c */
void suture_policy_put(struct suture_policy *policy);
void suture_policy_rule(struct suture_rule *rule);
enum suture_action suture_policy_set_rule(struct suture_rule *rule, enum suture_action action);
void suture_policy_profile(char *profile, size_t n, u64 *digest, bool *inject);
bool suture_policy_inject(void);
enum suture_action suture_policy_named(const struct suture_rule *rule, const char *driver,
				       const char *function, enum suture_action *ceiling);

enum suture_action suture_policy_action(const struct suture_rule *rule,
					const struct suture_domain *domain, unsigned long site);
enum suture_action suture_policy_ceiling(const struct suture_rule *rule,
					 const struct suture_domain *domain, unsigned long site);
bool suture_policy_event(const struct suture_rule *rule, const struct suture_domain *domain,
			 unsigned long site, enum suture_action *did, int *repair);
u32 suture_policy_value(const struct suture_rule *rule, const struct suture_domain *domain,
			unsigned long site, enum suture_value which, u32 otherwise);
unsigned long suture_policy_place(const struct suture_visit *visit, const struct suture_rule *rule,
				  unsigned long site);
u32 suture_policy_budget(const struct suture_visit *visit, bool softirq, u32 ticks_ms,
			 u32 otherwise);
u32 suture_policy_irqoff(u32 otherwise);
int suture_policy_start(void);
void suture_policy_stop(void);

#endif /* SUTURE_POLICY_H */
