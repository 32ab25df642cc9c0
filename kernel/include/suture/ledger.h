/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger.h - what guarded drivers hold, for rules.
 *
 * A rule file describes a kind of object (memory, an interrupt, a timer, a DMA
 * mapping ...) and notes each object when the driver acquires it. The record
 * serves to refuse a second release, to correct arguments, and to release what
 * is left when the driver is gone: kinds of a lower order first, so that what
 * uses an object is stopped before the object goes.
 *
 * Nothing is concluded from a key that the ledger does not know; the kernel hands
 * drivers objects, too.
 */
#ifndef SUTURE_RULE_LEDGER_H
#define SUTURE_RULE_LEDGER_H

#include <linux/list.h>
#include <linux/types.h>

struct device;
struct suture_domain;

/* Order of release at removal; see docs/design.md. */
enum suture_order {
	SUTURE_ORDER_REGISTRATION,	/* nobody new comes in */
	SUTURE_ORDER_INTERRUPT,
	SUTURE_ORDER_TIMER,
	SUTURE_ORDER_WORK,
	SUTURE_ORDER_DMA,
	SUTURE_ORDER_MAPPING,
	SUTURE_ORDER_REGION,
	SUTURE_ORDER_DEVICE,
	SUTURE_ORDER_REFERENCE,
	SUTURE_ORDER_MEMORY,
	SUTURE_ORDERS,
};

/**
 * struct suture_record - what is known of one object
 * @key:	identity within its kind: an address, a number
 * @size:	bytes, or another size of the kind's own
 * @info:	of the kind's own
 * @site:	call site that acquired it
 * @freed:	call site that released it; 0 while it is held
 */
struct suture_record {
	unsigned long key;
	size_t size;
	unsigned long info[2];
	unsigned long site;
	unsigned long freed;
};

/**
 * struct suture_unbound - a device that a driver has left: it was removed from it,
 * or its probe failed
 * @domain:	the driver
 * @dev:	the device, locked; what the kernel manages for the driver is released
 * @era:	objects of that probe bear it
 * @data:	what the device's driver data pointed to, if it is an object of the
 *		ledger and no other device's; or 0
 * @size:	of @data
 * @failed:	the probe failed; else it was removed
 * @sole:	see struct suture_kind
 * @idle:	nothing holds the module: no file of it is open
 * @early:	only of kinds that are released @early
 * @distrust:	the driver has not been asked to release anything, or did not come to the
 *		end of it: it does not know that the device is gone
 * @all:	it is on no other device; set with @distrust only, as those below
 * @net:	an interface that it has for the device, with its private data; or 0
 * @net_size:	of @net
 */
struct suture_unbound {
	struct suture_domain *domain;
	struct device *dev;
	u32 era;
	unsigned long data;
	size_t size;
	bool failed;
	bool sole;
	bool idle;
	bool early;
	bool distrust;
	bool all;
	unsigned long net;
	size_t net_size;
};

/**
 * enum suture_remains - is an object left behind on a device that a driver has left?
 * @SUTURE_REMAINS_NO:	no, or not for certain: nothing is said
 * @SUTURE_REMAINS_SEEN:	yes, but it cannot be released for certain
 * @SUTURE_REMAINS_SURE:	yes, and it is the driver's alone
 */
enum suture_remains {
	SUTURE_REMAINS_NO,
	SUTURE_REMAINS_SEEN,
	SUTURE_REMAINS_SURE,
};

/**
 * struct suture_kind - a kind of object
 * @name:	in words, for status
 * @order:	enum suture_order
 * @left:	called in task context for each object that a removed driver
 *		still holds, after its exit function and an RCU barrier, before
 *		its code goes. Reports, and releases if it is certain that
 *		nobody else will. @sole: no object of the driver was ever
 *		released behind its back. May be NULL: nothing is said.
 * @release:	gives an object that leaves the quarantine back to the kernel;
 *		any context but NMI. NULL for kinds that are not kept there.
 * @many:	several objects may have the same key; suture_ledger_claim()
 *		tells them apart. An object of such a kind never goes stale.
 * @function:	of kinds that stand for code that the kernel will call: which of
 *		@info is its address, counted from 1. An object of such a kind
 *		goes with the module of that code, all others with the last
 *		module of the driver.
 * @inside:	of kinds whose key is the address of something in the driver's own
 *		memory that the kernel uses: called for an object, already taken
 *		out of the ledger, that lies in memory which the driver is about
 *		to free with @api at @site. Any context but NMI. NULL for others.
 * @of:		does an object belong to the device that the driver has left, by what
 *		its own arguments say? Called with a raw spinlock held. If NULL, it
 *		does if it was acquired in that device's probe.
 * @probed:	has @of; where a driver's remove function is not trusted, what was acquired in the
 *		probe belongs to the device as well
 * @held:	is it still there? Task context, the device locked. If NULL, the kind
 *		is judged only when the driver goes.
 * @undo:	release an object that is SUTURE_REMAINS_SURE and out of the ledger now
 * @early:	released before the interrupt messages of the device go, which the
 *		kernel manages itself
 * @bury:	it is not released: name to suture_bury() the entries that the kernel
 *		may still call for it. May be NULL.
 */
struct suture_kind {
	const char *name;
	enum suture_order order;
	void (*left)(struct suture_domain *domain, const struct suture_record *record,
		     bool sole);
	void (*release)(const struct suture_record *record);
	bool many;
	u8 function;
	void (*inside)(const struct suture_record *record, unsigned long site,
		       const char *api);
	bool (*of)(const struct suture_record *record, const struct suture_unbound *left);
	bool probed;
	enum suture_remains (*held)(const struct suture_record *record,
				    const struct suture_unbound *left);
	void (*undo)(const struct suture_record *record, const struct suture_unbound *left);
	void (*bury)(const struct suture_record *record);
	bool early;
};

/**
 * enum suture_free - what the ledger says to a release
 * @SUTURE_FREE_UNKNOWN:	it does not know the object: let it through
 * @SUTURE_FREE_KEPT:		taken into quarantine: nothing more to do
 * @SUTURE_FREE_NOW:		it was held, and is forgotten now: release it
 * @SUTURE_FREE_AGAIN:		it is in quarantine: it has been released before
 */
enum suture_free {
	SUTURE_FREE_UNKNOWN,
	SUTURE_FREE_KEPT,
	SUTURE_FREE_NOW,
	SUTURE_FREE_AGAIN,
};

/**
 * enum suture_claim - what the ledger found for one of several objects
 * @SUTURE_CLAIM_NONE:	no object of that key and owner
 * @SUTURE_CLAIM_EXACT:	one of the size and info asked for
 * @SUTURE_CLAIM_OTHER:	the only one of that key and owner; it differs
 * @SUTURE_CLAIM_UNSURE: several, none as asked for; one of them
 */
enum suture_claim {
	SUTURE_CLAIM_NONE,
	SUTURE_CLAIM_EXACT,
	SUTURE_CLAIM_OTHER,
	SUTURE_CLAIM_UNSURE,
};

/* The low bits of info[0] are free for a kind whose owner is a pointer. */
#define SUTURE_OWNER_MASK	(~7UL)

/**
 * suture_left_owns() - does something lie in memory that a driver has for a device alone?
 * @left:	the device that the driver has left
 * @addr:	address of a timer, a work item
 *
 * Context: any.
 */
static inline bool suture_left_owns(const struct suture_unbound *left, unsigned long addr)
{
	return addr - left->data < left->size ||
	       (left->distrust && (left->all || addr - left->net < left->net_size));
}

bool suture_ledger_add(const struct suture_kind *kind, const struct suture_record *record);
enum suture_claim suture_ledger_claim(const struct suture_kind *kind, unsigned long key,
				      size_t size, unsigned long info,
				      struct suture_record *record);
bool suture_ledger_get(const struct suture_kind *kind, unsigned long key,
		       struct suture_record *record);
bool suture_ledger_take(const struct suture_kind *kind, unsigned long key,
			struct suture_record *record);
enum suture_free suture_ledger_free(const struct suture_kind *kind, unsigned long key,
				    unsigned long site, bool keep,
				    struct suture_record *record);
bool suture_ledger_note(const struct suture_kind *kind, const struct suture_record *record);
bool suture_ledger_maybe_inside(unsigned long start);
void suture_ledger_inside(unsigned long start, size_t size, unsigned long site,
			  const char *api);
void suture_ledger_missed(unsigned long site);
void suture_ledger_flush(unsigned long site);
void suture_ledger_vouch(const char *name, bool sure);

#endif /* SUTURE_RULE_LEDGER_H */
