// SPDX-License-Identifier: GPL-2.0-only
/*
 * data.c - a driver's own writable data, put back for a new start.
 *
 * A driver that was taken off its device without being asked believes that it still has it: a
 * variable points to its card, and the next probe says that there is one already. So what stood
 * in its .data and .bss before it came to its first device is kept, and two kinds of
 * variables are put back:
 *
 * - words that point into memory that it had for the device. Whatever they are a part
 *   of, they lead to what is dead.
 * - variables of their own, of one to eight bytes, that hold numbers before and after: counters,
 *   flags. Not module parameters, which their owner may have changed.
 *
 * Everything else stays as it is: the kernel keeps lists, kobjects, static keys there,
 * and what init has made is still there and still needed. And nothing is put back while another
 * device is driven, a task is in the driver or a file of it is open.
 */
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "data.h"
#include "domain.h"
#include "ledger.h"

/* Memory of a device that is gone. */
#define EXTENTS_MAX 256

/**
 * suture_data_keep() - a driver is about to come to a device, and is on none
 * @domain:	guarded driver
 *
 * Without memory nothing is put back later. Context: task.
 */
void suture_data_keep(struct suture_domain *domain)
{
	unsigned long size, start = suture_module_data(domain->module, &size);

	if (domain->data)
		return;
	domain->data = kvmalloc(size, GFP_KERNEL);
	if (domain->data)
		memcpy(domain->data, (void *)start, size);
}

/* suture_data_forget() - the driver is gone. Context: task. */
void suture_data_forget(struct suture_domain *domain)
{
	kvfree(domain->data);
}

static bool is_address(unsigned long value)
{
	return value >= PAGE_OFFSET;
}

static bool dead(unsigned long value, const struct suture_unbound *left,
		 const struct suture_extent *extents, unsigned int n)
{
	unsigned int i;

	if (!is_address(value))
		return false;
	if (value - left->net < left->net_size)
		return true;
	for (i = 0; i < n; i++)
		if (value - extents[i].start < extents[i].size)
			return true;
	return false;
}

/* Is it the value of a module parameter? */
static bool is_parameter(const struct module *mod, unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < mod->num_kp; i++) {
		const struct kernel_param *kp = &mod->kp[i];
		void *value = kp->arg;

		if (kp->ops == &param_array_ops)
			value = kp->arr->elem;
		else if (kp->ops == &param_ops_string)
			value = kp->str->string;
		if ((unsigned long)value == addr ||
		    (kp->ops == &param_array_ops && (unsigned long)kp->arr->num == addr))
			return true;
	}
	return false;
}

static unsigned long number_at(unsigned long addr, size_t size)
{
	switch (size) {
	case 1:
		return *(u8 *)addr;
	case 2:
		return *(u16 *)addr;
	case 4:
		return *(u32 *)addr;
	default:
		return *(unsigned long *)addr;
	}
}

/* Variables of their own. Return: how many were put back. */
static unsigned int restore_numbers(struct suture_domain *domain, unsigned long start,
				    unsigned long size)
{
	const struct module *mod = domain->module;
	unsigned long addr, was;
	struct mod_kallsyms *syms;
	unsigned int i, n = 0;
	size_t bytes;

	rcu_read_lock();
	syms = rcu_dereference(mod->kallsyms);
	for (i = 0; syms && i < syms->num_symtab; i++) {
		addr = syms->symtab[i].st_value;
		bytes = syms->symtab[i].st_size;
		if (bytes > sizeof(long) || !is_power_of_2(bytes) || !IS_ALIGNED(addr, bytes) ||
		    addr < start || addr + bytes > start + size || is_parameter(mod, addr))
			continue;
		was = (unsigned long)domain->data + (addr - start);
		if (is_address(number_at(addr, bytes)) || is_address(number_at(was, bytes)) ||
		    number_at(addr, bytes) == number_at(was, bytes))
			continue;
		memcpy((void *)addr, (void *)was, bytes);
		n++;
	}
	rcu_read_unlock();
	return n;
}

/**
 * suture_data_restore() - put back what makes a driver believe that it has a device
 * @left:	the device that it was taken off, what it held for it released
 *
 * Context: task; nobody is in the driver.
 * Return: how many variables were put back.
 */
unsigned int suture_data_restore(const struct suture_unbound *left)
{
	struct suture_domain *domain = left->domain;
	unsigned long size, start = suture_module_data(domain->module, &size), at;
	struct suture_extent *extents;
	unsigned int n = 0, found;

	if (!domain->data)
		return 0;
	extents = kcalloc(EXTENTS_MAX, sizeof(*extents), GFP_KERNEL);
	if (!extents)
		return 0;
	found = suture_ledger_extents(domain, left->era, extents, EXTENTS_MAX);
	for (at = start; at + sizeof(long) <= start + size; at += sizeof(long)) {
		if (!dead(*(unsigned long *)at, left, extents, found))
			continue;
		*(unsigned long *)at = *(unsigned long *)(domain->data + (at - start));
		n++;
	}
	kfree(extents);
	return n + restore_numbers(domain, start, size);
}
