// SPDX-License-Identifier: GPL-2.0-only
/*
 * demo_poison.c - crash a stock driver inside one of its functions, without Suture.
 *
 * `suture inject e1000 --crash e1000_clean` poisons the first argument of one
 * call, and the driver's own code faults where it first uses it. A kprobe does the
 * same to the driver that is not guarded: same value, same function, same fault.
 */
#include <linux/atomic.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/poison.h>

static int nth = 1;
module_param(nth, int, 0444);
MODULE_PARM_DESC(nth, "which call from now is struck");

static char *function = "e1000_clean";
module_param(function, charp, 0444);
MODULE_PARM_DESC(function, "the driver's function");

static atomic_t calls = ATOMIC_INIT(0);

static int poison(struct kprobe *probe, struct pt_regs *regs)
{
	if (atomic_inc_return(&calls) == nth)
		regs->di = (unsigned long)POISON_POINTER_DELTA + 0x5075;
	return 0;
}

static struct kprobe probe = {
	.pre_handler = poison,
};

static int __init demo_poison_init(void)
{
	probe.symbol_name = function;
	return register_kprobe(&probe);
}

static void __exit demo_poison_exit(void)
{
	unregister_kprobe(&probe);
}

module_init(demo_poison_init);
module_exit(demo_poison_exit);

MODULE_DESCRIPTION("Demo: poisons the argument of one call of a driver's function");
MODULE_LICENSE("GPL");
