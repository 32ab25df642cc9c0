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

#include "../object.h"
#include "bounds.h"
#include "rules.h"

static struct suture_rule rule_gfp = {
	.id = "MEM-GFP",
	.class = "memory",
	.contract = "Allocation flags that may block are not used in atomic context.",
	.source = "Documentation/core-api/memory-allocation.rst; Klever alloc:irq, alloc:spinlock; LDV 10, 43",
	.example = "spin_lock(&card->lock);\n"
		   "job = kmalloc(sizeof(*job), GFP_KERNEL);\t/* may sleep; GFP_ATOMIC does not */\n",
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
	.example = "\tkfree(card->ring);\n"
		   "\tif (err)\n"
		   "\t\tgoto free;\n"
		   "\treturn 0;\n"
		   "free:\n"
		   "\tkfree(card->ring);\t/* again */\n",
	.look = "Proved while the object is in quarantine (the last 256 of a driver, 512 KiB at most); later the call is let through.",
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
	.example = "static char fallback[64];\n"
		   "\n"
		   "char *buf = kmalloc(len, GFP_KERNEL) ?: fallback;\n"
		   "\n"
		   "kfree(buf);\t/* may be the array */\n",
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
	.example = "card->ring = vmalloc(RING_BYTES);\n"
		   "kfree(card->ring);\t/* vfree() */\n",
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
	.example = "static void card_remove(struct pci_dev *pdev)\n"
		   "{\n"
		   "\tstruct card *card = pci_get_drvdata(pdev);\n"
		   "\n"
		   "\tunregister_netdev(card->netdev);\n"
		   "\tfree_netdev(card->netdev);\t/* card->ring was from kmalloc() */\n"
		   "}\n",
	.look = "Said only if no owner that Suture does not see can be meant to free it: a driver that hands the address of a freeing function to the kernel, or leans on a module that is not guarded, is not judged.",
	.action = SUTURE_OBSERVE,
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
	.example = "mod_timer(&card->watchdog, jiffies + HZ);\n"
		   "kfree(card);\t/* the timer is in it */\n",
	.look = "Whether a timer is armed, a work item pending or a handler attached is asked of the kernel's own structures.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "cancel", "the pending call: what it was to do is not done" },
		{
			.name = "release",
			.gives_up = "nothing: the interrupt is released first, and the driver's own release is skipped",
		},
	},
};

static struct suture_rule rule_size = {
	.id = "MEM-SIZE",
	.class = "memory",
	.contract = "The size of an allocation is one that can be had: not negative, not wrapped, not beyond the allocator's limit.",
	.source = "CWE-190; smatch check_integer_overflow_sizeof; Documentation/process/deprecated.rst, open-coded arithmetic in allocator arguments",
	.example = "n = user_count;\t/* 0x20000001 */\n"
		   "table = kmalloc(n * 16, GFP_KERNEL);\t/* wrapped in 32 bits: room for one */\n",
	.look = "A product that wrapped to a small, possible size is not seen.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "refuse", "nothing: there is no such memory, and the driver gets NULL" },
	},
};

static struct suture_rule rule_null = {
	.id = "MEM-NULL",
	.class = "memory",
	.contract = "An allocation that failed is not used.",
	.source = "Documentation/core-api/memory-allocation.rst; coccinelle kmerr; smatch check_unchecked_allocation",
	.example = "x = kzalloc(sizeof(*x), GFP_KERNEL);\n"
		   "x->value = 1;\t/* wrong: x may be NULL */\n",
	.action = SUTURE_RESTART,
};

static struct suture_rule *const rules[] = {
	&rule_null, &rule_gfp, &rule_double_free, &rule_bad_free, &rule_wrong_free, &rule_leak,
	&rule_size, &suture_rule_livefree, NULL,
};

static void kmalloc_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole);
static void vmalloc_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole);

static bool data_of(const struct suture_record *record, const struct suture_unbound *left);
static enum suture_remains data_held(const struct suture_record *record,
				     const struct suture_unbound *left);
static void data_undo(const struct suture_record *record, const struct suture_unbound *left);

static void kmalloc_release(const struct suture_record *record)
{
	kfree((void *)record->key);
}

static const struct suture_kind kind_kmalloc = {
	.name = "kmalloc",
	.order = SUTURE_ORDER_MEMORY,
	.left = kmalloc_left,
	.release = kmalloc_release,
	.of = data_of,
	.held = data_held,
	.undo = data_undo,
};

static const struct suture_kind kind_vmalloc = {
	.name = "vmalloc",
	.order = SUTURE_ORDER_MEMORY,
	.left = vmalloc_left,
};

/**
 * suture_gfp_repair() - the slow half of suture_gfp_check()
 * @gfp:	flags that may block
 * @site:	call site
 * @api:	function that is to get them
 *
 * Context: one that must not block.
 * Return: flags to use.
 */
gfp_t suture_gfp_repair(gfp_t gfp, unsigned long site, const char *api)
{
	if (rule_gfp.action == SUTURE_OFF || !suture_must_not_block())
		return gfp;
	suture_report(&rule_gfp, SUTURE_DID(rule_gfp, 0), site, "%s may block in %s context%s", api,
		      suture_context_name(preempt_count()),
		      irqs_disabled() ? " with interrupts off" :
		      preempt_count() & PREEMPT_MASK ? " with preemption off" :
		      preempt_count() ? "" : " in an RCU read-side section");
	if (!suture_may(&rule_gfp, 0, site))
		return gfp;
	return (gfp & ~(__GFP_DIRECT_RECLAIM | __GFP_IO | __GFP_FS | __GFP_NOFAIL |
			__GFP_RETRY_MAYFAIL)) | GFP_ATOMIC | __GFP_NOWARN;
}
EXPORT_SYMBOL_GPL(suture_gfp_repair);

/*
 * Sizes that no allocation can have. One that a driver's own overflow check has made
 * SIZE_MAX, and one that the driver says may fail, are nobody's mistake.
 */
static noinline bool size_refused(size_t size, gfp_t gfp, unsigned long site, const char *api)
{
	if (rule_size.action == SUTURE_OFF || size == SIZE_MAX)
		return false;
	if ((ssize_t)size >= 0 && gfp & __GFP_NOWARN)
		return false;
	if ((ssize_t)size < 0)
		suture_report(&rule_size, SUTURE_DID(rule_size, 0), site, "%s of %zd bytes", api,
			      (ssize_t)size);
	else
		suture_report(&rule_size, SUTURE_DID(rule_size, 0), site, "%s of %zu bytes%s", api,
			      size, size <= U32_MAX && (int)size < 0 ?
			      ", a number below 0 in 32 bits" : "");
	return suture_may(&rule_size, 0, site);
}

#define SIZE_REFUSED(size, limit, gfp, name)					\
	(unlikely((size) > (limit)) && size_refused(size, gfp, SUTURE_SITE, name))

/* Sizes of memory ever noted, by their logarithm: see suture_memory_at(). */
static unsigned long sizes_noted;

/* Allocations that failed lately, and for whom. */
#define STARVED_KEPT 16
static struct {
	const struct suture_visit *visit;
	unsigned long site;
} starved[STARVED_KEPT];
static atomic_t starved_next;

static noinline void starve(unsigned long site)
{
	struct suture_visit *v = suture_visit_current();
	unsigned int i;

	if (!v || !v->entry)
		return;
	i = (unsigned int)atomic_inc_return(&starved_next) % STARVED_KEPT;
	WRITE_ONCE(starved[i].visit, NULL);
	WRITE_ONCE(starved[i].site, suture_site(site));
	/* Pairs with suture_starved(): who finds the visit finds the site. */
	smp_store_release(&starved[i].visit, v);
	v->marks |= SUTURE_MARK_STARVED;
}

/**
 * suture_starved() - the rule for a fault at an address near NULL
 * @v:		visit that faulted
 * @address:	where
 * @text:	what happened, added to if this is why
 * @n:		room for it
 *
 * Context: the fault's.
 * Return: MEM-NULL if an allocation of this very visit had failed, else NULL.
 */
struct suture_rule *suture_starved(const struct suture_visit *v, unsigned long address,
				   char *text, size_t n)
{
	unsigned int i, len = strlen(text);

	if (address >= PAGE_SIZE || !(v->marks & SUTURE_MARK_STARVED) ||
	    rule_null.action < SUTURE_UNWIND)
		return NULL;
	for (i = 0; i < STARVED_KEPT; i++) {
		/* Pairs with starve(). */
		if (smp_load_acquire(&starved[i].visit) != v)
			continue;
		scnprintf(text + len, n - len, " after the allocation at %pS had failed",
			  (void *)READ_ONCE(starved[i].site));
		return &rule_null;
	}
	return NULL;
}

/* What both allocators' objects have noted of them. */
static noinline void note(void *ptr, size_t size, unsigned long site)
{
	struct suture_visit *v = suture_visit_current();
	struct suture_domain *domain = likely(v && v->entry) ? suture_entry_domain(v->entry) :
				       suture_ledger_domain(site);
	struct suture_record record = {
		.key = (unsigned long)ptr, .size = size, .site = site,
	};
	unsigned long class = BIT(fls_long(size - 1));

	suture_now(v, record.info);
	if (unlikely(!(READ_ONCE(sizes_noted) & class)))
		set_bit(fls_long(size - 1), &sizes_noted);
	if (unlikely(is_vmalloc_addr(ptr)))
		suture_ledger_add(&kind_vmalloc, &record);
	else
		suture_object_add(domain, &kind_kmalloc, &record);
}

static __always_inline void *noted(void *ptr, size_t size, unsigned long site)
{
	if (likely(!ZERO_OR_NULL_PTR(ptr)))
		note(ptr, size, site);
	else if (unlikely(!ptr))
		starve(site);
	return ptr;
}

/* ------------------------------------------------------- allocations */

#define ALLOCATOR(api, name, limit, proto, args)				\
	void *SUTURE_W(api) proto;						\
	void *SUTURE_W(api) proto						\
	{									\
		if (SIZE_REFUSED(size, limit, gfp, name))			\
			return NULL;						\
		gfp = suture_gfp_check(gfp, SUTURE_SITE, name);			\
		return noted(api args, size, SUTURE_SITE);			\
	}									\
	SUTURE_WRAPPER(api)

ALLOCATOR(API_KMALLOC, "kmalloc", KMALLOC_MAX_SIZE, (size_t size, gfp_t gfp), (size, gfp));
ALLOCATOR(API_KMALLOC_CACHE, "kmalloc", KMALLOC_MAX_SIZE,
	  (struct kmem_cache *s, gfp_t gfp, size_t size), (s, gfp, size));
ALLOCATOR(API_KMALLOC_CACHE_NODE, "kmalloc_node", KMALLOC_MAX_SIZE,
	  (struct kmem_cache *s, gfp_t gfp, int node, size_t size), (s, gfp, node, size));
ALLOCATOR(API_KMALLOC_LARGE, "kmalloc", KMALLOC_MAX_SIZE, (size_t size, gfp_t gfp),
	  (size, gfp));
ALLOCATOR(API_KMALLOC_NODE, "kmalloc_node", KMALLOC_MAX_SIZE,
	  (API_BUCKETS(size), gfp_t gfp, int node), (API_BUCKETS_PASS(size), gfp, node));
ALLOCATOR(API_KVMALLOC_NODE, "kvmalloc", INT_MAX,
	  (API_BUCKETS(size), gfp_t gfp, int node), (API_BUCKETS_PASS(size), gfp, node));
ALLOCATOR(API_KMEMDUP, "kmemdup", KMALLOC_MAX_SIZE,
	  (const void *src, size_t size, gfp_t gfp), (src, size, gfp));

SUTURE_DEFINE(void *, API_KREALLOC, const void *ptr, size_t size, gfp_t gfp)
{
	struct suture_record record;
	void *fresh;

	if (SIZE_REFUSED(size, KMALLOC_MAX_SIZE, gfp, "krealloc"))
		return NULL;
	gfp = suture_gfp_check(gfp, SUTURE_SITE, "krealloc");
	if (!ZERO_OR_NULL_PTR(ptr) &&
	    suture_ledger_get(&kind_kmalloc, (unsigned long)ptr, &record) && record.freed) {
		suture_report(&rule_double_free, SUTURE_DID(rule_double_free, 0), SUTURE_SITE,
			      "krealloc of memory freed at %pS", (void *)record.freed);
		if (suture_may(&rule_double_free, 0, SUTURE_SITE))
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
		void *ptr;							\
										\
		if (SIZE_REFUSED(size, totalram_pages() << PAGE_SHIFT, 0, name)) \
			return NULL;						\
		SUTURE_MAY_BLOCK(name, ptr = api(size));			\
		return noted(ptr, size, SUTURE_SITE);				\
	}									\
	SUTURE_WRAPPER(api)

VALLOC(API_VMALLOC, "vmalloc");
VALLOC(API_VZALLOC, "vzalloc");

SUTURE_DEFINE(struct sk_buff *, __alloc_skb, unsigned int size, gfp_t gfp, int flags, int node)
{
	return __alloc_skb(size, suture_gfp_check(gfp, SUTURE_SITE, "alloc_skb"), flags, node);
}
SUTURE_WRAPPER(__alloc_skb);

SUTURE_DEFINE(struct sk_buff *, __netdev_alloc_skb,
	      struct net_device *dev, unsigned int size, gfp_t gfp)
{
	return __netdev_alloc_skb(dev, size,
				  suture_gfp_check(gfp, SUTURE_SITE, "netdev_alloc_skb"));
}
SUTURE_WRAPPER(__netdev_alloc_skb);

/* -------------------------------------------------------------- frees */

enum { FREE_IT, FREE_DONE, FREE_OTHER };

/**
 * suture_memory_at() - the object in which a pointer lies
 * @ptr:	any value
 * @record:	gets what is known of the object; @record->freed if it is in quarantine
 *
 * Objects of kmalloc()'s power-of-two sizes are aligned to their size, so there are
 * few places to look. Of other sizes, and of vmalloc(), only the start is found.
 *
 * Context: any but NMI.
 * Return: false if nothing is known.
 */
bool suture_memory_at(const void *ptr, struct suture_record *record)
{
	unsigned long base, last = (unsigned long)ptr, sizes;

	if (ZERO_OR_NULL_PTR(ptr) || last < PAGE_OFFSET)
		return false;
	if (is_vmalloc_addr(ptr))
		return suture_ledger_get(&kind_vmalloc, last, record);
	if (suture_ledger_get(&kind_kmalloc, last, record))
		return true;
	for (sizes = READ_ONCE(sizes_noted); sizes; sizes &= sizes - 1) {
		base = (unsigned long)ptr & ~((sizes & -sizes) - 1);
		if (base == last)
			continue;
		last = base;
		if (suture_ledger_get(&kind_kmalloc, base, record) &&
		    (unsigned long)ptr - base < record->size)
			return true;
	}
	return false;
}

/**
 * suture_memory_forget() - an allocator that is not watched has returned this memory
 * @ptr:	the memory
 *
 * A record of it is of an object that somebody else has freed since.
 * Context: any but NMI.
 */
void suture_memory_forget(const void *ptr)
{
	suture_ledger_take(&kind_kmalloc, (unsigned long)ptr, NULL);
}
EXPORT_SYMBOL_GPL(suture_memory_forget);

/* Does @ptr point past the start of an object that the driver holds? */
static bool inside_object(const void *ptr)
{
	struct suture_record record;

	return suture_memory_at(ptr, &record) && !record.freed &&
	       record.key != (unsigned long)ptr;
}
EXPORT_SYMBOL_GPL(suture_memory_at);

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
	if (inside_object(ptr))
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
		return suture_may(&rule_wrong_free, 0, site) ? FREE_OTHER : FREE_IT;
	}
	what = kind == &kind_kmalloc ? no_kmalloc(ptr) : NULL;
	if (likely(!what) || rule_bad_free.action == SUTURE_OFF)
		return FREE_IT;
	suture_report(&rule_bad_free, SUTURE_DID(rule_bad_free, 0), site, "%s of %s", api, what);
	return suture_may(&rule_bad_free, 0, site) ? FREE_DONE : FREE_IT;
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
	suture_cache_forget(ptr);
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
EXPORT_SYMBOL_GPL(suture_free_late);
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
	suture_cache_forget(ptr);
	suture_ledger_take(&kind_kmalloc, (unsigned long)ptr, NULL);
	kvfree_call_rcu(head, ptr);
}
#else
SUTURE_DEFINE(void, kvfree_call_rcu, struct rcu_head *head, rcu_callback_t func)
{
	/* With a head @func is its offset in the object, else the object. */
	unsigned long key = (unsigned long)head - (head ? 1 : -1) * (unsigned long)func;

	suture_cache_forget((void *)key);
	suture_ledger_take(&kind_kmalloc, key, NULL);
	kvfree_call_rcu(head, func);
}
#endif
SUTURE_WRAPPER(kvfree_call_rcu);

/*
 * An object that a removed driver still holds; true if it shall be freed. Of one that
 * somebody else may have freed nothing is known: the kernel frees what drivers hand it,
 * a transfer buffer with its urb.
 */
static bool leaked(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	/* It was not asked to free anything: that is no leak of its own. */
	if (domain->silent) {
		suture_report_for(domain, &rule_leak, sole ? SUTURE_REPAIR : SUTURE_OBSERVE, 0,
				  record->site, "left");
		return sole;
	}
	if (!sole || rule_leak.action == SUTURE_OFF)
		return false;
	suture_report_for(domain, &rule_leak, SUTURE_DID(rule_leak, 0), record->site,
			  "%zu bytes held after removal", record->size);
	return suture_may_for(domain, &rule_leak, 0, record->site);
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

/*
 * Memory that a driver leaves behind on a device may be shared with others, or wait for
 * something that frees it. So only what the device's data pointed to is looked at, and only
 * if no file is open and no work item of the driver pends; and it is freed only if MEM-LEAK may.
 */
static bool data_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return record->key == left->data;
}

static enum suture_remains data_held(const struct suture_record *record,
				     const struct suture_unbound *left)
{
	struct suture_record now;

	/* Until the module goes: its own data may point there. */
	if (left->distrust)
		return SUTURE_REMAINS_NO;
	if (!left->data || !left->sole || !left->idle || rule_leak.action == SUTURE_OFF ||
	    suture_work_pending(left->domain))
		return SUTURE_REMAINS_NO;
	/* Through an RCU callback of the driver? */
	rcu_barrier();
	if (!suture_ledger_get(&kind_kmalloc, record->key, &now) || now.freed ||
	    now.site != record->site)
		return SUTURE_REMAINS_NO;
	return suture_may_for(left->domain, &rule_leak, 0, record->site) ? SUTURE_REMAINS_SURE :
									   SUTURE_REMAINS_SEEN;
}

static void data_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	kfree((void *)record->key);
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
