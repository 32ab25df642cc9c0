/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rule.h - the interface that rules are written against.
 *
 * A rule is a contract between driver and kernel: one struct suture_rule with
 * its name, sentence, source and repairs, and a few wrappers that see the calls
 * it is about. docs/CONTRIBUTING.md goes through one from nothing to test.
 */
#ifndef SUTURE_RULE_H
#define SUTURE_RULE_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/export.h>
#include <linux/irqflags.h>
#include <linux/list.h>
#include <linux/preempt.h>
#include <linux/ratelimit_types.h>
#include <linux/stringify.h>

#include <suture/image.h>

#include "compat.h"

struct suture_domain;
struct suture_entry;
struct suture_visit;

/**
 * enum suture_action - how far Suture may go, or went
 * @SUTURE_OFF:		do not look
 * @SUTURE_OBSERVE:	report, change nothing
 * @SUTURE_REPAIR:	make the call right
 * @SUTURE_UNWIND:	abandon the visit
 * @SUTURE_CYCLE:	power-cycle the device
 * @SUTURE_RESTART:	restart the driver
 * @SUTURE_QUARANTINE:	of an event only: the driver is in quarantine
 * @SUTURE_FAILED:	of an event only: an attempt did not work
 */
enum suture_action {
	SUTURE_OFF,
	SUTURE_OBSERVE,
	SUTURE_REPAIR,
	SUTURE_UNWIND,
	SUTURE_CYCLE,
	SUTURE_RESTART,
	SUTURE_QUARANTINE,
	SUTURE_FAILED,
};

/**
 * struct suture_repair - one way to put a violation right
 * @name:	its name in policy and events
 * @gives_up:	what the driver loses by it, in a sentence
 */
struct suture_repair {
	const char *name;
	const char *gives_up;
};

#define SUTURE_MAX_REPAIRS 4

/**
 * struct suture_rule - one contract
 * @id:		identifier, e.g. "LCK-SLEEP"
 * @class:	class, e.g. "locking"
 * @contract:	the contract in a sentence
 * @source:	where it is written down
 * @example:	a few lines of C that make the mistake, each ended by a newline, with
 *		the line that is wrong marked by a comment
 * @look:	what else to know, in sentences: what a healthy driver may do, what is
 *		not seen, which parameter sets a limit; may be NULL
 * @action:	what Suture does; the initial value is the rule's default. If policy makes
 *		exceptions, the most that it does anywhere: a first look that costs one load
 * @repairs:	repairs in order of preference, ended by one without a name
 * @hits:	how often it was broken
 * @logged:	rate limit of its kernel log lines
 * @node:	list of all rules
 * @initial:	its default
 * @base:	what policy says of the rule by itself, without drivers and functions
 * @weight:	how specific was what said so
 * @special:	policy makes exceptions: @action alone does not decide
 * @whole:	it judges whole calls of the driver: policy goes by the entry, not the call site
 *
 * All that is written down about a rule stands here and nowhere else: the command reads it
 * from the object file, too. Where each field is, image.h says.
 */
struct suture_rule {
	const char *id;
	const char *class;
	const char *contract;
	const char *source;
	const char *example;
	const char *look;
	enum suture_action action;
	struct suture_repair repairs[SUTURE_MAX_REPAIRS + 1];
	atomic64_t hits;
	struct ratelimit_state logged;
	struct list_head node;
	enum suture_action initial;
	enum suture_action base;
	u8 weight;
	bool special;
	bool whole;
};

/* Register a NULL-terminated array of rules. Context: task. */
void suture_rules_register(struct suture_rule *const *rules);
void suture_rules_remove(struct suture_rule *const *rules);

/**
 * suture_rules_add() - the same, and enter the rules into the catalogue
 * @rules:	the array: a static one of this file, not a pointer to one
 */
#define suture_rules_add(rules)							\
	do {									\
		static struct suture_rule *const *const in_catalogue		\
			__used __section(SUTURE_RULES_SECTION) = (rules);	\
		suture_rules_register(rules);					\
	} while (0)

#define SUTURE_NO_REPAIR (-1)

/*
 * SUTURE_DID() - repair if the rule may, else observe: the two arguments of
 * suture_report() that say so. Where policy makes an exception, suture_report() knows.
 */
#define SUTURE_DID(rule, repair)						\
	((rule).action >= SUTURE_REPAIR ? SUTURE_REPAIR : SUTURE_OBSERVE),	\
	((rule).action >= SUTURE_REPAIR ? (repair) : SUTURE_NO_REPAIR)

/* suture_may() where policy makes exceptions, or names the repairs. */
bool suture_policy_may(const struct suture_rule *rule, const struct suture_domain *domain,
		       int repair, unsigned long site);

/**
 * suture_may_for() - may a violation be repaired?
 * @domain:	guarded driver; NULL: the one that runs, or that @site belongs to
 * @rule:	rule that was broken
 * @repair:	index of the repair
 * @site:	address in the driver that it is about, as suture_report() gets it
 *
 * To be asked when something wrong has been found, not before.
 *
 * Context: any.
 */
static inline bool suture_may_for(const struct suture_domain *domain,
				  const struct suture_rule *rule, int repair, unsigned long site)
{
	if (unlikely(READ_ONCE(rule->special)))
		return suture_policy_may(rule, domain, repair, site);
	return READ_ONCE(rule->action) >= SUTURE_REPAIR;
}

/* The same for the driver that runs. */
static inline bool suture_may(const struct suture_rule *rule, int repair, unsigned long site)
{
	return suture_may_for(NULL, rule, repair, site);
}

/* suture_choose() where policy names the repairs. */
int suture_policy_choose(const struct suture_rule *rule, int first, int second,
			 unsigned long site);

/**
 * suture_choose() - of two repairs that would do the one that policy prefers
 * @rule:	rule that was broken
 * @first:	index of the one that is taken if policy does not say
 * @second:	the other one
 * @site:	address in the driver that it is about
 *
 * Context: any. Whether it may be used, suture_may() says.
 */
static inline int suture_choose(const struct suture_rule *rule, int first, int second,
				unsigned long site)
{
	if (unlikely(READ_ONCE(rule->special)))
		return suture_policy_choose(rule, first, second, site);
	return first;
}

/* How far policy lets Suture go for an abandoned visit. Context: any. */
enum suture_action suture_visit_action(const struct suture_visit *visit);

/**
 * suture_report() - one event: ring, log line, tracepoint, netlink
 * @rule:	rule that was broken
 * @did:	what was done about it
 * @repair:	index of the repair taken, or SUTURE_NO_REPAIR
 * @site:	address in the driver that the event is about
 * @fmt:	what happened, in words, without a trailing newline
 *
 * Context: any but NMI. Does not sleep, does not allocate, prints later.
 */
__printf(5, 6)
void suture_report(struct suture_rule *rule, enum suture_action did, int repair,
		   unsigned long site, const char *fmt, ...);

/* The same for a driver that is not running now, e.g. one that is being removed. */
__printf(6, 7)
void suture_report_for(struct suture_domain *domain, struct suture_rule *rule,
		       enum suture_action did, int repair, unsigned long site,
		       const char *fmt, ...);

/**
 * suture_abandon() - report and unwind the current visit
 * @rule:	rule that was broken
 * @site:	call site in the driver
 * @fmt:	what happened
 *
 * To be called only from a wrapper's own frame, while that holds nothing: the
 * wrapper never returns. Returns if there is no visit to abandon; the wrapper
 * then goes on as if the rule only observed.
 */
__printf(3, 4)
void suture_abandon(struct suture_rule *rule, unsigned long site, const char *fmt, ...);

/*
 * The kernel is built to clear all local variables; a record that the ledger fills need
 * not be.
 */
#define SUTURE_UNSET	__attribute__((__uninitialized__))

/* The driver's call site, in a wrapper. */
#define SUTURE_SITE ((unsigned long)__builtin_return_address(0))

/* Wrappers: suture_w_NAME wraps the exported function NAME. */
#define SUTURE_W_(api)	suture_w_##api
#define SUTURE_W(api)	SUTURE_W_(api)

/**
 * SUTURE_DEFINE() - head of a wrapper's definition, with its declaration
 * @type:	what it returns
 * @api:	exported kernel function (or a compat.h name for it)
 * @...:	parameters
 */
#define SUTURE_DEFINE(type, api, ...)						\
	type SUTURE_W(api)(__VA_ARGS__);					\
	type SUTURE_W(api)(__VA_ARGS__)

/**
 * SUTURE_WRAPPER() - enter a wrapper into the rewriter's list
 * @api:	exported kernel function (or a compat.h name for it)
 *
 * The compiler checks that the wrapper has the prototype of the function. The
 * wrapper takes at most six register arguments: see struct suture_tail.
 */
#define SUTURE_WRAPPER(api)							\
	SUTURE_EXPORT_(api);							\
	static_assert(__same_type(&SUTURE_W(api), &api));			\
	asm(".pushsection .suture.wrappers,\"a\",@progbits\n\t"			\
	    ".asciz \"" __stringify(api) "\"\n\t"				\
	    ".asciz \"suture_w_" __stringify(api) "\"\n\t"			\
	    ".popsection")
/**
 * SUTURE_CHECKED() - the wrapper of @api checks the pointers that it gets itself
 * @api:	as given to SUTURE_WRAPPER()
 *
 * With suture_check_pointer(), or because they belong to its own rule: the rewriter then puts
 * no check of its own before the calls.
 */
#define SUTURE_CHECKED(api)							\
	asm(".pushsection .suture.checked,\"a\",@progbits\n\t"			\
	    ".asciz \"" __stringify(api) "\"\n\t"				\
	    ".popsection")
#define SUTURE_EXPORT_(api)	SUTURE_EXPORT__(suture_w_##api)
#define SUTURE_EXPORT__(sym)	SUTURE_EXPORT(sym)

/**
 * suture_atomic() - may the caller block?
 *
 * Context: any.
 */
static inline bool suture_atomic(void)
{
	return preempt_count() || irqs_disabled();
}

#endif /* SUTURE_RULE_H */
