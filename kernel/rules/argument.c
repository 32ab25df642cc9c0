// SPDX-License-Identifier: GPL-2.0-only
/*
 * argument.c - the slow half of the checks of arguments that the rewriter puts before
 * calls.
 *
 * Which arguments are checked, and what a function returns when it fails, was
 * learnt from the very kernel (rewrite/learn.c) and stands in struct suture_check of
 * the driver's image. The quick test in the image has found some argument to be bad. A
 * "strong" one would crash in the kernel function for certain; of a "weak" one it is only known
 * that nobody means such a value.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/poison.h>

#include <suture/image.h>

#include "../inject.h"
#include "pointer.h"
#include "rules.h"

#define ARGUMENTS	6

/**
 * struct suture_arguments - a call, as suture_bad_argument() has pushed it
 * @arg:	argument registers
 * @rax:	what the call returns if it is refused
 * @check:	what was found; becomes what the call goes on to
 * @site:	return address
 */
struct suture_arguments {
	unsigned long arg[ARGUMENTS];
	unsigned long rax;
	union {
		const struct suture_check *check;
		unsigned long function;
	};
	unsigned long site;
};

bool suture_argument_refused(struct suture_arguments *call);

/* The tests of <suture/image.h>, one argument at a time. */
static bool is_bad_strong(unsigned long v)
{
	return ~(v + 0x1000) >> 57;
}

static bool is_bad_weak(unsigned long v)
{
	return (v ^ v << 1) >> 57;
}

static const char *class_of(unsigned long v)
{
	if (!v)
		return "NULL";
	if (v < PAGE_SIZE)
		return "an offset from NULL";
	if (IS_ERR_VALUE(v))
		return "an error pointer";
	if (v == (unsigned long)LIST_POISON1 || v == (unsigned long)LIST_POISON2 ||
	    v >> 8 == ((unsigned long)LIST_POISON1 - 0x100) >> 8 ||
	    v == 0x6b6b6b6b6b6b6b6bUL || v == 0x5a5a5a5a5a5a5a5aUL)
		return "a poison value";
	return is_bad_weak(v) ? "no canonical address" : "a user address";
}

/* Put in place what a failing call returns; false: there is nothing. */
static bool fail(struct suture_arguments *call, u8 how)
{
	switch (how) {
	case SUTURE_FAIL_VOID:
		return true;
	case SUTURE_FAIL_ERRNO:
	case SUTURE_FAIL_ERR_PTR:
		call->rax = (unsigned long)-EINVAL;
		return true;
	case SUTURE_FAIL_FALSE:
	case SUTURE_FAIL_NULL:
		call->rax = 0;
		return true;
	default:
		return false;
	}
}

/**
 * suture_argument_refused() - decide about a call with a bad argument
 * @call:	the call; changed
 *
 * Context: that of the driver's call.
 * Return: true: the driver gets @call->rax; false: the call goes on to
 * @call->function. Does not return if the visit is abandoned.
 */
bool suture_argument_refused(struct suture_arguments *call)
{
	const struct suture_check *check = call->check;
	const char *api = (const char *)check->name;
	struct suture_rule *rule = &suture_rule_pointer;
	unsigned int i;
	unsigned long v;

	call->function = check->function;
	for (i = 0; i < ARGUMENTS; i++) {
		v = call->arg[i];
		if ((check->strong & BIT(i) && is_bad_strong(v)) ||
		    (check->weak & BIT(i) && is_bad_weak(v)))
			break;
	}
	if (i == ARGUMENTS || rule->action == SUTURE_OFF)
		return false;
	if (suture_inject_poisoned(v))
		suture_abandon(&suture_rule_cb_oops, call->site,
			       "bad address (injected) as argument %u of %s", i + 1, api);
	if (suture_may(rule, SUTURE_POINTER_REFUSE, call->site) && fail(call, check->fail)) {
		suture_report(rule, SUTURE_REPAIR, SUTURE_POINTER_REFUSE, call->site,
			      "%s called with %s (%#lx) as argument %u", api, class_of(v), v,
			      i + 1);
		return true;
	}
	suture_abandon(rule, call->site, "%s called with %s (%#lx) as argument %u", api,
		       class_of(v), v, i + 1);
	return false;
}

/* Reached by jumps from the checks in a driver's image. Not a C function. */
void suture_bad_argument(void);
SUTURE_EXPORT(suture_bad_argument);
