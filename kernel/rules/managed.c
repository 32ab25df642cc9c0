// SPDX-License-Identifier: GPL-2.0-only
/*
 * managed.c - memory that the driver core frees when the driver is off its device.
 *
 * That is the last moment at which a timer or a work item in it may still be alive. A managed
 * resource of Suture's own, made right after the memory, goes right before it: whatever
 * the driver has the core stop for it has been stopped by then.
 */
#include <linux/device.h>
#include <linux/slab.h>

#include <suture/ledger.h>
#include "../binding.h"
#include "rules.h"

/**
 * struct managed - memory from devm_kmalloc()
 * @start:	first byte
 * @size:	bytes
 * @site:	call site
 */
struct managed {
	unsigned long start;
	size_t size;
	unsigned long site;
};

static void managed_release(struct device *dev, void *res)
{
	const struct managed *managed = res;

	if (suture_ledger_maybe_inside(managed->start))
		suture_ledger_inside(managed->start, managed->size, managed->site,
				     "release by devm");
}

static int managed_match(struct device *dev, void *res, void *data)
{
	return ((struct managed *)res)->start == (unsigned long)data;
}

/* Only of a device that the driver is on: then nothing outlives the driver. */
static void *managed(struct device *dev, void *ptr, size_t size, gfp_t gfp, unsigned long site)
{
	struct managed *managed;

	if (ZERO_OR_NULL_PTR(ptr) || !suture_bound(site, dev))
		return ptr;
	managed = devres_alloc(managed_release, sizeof(*managed), gfp);
	if (managed) {
		managed->start = (unsigned long)ptr;
		managed->size = size;
		managed->site = site;
		devres_add(dev, managed);
	}
	return ptr;
}

SUTURE_DEFINE(void *, devm_kmalloc, struct device *dev, size_t size, gfp_t gfp)
{
	gfp = suture_gfp_check(gfp, SUTURE_SITE, "devm_kmalloc");
	return managed(dev, devm_kmalloc(dev, size, gfp), size, gfp, SUTURE_SITE);
}
SUTURE_WRAPPER(devm_kmalloc);

SUTURE_DEFINE(void *, devm_krealloc, struct device *dev, void *ptr, size_t size, gfp_t gfp)
{
	if (!ZERO_OR_NULL_PTR(ptr))
		devres_destroy(dev, managed_release, managed_match, ptr);
	return managed(dev, devm_krealloc(dev, ptr, size, gfp), size, gfp, SUTURE_SITE);
}
SUTURE_WRAPPER(devm_krealloc);

SUTURE_DEFINE(void, devm_kfree, struct device *dev, const void *ptr)
{
	if (!ZERO_OR_NULL_PTR(ptr))
		devres_release(dev, managed_release, managed_match, (void *)ptr);
	devm_kfree(dev, ptr);
}
SUTURE_WRAPPER(devm_kfree);
