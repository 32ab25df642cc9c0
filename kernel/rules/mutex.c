// SPDX-License-Identifier: GPL-2.0-only
/*
 * mutex.c - mutexes: taken once, given back by their owner.
 */
#include <linux/mutex.h>
#include <linux/uaccess.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "../taken.h"
#include "../visit.h"
#include "rules.h"

static struct suture_rule rule_double = {
	.id = "MTX-DBL",
	.class = "locking",
	.contract = "A mutex is not locked again by the task that owns it.",
	.source = "Documentation/locking/mutex-design.rst; Klever kernel:locking:mutex; LDV 32",
	.example = "mutex_lock(&card->config);\n"
		   "card_reset(card);\t/* takes card->config itself, and waits for ever */\n"
		   "mutex_unlock(&card->config);\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "skip",
			.gives_up = "nothing: the exclusion is already held; the matching unlock is skipped, too",
		},
	},
};

static struct suture_rule rule_unbalanced = {
	.id = "MTX-UNBAL",
	.class = "locking",
	.contract = "A mutex is unlocked by its owner, and only while it is locked.",
	.source = "Documentation/locking/mutex-design.rst; Klever kernel:locking:mutex",
	.example = "\tif (mutex_lock_interruptible(&card->config))\n"
		   "\t\tgoto out;\n"
		   "\tcard_start(card);\n"
		   "out:\n"
		   "\tmutex_unlock(&card->config);\t/* not locked if a signal came */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the mutex stays with its owner" },
	},
};

static struct suture_rule *const rules[] = { &rule_double, &rule_unbalanced, NULL };

/*
 * Locks that were skipped, so that their unlocks are skipped, too. Bugs are few:
 * a short table, looked at only while it is not empty.
 */
#define SKIPPED_SLOTS 32
static struct {
	struct mutex *lock;
	struct task_struct *owner;
	unsigned int n;
} skipped[SKIPPED_SLOTS];
static unsigned int skipped_used;
static DEFINE_RAW_SPINLOCK(skipped_lock);

static struct task_struct *owner_of(const struct mutex *lock)
{
	/* The low three bits are flags: kernel/locking/mutex.c. */
	return (struct task_struct *)(atomic_long_read(&lock->owner) & ~7UL);
}

/* suture_mutex_mine() - is @lock held by this very task? Context: any; @lock may be gone. */
bool suture_mutex_mine(const struct mutex *lock)
{
	long owner;

	return !copy_from_kernel_nofault(&owner, &lock->owner, sizeof(owner)) &&
	       (struct task_struct *)(owner & ~7UL) == current;
}

static bool skip_add(struct mutex *lock)
{
	int i, free = -1;
	bool ok = true;

	raw_spin_lock(&skipped_lock);
	for (i = 0; i < SKIPPED_SLOTS; i++) {
		if (skipped[i].n && skipped[i].lock == lock && skipped[i].owner == current)
			break;
		if (!skipped[i].n)
			free = i;
	}
	if (i == SKIPPED_SLOTS)
		i = free;
	if (i < 0) {
		ok = false;
	} else {
		skipped[i].lock = lock;
		skipped[i].owner = current;
		if (!skipped[i].n++)
			skipped_used++;
	}
	raw_spin_unlock(&skipped_lock);
	return ok;
}

static bool skip_take(struct mutex *lock)
{
	bool found = false;
	int i;

	raw_spin_lock(&skipped_lock);
	for (i = 0; i < SKIPPED_SLOTS; i++) {
		if (!skipped[i].n || skipped[i].lock != lock || skipped[i].owner != current)
			continue;
		if (!--skipped[i].n)
			skipped_used--;
		found = true;
		break;
	}
	raw_spin_unlock(&skipped_lock);
	return found;
}

/* Owned by this very task? Then it would wait for itself for ever. */
static noinline bool double_lock(struct mutex *lock, unsigned long site, const char *api)
{
	if (rule_double.action == SUTURE_OFF)
		return false;
	if (!suture_may(&rule_double, 0, site) || !skip_add(lock)) {
		suture_report(&rule_double, SUTURE_OBSERVE, SUTURE_NO_REPAIR, site,
			      "%s on a mutex that the task owns", api);
		return false;
	}
	suture_report(&rule_double, SUTURE_REPAIR, 0, site, "%s on a mutex that the task owns",
		      api);
	return true;
}

/*
 * The kernel's own way for a mutex that is free, and for one that nobody waits for. While the
 * kernel does more than that, neither succeeds.
 */
static __always_inline bool mutex_take(struct mutex *lock)
{
	long owner = 0;

	return !IS_ENABLED(CONFIG_DEBUG_MUTEXES) &&
	       likely(atomic_long_try_cmpxchg_acquire(&lock->owner, &owner, (long)current));
}

static __always_inline bool mutex_give(struct mutex *lock)
{
	long owner = (long)current;

	return !IS_ENABLED(CONFIG_DEBUG_MUTEXES) &&
	       likely(atomic_long_try_cmpxchg_release(&lock->owner, &owner, 0));
}

/* It is not free, or this is no place to wait for it. */
static noinline void mutex_lock_slow(struct mutex *lock, unsigned long site)
{
	suture_check_pointer(lock, site, "mutex_lock");
	if (unlikely(owner_of(lock) == current) && double_lock(lock, site, "mutex_lock"))
		return;
	SUTURE_TRY_OR_BLOCK_AT(site, "mutex_lock", mutex_trylock(lock), mutex_lock(lock), (void)0);
	suture_take(lock, SUTURE_TAKEN_MUTEX, site);
}

SUTURE_DEFINE(void, mutex_lock, struct mutex *lock)
{
	if (unlikely(suture_pointer_bad(lock)) || unlikely(suture_must_not_block())) {
		mutex_lock_slow(lock, SUTURE_SITE);
		return;
	}
	might_sleep();
	if (mutex_take(lock))
		suture_take_here(lock, SUTURE_TAKEN_MUTEX, SUTURE_SITE);
	else
		mutex_lock_slow(lock, SUTURE_SITE);
}
SUTURE_WRAPPER(mutex_lock);
SUTURE_CHECKED(mutex_lock);

#define MUTEX_LOCK(api)								\
	SUTURE_DEFINE(int, api, struct mutex *lock)				\
	{									\
		int ret;							\
										\
		suture_check_pointer(lock, SUTURE_SITE, #api);			\
		if (unlikely(owner_of(lock) == current) &&			\
		    double_lock(lock, SUTURE_SITE, #api))			\
			return 0;						\
		SUTURE_TRY_OR_BLOCK(#api, mutex_trylock(lock), ret = api(lock), ret = 0);\
		if (!ret)							\
			suture_take(lock, SUTURE_TAKEN_MUTEX, SUTURE_SITE);	\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

MUTEX_LOCK(mutex_lock_interruptible);
MUTEX_LOCK(mutex_lock_killable);

SUTURE_DEFINE(int, mutex_trylock, struct mutex *lock)
{
	int ret;

	suture_check_pointer(lock, SUTURE_SITE, "mutex_trylock");
	ret = mutex_trylock(lock);
	if (ret)
		suture_take(lock, SUTURE_TAKEN_MUTEX, SUTURE_SITE);
	return ret;
}
SUTURE_WRAPPER(mutex_trylock);
SUTURE_CHECKED(mutex_trylock);

/* It is not this task's, or somebody waits for it, or it was skipped. */
static noinline void mutex_unlock_slow(struct mutex *lock, unsigned long site)
{
	struct task_struct *owner;

	suture_check_pointer(lock, site, "mutex_unlock");
	owner = owner_of(lock);
	if (unlikely(READ_ONCE(skipped_used)) && skip_take(lock))
		return;
	if (unlikely(owner != current) && rule_unbalanced.action != SUTURE_OFF) {
		bool repair = suture_may(&rule_unbalanced, 0, SUTURE_SITE);

		suture_report(&rule_unbalanced, repair ? SUTURE_REPAIR : SUTURE_OBSERVE,
			      repair ? 0 : SUTURE_NO_REPAIR, site,
			      owner ? "mutex_unlock by a task that does not own the mutex" :
				      "mutex_unlock of a mutex that is not locked");
		if (repair)
			return;
	}
	suture_give(lock, SUTURE_TAKEN_MUTEX);
	mutex_unlock(lock);
}

SUTURE_DEFINE(void, mutex_unlock, struct mutex *lock)
{
	if (unlikely(suture_pointer_bad(lock)) || unlikely(READ_ONCE(skipped_used)) ||
	    !suture_give_here(lock, SUTURE_TAKEN_MUTEX)) {
		mutex_unlock_slow(lock, SUTURE_SITE);
		return;
	}
	/* The slow way looks for no note; there is none any more. */
	if (!mutex_give(lock))
		mutex_unlock_slow(lock, SUTURE_SITE);
}
SUTURE_WRAPPER(mutex_unlock);
SUTURE_CHECKED(mutex_unlock);

int suture_rules_mutex_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_mutex_stop(void)
{
	suture_rules_remove(rules);
}
