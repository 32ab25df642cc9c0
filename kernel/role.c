// SPDX-License-Identifier: GPL-2.0-only
/*
 * role.c - labels on entries, and what an abandoned entry returns.
 */
#include <linux/errno.h>
#include <linux/rcupdate.h>

#include "binding.h"
#include "domain.h"
#include "release.h"
#include "role.h"

const struct suture_role suture_role_init = {
	.name = "module_init",
	.failed = -EIO,
	.enter = suture_init_enter,
	.leave = suture_init_leave,
	.abandon = suture_init_abandon,
	.flags = SUTURE_ROLE_TERMINAL,
};

static long exit_abandon(struct suture_visit *visit, long failed)
{
	suture_release_broken(suture_entry_domain(visit->entry));
	return failed;
}

const struct suture_role suture_role_exit = {
	.name = "module_exit",
	.abandon = exit_abandon,
	.flags = SUTURE_ROLE_TERMINAL,
};

/**
 * suture_role_set() - label the entry behind a function pointer
 * @thunk:	pointer as the driver handed it to the kernel; may be NULL, or a
 *		function that is not guarded: then nothing happens
 * @role:	its role, of static duration
 *
 * Context: any.
 */
void suture_role_set(unsigned long thunk, const struct suture_role *role)
{
	struct suture_domain *domain;
	struct suture_entry *entry;

	if (!thunk)
		return;
	rcu_read_lock();
	domain = suture_domain_of(thunk);
	entry = domain ? suture_entry_of(domain, thunk) : NULL;
	if (entry && entry->role != (unsigned long)role) {
		WRITE_ONCE(entry->role, (unsigned long)role);
		if (role->enter || role->closed)
			suture_entry_mark(entry, SUTURE_ENTRY_WATCHED, true);
	}
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(suture_role_set);

/**
 * suture_role_set_ops() - label all entries of an ops structure
 * @ops:	the structure; may be NULL
 * @slots:	its function pointers that have a role
 * @n:		number of them
 *
 * Context: any.
 */
void suture_role_set_ops(const void *ops, const struct suture_role_slot *slots, size_t n)
{
	size_t i;

	for (i = 0; ops && i < n; i++)
		suture_role_set(*(const unsigned long *)(ops + slots[i].offset), slots[i].role);
}
EXPORT_SYMBOL_GPL(suture_role_set_ops);

/**
 * suture_role_failed() - what an entry returns when it could not do its work
 * @entry:	the entry
 *
 * By its role; without one by the type it returns; without that -EIO, which is
 * an error as an int, a long and an ERR_PTR() alike.
 *
 * Context: any.
 */
long suture_role_failed(const struct suture_entry *entry)
{
	const struct suture_role *role = suture_role_of(entry);

	if (role)
		return role->failed;
	switch (entry->ret) {
	case SUTURE_RET_VOID:
	case SUTURE_RET_UNSIGNED:
	case SUTURE_RET_BOOL:
	case SUTURE_RET_POINTER:
		return 0;
	default:
		return -EIO;
	}
}
