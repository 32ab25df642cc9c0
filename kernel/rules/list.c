// SPDX-License-Identifier: GPL-2.0-only
/*
 * list.c - linked lists that are not what they should be.
 *
 * On distribution kernels each list_add() and list_del() asks a function first
 * whether the list is sound, and leaves the list alone if not; but before that
 * answer comes, the kernel stops with a BUG(). The wrappers give the answer.
 */
#include <linux/list.h>
#include <linux/poison.h>
#include <linux/uaccess.h>

#include "rules.h"

static struct suture_rule rule_list = {
	.id = "LIST-CORR",
	.class = "memory",
	.contract = "An entry is added to a list once and deleted from it once, and a list is initialised.",
	.source = "lib/list_debug.c; Klever and LDV rule 60",
	.example = "list_add(&job->node, &card->jobs);\n"
		   "list_add(&job->node, &card->jobs);\t/* it is there already */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "skip",
			.gives_up = "nothing for an entry added or deleted twice: the list is as it should be; of other corruption, the entry",
		},
	},
};

static struct suture_rule *const rules[] = { &rule_list, NULL };

/* *@at, if @at can be read. */
static __always_inline bool get(struct list_head *const *at, struct list_head **value)
{
	unsigned long word;

	if (unlikely((unsigned long)at < PAGE_OFFSET))
		return false;
	__get_kernel_nofault(&word, at, unsigned long, fault);
	*value = (struct list_head *)word;
	return true;
fault:
	return false;
}

/* Report. Return: shall the kernel look itself? */
static noinline bool corrupt(unsigned long site, const char *api, const char *what)
{
	if (rule_list.action == SUTURE_OFF)
		return true;
	suture_report(&rule_list, SUTURE_DID(rule_list, 0), site, "%s: %s", api, what);
	return !suture_may(&rule_list, 0, site);
}

static const char *add_trouble(struct list_head *entry, struct list_head *prev,
			       struct list_head *next)
{
	struct list_head *back, *forth;

	if (!prev || !next)
		return "the list is not initialised";
	if (!get(&next->prev, &back) || !get(&prev->next, &forth))
		return "the list is gone: its neighbours cannot be read";
	if (entry == prev || entry == next)
		return "the entry is in the list already";
	if (back != prev || forth != next)
		return "the list is broken: its neighbours do not point to each other";
	return NULL;
}

bool API_LIST_VALID_CALL SUTURE_W(API_LIST_ADD_VALID)(struct list_head *entry,
						      struct list_head *prev,
						      struct list_head *next);
bool API_LIST_VALID_CALL SUTURE_W(API_LIST_ADD_VALID)(struct list_head *entry,
						      struct list_head *prev,
						      struct list_head *next)
{
	const char *what = add_trouble(entry, prev, next);

	if (likely(!what))
		return true;
	return corrupt(SUTURE_SITE, "list_add", what) && API_LIST_ADD_VALID(entry, prev, next);
}
SUTURE_WRAPPER(API_LIST_ADD_VALID);
SUTURE_CHECKED(API_LIST_ADD_VALID);

static const char *del_trouble(struct list_head *entry)
{
	struct list_head *prev, *next, *back, *forth;

	if (!get(&entry->prev, &prev) || !get(&entry->next, &next))
		return "the entry cannot be read";
	if (next == LIST_POISON1 || prev == LIST_POISON2)
		return "the entry has been deleted already";
	if (!prev || !next)
		return "the entry was never in a list";
	if (!get(&prev->next, &forth) || !get(&next->prev, &back))
		return "the list is gone: the neighbours cannot be read";
	if (forth != entry || back != entry)
		return "the list is broken: the neighbours do not point to the entry";
	return NULL;
}

bool API_LIST_VALID_CALL SUTURE_W(API_LIST_DEL_VALID)(struct list_head *entry);
bool API_LIST_VALID_CALL SUTURE_W(API_LIST_DEL_VALID)(struct list_head *entry)
{
	const char *what;

	suture_check_pointer(entry, SUTURE_SITE, "list_del");
	what = del_trouble(entry);
	if (likely(!what))
		return true;
	return corrupt(SUTURE_SITE, "list_del", what) && API_LIST_DEL_VALID(entry);
}
SUTURE_WRAPPER(API_LIST_DEL_VALID);
SUTURE_CHECKED(API_LIST_DEL_VALID);

int suture_rules_list_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_list_stop(void)
{
	suture_rules_remove(rules);
}
