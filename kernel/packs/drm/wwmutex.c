// SPDX-License-Identifier: GPL-2.0-only
/*
 * wwmutex.c - wait/wound mutexes: dma_resv_lock(), and the driver's own.
 */
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <linux/ww_mutex.h>

#include <suture/block.h>
#include "../../rules/rules.h"
#include "rules.h"

struct suture_rule suture_drm_rule_ww = {
	.id = "WW-ORDER",
	.class = "locking",
	.contract = "A ww_mutex is unlocked by its owner, not locked again by it without a context, and after -EDEADLK all others are unlocked before another is locked.",
	.source = "Documentation/locking/ww-mutex-design.rst; include/linux/dma-resv.h",
	.example = "ret = dma_resv_lock(b->resv, ctx);\n"
		   "if (ret == -EDEADLK)\n"
		   "\tret = dma_resv_lock(b->resv, ctx);\t/* wrong: a->resv is still locked */\n",
	.look = "Locks that a helper of the kernel has taken or given back for the driver are known by their owner only.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the lock stays with its owner" },
		{ "skip", "nothing: the lock is held already; its second unlock is skipped, too" },
		{ "back-off", "nothing: the driver is told again to unlock all others" },
		{ "release", "nothing: no frame of the driver is left that could use the lock" },
	},
};

#define RULE suture_drm_rule_ww

/* The low three bits are flags: kernel/locking/mutex.c, rtmutex_common.h has one. */
static struct task_struct *owner_in(const struct ww_mutex *lock)
{
#ifdef CONFIG_PREEMPT_RT
	return (struct task_struct *)((unsigned long)READ_ONCE(lock->base.rtmutex.owner) & ~1UL);
#else
	return (struct task_struct *)(atomic_long_read(&lock->base.owner) & ~7UL);
#endif
}

/* It would wait for itself for ever. */
static noinline bool double_lock(struct ww_mutex *lock, unsigned long site, const char *api)
{
	bool skip;

	if (RULE.action == SUTURE_OFF)
		return false;
	skip = suture_may(&RULE, 1, site) &&
	       suture_drm_take(SUTURE_DRM_WW_SKIPPED, (unsigned long)lock, 0, site);
	suture_report(&RULE, skip ? SUTURE_REPAIR : SUTURE_OBSERVE, skip ? 1 : SUTURE_NO_REPAIR,
		      site, "%s of a lock that the task owns", api);
	return skip;
}

/* Was this context told to back off, and did it not? */
static noinline bool not_backed_off(struct ww_acquire_ctx *ctx, unsigned long site,
				    const char *api)
{
	struct suture_drm_slot *slot =
		suture_drm_taken(SUTURE_DRM_WW_BACKOFF, (unsigned long)ctx);

	if (!slot)
		return false;
	/* It has, or it is another context at the same place. */
	if (slot->info != ctx->stamp || !ctx->acquired || RULE.action == SUTURE_OFF) {
		suture_drm_give(slot);
		return false;
	}
	suture_report(&RULE, SUTURE_DID(RULE, 2), site,
		      "%s after -EDEADLK with %u other lock%s still held", api, ctx->acquired,
		      ctx->acquired == 1 ? "" : "s");
	return suture_may(&RULE, 2, site);
}

/* Contexts that were told to back off; while there was none, nobody is asked. */
static bool backoffs;

static void locked(struct ww_mutex *lock, struct ww_acquire_ctx *ctx, int ret,
		   unsigned long site)
{
	if (!ret) {
		suture_drm_take(SUTURE_DRM_WW, (unsigned long)lock, 0, site);
	} else if (ret == -EDEADLK && ctx) {
		WRITE_ONCE(backoffs, true);
		if (!suture_drm_taken(SUTURE_DRM_WW_BACKOFF, (unsigned long)ctx))
			suture_drm_take(SUTURE_DRM_WW_BACKOFF, (unsigned long)ctx, ctx->stamp,
					site);
	}
}

#define WW_LOCK(api)								\
	SUTURE_DEFINE(int, api, struct ww_mutex *lock, struct ww_acquire_ctx *ctx)	\
	{									\
		int ret;							\
										\
		suture_check_pointer(lock, SUTURE_SITE, #api);			\
		if (unlikely(!ctx && owner_in(lock) == current) &&		\
		    double_lock(lock, SUTURE_SITE, #api))			\
			return 0;						\
		if (unlikely(ctx && READ_ONCE(backoffs)) &&			\
		    not_backed_off(ctx, SUTURE_SITE, #api))			\
			return -EDEADLK;					\
		SUTURE_MAY_BLOCK(#api, ret = api(lock, ctx));			\
		locked(lock, ctx, ret, SUTURE_SITE);				\
		return ret;							\
	}									\
	SUTURE_WRAPPER(api)

WW_LOCK(ww_mutex_lock);
WW_LOCK(ww_mutex_lock_interruptible);

SUTURE_DEFINE(int, ww_mutex_trylock, struct ww_mutex *lock, struct ww_acquire_ctx *ctx)
{
	int ret = ww_mutex_trylock(lock, ctx);

	if (ret)
		suture_drm_take(SUTURE_DRM_WW, (unsigned long)lock, 0, SUTURE_SITE);
	return ret;
}
SUTURE_WRAPPER(ww_mutex_trylock);

SUTURE_DEFINE(void, ww_mutex_unlock, struct ww_mutex *lock)
{
	struct suture_drm_slot *slot;
	struct task_struct *owner;

	suture_check_pointer(lock, SUTURE_SITE, "ww_mutex_unlock");
	slot = suture_drm_taken(SUTURE_DRM_WW_SKIPPED, (unsigned long)lock);
	if (unlikely(slot)) {
		suture_drm_give(slot);
		return;
	}
	owner = owner_in(lock);
	if (unlikely(owner != current) && RULE.action != SUTURE_OFF) {
		suture_report(&RULE, SUTURE_DID(RULE, 0), SUTURE_SITE,
			      owner ? "ww_mutex_unlock by a task that does not own the lock" :
				      "ww_mutex_unlock of a lock that is not held");
		if (suture_may(&RULE, 0, SUTURE_SITE))
			return;
	}
	slot = suture_drm_taken(SUTURE_DRM_WW, (unsigned long)lock);
	if (slot)
		suture_drm_give(slot);
	ww_mutex_unlock(lock);
}
SUTURE_WRAPPER(ww_mutex_unlock);

/**
 * suture_drm_ww_left() - a visit ends that may hold a lock
 * @slot:	the lock, which the kernel may have unlocked, and freed, meanwhile
 * @entry:	name of the entry
 * @said:	it returned, so that this is a violation; else it was abandoned
 *
 * Context: that of the entry.
 */
void suture_drm_ww_left(struct suture_drm_slot *slot, const char *entry, bool said)
{
	struct ww_mutex *lock = (struct ww_mutex *)slot->key;
	unsigned long site = slot->site;
	struct ww_mutex copy;

	suture_drm_give(slot);
	if (copy_from_kernel_nofault(&copy, lock, sizeof(copy)) || owner_in(&copy) != current)
		return;
	if (said) {
		if (RULE.action == SUTURE_OFF)
			return;
		suture_report(&RULE, SUTURE_DID(RULE, 3), site, "%s returned with a ww_mutex held",
			      entry);
		if (!suture_may(&RULE, 3, site))
			return;
	}
	/* The context was on the driver's stack, which is ours now. */
	if (lock->ctx && object_is_on_stack(lock->ctx))
		lock->ctx = NULL;
	ww_mutex_unlock(lock);
}
