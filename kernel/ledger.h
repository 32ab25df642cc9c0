/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger.h - what a guarded driver holds.
 *
 * This version keeps memory: each live object with its size, its allocator and
 * the call site that allocated it, and the last few freed ones. A freed object
 * stays in quarantine, not given back to the kernel, until others push it out:
 * so long a second free of it is provably wrong. Nothing is concluded from a
 * pointer that the ledger does not know; the kernel hands drivers objects, too.
 */
#ifndef SUTURE_LEDGER_H
#define SUTURE_LEDGER_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#define SUTURE_QUARANTINE_OBJECTS	256
#define SUTURE_QUARANTINE_BYTES		(512 * 1024)
/* Larger objects are given back at once. */
#define SUTURE_QUARANTINE_LARGEST	(16 * 1024)

struct suture_domain;
struct suture_object;

enum suture_object_kind {
	SUTURE_OBJECT_KMALLOC,
	SUTURE_OBJECT_VMALLOC,
};

/**
 * struct suture_ledger - what one driver holds
 * @objects:	live objects
 * @bytes:	their bytes
 * @untracked:	objects that found no record: then nothing is said of leaks
 * @handed_over: objects that somebody else freed: the same
 * @lock:	protects the quarantine
 * @quarantine:	freed objects, a ring
 * @next:	oldest slot of the ring
 * @kept:	bytes in quarantine
 */
struct suture_ledger {
	atomic_t objects;
	atomic64_t bytes;
	atomic64_t untracked;
	atomic64_t handed_over;
	raw_spinlock_t lock;
	struct suture_object **quarantine;
	u32 next;
	size_t kept;
};

/**
 * struct suture_freed - what the ledger says to a free
 * @SUTURE_FREE_UNKNOWN:	not in the ledger: let it through
 * @SUTURE_FREE_KEPT:		taken into quarantine: nothing more to do
 * @SUTURE_FREE_NOW:		was in the ledger: free it now
 * @SUTURE_FREE_WRONG:		as NOW, but allocated by the other allocator
 * @SUTURE_FREE_AGAIN:		is in quarantine: it has been freed before
 */
enum suture_free {
	SUTURE_FREE_UNKNOWN,
	SUTURE_FREE_KEPT,
	SUTURE_FREE_NOW,
	SUTURE_FREE_WRONG,
	SUTURE_FREE_AGAIN,
};

int suture_ledger_start(void);
void suture_ledger_stop(void);

int suture_ledger_init(struct suture_ledger *ledger);
void suture_ledger_close(struct suture_domain *domain);
void suture_ledger_exit(struct suture_ledger *ledger);

void suture_ledger_add(const void *ptr, size_t size, enum suture_object_kind kind,
		       unsigned long site);
enum suture_free suture_ledger_free(const void *ptr, enum suture_object_kind kind,
				    unsigned long site, bool keep, unsigned long *before);
void suture_ledger_forget(const void *ptr);
bool suture_ledger_freed(const void *ptr, unsigned long *before);

#endif /* SUTURE_LEDGER_H */
