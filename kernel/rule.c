// SPDX-License-Identifier: GPL-2.0-only
/*
 * rule.c - the list of all rules.
 */
#include <linux/mutex.h>
#include <linux/ratelimit.h>

#include "event.h"
#include "policy.h"
#include "rules/rules.h"
#include "tally.h"

LIST_HEAD(suture_rules);
DEFINE_MUTEX(suture_rules_lock);

/* The command reads rules from object files, without the kernel's headers. */
static_assert(offsetof(struct suture_rule, id) == SUTURE_RULE_ID);
static_assert(offsetof(struct suture_rule, class) == SUTURE_RULE_CLASS);
static_assert(offsetof(struct suture_rule, contract) == SUTURE_RULE_CONTRACT);
static_assert(offsetof(struct suture_rule, source) == SUTURE_RULE_SOURCE);
static_assert(offsetof(struct suture_rule, example) == SUTURE_RULE_EXAMPLE);
static_assert(offsetof(struct suture_rule, look) == SUTURE_RULE_LOOK);
static_assert(offsetof(struct suture_rule, action) == SUTURE_RULE_ACTION);
static_assert(offsetof(struct suture_rule, repairs) == SUTURE_RULE_REPAIRS);
static_assert(sizeof(struct suture_repair) == SUTURE_REPAIR_SIZE);

/* Log lines of one rule: this many in this time; events are not limited. */
#define LOG_INTERVAL	(5 * HZ)
#define LOG_BURST	10

/**
 * suture_rules_register() - make rules known
 * @rules:	array ended by NULL, of static duration
 *
 * Context: task.
 */
void suture_rules_register(struct suture_rule *const *rules)
{
	mutex_lock(&suture_rules_lock);
	for (; *rules; rules++) {
		ratelimit_state_init(&(*rules)->logged, LOG_INTERVAL, LOG_BURST);
		ratelimit_set_flags(&(*rules)->logged, RATELIMIT_MSG_ON_RELEASE);
		(*rules)->initial = (*rules)->action;
		suture_policy_rule(*rules);
		list_add_tail(&(*rules)->node, &suture_rules);
	}
	mutex_unlock(&suture_rules_lock);
}
EXPORT_SYMBOL_GPL(suture_rules_register);

/**
 * suture_rules_remove() - take rules out again
 * @rules:	as given to suture_rules_register()
 *
 * Their events are dropped from the ring, too.
 *
 * Context: task. No guarded driver uses their wrappers any more.
 */
void suture_rules_remove(struct suture_rule *const *rules)
{
	mutex_lock(&suture_rules_lock);
	for (; *rules; rules++) {
		list_del(&(*rules)->node);
		suture_event_forget(*rules);
		suture_tally_forget(*rules);
	}
	mutex_unlock(&suture_rules_lock);
}
EXPORT_SYMBOL_GPL(suture_rules_remove);

/**
 * suture_rule_find() - a rule by its identifier
 * @id:	e.g. "LCK-SLEEP"
 *
 * Context: the caller holds suture_rules_lock.
 * Return: the rule, or NULL.
 */
struct suture_rule *suture_rule_find(const char *id)
{
	struct suture_rule *rule;

	lockdep_assert_held(&suture_rules_lock);
	list_for_each_entry(rule, &suture_rules, node)
		if (!strcmp(rule->id, id))
			return rule;
	return NULL;
}
