/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * given.h - objects that the kernel gives a driver again and again, each time to be
 * given back once: requests, commands.
 *
 * Such an object has the same address in each of its lives. So it is noted when an
 * entry of the driver gets it, and what the driver does to it after that is noted in
 * bits of the same word. An object is found wanting only if it was seen to come in and
 * to go out since; what is not noted is unknown, and nothing is said about it.
 *
 * A table has SUTURE_GIVEN_SLOTS, in which new objects displace old ones, without a lock:
 * one word holds both the object and its bits, so that two objects that share a slot
 * cannot be taken for each other.
 */
#ifndef SUTURE_RULE_GIVEN_H
#define SUTURE_RULE_GIVEN_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/hash.h>

/* What a driver can have done to an object; objects are aligned to eight bytes. */
#define SUTURE_GIVEN_COMPLETED	1UL	/* handed to the kernel to be finished */
#define SUTURE_GIVEN_ENDED	2UL	/* finished */
#define SUTURE_GIVEN_RETURNED	4UL	/* given back undone */
#define SUTURE_GIVEN_ALL	7UL

/**
 * struct suture_given - one object
 * @word:	its address and SUTURE_GIVEN_*; 0 if the slot is free
 * @site:	call site of the driver that has set the last bit
 */
struct suture_given {
	unsigned long word;
	unsigned long site;
};

#define SUTURE_GIVEN_BITS	12
#define SUTURE_GIVEN_SLOTS	BIT(SUTURE_GIVEN_BITS)

/* suture_given_slot() - where @object is noted in a table. Context: any. */
static inline struct suture_given *suture_given_slot(struct suture_given *table,
						     const void *object)
{
	return &table[hash_64((unsigned long)object, SUTURE_GIVEN_BITS)];
}

/* suture_given_in() - an entry of the driver gets @object. Context: any. */
static inline void suture_given_in(struct suture_given *slot, const void *object)
{
	WRITE_ONCE(slot->word, (unsigned long)object);
}

/**
 * suture_given_done() - what the driver has done to an object
 * @slot:	the object's slot
 * @object:	the object
 *
 * Context: any.
 * Return: SUTURE_GIVEN_*; 0 if it has done nothing, or nothing is known.
 */
static inline unsigned long suture_given_done(const struct suture_given *slot,
					      const void *object)
{
	unsigned long word = READ_ONCE(slot->word);

	return (word & ~SUTURE_GIVEN_ALL) == (unsigned long)object ? word & SUTURE_GIVEN_ALL : 0;
}

/* suture_given_known() - was @object seen to come in? Context: any. */
static inline bool suture_given_known(const struct suture_given *slot, const void *object)
{
	return (READ_ONCE(slot->word) & ~SUTURE_GIVEN_ALL) == (unsigned long)object;
}

/**
 * suture_given_out() - the driver gives an object back
 * @slot:	the object's slot
 * @object:	the object
 * @how:	SUTURE_GIVEN_* that is set
 * @unless:	SUTURE_GIVEN_* after which this is wrong
 * @site:	call site
 *
 * Context: any.
 * Return: 0, also if nothing is known of the object; those bits of @unless that are
 * set, and then nothing is changed.
 */
static inline unsigned long suture_given_out(struct suture_given *slot, const void *object,
					     unsigned long how, unsigned long unless,
					     unsigned long site)
{
	unsigned long word = READ_ONCE(slot->word);

	do {
		if ((word & ~SUTURE_GIVEN_ALL) != (unsigned long)object)
			return 0;
		if (word & unless)
			return word & unless;
	} while (!try_cmpxchg(&slot->word, &word, word | how));
	/* At worst two at once name the wrong place of the first. */
	WRITE_ONCE(slot->site, site);
	return 0;
}

/* suture_given_forget() - new objects may lie where others have been. Context: any. */
static inline void suture_given_forget(struct suture_given *table)
{
	unsigned int i;

	for (i = 0; i < SUTURE_GIVEN_SLOTS; i++)
		WRITE_ONCE(table[i].word, 0);
}

#endif /* SUTURE_RULE_GIVEN_H */
