// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache.c - objects of the driver's slab caches.
 */
#include <linux/slab.h>

#include <suture/ledger.h>
#include "bounds.h"
#include "rules.h"

enum { REPAIR_DROP, REPAIR_SUBSTITUTE };

static struct suture_rule rule_cache = {
	.id = "MEM-CACHE",
	.class = "memory",
	.contract = "An object of a slab cache is freed once, into the cache that it came from.",
	.source = "Documentation/core-api/memory-allocation.rst; mm/slub.c cache_from_obj()",
	.example = "struct request *rq = kmem_cache_alloc(card->requests, GFP_KERNEL);\n"
		   "\n"
		   "kmem_cache_free(card->requests, rq);\n"
		   "kmem_cache_free(card->requests, rq);\t/* again */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the object is free already" },
		{ "substitute", "nothing: the object goes back to its own cache" },
	},
};

static struct suture_rule *const rules[] = { &rule_cache, NULL };

#define INFO_CACHE 0

static void cache_release(const struct suture_record *record)
{
	kmem_cache_free((struct kmem_cache *)record->info[INFO_CACHE], (void *)record->key);
}

static const struct suture_kind kind_cache = {
	.name = "slab object",
	.order = SUTURE_ORDER_MEMORY,
	.release = cache_release,
};

static __always_inline void *noted(void *ptr, struct kmem_cache *cache, unsigned long site)
{
	if (likely(ptr)) {
		struct suture_record record = {
			.key = (unsigned long)ptr, .size = kmem_cache_size(cache), .site = site,
			.info[INFO_CACHE] = (unsigned long)cache,
		};

		suture_ledger_add(&kind_cache, &record);
	}
	return ptr;
}

SUTURE_DEFINE(void *, API_KMEM_CACHE_ALLOC, struct kmem_cache *cache, gfp_t gfp)
{
	suture_check_pointer(cache, SUTURE_SITE, "kmem_cache_alloc");
	gfp = suture_gfp_check(gfp, SUTURE_SITE, "kmem_cache_alloc");
	return noted(API_KMEM_CACHE_ALLOC(cache, gfp), cache, SUTURE_SITE);
}
SUTURE_WRAPPER(API_KMEM_CACHE_ALLOC);
SUTURE_CHECKED(API_KMEM_CACHE_ALLOC);

SUTURE_DEFINE(void *, API_KMEM_CACHE_ALLOC_NODE, struct kmem_cache *cache, gfp_t gfp, int node)
{
	suture_check_pointer(cache, SUTURE_SITE, "kmem_cache_alloc_node");
	gfp = suture_gfp_check(gfp, SUTURE_SITE, "kmem_cache_alloc_node");
	return noted(API_KMEM_CACHE_ALLOC_NODE(cache, gfp, node), cache, SUTURE_SITE);
}
SUTURE_WRAPPER(API_KMEM_CACHE_ALLOC_NODE);
SUTURE_CHECKED(API_KMEM_CACHE_ALLOC_NODE);

SUTURE_DEFINE(void, kmem_cache_free, struct kmem_cache *cache, void *ptr)
{
	struct suture_record record;
	struct kmem_cache *own;

	if (suture_ledger_get(&kind_cache, (unsigned long)ptr, &record) && !record.freed) {
		own = (struct kmem_cache *)record.info[INFO_CACHE];
		if (unlikely(own != cache) && rule_cache.action != SUTURE_OFF) {
			suture_report(&rule_cache, SUTURE_DID(rule_cache, REPAIR_SUBSTITUTE),
				      SUTURE_SITE,
				      "kmem_cache_free of an object from another cache, allocated at %pS",
				      (void *)record.site);
			/* The quarantine gives it back to its own cache. */
			if (!suture_may(&rule_cache, REPAIR_SUBSTITUTE, SUTURE_SITE))
				suture_cache_forget(ptr);
		}
	}
	switch (suture_ledger_free(&kind_cache, (unsigned long)ptr, SUTURE_SITE, true, &record)) {
	case SUTURE_FREE_KEPT:
		return;
	case SUTURE_FREE_AGAIN:
		/* Even if the rule only observes: it is in quarantine, to be freed once. */
		if (rule_cache.action != SUTURE_OFF)
			suture_report(&rule_cache, SUTURE_REPAIR, REPAIR_DROP, SUTURE_SITE,
				      "kmem_cache_free of an object freed at %pS",
				      (void *)record.freed);
		return;
	case SUTURE_FREE_NOW:
	case SUTURE_FREE_UNKNOWN:
		kmem_cache_free(cache, ptr);
		return;
	}
}
SUTURE_WRAPPER(kmem_cache_free);

SUTURE_DEFINE(void, kmem_cache_free_bulk, struct kmem_cache *cache, size_t n, void **all)
{
	size_t i;

	for (i = 0; i < n; i++) {
		suture_cache_forget(all[i]);
		/* Without a cache it is kfree() of many. */
		suture_memory_forget(all[i]);
	}
	kmem_cache_free_bulk(cache, n, all);
}
SUTURE_WRAPPER(kmem_cache_free_bulk);

/* What the quarantine has of the cache must be back in it before it goes. */
SUTURE_DEFINE(void, kmem_cache_destroy, struct kmem_cache *cache)
{
	suture_ledger_flush(SUTURE_SITE);
	SUTURE_MAY_BLOCK("kmem_cache_destroy", kmem_cache_destroy(cache));
}
SUTURE_WRAPPER(kmem_cache_destroy);

/**
 * suture_cache_forget() - an object may be freed by other means than its cache
 * @ptr:	the object
 *
 * Context: any but NMI.
 */
void suture_cache_forget(const void *ptr)
{
	suture_ledger_take(&kind_cache, (unsigned long)ptr, NULL);
}

int suture_rules_cache_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_cache_stop(void)
{
	suture_rules_remove(rules);
}
