// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmio.c - registers mapped into the kernel's address space.
 *
 * Whether a mapping is live, the page tables know: nothing is said of an address
 * that is mapped, and a mapping that was left behind is undone only if it still
 * leads where the driver mapped it to.
 */
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pci.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#include <suture/ledger.h>
#include "gone.h"
#include "rules.h"

static struct suture_rule rule_map = {
	.id = "PCI-MAP",
	.class = "PCI",
	.contract = "A mapping of registers is unmapped once, and none is left when the driver is removed.",
	.source = "Documentation/driver-api/device-io.rst; Klever arch:mm:ioremap; coccinelle iounmap",
	.example = "pci_iounmap(pdev, card->regs);\n"
		   "pci_iounmap(pdev, card->regs);\t/* its place may be another driver's */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "drop",
			.gives_up = "nothing: the mapping is gone already, and its place may be somebody else's by now",
		},
		{ "unmap", "nothing: no code is left that could use the mapping" },
	},
};

static struct suture_rule rule_mmio = {
	.id = "PCI-MMIO",
	.class = "PCI",
	.contract = "Registers are accessed only while they are mapped.",
	.source = "Documentation/driver-api/device-io.rst; Driver Verifier HAL checks",
	.example = "iounmap(card->regs);\n"
		   "iowrite32(0, card->regs + IRQ_MASK);\t/* not mapped any more */\n",
	.look = "readl() and writel() are instructions in the driver and not seen; one to an address that is not mapped is an exception (CB-OOPS).",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "absorb",
			.gives_up = "the access: writes are lost and reads give all ones, as from a device that is gone",
		},
	},
};

static struct suture_rule *const rules[] = { &rule_map, &rule_mmio, NULL };

/* Mappings that were unmapped lately: all, and the last few with their extent. */
SUTURE_GONE_TABLE(gone, 6);

struct extent {
	unsigned long start;
	unsigned long end;
	unsigned long site;
};

static struct extent extents[8];
static unsigned int nextents;
static DEFINE_RAW_SPINLOCK(extents_lock);

/* Does anybody have this address mapped, and to where? */
static bool mapped(unsigned long addr, unsigned long *pfn)
{
	struct page *page = NULL;

	if (is_vmalloc_addr((void *)addr))
		page = vmalloc_to_page((void *)addr);
	if (page && pfn)
		*pfn = page_to_pfn(page);
	return page;
}

/* ------------------------------------------------------------ mappings */

static void iomap_left(struct suture_domain *domain, const struct suture_record *record,
		       bool sole)
{
	bool repair = sole && suture_may_for(domain, &rule_map, 1, record->site);
	unsigned long pfn;

	/* Unmapped by somebody else, and perhaps mapped again. */
	if (!mapped(record->key, &pfn) || pfn != record->info[0])
		return;
	if (rule_map.action == SUTURE_OFF)
		return;
	if (repair)
		iounmap((void __iomem *)record->key);
	suture_report_for(domain, &rule_map, repair ? SUTURE_REPAIR : SUTURE_OBSERVE,
			  repair ? 1 : SUTURE_NO_REPAIR, record->site,
			  "mapping of %zu bytes of registers held after removal", record->size);
}

/* Does it lead into a BAR of the device? */
static bool iomap_of(const struct suture_record *record, const struct suture_unbound *left)
{
	phys_addr_t phys = PFN_PHYS(record->info[0]);
	const struct resource *res;
	int i;

	for (i = 0; dev_is_pci(left->dev) && i < PCI_STD_NUM_BARS; i++) {
		res = &to_pci_dev(left->dev)->resource[i];
		if (resource_type(res) == IORESOURCE_MEM && resource_size(res) &&
		    phys >= (res->start & PAGE_MASK) && phys <= res->end)
			return true;
	}
	return false;
}

/* What the driver shows to programs may live on until they close it. */
static enum suture_remains iomap_held(const struct suture_record *record,
				      const struct suture_unbound *left)
{
	unsigned long pfn;

	return left->sole && left->idle && mapped(record->key, &pfn) &&
	       pfn == record->info[0] ? SUTURE_REMAINS_SURE : SUTURE_REMAINS_NO;
}

static void iomap_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	iounmap((void __iomem *)record->key);
}

/* Key is the page; info[0] is the frame that it leads to. */
static const struct suture_kind kind_iomap = {
	.name = "mapping of registers",
	.order = SUTURE_ORDER_MAPPING,
	.left = iomap_left,
	.of = iomap_of,
	.held = iomap_held,
	.undo = iomap_undo,
};

static void extent_forget(unsigned long start, unsigned long end)
{
	unsigned long flags;
	unsigned int i;

	raw_spin_lock_irqsave(&extents_lock, flags);
	for (i = 0; i < ARRAY_SIZE(extents); i++)
		if (extents[i].start < end && start < extents[i].end)
			WRITE_ONCE(extents[i].end, 0);
	raw_spin_unlock_irqrestore(&extents_lock, flags);
}

static void extent_note(unsigned long start, unsigned long size, unsigned long site)
{
	struct extent *extent;
	unsigned long flags;

	raw_spin_lock_irqsave(&extents_lock, flags);
	extent = &extents[nextents % ARRAY_SIZE(extents)];
	WRITE_ONCE(extent->end, 0);
	WRITE_ONCE(extent->start, start);
	WRITE_ONCE(extent->site, site);
	/* Who sees the new end sees the new start: access_dead(). */
	smp_store_release(&extent->end, start + PAGE_ALIGN(size));
	WRITE_ONCE(nextents, nextents + 1);
	raw_spin_unlock_irqrestore(&extents_lock, flags);
}

static void __iomem *iomapped(void __iomem *addr, unsigned long size, unsigned long site)
{
	struct suture_record record = {
		.key = (unsigned long)addr & PAGE_MASK,
		.size = offset_in_page(addr) + size,
		.site = site,
	};

	/* No port, nothing from the table of fixed mappings. */
	if (addr && mapped(record.key, &record.info[0])) {
		suture_gone_clear(gone, record.key);
		if (READ_ONCE(nextents))
			extent_forget(record.key, record.key + PAGE_ALIGN(record.size));
		suture_ledger_add(&kind_iomap, &record);
	}
	return addr;
}

/* Return: true if it was unmapped before: then it shall not be again. */
static bool iounmapped(volatile void __iomem *addr, unsigned long site)
{
	unsigned long key = (unsigned long)addr & PAGE_MASK, before;
	struct suture_record record;

	if (!is_vmalloc_addr((void __force *)addr))
		return false;
	if (suture_ledger_take(&kind_iomap, key, &record)) {
		suture_gone_add(gone, key, site);
		extent_note(key, record.size, site);
		return false;
	}
	before = suture_gone_site(gone, key);
	if (!before || rule_map.action == SUTURE_OFF)
		return false;
	suture_report(&rule_map, SUTURE_DID(rule_map, 0), site,
		      "unmap of registers unmapped at %pS", (void *)before);
	return suture_may(&rule_map, 0, site);
}

#define IOREMAP(api)								\
	SUTURE_DEFINE(void __iomem *, api, resource_size_t phys, unsigned long size)	\
	{									\
		return iomapped(api(phys, size), size, SUTURE_SITE);		\
	}									\
	SUTURE_WRAPPER(api)

IOREMAP(ioremap);
IOREMAP(ioremap_uc);
IOREMAP(ioremap_wc);
IOREMAP(ioremap_wt);
IOREMAP(ioremap_cache);

static unsigned long bar_size(struct pci_dev *pdev, int bar, unsigned long offset,
			      unsigned long max)
{
	unsigned long size = pci_resource_len(pdev, bar) - offset;

	return max && size > max ? max : size;
}

#define PCI_IOMAP(api)								\
	SUTURE_DEFINE(void __iomem *, api, struct pci_dev *pdev, int bar, unsigned long max)	\
	{									\
		void __iomem *addr = api(pdev, bar, max);			\
										\
		return addr ? iomapped(addr, bar_size(pdev, bar, 0, max), SUTURE_SITE) : NULL;	\
	}									\
	SUTURE_WRAPPER(api)

PCI_IOMAP(pci_iomap);
PCI_IOMAP(pci_iomap_wc);

#define PCI_IOMAP_RANGE(api)							\
	SUTURE_DEFINE(void __iomem *, api, struct pci_dev *pdev, int bar,	\
		      unsigned long offset, unsigned long max)			\
	{									\
		void __iomem *addr = api(pdev, bar, offset, max);		\
										\
		return addr ? iomapped(addr, bar_size(pdev, bar, offset, max),	\
				       SUTURE_SITE) : NULL;			\
	}									\
	SUTURE_WRAPPER(api)

PCI_IOMAP_RANGE(pci_iomap_range);
PCI_IOMAP_RANGE(pci_iomap_wc_range);

#define PCI_IOREMAP_BAR(api)							\
	SUTURE_DEFINE(void __iomem *, api, struct pci_dev *pdev, int bar)	\
	{									\
		void __iomem *addr = api(pdev, bar);				\
										\
		return addr ? iomapped(addr, pci_resource_len(pdev, bar), SUTURE_SITE) : NULL;	\
	}									\
	SUTURE_WRAPPER(api)

PCI_IOREMAP_BAR(pci_ioremap_bar);
PCI_IOREMAP_BAR(pci_ioremap_wc_bar);

SUTURE_DEFINE(void, iounmap, volatile void __iomem *addr)
{
	if (!iounmapped(addr, SUTURE_SITE))
		iounmap(addr);
}
SUTURE_WRAPPER(iounmap);

SUTURE_DEFINE(void, pci_iounmap, struct pci_dev *pdev, void __iomem *addr)
{
	if (!iounmapped(addr, SUTURE_SITE))
		pci_iounmap(pdev, addr);
}
SUTURE_WRAPPER(pci_iounmap);

/* ------------------------------------------------------------ accesses */

static noinline bool access_dead(const volatile void __iomem *addr, unsigned long site,
				 const char *api)
{
	unsigned long at = (unsigned long)addr;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(extents); i++) {
		/* Pairs with extent_note(). */
		unsigned long end = smp_load_acquire(&extents[i].end);

		if (at >= end || at < READ_ONCE(extents[i].start))
			continue;
		if (rule_mmio.action == SUTURE_OFF || mapped(at, NULL))
			return false;
		suture_report(&rule_mmio, SUTURE_DID(rule_mmio, 0), site,
			      "%s of registers unmapped at %pS", api,
			      (void *)READ_ONCE(extents[i].site));
		return suture_may(&rule_mmio, 0, site);
	}
	return false;
}

/* Shall the access not be done? It would be a page fault. */
static __always_inline bool dead(const volatile void __iomem *addr, unsigned long site,
				 const char *api)
{
	return unlikely(READ_ONCE(nextents)) && access_dead(addr, site, api);
}

#define IOREAD(api, type)							\
	SUTURE_DEFINE(unsigned int, api, const void __iomem *addr)		\
	{									\
		return dead(addr, SUTURE_SITE, #api) ? (type)~0U : api(addr);	\
	}									\
	SUTURE_WRAPPER(api)

IOREAD(ioread8, u8);
IOREAD(ioread16, u16);
IOREAD(ioread16be, u16);
IOREAD(ioread32, u32);
IOREAD(ioread32be, u32);

#define IOWRITE(api, type)							\
	SUTURE_DEFINE(void, api, type value, void __iomem *addr)		\
	{									\
		if (!dead(addr, SUTURE_SITE, #api))				\
			api(value, addr);					\
	}									\
	SUTURE_WRAPPER(api)

IOWRITE(iowrite8, u8);
IOWRITE(iowrite16, u16);
IOWRITE(iowrite16be, u16);
IOWRITE(iowrite32, u32);
IOWRITE(iowrite32be, u32);

#define IOREAD_REP(api, type)							\
	SUTURE_DEFINE(void, api, const void __iomem *addr, void *to, unsigned long n)	\
	{									\
		if (dead(addr, SUTURE_SITE, #api))				\
			memset(to, 0xff, n * sizeof(type));			\
		else								\
			api(addr, to, n);					\
	}									\
	SUTURE_WRAPPER(api)

IOREAD_REP(ioread8_rep, u8);
IOREAD_REP(ioread16_rep, u16);
IOREAD_REP(ioread32_rep, u32);

#define IOWRITE_REP(api)							\
	SUTURE_DEFINE(void, api, void __iomem *addr, const void *from, unsigned long n)	\
	{									\
		if (!dead(addr, SUTURE_SITE, #api))				\
			api(addr, from, n);					\
	}									\
	SUTURE_WRAPPER(api)

IOWRITE_REP(iowrite8_rep);
IOWRITE_REP(iowrite16_rep);
IOWRITE_REP(iowrite32_rep);

SUTURE_DEFINE(void, memcpy_fromio, void *to, const volatile void __iomem *addr, size_t n)
{
	if (dead(addr, SUTURE_SITE, "memcpy_fromio"))
		memset(to, 0xff, n);
	else
		memcpy_fromio(to, addr, n);
}
SUTURE_WRAPPER(memcpy_fromio);

SUTURE_DEFINE(void, memcpy_toio, volatile void __iomem *addr, const void *from, size_t n)
{
	if (!dead(addr, SUTURE_SITE, "memcpy_toio"))
		memcpy_toio(addr, from, n);
}
SUTURE_WRAPPER(memcpy_toio);

SUTURE_DEFINE(void, memset_io, volatile void __iomem *addr, int value, size_t n)
{
	if (!dead(addr, SUTURE_SITE, "memset_io"))
		memset_io(addr, value, n);
}
SUTURE_WRAPPER(memset_io);

int suture_rules_mmio_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_mmio_stop(void)
{
	suture_rules_remove(rules);
}
