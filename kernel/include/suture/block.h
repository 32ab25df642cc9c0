/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * block.h - calls that may block, for wrappers of functions that do.
 */
#ifndef SUTURE_RULE_BLOCK_H
#define SUTURE_RULE_BLOCK_H

#include <linux/sched.h>

#include <suture/rule.h>

#include "section.h"

/* rules/context.c */
void suture_block_begin(struct suture_section *section, unsigned long site, const char *api);
void suture_block_end(struct suture_section *section);
bool suture_in_own_rcu(void);

/**
 * suture_must_not_block() - is blocking wrong here?
 *
 * Context: any.
 * Return: true in atomic context, and in an RCU read-side section that the driver
 * itself has opened. Of one that the kernel opened nothing is said.
 */
static __always_inline bool suture_must_not_block(void)
{
	return suture_atomic() || (unlikely(current->rcu_read_lock_nesting) && suture_in_own_rcu());
}

/**
 * SUTURE_MAY_BLOCK_AT() - make a call that may block
 * @site:	call site
 * @name:	name of the function, for the event
 * @...:	the call, as a statement without semicolon: api(x), or ret = api(x)
 *
 * One test when the context is right. Else the driver's own atomic section is opened
 * around the call; where it is the kernel's, the visit is abandoned and control does not
 * come back (suture_block_begin()).
 */
#define SUTURE_MAY_BLOCK_AT(site, name, ...) do {				\
	if (likely(!suture_must_not_block())) {					\
		__VA_ARGS__;							\
	} else {								\
		struct suture_section section_ SUTURE_UNSET;			\
										\
		suture_block_begin(&section_, site, name);			\
		__VA_ARGS__;							\
		suture_block_end(&section_);					\
	}									\
} while (0)

/* The same, from a wrapper's own frame. */
#define SUTURE_MAY_BLOCK(name, ...)	SUTURE_MAY_BLOCK_AT(SUTURE_SITE, name, __VA_ARGS__)

/**
 * SUTURE_BLOCKING() - the whole wrapper of a function of which no more is asked
 * @type:	what it returns
 * @api:	exported kernel function
 * @proto:	its parameters, in parentheses
 * @args:	their names, in parentheses
 */
#define SUTURE_BLOCKING(type, api, proto, args)					\
	type SUTURE_W(api) proto;						\
	type SUTURE_W(api) proto						\
	{									\
		type ret_;							\
										\
		SUTURE_MAY_BLOCK(#api, ret_ = api args);			\
		return ret_;							\
	}									\
	SUTURE_WRAPPER(api)

/* The same for a function that returns nothing. */
#define SUTURE_BLOCKING_VOID(api, proto, args)					\
	void SUTURE_W(api) proto;						\
	void SUTURE_W(api) proto						\
	{									\
		SUTURE_MAY_BLOCK(#api, api args);				\
	}									\
	SUTURE_WRAPPER(api)

#endif /* SUTURE_RULE_BLOCK_H */
