// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci_mmio.c - uses registers that it has unmapped.
 */
#include "edu.h"

static noinline int read_dead(void __iomem *regs)
{
	return ioread32(regs + EDU_LIVE) == ~0U ? 0 : -EPROTO;
}

static noinline int write_dead(void __iomem *regs)
{
	iowrite32(1, regs + EDU_LIVE);
	return 0;
}

static noinline int copy_dead(void __iomem *regs)
{
	u32 value[4] = { };

	memcpy_fromio(value, regs + 0x1000, sizeof(value));
	return value[0] == ~0U && value[3] == ~0U ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	void __iomem *regs = pci_iomap(edu, 0, 0);

	if (!regs)
		return -ENOMEM;
	pci_iounmap(edu, regs);
	if (bad_is(word, "read"))
		return read_dead(regs);
	if (bad_is(word, "write"))
		return write_dead(regs);
	if (bad_is(word, "copy"))
		return copy_dead(regs);
	return -EINVAL;
}

static int bad_ok(void)
{
	void __iomem *regs = pci_iomap(edu, 0, 0);
	int err;

	if (!regs)
		return -ENOMEM;
	err = ioread32(regs) == ~0U ? -EBUSY : 0;
	pci_iounmap(edu, regs);
	return err ?: edu_ok();
}

MODULE_DESCRIPTION("Test: uses registers that are not mapped");
