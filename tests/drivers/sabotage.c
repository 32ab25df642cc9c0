// SPDX-License-Identifier: GPL-2.0-only
/*
 * sabotage.c - makes Suture itself fail: no guard for this one, it is the tester's hand.
 *
 * The parameter "what" says how:
 *   memory  every allocation by suture.ko's own code fails
 *   fault   suture.ko faults in its own code when a driver frees memory, in a task called "victim"
 *   sleep   a wrapper sleeps under the driver's spinlock
 */
#include <linux/delay.h>
#include <linux/kallsyms.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/pgtable.h>
#include <linux/poison.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

static char what[16] = "none";
module_param_string(what, what, sizeof(what), 0644);

static unsigned int struck;
module_param(struck, uint, 0444);

static bool is(const char *which)
{
	return sysfs_streq(what, which);
}

/* Suture's own code, and not a wrapper, which allocates for the driver. */
static bool by_suture(unsigned long ret)
{
	char name[KSYM_SYMBOL_LEN];

	/* Most callers are the kernel's. */
	if (ret < MODULES_VADDR)
		return false;
	sprint_symbol(name, ret);
	return strstr(name, "[suture") && strncmp(name, "suture_w_", strlen("suture_w_"));
}

static noinline void *nothing(void)
{
	return NULL;
}

static int starve(struct kprobe *kp, struct pt_regs *regs)
{
	if (!is("memory") || !by_suture(*(unsigned long *)regs->sp))
		return 0;
	struck++;
	regs->ip = (unsigned long)nothing;
	return 1;
}

/* suture_ledger_free(kind, ...): the kind is looked at before any lock is taken. */
static int fault(struct kprobe *kp, struct pt_regs *regs)
{
	if (is("fault") && !strcmp(current->comm, "victim")) {
		struck++;
		regs->di = (unsigned long)POISON_POINTER_DELTA + 0x1000;
	}
	return 0;
}

static noinline void sleepy(raw_spinlock_t *lock)
{
	msleep(2);
	_raw_spin_unlock(lock);
}

static int doze(struct kprobe *kp, struct pt_regs *regs)
{
	if (!is("sleep") || strcmp(current->comm, "victim"))
		return 0;
	struck++;
	regs->ip = (unsigned long)sleepy;
	return 1;
}

/* Its presence keeps a kprobe from being optimised into a jump, which cannot go elsewhere. */
static void after(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe probes[] = {
	/* of these, those that the kernel has */
	{ .symbol_name = "kmem_cache_alloc", .pre_handler = starve, .post_handler = after },
	{ .symbol_name = "kmem_cache_alloc_noprof", .pre_handler = starve, .post_handler = after },
	{ .symbol_name = "kmalloc_trace", .pre_handler = starve, .post_handler = after },
	{ .symbol_name = "__kmalloc_cache_noprof", .pre_handler = starve, .post_handler = after },
	{ .symbol_name = "__kmalloc", .pre_handler = starve, .post_handler = after },
	{ .symbol_name = "__kmalloc_noprof", .pre_handler = starve, .post_handler = after },
	{ .symbol_name = "__devres_alloc_node", .pre_handler = starve, .post_handler = after },
	{ .symbol_name = "suture_ledger_free", .pre_handler = fault, .post_handler = after },
	{ .symbol_name = "suture_w__raw_spin_unlock", .pre_handler = doze, .post_handler = after },
};

static int __init start(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (register_kprobe(&probes[i]))
			probes[i].addr = NULL;
		else
			n++;
	/* Three for memory at least, and the last two. */
	return n >= 5 ? 0 : -ENOENT;
}

static void __exit stop(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i].addr)
			unregister_kprobe(&probes[i]);
}

module_init(start);
module_exit(stop);
MODULE_DESCRIPTION("Test: makes Suture itself fail");
MODULE_LICENSE("GPL");
