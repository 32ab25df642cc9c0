// SPDX-License-Identifier: GPL-2.0-only
/*
 * leaf.c - faults that are the driver's though the instruction is not.
 *
 * A driver that calls memcpy() with a bad pointer faults inside memcpy(). The
 * visit may be abandoned there, if the function holds nothing: no lock, no
 * count, no half-done change of the kernel's own data. Those functions are listed
 * here; each reads and writes only what its arguments point to. A jump through
 * a bad function pointer faults at the pointer's value.
 *
 * In both cases the word on top of the stack is the return address into the
 * driver. It is believed only if a call instruction stands before it.
 */
#include <linux/kallsyms.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "../../crash.h"
#include "../../domain.h"
#include "../../unwind.h"

/* Names as kallsyms has them, with the variants that alternatives choose from. */
static const char *const leaves[] = {
	"memcpy", "__memcpy", "memcpy_orig", "memcpy_erms",
	"memmove", "__memmove", "memmove_erms",
	"memset", "__memset", "memset_orig", "memset_erms",
	"memcmp", "memchr", "memchr_inv", "memscan",
	"strlen", "strnlen", "strcmp", "strncmp", "strcasecmp", "strncasecmp",
	"strcpy", "strncpy", "strlcpy", "strcat", "strncat",
	"strchr", "strrchr", "strnchr", "strstr", "strnstr", "strspn", "strcspn",
	"crc32_le", "crc32_be", "crc32_le_base", "crc32_be_base", "crc16", "crc_ccitt",
};

/*
 * And those of modules. usb_hcd_is_primary_hcd() compares two fields of its argument: xhci_hcd
 * calls it first thing in nearly all its entries.
 */
static const char *const module_leaves[][2] = {
	{ "usb_hcd_is_primary_hcd", "[usbcore]" },
};

static bool is_leaf(unsigned long ip)
{
	char name[KSYM_SYMBOL_LEN];
	const char *module;
	unsigned int i;
	char *end;

	/* "name+0x12/0x34", and of a module " [module]" after it. */
	sprint_symbol(name, ip);
	end = strchr(name, '+');
	if (!end)
		return false;
	module = strchr(end, '[');
	*end = '\0';
	for (i = 0; !module && i < ARRAY_SIZE(leaves); i++)
		if (!strcmp(name, leaves[i]))
			return true;
	for (i = 0; module && i < ARRAY_SIZE(module_leaves); i++)
		if (!strcmp(name, module_leaves[i][0]) && !strcmp(module, module_leaves[i][1]))
			return true;
	return false;
}

/* The return address on top of the stack, if a call into @ip can have put it there. */
static unsigned long caller(const struct pt_regs *regs)
{
	unsigned long ret;

	if (copy_from_kernel_nofault(&ret, (void *)regs->sp, sizeof(ret)) ||
	    !suture_domain_of(ret) || !suture_is_return(ret))
		return 0;
	return ret;
}

/**
 * suture_fault_site() - the driver's address that a fault belongs to
 * @regs:	registers at the fault
 * @fetch:	the fault was the fetch of an instruction
 *
 * Context: exception.
 * Return: @regs->ip, or the return address into the driver if the fault is in a
 * leaf function or behind a bad function pointer.
 */
unsigned long suture_fault_site(struct pt_regs *regs, bool fetch)
{
	if (user_mode(regs) || suture_domain_of(regs->ip))
		return regs->ip;
	if (fetch || is_leaf(regs->ip))
		return caller(regs) ?: regs->ip;
	return regs->ip;
}
