// SPDX-License-Identifier: GPL-2.0-only
/*
 * group.c - several guarded modules that are one driver.
 *
 * An image says that its module is a part of drivers (SUTURE_IMAGE_PART); a
 * guarded module that imports from such a part joins its group. A call from
 * one member into another is no visit: it comes to a thunk, as the loader links
 * it to what the part exports, but goes straight on. So what the part takes,
 * leaves held or crashes on belongs to the visit by which the kernel came in.
 *
 * A member that goes, goes alone: what of its code the kernel could still call is
 * stopped, the rest of what it held is handed to another member, as that
 * may be the one to release it. The last one answers for all.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/device.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "domain.h"
#include "quarantine.h"
#include "restart.h"
#include "visit.h"

/**
 * struct buried - the name of a call site in a module that has gone
 * @node:	suture_group.buried, RCU; they stay as long as the group
 * @name:	as %pS printed it
 */
struct buried {
	struct list_head node;
	char name[96];
};

static DEFINE_MUTEX(groups_lock);

/* The guarded module @mod; the caller holds RCU, or @mod and what is of it. */
static struct suture_domain *domain_of(const struct module *mod)
{
	struct suture_domain *domain;

	list_for_each_entry_rcu(domain, &suture_domains, node, true)
		if (domain->module == mod)
			return domain;
	return NULL;
}

static bool is_part(const struct suture_domain *domain)
{
	return domain && domain->image->flags & SUTURE_IMAGE_PART;
}

static void group_free(struct suture_group *group)
{
	struct buried *buried, *next;

	/* Whoever still saw the group may have asked for a restart. */
	cancel_work_sync(&group->restart);
	suture_quarantine_cancel(group);
	list_for_each_entry_safe(buried, next, &group->buried, node)
		kfree(buried);
	kfree(group);
}

/* All of @from become members of @group. */
static void group_merge(struct suture_group *group, struct suture_group *from)
{
	struct suture_domain *domain;

	list_for_each_entry_rcu(domain, &suture_domains, node, true)
		if (domain->group == from)
			WRITE_ONCE(domain->group, group);
	group->members += from->members;
	group->unsure |= from->unsure;
	group->distrusted |= from->distrusted;
	list_splice_init(&from->buried, &group->buried);
}

/**
 * suture_group_join() - a new domain gets its group
 * @domain:	domain that nobody knows yet; its module is linked to those that
 *		it imports from
 *
 * Context: task.
 * Return: 0; -ENOMEM; -EBUSY if a part that it needs is being restarted, or in
 * quarantine.
 */
int suture_group_join(struct suture_domain *domain)
{
	struct suture_group *group = kzalloc(sizeof(*group), GFP_KERNEL), *other, *next;
	struct module_use *use;
	struct suture_domain *part;
	LIST_HEAD(old);
	bool found = false;
	int err = 0;
	u32 i;

	if (!group)
		return -ENOMEM;
	suture_restart_init(group);
	suture_quarantine_init(group);
	suture_escalate_init(&group->escalation);
	INIT_LIST_HEAD(&group->buried);
	group->members = 1;
	strscpy(group->name, domain->name, sizeof(group->name));

	mutex_lock(&groups_lock);
	rcu_read_lock();
	list_for_each_entry(use, &domain->module->target_list, target_list) {
		part = domain_of(use->target);
		if (!is_part(part) || part->group == group)
			continue;
		other = part->group;
		if (READ_ONCE(other->state) != SUTURE_LIVE || work_busy(&other->restart)) {
			pr_err("%s: its part %s is being restarted or in quarantine\n",
			       domain->name, part->name);
			err = -EBUSY;
			break;
		}
		/* The first part's group is the one that stays, and gives its name. */
		if (!found)
			swap(group, other);
		found = true;
		group_merge(group, other);
		list_add(&other->old, &old);
	}
	domain->group = group;
	rcu_read_unlock();
	mutex_unlock(&groups_lock);

	if (!list_empty(&old)) {
		synchronize_rcu();
		list_for_each_entry_safe(other, next, &old, old)
			group_free(other);
	}
	if (err) {
		suture_group_leave(domain);
		return err;
	}
	for (i = 0; is_part(domain) && i < domain->nentries; i++)
		if (domain->entries[i].flags & SUTURE_ENTRY_EXPORT)
			domain->entries[i].flags |= SUTURE_ENTRY_MEMBER;
	return 0;
}

/**
 * suture_group_leave() - a domain is gone from its group
 * @domain:	domain that nobody knows any more, and an RCU grace period ago
 *
 * Context: task.
 */
void suture_group_leave(struct suture_domain *domain)
{
	struct suture_group *group = domain->group;
	bool last;

	mutex_lock(&groups_lock);
	last = !--group->members;
	mutex_unlock(&groups_lock);
	if (last)
		group_free(group);
}

/**
 * suture_group_outsider() - a module without guard is loaded
 * @mod:	the module, linked to those that it imports from
 *
 * What it gets from a guarded module it may release without anybody seeing it.
 *
 * Context: task.
 */
void suture_group_outsider(struct module *mod)
{
	struct suture_domain *domain;
	struct module_use *use;

	rcu_read_lock();
	list_for_each_entry(use, &mod->target_list, target_list) {
		domain = domain_of(use->target);
		if (domain && !domain->quiet)
			WRITE_ONCE(suture_domain_group(domain)->unsure, true);
	}
	rcu_read_unlock();
}

/**
 * suture_group_heir() - the member that what another one held is handed to
 * @domain:	member that is going
 *
 * Context: task; no other member comes to its end meanwhile.
 * Return: a member that stays, or NULL: @domain is the last.
 */
struct suture_domain *suture_group_heir(const struct suture_domain *domain)
{
	struct suture_domain *member;

	list_for_each_entry_rcu(member, &suture_domains, node, true)
		if (member != domain && member->group == domain->group)
			return member;
	return NULL;
}

/**
 * suture_group_owns() - is there code or data of a group's modules at an address?
 * @group:	the group
 * @addr:	address
 *
 * Context: any.
 */
bool suture_group_owns(const struct suture_group *group, unsigned long addr)
{
	struct suture_domain *member;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(member, &suture_domains, node)
		if (suture_domain_group(member) == group && within_module(addr, member->module)) {
			found = true;
			break;
		}
	rcu_read_unlock();
	return found;
}

/**
 * suture_group_call() - does an entry come from another member of its group?
 * @visit:	visit that was opened for it
 *
 * Only if its caller is a member's code: a kernel function that the driver called
 * may call the driver back, and what lies between must not be skipped by an unwind.
 * A tail call leaves nothing in between, whoever made it.
 *
 * Context: the entry's.
 */
bool suture_group_call(struct suture_visit *visit)
{
	const struct suture_visit *outer = visit->prev;
	unsigned long ret = *(unsigned long *)(visit + 1);
	struct suture_domain *domain, *other;

	if (!outer || !outer->entry || (outer->preempt ^ visit->preempt) & SUTURE_LEVEL_MASK)
		return false;
	domain = suture_entry_domain(visit->entry);
	other = suture_entry_domain(outer->entry);
	return domain && other && suture_domain_group(domain) == suture_domain_group(other) &&
	       suture_group_owns(suture_domain_group(domain), ret);
}

/**
 * suture_group_bury() - keep the name of a call site whose module is going
 * @group:	its group
 * @site:	address in the module
 *
 * Context: task; one at a time.
 * Return: what stands for @site from now on; 0 without memory.
 */
unsigned long suture_group_bury(struct suture_group *group, unsigned long site)
{
	struct buried *buried, *old;

	buried = kzalloc(sizeof(*buried), GFP_KERNEL);
	if (!buried)
		return 0;
	scnprintf(buried->name, sizeof(buried->name), "%pS", (void *)suture_site(site));
	list_for_each_entry(old, &group->buried, node)
		if (!strcmp(old->name, buried->name)) {
			kfree(buried);
			return (unsigned long)old;
		}
	list_add_rcu(&buried->node, &group->buried);
	return (unsigned long)buried;
}

/**
 * suture_group_buried() - the name of a call site in a member that has gone
 * @group:	the group
 * @site:	what suture_group_bury() returned, or any address
 *
 * Context: any; the caller holds RCU.
 * Return: the name, or NULL if @site is an address.
 */
const char *suture_group_buried(struct suture_group *group, unsigned long site)
{
	struct buried *buried;

	list_for_each_entry_rcu(buried, &group->buried, node)
		if ((unsigned long)buried == site)
			return buried->name;
	return NULL;
}
