// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci_cfgwr.c - moves its device's BAR, and rewrites its interrupt message.
 */
#include "edu.h"

static noinline int move_bar(void)
{
	return pci_write_config_dword(edu, PCI_BASE_ADDRESS_0, 0xfd000000) ? 0 : -EPROTO;
}

/* As one did to learn its size. */
static noinline int size_bar(void)
{
	return pci_write_config_word(edu, PCI_BASE_ADDRESS_0 + 2, 0xffff) ? 0 : -EPROTO;
}

static noinline int move_message(void)
{
	int err;

	err = pci_alloc_irq_vectors(edu, 1, 1, PCI_IRQ_MSI);
	if (err < 0)
		return err;
	err = pci_write_config_dword(edu, edu->msi_cap + PCI_MSI_ADDRESS_LO, 0xfeeff000);
	pci_free_irq_vectors(edu);
	return err ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "bar"))
		return move_bar();
	if (bad_is(word, "size"))
		return size_bar();
	if (bad_is(word, "message"))
		return move_message();
	return -EINVAL;
}

/* Writing back what is there, and to where a driver may write. */
static int bad_ok(void)
{
	u32 bar;
	u8 line;

	pci_read_config_dword(edu, PCI_BASE_ADDRESS_0, &bar);
	if (pci_write_config_dword(edu, PCI_BASE_ADDRESS_0, bar))
		return -EBUSY;
	pci_read_config_byte(edu, PCI_CACHE_LINE_SIZE, &line);
	if (pci_write_config_byte(edu, PCI_CACHE_LINE_SIZE, line))
		return -EBUSY;
	return edu_ok();
}

MODULE_DESCRIPTION("Test: writes configuration registers of the kernel's");
