// SPDX-License-Identifier: GPL-2.0-only
/*
 * pointer.c - pointers that no call can be right with.
 */
#include <linux/err.h>
#include <linux/kernel.h>

#include "rules.h"

static struct suture_rule rule_pointer = {
	.id = "ARG-PTR",
	.class = "memory",
	.contract = "A pointer that the kernel is to dereference is a kernel address: not NULL, not an error pointer, not a user address.",
	.source = "Nooks parameter checks (SOSP 2003); smatch check_err_ptr_deref",
	.action = SUTURE_RESTART,
};

static struct suture_rule *const rules[] = { &rule_pointer, NULL };

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

	if (rule_pointer.action != SUTURE_OFF)
		suture_abandon(&rule_pointer, site, "%s called with %s", api, what);
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
