/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ledger.h - the ledger's part of a domain. The interface for rules is
 * <suture/ledger.h>.
 *
 * The last few objects that a driver released stay in quarantine, not given back
 * to the kernel, until others push them out: so long a second release is provably
 * wrong.
 */
#ifndef SUTURE_LEDGER_H
#define SUTURE_LEDGER_H

#include <linux/atomic.h>
#include <linux/types.h>

#include <suture/ledger.h>

#define SUTURE_QUARANTINE_OBJECTS	256
#define SUTURE_QUARANTINE_BYTES		(512 * 1024)
/* Larger objects are given back at once. */
#define SUTURE_QUARANTINE_LARGEST	(16 * 1024)

struct module;
struct suture_group;
struct suture_object;

/**
 * struct suture_count - how much a driver holds
 * @objects:	objects
 * @bytes:	their bytes, of memory
 */
struct suture_count {
	u32 objects;
	u64 bytes;
};

/**
 * struct suture_ledger - what is known of what one driver holds; the objects are in one table
 * @untracked:	objects that found no record: nothing is said of them
 * @handed_over: objects that somebody else released: then what is left at the
 *		end may have been released, too
 * @quarantine:	released objects, a ring
 * @next:	oldest slot of the ring, modulo its size
 * @kept:	bytes in quarantine
 */
struct suture_ledger {
	atomic64_t untracked;
	atomic64_t handed_over;
	struct suture_object **quarantine;
	atomic_t next;
	atomic_long_t kept;
};

/**
 * struct suture_holding - how much a driver holds of one kind
 * @name:	the kind
 * @count:	objects
 * @bytes:	their bytes, of memory
 */
struct suture_holding {
	char name[32];
	u32 count;
	u64 bytes;
};

int suture_ledger_start(void);
void suture_ledger_stop(void);
unsigned int suture_ledger_holdings(const struct suture_group *group,
				    struct suture_holding *holdings, unsigned int room);

int suture_ledger_init(struct suture_ledger *ledger);
struct suture_count suture_ledger_sum(const struct suture_domain *domain);
void suture_ledger_close(struct suture_domain *domain);
void suture_ledger_exit(struct suture_ledger *ledger);
bool suture_ledger_any(struct suture_domain *domain, u32 era);
/* A piece of memory. */
struct suture_extent {
	unsigned long start;
	unsigned long size;
};

unsigned int suture_ledger_extents(struct suture_domain *domain, u32 era,
				   struct suture_extent *extents, unsigned int most);
bool suture_ledger_helped(const struct module *mod);
bool suture_ledger_sole(struct suture_domain *domain);
bool suture_ledger_next(const struct suture_unbound *left, enum suture_order order, u32 *bucket,
			const struct suture_kind **kind, struct suture_record *record);
bool suture_ledger_find(struct suture_domain *domain, const struct suture_kind *kind,
			bool (*match)(const struct suture_record *record));
bool suture_ledger_pop(struct suture_domain *domain, const struct suture_kind *kind,
		       struct suture_record *record);
bool suture_ledger_remove(const struct suture_kind *kind, const struct suture_record *record);

#endif /* SUTURE_LEDGER_H */
