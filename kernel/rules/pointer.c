// SPDX-License-Identifier: GPL-2.0-only
/*
 * pointer.c - pointers that no call can be right with.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include "pointer.h"
#include "rules.h"

struct suture_rule suture_rule_pointer = {
	.id = "ARG-PTR",
	.class = "memory",
	.contract = "A pointer that the kernel is to dereference is a kernel address: not NULL, not an error pointer, not a poison value, not a user address.",
	.source = "Nooks parameter checks (SOSP 2003); smatch check_err_ptr_deref",
	.example = "struct clk *clk = devm_clk_get(dev, NULL);\t/* an error pointer */\n"
		   "\n"
		   "clk_prepare(clk);\t/* wrong */\n"
		   "mutex_lock(&card->clocks[0]->lock);\t/* of a structure that is NULL */\n",
	.look = "An address within the first page is taken for an offset from NULL. Which pointers a function dereferences whatever happens is learnt from the machine code of the running kernel (`suture learn`); of any other pointer to a struct only a value that is no canonical address is refused. Where a call has no value that means failure, the visit is unwound, and the driver restarted.",
	.action = SUTURE_RESTART,
	.repairs = {
		[SUTURE_POINTER_REFUSE] = {
			"refuse",
			"the call: the driver gets the failure that the function itself returns"
		},
	},
};

static struct suture_rule *const rules[] = { &suture_rule_pointer, NULL };

/**
 * suture_bad_pointer() - the slow half of suture_check_pointer()
 * @ptr:	the pointer
 * @site:	call site
 * @api:	function that was to get it
 *
 * Abandons the visit: the call has no error to return. Returns if policy forbids that.
 */
void suture_bad_pointer(const void *ptr, unsigned long site, const char *api)
{
	const char *what = !ptr ? "NULL" :
			   IS_ERR(ptr) ? "an error pointer" :
			   (unsigned long)ptr < PAGE_SIZE ? "an offset from NULL" :
			   "no kernel address";

	if (suture_rule_pointer.action != SUTURE_OFF)
		suture_abandon(&suture_rule_pointer, site, "%s called with %s", api, what);
}
EXPORT_SYMBOL_GPL(suture_bad_pointer);

int suture_rules_pointer_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_pointer_stop(void)
{
	suture_rules_remove(rules);
}
