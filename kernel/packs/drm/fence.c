// SPDX-License-Identifier: GPL-2.0-only
/*
 * fence.c - DMA fences: signalled in the right way, and before they go.
 */
#include <linux/dma-fence.h>

#include "../../held.h"
#include "../../rules/rules.h"
#include "rules.h"

struct suture_rule suture_drm_rule_fence = {
	.id = "DRM-FENCE",
	.class = "DRM",
	.contract = "A fence is initialised before it is signalled, dma_fence_signal() takes its lock and dma_fence_signal_locked() needs it, and a fence that somebody waits for is signalled before it goes.",
	.source = "include/linux/dma-fence.h; drivers/dma-buf/dma-fence.c; Documentation/driver-api/dma-buf.rst",
	.example = "spin_lock_irqsave(&ring->fence_lock, flags);\n"
		   "dma_fence_signal(&job->fence);\t/* wrong: waits for the lock that is held */\n",
	.look = "A fence may be signalled more than once; the later times do nothing.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "as-held", "nothing: the fence is signalled with the lock that is held" },
		{ "lock", "nothing: the lock is held for the call" },
		{ "signal", "what the fence stood for: those who wait get -EDEADLK" },
		{ "drop", "nothing: there is no fence to signal" },
	},
};

#define RULE suture_drm_rule_fence

/* The names are printed; NULL would not do. */
static long abandon_name(struct suture_visit *visit, long failed)
{
	suture_drm_abandon(visit, failed);
	return (long)"failed";
}

static const struct suture_role role_name = {
	.name = "fence_name",
	.abandon = abandon_name,
};

/* False: signalled, or not to be waited for. */
SUTURE_DRM_ROLE(role_fence, "fence", 0, 0);
SUTURE_DRM_ROLE(role_wait, "fence_wait", -EIO, 0);

#define FENCE(field, which) { offsetof(struct dma_fence_ops, field), &(which) }
static const struct suture_role_slot fence_slots[] = {
	FENCE(get_driver_name, role_name),
	FENCE(get_timeline_name, role_name),
	FENCE(enable_signaling, role_fence),
	FENCE(signaled, role_fence),
	FENCE(wait, role_wait),
	FENCE(release, role_fence),
	FENCE(fence_value_str, role_fence),
	FENCE(timeline_value_str, role_fence),
};

static const struct dma_fence_ops *last_ops;

SUTURE_DEFINE(void, dma_fence_init,
	      struct dma_fence *fence, const struct dma_fence_ops *ops, spinlock_t *lock,
	      u64 context, u64 seqno)
{
	/* The same few again and again. */
	if (READ_ONCE(last_ops) != ops) {
		suture_role_set_ops(ops, fence_slots, ARRAY_SIZE(fence_slots));
		WRITE_ONCE(last_ops, ops);
	}
	dma_fence_init(fence, ops, lock, context, seqno);
}
SUTURE_WRAPPER(dma_fence_init);

/* dma_fence_init() was never called: the memory is as it was allocated. */
static noinline bool not_initialised(const struct dma_fence *fence, unsigned long site,
				     const char *api)
{
	if (RULE.action == SUTURE_OFF)
		return false;
	suture_report(&RULE, SUTURE_DID(RULE, 3), site, "%s of a fence that is not initialised",
		      api);
	return suture_may(&RULE, 3, site);
}

static bool is_blank(const struct dma_fence *fence)
{
	return unlikely(!fence->lock || !fence->ops);
}

/* Does this processor wait for itself? The driver has taken the lock here. */
static noinline bool held_here(const struct dma_fence *fence, unsigned long site)
{
	if (RULE.action == SUTURE_OFF || !suture_held_find(fence->lock))
		return false;
	suture_report(&RULE, SUTURE_DID(RULE, 0), site, "dma_fence_signal with its lock held");
	return suture_may(&RULE, 0, site);
}

SUTURE_DEFINE(int, dma_fence_signal, struct dma_fence *fence)
{
	/* NULL is refused by the kernel. */
	if (unlikely(!fence))
		return dma_fence_signal(fence);
	suture_check_pointer(fence, SUTURE_SITE, "dma_fence_signal");
	if (is_blank(fence) && not_initialised(fence, SUTURE_SITE, "dma_fence_signal"))
		return -EINVAL;
	if (unlikely(suture_drm_locked(fence->lock)) && held_here(fence, SUTURE_SITE))
		return dma_fence_signal_locked(fence);
	return dma_fence_signal(fence);
}
SUTURE_WRAPPER(dma_fence_signal);

SUTURE_DEFINE(int, dma_fence_signal_locked, struct dma_fence *fence)
{
	suture_check_pointer(fence, SUTURE_SITE, "dma_fence_signal_locked");
	if (is_blank(fence) && not_initialised(fence, SUTURE_SITE, "dma_fence_signal_locked"))
		return -EINVAL;
	/* Not locked by anybody: not by the driver. */
	if (unlikely(!suture_drm_locked(fence->lock)) && RULE.action != SUTURE_OFF) {
		suture_report(&RULE, SUTURE_DID(RULE, 1), SUTURE_SITE,
			      "dma_fence_signal_locked without its lock");
		if (suture_may(&RULE, 1, SUTURE_SITE))
			return dma_fence_signal(fence);
	}
	return dma_fence_signal_locked(fence);
}
SUTURE_WRAPPER(dma_fence_signal_locked);

/* Callbacks wait for it; the list shares its place with the time of signalling. */
static bool is_awaited(const struct dma_fence *fence)
{
	return !test_bit(DMA_FENCE_FLAG_SIGNALED_BIT, &fence->flags) && fence->cb_list.next &&
	       !list_empty(&fence->cb_list);
}

static noinline void goes_awaited(struct dma_fence *fence, unsigned long site,
				  const char *api)
{
	if (RULE.action == SUTURE_OFF)
		return;
	suture_report(&RULE, SUTURE_DID(RULE, 2), site,
		      "%s of a fence that is waited for and not signalled", api);
	if (!suture_may(&RULE, 2, site))
		return;
	fence->error = -EDEADLK;
	dma_fence_signal(fence);
}

SUTURE_DEFINE(void, dma_fence_release, struct kref *kref)
{
	struct dma_fence *fence = container_of(kref, struct dma_fence, refcount);

	suture_check_pointer(kref, SUTURE_SITE, "dma_fence_put");
	if (unlikely(is_awaited(fence)))
		goes_awaited(fence, SUTURE_SITE, "dma_fence_put");
	dma_fence_release(kref);
}
SUTURE_WRAPPER(dma_fence_release);

SUTURE_DEFINE(void, dma_fence_free, struct dma_fence *fence)
{
	suture_check_pointer(fence, SUTURE_SITE, "dma_fence_free");
	if (unlikely(is_awaited(fence)))
		goes_awaited(fence, SUTURE_SITE, "dma_fence_free");
	dma_fence_free(fence);
}
SUTURE_WRAPPER(dma_fence_free);
