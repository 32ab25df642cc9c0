/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * role.h - what an entry is for.
 *
 * When a driver hands an ops table to the kernel, Suture's wrapper of the
 * registering call labels the entries in it. A role gives the value that means
 * "failed" to the caller, and what else must be put right when the visit is
 * abandoned.
 */
#ifndef SUTURE_ROLE_H
#define SUTURE_ROLE_H

#include <linux/types.h>

#include "visit.h"

struct suture_group;

/* The task leaves the driver for good when the entry returns. */
#define SUTURE_ROLE_TERMINAL	0x01
/* Takes what its partner gives back later: no balance checks at return. */
#define SUTURE_ROLE_PAIRED	0x02
/* Takes the driver off a device, and nobody else could: called in quarantine, too. */
#define SUTURE_ROLE_LEAVES	0x04

/**
 * struct suture_role - what an entry is for
 * @name:	name in status and events
 * @flags:	SUTURE_ROLE_*
 * @failed:	value that means "failed" to the kernel
 * @abandon:	duties of an abandoned visit, with the state of its entry
 *		restored, so in the entry's own context; returns the value for
 *		the kernel (given @failed); may be NULL
 * @enter:	sees each visit before the driver's code runs, unless the driver is in
 *		quarantine; the entry's context; may be NULL. With it, @leave sees
 *		each visit's end, too
 * @refuse:	while a restart is due: shall this call be refused? Only where the
 *		kernel asks again or does without, and of the device that is restarted;
 *		NULL: never
 * @closed:	shall this call be refused, with what the role says for "failed"? Asked at each
 *		call; any context; may be NULL
 * @leave:	looks at what a visit returns that is marked SUTURE_STATE_ASKED,
 *		and returns what the kernel shall get; may be NULL
 * @device:	of roles for probe and remove: offset of the struct device in what
 *		the first argument points to
 */
struct suture_role {
	const char *name;
	unsigned int flags;
	long failed;
	long (*abandon)(struct suture_visit *visit, long failed);
	void (*enter)(struct suture_visit *visit);
	bool (*refuse)(const struct suture_visit *visit, const struct suture_group *group);
	bool (*closed)(const struct suture_visit *visit);
	long (*leave)(struct suture_visit *visit, long ret);
	size_t device;
};

/**
 * struct suture_role_slot - one function pointer of an ops structure
 * @offset:	of the pointer in the structure
 * @role:	role of what is found there
 */
struct suture_role_slot {
	size_t offset;
	const struct suture_role *role;
};

extern const struct suture_role suture_role_init, suture_role_exit;

void suture_role_set(unsigned long thunk, const struct suture_role *role);
void suture_role_set_ops(const void *ops, const struct suture_role_slot *slots, size_t n);
long suture_role_failed(const struct suture_entry *entry);
long suture_again(struct suture_visit *visit, long failed);

static inline const struct suture_role *suture_role_of(const struct suture_entry *entry)
{
	return (const struct suture_role *)READ_ONCE(entry->role);
}

#endif /* SUTURE_ROLE_H */
