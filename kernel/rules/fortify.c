// SPDX-License-Identifier: GPL-2.0-only
/*
 * fortify.c - copies that leave an object whose size the compiler knows.
 *
 * The driver's own code has made the comparison; what is called here is its way to
 * say that it failed, which brings the kernel down or prints a warning.
 */
#include <linux/string.h>
#include <linux/thread_info.h>

#include "rules.h"

static struct suture_rule rule_fortify = {
	.id = "MEM-FORTIFY",
	.class = "memory",
	.contract = "A copy does not leave an object whose size the compiler knows: an array, a member, a variable.",
	.source = "CWE-787; include/linux/fortify-string.h; include/linux/thread_info.h check_copy_size()",
	.example = "struct { char name[8]; u32 flags; } id;\n"
		   "\n"
		   "if (copy_from_user(id.name, arg, len))\t/* len is 12 */\n"
		   "\treturn -EFAULT;\n",
	.look = "The check is the compiler's own; Suture gets the call that it makes, which would stop the kernel or only warn.",
	.action = SUTURE_UNWIND,
	.repairs = {
		{
			.name = "refuse",
			.gives_up = "nothing: nothing is copied, and the call fails as for a bad user address (-EFAULT)",
		},
	},
};

/* Behind a call that does not return stands another function. */
#define SITE (SUTURE_SITE - 1)

static struct suture_rule *const rules[] = { &rule_fortify, NULL };

#ifdef SUTURE_HAVE_FORTIFY_SIZES
SUTURE_DEFINE(void __noreturn, __fortify_panic,
	      const u8 reason, const size_t avail, const size_t size)
{
	if (rule_fortify.action != SUTURE_OFF)
		suture_abandon(&rule_fortify, SITE,
			       "copy of %zu bytes with an object of %zu bytes", size, avail);
	__fortify_panic(reason, avail, size);
}
SUTURE_WRAPPER(__fortify_panic);
#else
SUTURE_DEFINE(void __noreturn, fortify_panic, const char *name)
{
	if (rule_fortify.action != SUTURE_OFF)
		suture_abandon(&rule_fortify, SITE, "%s leaves its object", name);
	fortify_panic(name);
}
SUTURE_WRAPPER(fortify_panic);
#endif

/* What follows this is the refusal; the call itself is only the kernel's warning. */
SUTURE_DEFINE(void, __copy_overflow, int size, unsigned long n)
{
	if (!suture_may(&rule_fortify, 0, SUTURE_SITE))
		__copy_overflow(size, n);
	if (rule_fortify.action != SUTURE_OFF)
		suture_report(&rule_fortify, SUTURE_DID(rule_fortify, 0), SUTURE_SITE,
			      "user copy of %lu bytes with an object of %d bytes", n, size);
}
SUTURE_WRAPPER(__copy_overflow);

int suture_rules_fortify_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_fortify_stop(void)
{
	suture_rules_remove(rules);
}
