// SPDX-License-Identifier: GPL-2.0-only
/*
 * dma.c - memory that is mapped for a device: pages, lists, coherent buffers.
 *
 * Mapping and unmapping is on the path of every packet. Each mapping is one object
 * in the ledger, under the address that the device sees. The same page may be mapped
 * several times, and different devices may use the same addresses, so objects of one
 * key are told apart by device, direction and size.
 *
 * A device whose driver unmaps what it did not map itself (a helper did) is
 * mixed(): of its mappings nothing is concluded.
 */
#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/pci.h>

#include <suture/ledger.h>
#include "../object.h"
#include "device.h"
#include "gone.h"
#include "rules.h"

static struct suture_rule rule_unmap = {
	.id = "DMA-UNMAP",
	.class = "DMA",
	.contract = "Only what is mapped is unmapped, once, with the size, direction and device of the mapping.",
	.source = "Documentation/core-api/dma-api.rst; kernel/dma/debug.c check_unmap(); Driver Verifier DMA checking",
	.example = "dma = dma_map_single(dev, buf, 1500, DMA_FROM_DEVICE);\n"
		   "dma_unmap_single(dev, dma, 1514, DMA_FROM_DEVICE);\t/* another size */\n",
	.look = "A device for which a helper module that is not guarded maps, too, is left alone.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the mapping is gone already" },
		{ "correct", "nothing: the call gets the arguments of the mapping" },
	},
};

static struct suture_rule rule_leak = {
	.id = "DMA-LEAK",
	.class = "DMA",
	.contract = "A driver that is removed holds no mappings and no coherent buffers any more.",
	.source = "Documentation/core-api/dma-api-howto.rst; kernel/dma/debug.c dma_debug_device_change()",
	.example = "static void card_remove(struct pci_dev *pdev)\n"
		   "{\n"
		   "\tstruct card *card = pci_get_drvdata(pdev);\n"
		   "\n"
		   "\tfree_netdev(card->netdev);\t/* card->ring_dma is still mapped */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "unmap",
			.gives_up = "what the device has written since: it may not master the bus any more, and nothing is copied back",
		},
	},
};

static struct suture_rule rule_free_mapped = {
	.id = "DMA-FREEMAPPED",
	.class = "DMA",
	.contract = "Memory is not freed while it is mapped for a device.",
	.source = "Documentation/core-api/dma-api-howto.rst; Driver Verifier DMA checking",
	.example = "card->dma = dma_map_single(dev, buf, len, DMA_FROM_DEVICE);\n"
		   "kfree(buf);\t/* the device may still write there */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "defer", "memory, until it is unmapped: only then it is freed" },
	},
};

static struct suture_rule *const rules[] = {
	&rule_unmap, &rule_leak, &rule_free_mapped, NULL,
};

static atomic_t npending;

/* Its mapping was not undone, so it may be written to: it stays what it is. */
static void pending_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole)
{
	atomic_dec(&npending);
}

static bool dma_of(const struct suture_record *record, const struct suture_unbound *left);
static enum suture_remains dma_held(const struct suture_record *record,
				    const struct suture_unbound *left);
static enum suture_remains list_held(const struct suture_record *record,
				     const struct suture_unbound *left);
static void page_undo(const struct suture_record *record, const struct suture_unbound *left);
static void coherent_undo(const struct suture_record *record, const struct suture_unbound *left);
static void page_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole);
static void list_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole);
static void coherent_left(struct suture_domain *domain, const struct suture_record *record,
			  bool sole);

/* Of both: info[0] is the device, with direction and kind; info[1] is the memory. */
static const struct suture_kind kind_page = {
	.name = "DMA mapping",
	.order = SUTURE_ORDER_DMA,
	.left = page_left,
	.many = true,
	.of = dma_of,
	.held = dma_held,
	.undo = page_undo,
};

static const struct suture_kind kind_list = {
	.name = "DMA mapping of a list",
	.order = SUTURE_ORDER_DMA,
	.left = list_left,
	.of = dma_of,
	.held = list_held,
};

static const struct suture_kind kind_coherent = {
	.name = "coherent buffer",
	.order = SUTURE_ORDER_DMA,
	.left = coherent_left,
	.of = dma_of,
	.held = dma_held,
	.undo = coherent_undo,
};

/* Memory to be freed when it is unmapped; info[0] is how. */
static const struct suture_kind kind_pending = {
	.name = "memory still mapped",
	.order = SUTURE_ORDER_REFERENCE,
	.left = pending_left,
};

/* ------------------------------------------------------------ owners */

/* A device is aligned to more than this. Directions take two bits. */
#define OWNER_RESOURCE	4UL
static_assert(__alignof__(struct device) > ~SUTURE_OWNER_MASK);
static_assert(DMA_NONE < OWNER_RESOURCE);

static __always_inline unsigned long owner_of(const struct device *dev,
					      enum dma_data_direction dir, unsigned long bits)
{
	return (unsigned long)dev | (dir & 3) | bits;
}

static const struct device *owner_device(const struct suture_record *record)
{
	return (const struct device *)(record->info[0] & SUTURE_OWNER_MASK);
}

static enum dma_data_direction owner_dir(const struct suture_record *record)
{
	return record->info[0] & 3;
}

static const char *dir_name(enum dma_data_direction dir)
{
	static const char *const names[] = { "bidirectional", "to device", "from device", "none" };

	return names[dir & 3];
}

/* Mappings that were unmapped lately. */
SUTURE_GONE_TABLE(gone, 10);

/* Devices, by hash, for which somebody else maps, too: bits are never cleared. */
#define MIXED_BITS 12
static DECLARE_BITMAP(mixed_devices, 1 << MIXED_BITS);

static bool mixed(const struct device *dev)
{
	return test_bit(hash_ptr(dev, MIXED_BITS), mixed_devices);
}

static noinline void mix(const struct device *dev)
{
	set_bit(hash_ptr(dev, MIXED_BITS), mixed_devices);
}

/* ------------------------------------------- memory that is still mapped */

/* Free what waited for this mapping, unless there is another one of it. */
static noinline void pending_free(unsigned long phys, dma_addr_t addr)
{
	struct suture_record record, other;
	const void *ptr = __va(phys);

	if (suture_ledger_get(&kind_page, addr, &other) && other.info[1] == phys)
		return;
	if (!suture_ledger_take(&kind_pending, (unsigned long)ptr, &record))
		return;
	atomic_dec(&npending);
	if (record.info[0])
		free_pages((unsigned long)ptr, record.info[0] - 1);
	else
		suture_free_late(ptr, record.site);
}

static __always_inline void unmapped(const struct suture_record *record)
{
	if (unlikely(atomic_read(&npending)))
		pending_free(record->info[1], record->key);
}

/**
 * suture_dma_holds() - is memory that is being freed still mapped for a device?
 * @ptr:	start of the object
 * @how:	0 for kmalloc(), order + 1 for pages
 * @site:	call site
 * @api:	freeing function
 *
 * Only a mapping that starts where the object does is found, and only if the device
 * sees the memory where it is (no IOMMU and no bounce buffer in between).
 *
 * Context: any but NMI.
 * Return: true if it is freed later, when it is unmapped.
 */
bool suture_dma_holds(const void *ptr, unsigned long how, unsigned long site, const char *api)
{
	struct suture_record mapping, pending = {
		.key = (unsigned long)ptr, .info = { how }, .site = site,
	};
	unsigned long phys;

	/* In the direct map? */
	if ((unsigned long)ptr - PAGE_OFFSET >= (unsigned long)high_memory - PAGE_OFFSET)
		return false;
	phys = __pa(ptr);
	if (likely(!suture_ledger_get(&kind_page, phys, &mapping)))
		return false;
	if (mapping.info[1] != phys || rule_free_mapped.action == SUTURE_OFF ||
	    mixed(owner_device(&mapping)))
		return false;
	suture_report(&rule_free_mapped, SUTURE_DID(rule_free_mapped, 0), site,
		      "%s of memory mapped at %pS", api, (void *)mapping.site);
	if (!suture_may(&rule_free_mapped, 0, site))
		return false;
	if (!suture_ledger_get(&kind_pending, pending.key, NULL) &&
	    suture_ledger_add(&kind_pending, &pending))
		atomic_inc(&npending);
	return true;
}

SUTURE_DEFINE(void, free_pages, unsigned long addr, unsigned int order)
{
	if (addr && page_ref_count(virt_to_page((void *)addr)) == 1 &&
	    suture_dma_holds((void *)addr, order + 1, SUTURE_SITE, "free_pages"))
		return;
	free_pages(addr, order);
}
SUTURE_WRAPPER(free_pages);

SUTURE_DEFINE(void, __free_pages, struct page *page, unsigned int order)
{
	if (page_ref_count(page) == 1 &&
	    suture_dma_holds(page_address(page), order + 1, SUTURE_SITE, "__free_pages"))
		return;
	__free_pages(page, order);
}
EXPORT_SYMBOL_GPL(suture_dma_holds);
SUTURE_WRAPPER(__free_pages);

/* ------------------------------------------------------------- pages */

static __always_inline void page_note(struct suture_domain *domain, struct device *dev,
				      dma_addr_t addr, phys_addr_t phys, size_t size,
				      unsigned long owner, unsigned long site)
{
	struct suture_record record = {
		.key = addr, .size = size, .info = { owner, phys }, .site = site,
	};

	if (likely(addr != DMA_MAPPING_ERROR) &&
	    unlikely(!suture_object_add(domain, &kind_page, &record)))
		mix(dev);
}

/* Memory goes to the device: see xmit_abandon() in classes/net.c. */
SUTURE_DEFINE(dma_addr_t, dma_map_page_attrs,
	      struct device *dev, struct page *page, size_t offset, size_t size,
	      enum dma_data_direction dir, unsigned long attrs)
{
	struct suture_visit *v = suture_visit_current();
	struct suture_domain *domain;
	dma_addr_t addr;

	if (likely(v && v->entry)) {
		v->marks |= SUTURE_MARK_MAPPED;
		domain = suture_entry_domain(v->entry);
		if (dir == DMA_TO_DEVICE && unlikely(!domain->maps))
			WRITE_ONCE(domain->maps, true);
	} else {
		domain = suture_ledger_domain(SUTURE_SITE);
	}
	addr = dma_map_page_attrs(dev, page, offset, size, dir, attrs);
	page_note(domain, dev, addr, page_to_phys(page) + offset, size, owner_of(dev, dir, 0),
		  SUTURE_SITE);
	return addr;
}
SUTURE_WRAPPER(dma_map_page_attrs);

SUTURE_DEFINE(dma_addr_t, dma_map_resource,
	      struct device *dev, phys_addr_t phys, size_t size,
	      enum dma_data_direction dir, unsigned long attrs)
{
	dma_addr_t addr = dma_map_resource(dev, phys, size, dir, attrs);

	page_note(suture_ledger_here(SUTURE_SITE), dev, addr, phys, size,
		  owner_of(dev, dir, OWNER_RESOURCE), SUTURE_SITE);
	return addr;
}
SUTURE_WRAPPER(dma_map_resource);

/*
 * An unmap whose mapping is not known.
 * Return: true if it shall not be done.
 */
static noinline bool unmap_unknown(struct device *dev, unsigned long key, bool failed,
				   unsigned long site)
{
	unsigned long before = suture_gone_site(gone, suture_gone_key(key, dev));

	if (!failed && (!before || mixed(dev))) {
		mix(dev);
		return false;
	}
	if (rule_unmap.action == SUTURE_OFF)
		return false;
	if (failed)
		suture_report(&rule_unmap, SUTURE_DID(rule_unmap, 0), site,
			      "unmap of a mapping that had failed");
	else
		suture_report(&rule_unmap, SUTURE_DID(rule_unmap, 0), site,
			      "unmap of what was unmapped at %pS", (void *)before);
	return suture_may(&rule_unmap, 0, site);
}

/*
 * An unmap with other arguments than its mapping.
 * Return: true if those of the mapping shall be used.
 */
static noinline bool unmap_differs(struct device *dev, const struct suture_record *record,
				   size_t size, unsigned long owner, unsigned long site)
{
	if (rule_unmap.action == SUTURE_OFF || mixed(dev))
		return false;
	if ((record->info[0] ^ owner) & OWNER_RESOURCE)
		suture_report(&rule_unmap, SUTURE_DID(rule_unmap, 1), site,
			      "unmap by the function for %s, mapped at %pS as %s",
			      owner & OWNER_RESOURCE ? "resources" : "pages", (void *)record->site,
			      owner & OWNER_RESOURCE ? "page" : "resource");
	else if (record->info[0] != owner)
		suture_report(&rule_unmap, SUTURE_DID(rule_unmap, 1), site,
			      "unmap %s, mapped at %pS %s", dir_name(owner & 3),
			      (void *)record->site, dir_name(owner_dir(record)));
	else
		suture_report(&rule_unmap, SUTURE_DID(rule_unmap, 1), site,
			      "unmap of %zu, mapped at %pS: %zu", size, (void *)record->site,
			      record->size);
	return suture_may(&rule_unmap, 1, site);
}

static void page_unmap(struct device *dev, const struct suture_record *record,
		       unsigned long attrs)
{
	if (record->info[0] & OWNER_RESOURCE)
		dma_unmap_resource(dev, record->key, record->size, owner_dir(record), attrs);
	else
		dma_unmap_page_attrs(dev, record->key, record->size, owner_dir(record), attrs);
}

/* Return: true if there is nothing left to do for the caller. */
static __always_inline bool page_claim(struct device *dev, dma_addr_t addr, size_t size,
				       unsigned long owner, unsigned long attrs,
				       struct suture_record *record, unsigned long site)
{
	enum suture_claim claim = suture_object_claim(&kind_page, addr, size, owner, record);

	if (unlikely(claim == SUTURE_CLAIM_NONE)) {
		record->info[1] = 0;
		return unmap_unknown(dev, addr, addr == DMA_MAPPING_ERROR, site);
	}
	/* Before it really goes: then the address may be given out again at once. */
	suture_gone_add(gone, suture_gone_key(addr, dev), site);
	if (unlikely(claim == SUTURE_CLAIM_OTHER) &&
	    unmap_differs(dev, record, size, owner, site)) {
		page_unmap(dev, record, attrs);
		unmapped(record);
		return true;
	}
	return false;
}

/* Any mapping that is not found at once, or for which memory waits. */
static noinline void page_unmap_slow(struct device *dev, dma_addr_t addr, size_t size,
				     enum dma_data_direction dir, unsigned long attrs,
				     unsigned long site)
{
	struct suture_record record SUTURE_UNSET;

	if (page_claim(dev, addr, size, owner_of(dev, dir, 0), attrs, &record, site))
		return;
	dma_unmap_page_attrs(dev, addr, size, dir, attrs);
	unmapped(&record);
}

SUTURE_DEFINE(void, dma_unmap_page_attrs,
	      struct device *dev, dma_addr_t addr, size_t size,
	      enum dma_data_direction dir, unsigned long attrs)
{
	if (unlikely(atomic_read(&npending)) ||
	    !suture_object_claim_first(&kind_page, addr, size, owner_of(dev, dir, 0))) {
		page_unmap_slow(dev, addr, size, dir, attrs, SUTURE_SITE);
		return;
	}
	/* As in page_claim(). */
	suture_gone_add(gone, suture_gone_key(addr, dev), SUTURE_SITE);
	dma_unmap_page_attrs(dev, addr, size, dir, attrs);
}
SUTURE_WRAPPER(dma_unmap_page_attrs);

SUTURE_DEFINE(void, dma_unmap_resource,
	      struct device *dev, dma_addr_t addr, size_t size,
	      enum dma_data_direction dir, unsigned long attrs)
{
	struct suture_record record SUTURE_UNSET;

	if (page_claim(dev, addr, size, owner_of(dev, dir, OWNER_RESOURCE), attrs, &record,
		       SUTURE_SITE))
		return;
	dma_unmap_resource(dev, addr, size, dir, attrs);
}
SUTURE_WRAPPER(dma_unmap_resource);

/* ------------------------------------------------------------- lists */

static void list_mapped(struct device *dev, struct scatterlist *sg, unsigned int nents,
			enum dma_data_direction dir, unsigned long site)
{
	struct suture_record record = {
		.key = (unsigned long)sg, .size = nents, .info = { owner_of(dev, dir, 0) },
		.site = site,
	};

	if (!suture_ledger_add(&kind_list, &record))
		mix(dev);
}

SUTURE_DEFINE(unsigned int, dma_map_sg_attrs,
	      struct device *dev, struct scatterlist *sg, int nents,
	      enum dma_data_direction dir, unsigned long attrs)
{
	unsigned int n = dma_map_sg_attrs(dev, sg, nents, dir, attrs);

	if (n)
		list_mapped(dev, sg, nents, dir, SUTURE_SITE);
	return n;
}
SUTURE_WRAPPER(dma_map_sg_attrs);

SUTURE_DEFINE(int, dma_map_sgtable,
	      struct device *dev, struct sg_table *table, enum dma_data_direction dir,
	      unsigned long attrs)
{
	int err = dma_map_sgtable(dev, table, dir, attrs);

	if (!err)
		list_mapped(dev, table->sgl, table->orig_nents, dir, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(dma_map_sgtable);

SUTURE_DEFINE(void, dma_unmap_sg_attrs,
	      struct device *dev, struct scatterlist *sg, int nents,
	      enum dma_data_direction dir, unsigned long attrs)
{
	unsigned long owner = owner_of(dev, dir, 0), key = (unsigned long)sg;
	struct suture_record record;

	switch (suture_ledger_claim(&kind_list, key, nents, owner, &record)) {
	case SUTURE_CLAIM_NONE:
		if (unmap_unknown(dev, key, false, SUTURE_SITE))
			return;
		break;
	case SUTURE_CLAIM_OTHER:
		if (unmap_differs(dev, &record, nents, owner, SUTURE_SITE)) {
			nents = record.size;
			dir = owner_dir(&record);
		}
		fallthrough;
	default:
		suture_gone_add(gone, suture_gone_key(key, dev), SUTURE_SITE);
		break;
	}
	dma_unmap_sg_attrs(dev, sg, nents, dir, attrs);
}
SUTURE_WRAPPER(dma_unmap_sg_attrs);

/* -------------------------------------------------- coherent buffers */

SUTURE_DEFINE(void *, dma_alloc_attrs,
	      struct device *dev, size_t size, dma_addr_t *handle, gfp_t gfp,
	      unsigned long attrs)
{
	void *cpu = dma_alloc_attrs(dev, size, handle, gfp, attrs);
	struct suture_record record = {
		.key = (unsigned long)cpu, .size = size, .site = SUTURE_SITE,
	};

	/* The others say how to free it, and may mean that @cpu is none to the CPU. */
	if (cpu && !(attrs & ~DMA_ATTR_NO_WARN)) {
		record.info[0] = (unsigned long)dev;
		record.info[1] = *handle;
		suture_ledger_add(&kind_coherent, &record);
	}
	return cpu;
}
SUTURE_WRAPPER(dma_alloc_attrs);

SUTURE_DEFINE(void, dma_free_attrs,
	      struct device *dev, size_t size, void *cpu, dma_addr_t handle,
	      unsigned long attrs)
{
	suture_ledger_take(&kind_coherent, (unsigned long)cpu, NULL);
	dma_free_attrs(dev, size, cpu, handle, attrs);
}
SUTURE_WRAPPER(dma_free_attrs);

/* --------------------------------------------------------- at removal */

/*
 * One leak: report it, and get ready to undo it. If somebody else may have released
 * objects of the driver, nothing is known for certain.
 * Return: true if it shall be undone; the caller then calls suture_left_end().
 */
static bool leaked(struct suture_domain *domain, const struct suture_record *record,
		   bool sole, bool undo, const char *what, struct suture_left *left)
{
	const struct device *dev = owner_device(record);
	bool repair;

	left->pdev = NULL;
	if (rule_leak.action == SUTURE_OFF || mixed(dev) || !sole)
		return false;
	repair = undo && suture_may_for(domain, &rule_leak, 0, record->site) &&
		 suture_left_begin(left, dev);
	suture_report_for(domain, &rule_leak, repair ? SUTURE_REPAIR : SUTURE_OBSERVE,
			  repair ? 0 : SUTURE_NO_REPAIR, record->site, what, record->size);
	if (repair)
		pci_clear_master(left->pdev);
	return repair;
}

static void page_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole)
{
	struct suture_left left;

	if (!leaked(domain, record, sole, true, "mapping of %zu bytes held after removal", &left))
		return;
	/* No copying back: the memory may be somebody else's by now. */
	page_unmap(&left.pdev->dev, record, DMA_ATTR_SKIP_CPU_SYNC);
	unmapped(record);
	suture_left_end(&left);
}

/* The list itself may be gone, so it cannot be unmapped. */
static void list_left(struct suture_domain *domain, const struct suture_record *record,
		      bool sole)
{
	struct suture_left left;

	leaked(domain, record, sole, false, "mapping of a list of %zu held after removal", &left);
}

static void coherent_left(struct suture_domain *domain, const struct suture_record *record,
			  bool sole)
{
	struct suture_left left;

	if (!leaked(domain, record, sole, true, "coherent buffer of %zu bytes held after removal",
		    &left))
		return;
	dma_free_attrs(&left.pdev->dev, record->size, (void *)record->key, record->info[1], 0);
	suture_left_end(&left);
}

/* The same for one device; the bus is not to be mastered by it any more. */
static bool dma_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return owner_device(record) == left->dev;
}

static enum suture_remains list_held(const struct suture_record *record,
				     const struct suture_unbound *left)
{
	return left->sole && left->idle && !mixed(left->dev) ? SUTURE_REMAINS_SEEN :
	       SUTURE_REMAINS_NO;
}

static enum suture_remains dma_held(const struct suture_record *record,
				    const struct suture_unbound *left)
{
	if (list_held(record, left) == SUTURE_REMAINS_NO)
		return SUTURE_REMAINS_NO;
	return dev_is_pci(left->dev) ? SUTURE_REMAINS_SURE : SUTURE_REMAINS_SEEN;
}

static void page_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	pci_clear_master(to_pci_dev(left->dev));
	page_unmap(left->dev, record, DMA_ATTR_SKIP_CPU_SYNC);
	unmapped(record);
}

static void coherent_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	pci_clear_master(to_pci_dev(left->dev));
	dma_free_attrs(left->dev, record->size, (void *)record->key, record->info[1], 0);
}

int suture_rules_dma_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_dma_stop(void)
{
	suture_rules_remove(rules);
}
