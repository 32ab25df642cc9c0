// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci_region.c - releases its regions twice, or not at all.
 */
#include "edu.h"

/* In between they are somebody else's: the last release must not take them away. */
static noinline int release_twice(void)
{
	struct resource *bar = &edu->resource[0], *other;

	pci_release_regions(edu);
	other = request_mem_region(bar->start, resource_size(bar), "other");
	if (!other)
		return -EBUSY;
	pci_release_regions(edu);
	if (request_mem_region(bar->start, resource_size(bar), "third"))
		return -EPROTO;
	release_mem_region(bar->start, resource_size(bar));
	return pci_request_regions(edu, KBUILD_MODNAME);
}

static noinline int release_one(void)
{
	pci_release_region(edu, 0);
	pci_release_region(edu, 0);
	return pci_request_region(edu, 0, KBUILD_MODNAME);
}

static int bad_do(const char *word)
{
	if (bad_is(word, "twice"))
		return release_twice();
	if (bad_is(word, "one"))
		return release_one();
	if (!bad_is(word, "keep"))
		return -EINVAL;
	edu_no_release = true;
	return 0;
}

static int bad_ok(void)
{
	pci_release_regions(edu);
	return pci_request_regions(edu, KBUILD_MODNAME) ?: edu_ok();
}

MODULE_DESCRIPTION("Test: releases PCI regions out of balance");
