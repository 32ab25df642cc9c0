// SPDX-License-Identifier: GPL-2.0-only
/*
 * pci_en.c - disables its device too often, or not at all.
 */
#include "edu.h"

static noinline void disable_twice(void)
{
	pci_disable_device(edu);
	pci_disable_device(edu);
}

static noinline int enable_more(void)
{
	return pci_enable_device(edu);
}

static int bad_do(const char *word)
{
	if (bad_is(word, "twice"))
		disable_twice();
	else if (bad_is(word, "keep"))
		return enable_more();
	else
		return -EINVAL;
	return 0;
}

/* The device must be enabled by one call if it is disabled, and was so by as many as it should. */
static int bad_ok(void)
{
	int err;

	if (!pci_is_enabled(edu)) {
		err = enable_more();
		if (err)
			return err;
		if (!pci_is_enabled(edu))
			return -EBUSY;
		pci_set_master(edu);
	}
	err = enable_more();
	if (err)
		return err;
	pci_disable_device(edu);
	return pci_is_enabled(edu) ? edu_ok() : -EBUSY;
}

MODULE_DESCRIPTION("Test: enables and disables its device out of balance");
