// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory.c - allocations and frees.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <suture/ledger.h>
#include "../section.h"
#include "rules.h"

static struct suture_rule rule_gfp = {
	.id = "MEM-GFP",
	.class = "memory",
	.contract = "Allocation flags that may block are not used in atomic context.",
	.source = "Documentation/core-api/memory-allocation.rst; Klever alloc:irq, alloc:spinlock; LDV 10, 43",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "atomic",
			.gives_up = "certainty: an allocation that may not block may fail, and the driver must check for NULL",
		},
	},
};

static struct suture_rule rule_double_free = {
	.id = "MEM-DFREE",
	.class = "memory",
	.contract = "Memory is freed once.",
	.source = "Documentation/core-api/memory-allocation.rst; Klever memory safety; SDV DoubleExFreePool",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the object is free already" },
	},
};

static struct suture_rule rule_bad_free = {
	.id = "MEM-BADFREE",
	.class = "memory",
	.contract = "Only what an allocator returned is freed: no static, stack or user address, no error pointer.",
	.source = "mm/slub.c kfree(); coccinelle kfreeaddr",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing that was the driver's: the pointer is none of the allocator's" },
	},
};

static struct suture_rule rule_wrong_free = {
	.id = "MEM-WRONGFREE",
	.class = "memory",
	.contract = "Memory goes back to the allocator that it came from.",
	.source = "Documentation/core-api/memory-allocation.rst; coccinelle kfree_mismatch",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "substitute", "nothing: the function that belongs to the object is called" },
	},
};

static struct suture_rule rule_leak = {
	.id = "MEM-LEAK",
	.class = "memory",
	.contract = "A driver that is removed holds no memory any more.",
	.source = "Klever staging:alloc:memory; Driver Verifier pool tracking",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "free",
			.gives_up = "a second owner that Suture did not see would lose the object; done only if the driver hands no freeing function to the kernel and none of its objects was ever freed by somebody else",
		},
	},
};

struct suture_rule suture_rule_livefree = {
	.id = "MEM-LIVEFREE",
	.class = "memory",
	.contract = "Memory that holds a pending timer or work item, or is known to an interrupt handler, is not freed.",
	.source = "Documentation/core-api/debug-objects.rst; Driver Verifier: pool freed with active timers",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "cancel", "the pending call: what it was to do is not done" },
		{
			.name = "release",
			.gives_up = "nothing: the interrupt is released first, and the driver's own release is skipped",
		},
	},
};

static struct suture_rule *const rules[] = {
	&rule_gfp, &rule_double_free, &rule_bad_free, &rule_wrong_free, &rule_leak,
	&suture_rule_livefree, NULL,
};

static void kmalloc_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole);
static void vmalloc_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole);

static void kmalloc_release(const struct suture_record *record)
{
	kfree((void *)record->key);
}

static const struct suture_kind kind_kmalloc = {
	.name = "kmalloc",
	.order = SUTURE_ORDER_MEMORY,
	.left = kmalloc_left,
	.release = kmalloc_release,
};

static const struct suture_kind kind_vmalloc = {
	.name = "vmalloc",
	.order = SUTURE_ORDER_MEMORY,
	.left = vmalloc_left,
};

static noinline gfp_t gfp_repair(gfp_t gfp, unsigned long site, const char *api)
{
	if (rule_gfp.action == SUTURE_OFF)
		return gfp;
	suture_report(&rule_gfp, SUTURE_DID(rule_gfp, 0), site, "%s may block in %s context%s", api,
		      suture_context_name(preempt_count()),
		      irqs_disabled() ? " with interrupts off" :
		      preempt_count() & PREEMPT_MASK ? " with preemption off" : "");
	if (rule_gfp.action < SUTURE_REPAIR)
		return gfp;
	return (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS | __GFP_NOFAIL |
			__GFP_RETRY_MAYFAIL)) | GFP_ATOMIC | __GFP_NOWARN;
}

static __always_inline gfp_t gfp_check(gfp_t gfp, unsigned long site, const char *api)
{
	if (unlikely((gfp & __GFP_DIRECT_RECLAIM) && suture_atomic()))
		return gfp_repair(gfp, site, api);
	return gfp;
}

static __always_inline void *noted(void *ptr, size_t size, unsigned long site)
{
	if (!ZERO_OR_NULL_PTR(ptr)) {
		struct suture_record record = {
			.key = (unsigned long)ptr, .size = size, .site = site,
		};

		suture_ledger_add(is_vmalloc_addr(ptr) ? &kind_vmalloc : &kind_kmalloc, &record);
	}
	return ptr;
}

/* ------------------------------------------------------- allocations */

#define ALLOCATOR(api, name, proto, args)						\
	void *SUTURE_W(api) proto;						\
	void *SUTURE_W(api) proto						\
	{									\
		gfp = gfp_check(gfp, SUTURE_SITE, name);			\
		return noted(api args, size, SUTURE_SITE);			\
	}									\
	SUTURE_WRAPPER(api)

ALLOCATOR(API_KMALLOC, "kmalloc", (size_t size, gfp_t gfp), (size, gfp));
ALLOCATOR(API_KMALLOC_CACHE, "kmalloc", (struct kmem_cache *s, gfp_t gfp, size_t size),
	  (s, gfp, size));
ALLOCATOR(API_KMALLOC_CACHE_NODE, "kmalloc_node",
	  (struct kmem_cache *s, gfp_t gfp, int node, size_t size), (s, gfp, node, size));
ALLOCATOR(API_KMALLOC_LARGE, "kmalloc", (size_t size, gfp_t gfp), (size, gfp));
ALLOCATOR(API_KMALLOC_NODE, "kmalloc_node", (API_BUCKETS(size), gfp_t gfp, int node),
	  (API_BUCKETS_PASS(size), gfp, node));
ALLOCATOR(API_KVMALLOC_NODE, "kvmalloc", (API_BUCKETS(size), gfp_t gfp, int node),
	  (API_BUCKETS_PASS(size), gfp, node));
ALLOCATOR(API_KMEMDUP, "kmemdup", (const void *src, size_t size, gfp_t gfp), (src, size, gfp));

SUTURE_DEFINE(void *, API_KREALLOC, const void *ptr, size_t size, gfp_t gfp)
{
	struct suture_record record;
	void *fresh;

	gfp = gfp_check(gfp, SUTURE_SITE, "krealloc");
	if (!ZERO_OR_NULL_PTR(ptr) &&
	    suture_ledger_get(&kind_kmalloc, (unsigned long)ptr, &record) && record.freed) {
		suture_report(&rule_double_free, SUTURE_DID(rule_double_free, 0), SUTURE_SITE,
			      "krealloc of memory freed at %pS", (void *)record.freed);
		if (rule_double_free.action >= SUTURE_REPAIR)
			return NULL;
	}
	fresh = API_KREALLOC(ptr, size, gfp);
	/* The old object is gone if there is a new one, or if the new size is 0. */
	if (!ZERO_OR_NULL_PTR(ptr) && (fresh || !size))
		suture_ledger_take(&kind_kmalloc, (unsigned long)ptr, NULL);
	return noted(fresh, size, SUTURE_SITE);
}
SUTURE_WRAPPER(API_KREALLOC);

#define VALLOC(api, name)							\
	SUTURE_DEFINE(void *, api, unsigned long size)				\
	{									\
		struct suture_section section;					\
		void *ptr;							\
										\
		if (likely(!suture_atomic()))					\
			return noted(api(size), size, SUTURE_SITE);		\
		suture_block_begin(&section, SUTURE_SITE, name);		\
		ptr = api(size);						\
		suture_block_end(&section);					\
		return noted(ptr, size, SUTURE_SITE);				\
	}									\
	SUTURE_WRAPPER(api)

VALLOC(API_VMALLOC, "vmalloc");
VALLOC(API_VZALLOC, "vzalloc");

SUTURE_DEFINE(void *, API_KMEM_CACHE_ALLOC, struct kmem_cache *s, gfp_t gfp)
{
	return API_KMEM_CACHE_ALLOC(s, gfp_check(gfp, SUTURE_SITE, "kmem_cache_alloc"));
}
SUTURE_WRAPPER(API_KMEM_CACHE_ALLOC);

SUTURE_DEFINE(struct sk_buff *, __alloc_skb, unsigned int size, gfp_t gfp, int flags, int node)
{
	return __alloc_skb(size, gfp_check(gfp, SUTURE_SITE, "alloc_skb"), flags, node);
}
SUTURE_WRAPPER(__alloc_skb);

SUTURE_DEFINE(struct sk_buff *, __netdev_alloc_skb,
	      struct net_device *dev, unsigned int size, gfp_t gfp)
{
	return __netdev_alloc_skb(dev, size, gfp_check(gfp, SUTURE_SITE, "netdev_alloc_skb"));
}
SUTURE_WRAPPER(__netdev_alloc_skb);

/* -------------------------------------------------------------- frees */

enum { FREE_IT, FREE_DONE, FREE_OTHER };

/*
 * Does @ptr lie inside an object that the driver holds? Objects of kmalloc()'s
 * power-of-two sizes are aligned to their size, so there are few places to look;
 * those of 96 and 192 bytes are not found.
 */
static bool inside_object(unsigned long ptr)
{
	struct suture_record record;
	unsigned long size, base;

	for (size = ARCH_KMALLOC_MINALIGN; size <= KMALLOC_MAX_CACHE_SIZE; size *= 2) {
		base = ptr & ~(size - 1);
		if (base != ptr && suture_ledger_get(&kind_kmalloc, base, &record) &&
		    !record.freed && ptr - base < record.size)
			return true;
	}
	return false;
}

/* Can @ptr come from kmalloc() at all? Only a certain no is a no. */
static const char *no_kmalloc(const void *ptr)
{
	if (IS_ERR(ptr))
		return "an error pointer";
	if ((unsigned long)ptr < TASK_SIZE_MAX)
		return "a user address";
	/* Static data of modules, stacks and vmalloc() are not in the direct map. */
	if (!virt_addr_valid(ptr))
		return "a static, stack or vmalloc address";
	if (inside_object((unsigned long)ptr))
		return "an address inside an object";
	if ((unsigned long)ptr % ARCH_KMALLOC_MINALIGN)
		return "an address that is not aligned";
	return NULL;
}

/*
 * What shall become of a free: do it, it is done, or it belongs to the other
 * allocator.
 */
static int free_check(const void *ptr, const struct suture_kind *kind, bool keep,
		      unsigned long site, const char *api)
{
	const struct suture_kind *other = kind == &kind_kmalloc ? &kind_vmalloc : &kind_kmalloc;
	unsigned long key = (unsigned long)ptr;
	struct suture_record record;
	const char *what;

	if (unlikely(suture_ledger_maybe_inside(key)) &&
	    suture_ledger_get(kind, key, &record) && !record.freed)
		suture_ledger_inside(key, record.size, site, api);
	switch (suture_ledger_free(kind, key, site, keep, &record)) {
	case SUTURE_FREE_KEPT:
		return FREE_DONE;
	case SUTURE_FREE_NOW:
		return FREE_IT;
	case SUTURE_FREE_AGAIN:
		suture_report(&rule_double_free, SUTURE_DID(rule_double_free, 0), site,
			      "%s of memory freed at %pS", api, (void *)record.freed);
		/*
		 * Even if the rule only observes: the object is still in
		 * quarantine, and freeing it now would free it twice for real.
		 */
		return FREE_DONE;
	case SUTURE_FREE_UNKNOWN:
		break;
	}
	if (suture_ledger_take(other, key, NULL)) {
		if (rule_wrong_free.action == SUTURE_OFF)
			return FREE_IT;
		suture_report(&rule_wrong_free, SUTURE_DID(rule_wrong_free, 0), site,
			      "%s of memory from %s", api, other->name);
		return rule_wrong_free.action >= SUTURE_REPAIR ? FREE_OTHER : FREE_IT;
	}
	what = kind == &kind_kmalloc ? no_kmalloc(ptr) : NULL;
	if (likely(!what) || rule_bad_free.action == SUTURE_OFF)
		return FREE_IT;
	suture_report(&rule_bad_free, SUTURE_DID(rule_bad_free, 0), site, "%s of %s", api, what);
	return rule_bad_free.action >= SUTURE_REPAIR ? FREE_DONE : FREE_IT;
}

/**
 * suture_free_late() - do a kfree() that had to wait
 * @ptr:	object
 * @site:	call site that freed it
 *
 * Context: any but NMI.
 */
void suture_free_late(const void *ptr, unsigned long site)
{
	switch (free_check(ptr, &kind_kmalloc, true, site, "kfree")) {
	case FREE_IT:
		kfree(ptr);
		break;
	case FREE_OTHER:
		vfree(ptr);
		break;
	}
}

SUTURE_DEFINE(void, kfree, const void *ptr)
{
	if (ZERO_OR_NULL_PTR(ptr) || suture_dma_holds(ptr, 0, SUTURE_SITE, "kfree"))
		return;
	suture_free_late(ptr, SUTURE_SITE);
}
SUTURE_WRAPPER(kfree);

SUTURE_DEFINE(void, kfree_sensitive, const void *ptr)
{
	if (ZERO_OR_NULL_PTR(ptr))
		return;
	if (free_check(ptr, &kind_kmalloc, false, SUTURE_SITE, "kfree_sensitive") ==
	    FREE_IT)
		kfree_sensitive(ptr);
}
SUTURE_WRAPPER(kfree_sensitive);

SUTURE_DEFINE(void, vfree, const void *ptr)
{
	if (!ptr)
		return;
	switch (free_check(ptr, &kind_vmalloc, false, SUTURE_SITE, "vfree")) {
	case FREE_IT:
		vfree(ptr);
		break;
	case FREE_OTHER:
		kfree(ptr);
		break;
	}
}
SUTURE_WRAPPER(vfree);

SUTURE_DEFINE(void, kvfree, const void *ptr)
{
	const struct suture_kind *kind = is_vmalloc_addr(ptr) ? &kind_vmalloc : &kind_kmalloc;

	if (ZERO_OR_NULL_PTR(ptr) || suture_dma_holds(ptr, 0, SUTURE_SITE, "kvfree"))
		return;
	if (free_check(ptr, kind, true, SUTURE_SITE, "kvfree") != FREE_DONE)
		kvfree(ptr);
}
SUTURE_WRAPPER(kvfree);

#ifdef SUTURE_HAVE_KVFREE_RCU_PTR
SUTURE_DEFINE(void, kvfree_call_rcu, struct rcu_head *head, void *ptr)
{
	suture_ledger_take(&kind_kmalloc, (unsigned long)ptr, NULL);
	kvfree_call_rcu(head, ptr);
}
#else
SUTURE_DEFINE(void, kvfree_call_rcu, struct rcu_head *head, rcu_callback_t func)
{
	/* With a head @func is its offset in the object, else the object. */
	suture_ledger_take(&kind_kmalloc,
			   (unsigned long)head - (head ? 1 : -1) * (unsigned long)func, NULL);
	kvfree_call_rcu(head, func);
}
#endif
SUTURE_WRAPPER(kvfree_call_rcu);

/* An object that a removed driver still holds; true if it shall be freed. */
static bool leaked(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	bool repair = sole && rule_leak.action >= SUTURE_REPAIR;

	if (rule_leak.action == SUTURE_OFF)
		return false;
	suture_report_for(domain, &rule_leak, repair ? SUTURE_REPAIR : SUTURE_OBSERVE,
			  repair ? 0 : SUTURE_NO_REPAIR, record->site, "%zu bytes held after removal%s",
			  record->size, sole ? "" : "; kept, somebody else may own them");
	return repair;
}

static void kmalloc_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole)
{
	if (leaked(domain, record, sole))
		kfree((void *)record->key);
}

static void vmalloc_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole)
{
	if (leaked(domain, record, sole))
		vfree((void *)record->key);
}

int suture_rules_memory_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_memory_stop(void)
{
	suture_rules_remove(rules);
}
