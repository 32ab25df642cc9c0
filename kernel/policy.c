// SPDX-License-Identifier: GPL-2.0-only
/*
 * policy.c - what may be done about a violation, here.
 *
 * Policy is asked when something wrong has been found, never before: the path on which nothing is
 * wrong reads rule->action, as it does without any policy. Where a rule has no exceptions that
 * value is the answer, too. Else the scopes are gone through, the most specific first, and
 * for each key the first that says something about it counts.
 *
 * Who reads does so under RCU, in any context; who replaces the list does so as a whole, with
 * suture_rules_lock held.
 */
#include <linux/glob.h>
#include <linux/kallsyms.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "domain.h"
#include "event.h"
#include "fault.h"
#include "inject.h"
#include "policy.h"
#include "rules/rules.h"
#include "visit.h"

static struct suture_policy __rcu *policy;

/* A rule's own section is as specific as this; so is `suture rules set`. */
#define WEIGHT_RULE 8

/* Where a violation is, by names: these are found out only if a scope asks for them. */
struct place {
	const struct suture_domain *domain;
	unsigned long site;
	const char *driver;	/* instead of @domain */
	const char *function;	/* instead of @site, or found out */
	char name[KSYM_SYMBOL_LEN];
};

/* The driver's function at a call site, without what the compiler puts behind the name. */
static const char *function_at(struct place *place)
{
	const char *buried = NULL;

	if (place->function)
		return place->function;
	if (place->domain && place->domain->group && place->site)
		buried = suture_group_buried(suture_domain_group(place->domain), place->site);
	if (buried)
		strscpy(place->name, buried, sizeof(place->name));
	else if (place->site && suture_domain_of(place->site))
		sprint_symbol_no_offset(place->name, suture_site(place->site));
	else
		place->name[0] = '\0';
	place->name[strcspn(place->name, " +")] = '\0';
	place->function = place->name;
	return place->function;
}

/* Is it this function, or a part that the compiler has made of it (NAME.isra.0)? */
static bool same_function(const char *wanted, const char *found)
{
	size_t n = strlen(wanted);

	return !strncmp(wanted, found, n) && (!found[n] || found[n] == '.');
}

static bool same_driver(const char *pattern, const struct place *place)
{
	const struct suture_group *group;

	if (place->driver)
		return place->driver[0] && glob_match(pattern, place->driver);
	if (!place->domain)
		return false;
	group = suture_domain_group(place->domain);
	return glob_match(pattern, place->domain->name) ||
	       (group && glob_match(pattern, group->name));
}

static bool has_place(const struct suture_scope *scope)
{
	return scope->driver[0] || scope->function[0];
}

static bool has_rule(const struct suture_scope *scope, const struct suture_rule *rule)
{
	/* What Suture itself does is not broken by anyone. */
	if (!strcmp(rule->class, "recovery"))
		return false;
	return (!scope->rule[0] || !strcmp(scope->rule, rule->id)) &&
	       (!scope->class[0] || !strcmp(scope->class, rule->class));
}

static bool holds(const struct suture_scope *scope, const struct suture_rule *rule,
		  struct place *place)
{
	return has_rule(scope, rule) &&
	       (!scope->driver[0] || same_driver(scope->driver, place)) &&
	       (!scope->function[0] || same_function(scope->function, function_at(place)));
}

/* The next scope from @from on that holds here; NULL: there is none. The caller holds RCU. */
static const struct suture_scope *next(const struct suture_policy *p, unsigned int *from,
				       const struct suture_rule *rule, struct place *place)
{
	while (*from < p->n) {
		const struct suture_scope *scope = &p->scope[(*from)++];

		if (holds(scope, rule, place))
			return scope;
	}
	return NULL;
}

/* What may be done here, and how far failures may lead. The caller holds RCU. */
static enum suture_action decide(const struct suture_policy *p, const struct suture_rule *rule,
				 struct place *place, enum suture_action *ceiling)
{
	enum suture_action action = READ_ONCE(rule->base);
	const struct suture_scope *scope;
	bool have_action = false, have_ceiling = false;
	unsigned int i = 0;

	*ceiling = SUTURE_QUARANTINE;
	while (p && !(have_action && have_ceiling) && (scope = next(p, &i, rule, place))) {
		if (!have_action && scope->action >= 0) {
			have_action = true;
			/* Without a place it is in the base, or was replaced there by hand. */
			if (has_place(scope) && scope->weight > READ_ONCE(rule->weight))
				action = scope->action;
		}
		if (!have_ceiling && scope->ceiling >= 0) {
			have_ceiling = true;
			*ceiling = scope->ceiling;
		}
	}
	return min(action, *ceiling);
}

/* The names of the repairs that are allowed here; NULL: all. The caller holds RCU. */
static const char *allowed(const struct suture_policy *p, const struct suture_rule *rule,
			   struct place *place)
{
	const struct suture_scope *scope;
	unsigned int i = 0;

	while (p && (scope = next(p, &i, rule, place)))
		if (scope->repairs[0])
			return scope->repairs;
	return NULL;
}

/* Where in the list of names does a repair stand, from 0? -ENOENT: nowhere. */
static int position(const char *names, const char *name)
{
	size_t n;
	int i;

	for (i = 0; name && *names; i++, names += n + strspn(names + n, " ")) {
		n = strcspn(names, " ");
		if (strlen(name) == n && !strncmp(names, name, n))
			return i;
	}
	return -ENOENT;
}

/* Whose violation it is: as the event says. The caller holds RCU. */
static const struct suture_domain *owner(const struct suture_domain *domain, unsigned long site)
{
	const struct suture_visit *v;

	if (domain)
		return domain;
	v = in_nmi() ? NULL : suture_visit_current();
	if (v && v->entry)
		domain = suture_entry_domain(v->entry);
	return domain ?: suture_domain_of(site);
}

/**
 * suture_policy_action() - what may be done about a violation here
 * @rule:	rule that was broken
 * @domain:	guarded driver; NULL: the one that runs, or that @site belongs to
 * @site:	address in the driver
 *
 * Context: any.
 */
enum suture_action suture_policy_action(const struct suture_rule *rule,
					const struct suture_domain *domain, unsigned long site)
{
	enum suture_action action, ceiling;

	if (!READ_ONCE(rule->special))
		return READ_ONCE(rule->action);
	rcu_read_lock();
	{
		struct place place = { .site = site, .domain = owner(domain, site) };

		action = decide(rcu_dereference(policy), rule, &place, &ceiling);
	}
	rcu_read_unlock();
	return action;
}

/**
 * suture_policy_ceiling() - how far up the ladder may repeated failures lead here?
 * @rule:	rule that was broken
 * @domain:	guarded driver; NULL: the one that runs, or that @site belongs to
 * @site:	address in the driver
 *
 * Context: any.
 */
enum suture_action suture_policy_ceiling(const struct suture_rule *rule,
					 const struct suture_domain *domain, unsigned long site)
{
	enum suture_action ceiling;

	rcu_read_lock();
	{
		struct place place = { .site = site, .domain = owner(domain, site) };

		decide(rcu_dereference(policy), rule, &place, &ceiling);
	}
	rcu_read_unlock();
	return ceiling;
}

/* suture_policy_may(): see rule.h */
bool suture_policy_may(const struct suture_rule *rule, const struct suture_domain *domain,
		       int repair, unsigned long site)
{
	const struct suture_policy *p;
	enum suture_action ceiling;
	const char *names;
	bool may;

	rcu_read_lock();
	{
		struct place place = { .site = site, .domain = owner(domain, site) };

		p = rcu_dereference(policy);
		may = decide(p, rule, &place, &ceiling) >= SUTURE_REPAIR;
		names = may ? allowed(p, rule, &place) : NULL;
		if (names)
			may = position(names, rule->repairs[repair].name) >= 0;
	}
	rcu_read_unlock();
	return may;
}
EXPORT_SYMBOL_GPL(suture_policy_may);

/* suture_policy_choose(): see rule.h */
int suture_policy_choose(const struct suture_rule *rule, int first, int second,
			 unsigned long site)
{
	const char *names;
	int a, b;

	rcu_read_lock();
	{
		struct place place = { .site = site, .domain = owner(NULL, site) };

		names = allowed(rcu_dereference(policy), rule, &place);
		a = names ? position(names, rule->repairs[first].name) : 0;
		b = names ? position(names, rule->repairs[second].name) : -ENOENT;
	}
	rcu_read_unlock();
	return b >= 0 && (a < 0 || b < a) ? second : first;
}
EXPORT_SYMBOL_GPL(suture_policy_choose);

/**
 * suture_policy_event() - what is reported of a violation here
 * @rule:	rule that was broken, with exceptions
 * @domain:	guarded driver, or NULL
 * @site:	address in the driver
 * @did:	what the rule alone would do; changed to what is done here
 * @repair:	repair; the same
 *
 * Context: any.
 * Return: false if nobody wants to hear of it.
 */
bool suture_policy_event(const struct suture_rule *rule, const struct suture_domain *domain,
			 unsigned long site, enum suture_action *did, int *repair)
{
	if (suture_policy_action(rule, domain, site) == SUTURE_OFF)
		return false;
	if (*did == SUTURE_REPAIR && !suture_policy_may(rule, domain, max(*repair, 0), site)) {
		*did = SUTURE_OBSERVE;
		*repair = SUTURE_NO_REPAIR;
	}
	return true;
}

/**
 * suture_policy_place() - the address that policy goes by
 * @visit:	visit, with an entry
 * @rule:	rule that was broken in it
 * @site:	where it was
 *
 * Context: any.
 */
unsigned long suture_policy_place(const struct suture_visit *visit, const struct suture_rule *rule,
				  unsigned long site)
{
	return rule->whole ? visit->entry->func : site;
}

/* suture_visit_action(): see rule.h */
enum suture_action suture_visit_action(const struct suture_visit *visit)
{
	return suture_policy_action(visit->rule, suture_entry_domain(visit->entry),
				    suture_policy_place(visit, visit->rule, visit->site));
}
EXPORT_SYMBOL_GPL(suture_visit_action);

/**
 * suture_policy_value() - a number that policy sets here
 * @rule:	rule that was broken
 * @domain:	guarded driver
 * @site:	address in the driver
 * @which:	which number
 * @otherwise:	what it is if policy does not say
 *
 * Context: any.
 */
u32 suture_policy_value(const struct suture_rule *rule, const struct suture_domain *domain,
			unsigned long site, enum suture_value which, u32 otherwise)
{
	const struct suture_scope *scope;
	const struct suture_policy *p;
	unsigned int i = 0;

	rcu_read_lock();
	{
		struct place place = { .site = site, .domain = owner(domain, site) };

		p = rcu_dereference(policy);
		while (p && (scope = next(p, &i, rule, &place)))
			if (scope->set & BIT(which)) {
				otherwise = scope->value[which];
				break;
			}
	}
	rcu_read_unlock();
	return otherwise;
}

/**
 * suture_policy_budget() - how long may a visit run?
 * @visit:	the visit, with an entry
 * @softirq:	it is in softirq context
 * @ms:		how long it has run so far; while no budget is as small, nothing is looked up
 * @otherwise:	the budget if policy does not say
 *
 * Context: interrupt on top of the visit.
 */
u32 suture_policy_budget(const struct suture_visit *visit, bool softirq, u32 ms, u32 otherwise)
{
	const struct suture_policy *p;
	u32 lowest = U32_MAX;

	rcu_read_lock();
	p = rcu_dereference(policy);
	if (p)
		lowest = p->lowest;
	rcu_read_unlock();
	if (lowest == U32_MAX || ms < min(lowest, otherwise))
		return otherwise;
	return suture_policy_value(&suture_rule_cb_time, suture_entry_domain(visit->entry),
				   visit->entry->func, softirq ? SUTURE_VALUE_BUDGET_SOFTIRQ_MS :
				   SUTURE_VALUE_BUDGET_TASK_MS, otherwise);
}

/* suture_policy_irqoff() - the time budget with interrupts off. Context: any. */
u32 suture_policy_irqoff(u32 otherwise)
{
	const struct suture_policy *p;

	rcu_read_lock();
	p = rcu_dereference(policy);
	if (p && p->irqoff != U32_MAX)
		otherwise = p->irqoff;
	rcu_read_unlock();
	return otherwise;
}

/**
 * suture_policy_named() - what holds for a driver that may not even be loaded
 * @rule:	rule
 * @driver:	name of the driver, or NULL
 * @function:	the driver's function, or NULL
 * @ceiling:	gets how far failures may lead
 *
 * Context: any.
 */
enum suture_action suture_policy_named(const struct suture_rule *rule, const char *driver,
				       const char *function, enum suture_action *ceiling)
{
	struct place place = { .driver = driver ?: "", .function = function ?: "" };
	enum suture_action action;

	rcu_read_lock();
	action = decide(rcu_dereference(policy), rule, &place, ceiling);
	rcu_read_unlock();
	return action;
}

/* ------------------------------------------------------------ changes */

/* How far may a rule go where nothing special is said of the place? */
static enum suture_action base_ceiling(const struct suture_policy *p,
				       const struct suture_rule *rule)
{
	unsigned int i;

	for (i = 0; p && i < p->n; i++)
		if (!has_place(&p->scope[i]) && has_rule(&p->scope[i], rule) &&
		    p->scope[i].ceiling >= 0)
			return p->scope[i].ceiling;
	return SUTURE_QUARANTINE;
}

/* The quick answer and whether it is the whole one, from the base and the scopes. */
static void summarise(const struct suture_policy *p, struct suture_rule *rule)
{
	enum suture_action most = min(rule->base, base_ceiling(p, rule));
	const struct suture_scope *scope;
	bool special = false;
	unsigned int i;

	for (i = 0; p && i < p->n; i++) {
		scope = &p->scope[i];
		if (!has_rule(scope, rule))
			continue;
		if (scope->repairs[0])
			special = true;
		if (!has_place(scope) || (scope->action < 0 && scope->ceiling < 0))
			continue;
		special = true;
		most = max3(most, rule->base, (enum suture_action)max_t(s8, scope->action, 0));
	}
	/* Who sees one of the two without the other is careful: with exceptions, @most is more. */
	if (special) {
		WRITE_ONCE(rule->special, true);
		/* Pairs with nothing: a reader takes either view, and both are policy's. */
		WRITE_ONCE(rule->action, most);
	} else {
		WRITE_ONCE(rule->action, most);
		WRITE_ONCE(rule->special, false);
	}
}

static struct suture_policy *current_policy(void)
{
	return rcu_dereference_protected(policy, lockdep_is_held(&suture_rules_lock));
}

/**
 * suture_policy_rule() - let policy speak about a rule, from its default on
 * @rule:	the rule
 *
 * Context: task; the caller holds suture_rules_lock.
 */
void suture_policy_rule(struct suture_rule *rule)
{
	const struct suture_policy *p = current_policy();
	unsigned int i;

	WRITE_ONCE(rule->base, rule->initial);
	WRITE_ONCE(rule->weight, 0);
	for (i = 0; p && i < p->n; i++)
		if (!has_place(&p->scope[i]) && has_rule(&p->scope[i], rule) &&
		    p->scope[i].action >= 0) {
			WRITE_ONCE(rule->base, p->scope[i].action);
			WRITE_ONCE(rule->weight, p->scope[i].weight);
			break;
		}
	summarise(p, rule);
}

/**
 * suture_policy_set_rule() - the owner changes a rule until policy is applied anew
 * @rule:	the rule
 * @action:	what it may do, but for exceptions that policy makes
 *
 * Context: task; the caller holds suture_rules_lock.
 * Return: @action, or the ceiling that it is above: then nothing is changed.
 */
enum suture_action suture_policy_set_rule(struct suture_rule *rule, enum suture_action action)
{
	const struct suture_policy *p = current_policy();
	enum suture_action ceiling = base_ceiling(p, rule);

	if (action > ceiling)
		return ceiling;
	WRITE_ONCE(rule->base, action);
	WRITE_ONCE(rule->weight, max_t(u8, rule->weight, WEIGHT_RULE));
	summarise(p, rule);
	return action;
}

/**
 * suture_policy_put() - put a policy into force, in place of the one before
 * @new:	the policy, taken over; NULL: none
 *
 * Faults that were asked for go, if it does not allow them.
 *
 * Context: task.
 */
void suture_policy_put(struct suture_policy *new)
{
	struct suture_policy *old;
	struct suture_rule *rule;
	bool inject = new && new->inject;

	mutex_lock(&suture_rules_lock);
	old = rcu_replace_pointer(policy, new, lockdep_is_held(&suture_rules_lock));
	list_for_each_entry(rule, &suture_rules, node)
		suture_policy_rule(rule);
	mutex_unlock(&suture_rules_lock);
	if (!inject) {
		suture_inject_disarm();
		suture_fault_clear_all();
	}
	if (old) {
		synchronize_rcu();
		kvfree(old);
	}
}

/* suture_policy_inject() - may testers ask for faults? Context: any. */
bool suture_policy_inject(void)
{
	const struct suture_policy *p;
	bool inject;

	rcu_read_lock();
	p = rcu_dereference(policy);
	inject = p && p->inject;
	rcu_read_unlock();
	return inject;
}

/* suture_policy_profile() - what is in force; @digest: 0 for nothing. Context: any. */
void suture_policy_profile(char *profile, size_t n, u64 *digest, bool *inject)
{
	const struct suture_policy *p;

	rcu_read_lock();
	p = rcu_dereference(policy);
	strscpy(profile, p ? p->profile : SUTURE_POLICY_DEFAULT, n);
	*digest = p ? p->digest : 0;
	*inject = p && p->inject;
	rcu_read_unlock();
}

/* suture_policy_start() - nobody has said anything yet. Context: task. Return: 0. */
int suture_policy_start(void)
{
	return 0;
}

/* suture_policy_stop() - suture.ko goes. Context: task; no rule is asked any more. */
void suture_policy_stop(void)
{
	struct suture_policy *p;

	mutex_lock(&suture_rules_lock);
	p = rcu_replace_pointer(policy, NULL, lockdep_is_held(&suture_rules_lock));
	mutex_unlock(&suture_rules_lock);
	synchronize_rcu();
	kvfree(p);
}
