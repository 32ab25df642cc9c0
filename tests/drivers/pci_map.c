// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci_map.c - unmaps registers twice, or not at all.
 */
#include "edu.h"

static noinline int unmap_twice(void)
{
	void __iomem *regs = pci_iomap(edu, 0, 4096);

	if (!regs)
		return -ENOMEM;
	pci_iounmap(edu, regs);
	pci_iounmap(edu, bad_unknown((void __force *)regs));
	return 0;
}

static noinline int unmap_ioremap(void)
{
	void __iomem *regs = ioremap(pci_resource_start(edu, 0), 4096);

	if (!regs)
		return -ENOMEM;
	iounmap(regs);
	iounmap(bad_unknown((void __force *)regs));
	return 0;
}

static noinline int keep_map(void)
{
	return pci_iomap(edu, 0, 8192) ? 0 : -ENOMEM;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "twice"))
		return unmap_twice();
	if (bad_is(word, "ioremap"))
		return unmap_ioremap();
	if (bad_is(word, "keep"))
		return keep_map();
	return -EINVAL;
}

static int bad_ok(void)
{
	void __iomem *regs;
	int i;

	for (i = 0; i < 50; i++) {
		regs = pci_ioremap_bar(edu, 0);
		if (!regs)
			return -ENOMEM;
		iounmap(regs);
	}
	return edu_ok();
}

MODULE_DESCRIPTION("Test: unmaps registers out of balance");
