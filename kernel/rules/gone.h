/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gone.h - what drivers gave back lately, for rules about kinds that are not kept in
 * quarantine.
 *
 * A table of fixed size in which new keys displace old ones. It is asked only when
 * the ledger does not know an object: a key found here was the driver's and is so no
 * more. Written without a lock: two words that do not belong together can at worst
 * name the wrong place of the first release.
 */
#ifndef SUTURE_GONE_H
#define SUTURE_GONE_H

#include <linux/bitops.h>
#include <linux/compiler.h>
#include <linux/hash.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * struct suture_gone - one object that was given back
 * @key:	its key, mixed with its owner; 0 if the slot is free
 * @site:	who gave it back
 */
struct suture_gone {
	unsigned long key;
	unsigned long site;
};

#define SUTURE_GONE_TABLE(name, bits)	static struct suture_gone name[1 << (bits)]

/* Keys of different owners may coincide. */
static inline unsigned long suture_gone_key(unsigned long key, const void *owner)
{
	return key ^ rol64((unsigned long)owner, 32);
}

#define suture_gone_slot(table, key)						\
	(&(table)[hash_64(key, ilog2(ARRAY_SIZE(table)))])

/* Context of all three: any. */
#define suture_gone_add(table, gone_key, gone_site) do {			\
	struct suture_gone *gone_ = suture_gone_slot(table, gone_key);		\
										\
	WRITE_ONCE(gone_->site, gone_site);					\
	WRITE_ONCE(gone_->key, gone_key);					\
} while (0)

/* Where it was given back; 0 if that is not known. */
#define suture_gone_site(table, gone_key) ({					\
	const struct suture_gone *gone_ = suture_gone_slot(table, gone_key);	\
										\
	READ_ONCE(gone_->key) == (gone_key) ? READ_ONCE(gone_->site) : 0;	\
})

#define suture_gone_clear(table, gone_key) do {					\
	struct suture_gone *gone_ = suture_gone_slot(table, gone_key);		\
										\
	if (READ_ONCE(gone_->key) == (gone_key))				\
		WRITE_ONCE(gone_->key, 0);					\
} while (0)

#endif /* SUTURE_GONE_H */
