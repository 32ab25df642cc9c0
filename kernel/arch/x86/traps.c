// SPDX-License-Identifier: GPL-2.0-only
/*
 * traps.c - CPU faults in guarded code.
 *
 * General protection faults, BUG() and divide errors reach die notifiers before
 * anything is printed. Page faults do not: by the time DIE_OOPS is sent, an oops
 * has been printed, the kernel tainted and tracing switched off. A kprobe on
 * page_fault_oops() comes first; it makes the function return at once, and the
 * fault handler returns to the registers that were changed.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/kdebug.h>
#include <linux/kprobes.h>
#include <linux/notifier.h>
#include <asm/trap_pf.h>
#include <asm/trapnr.h>

#include "../../crash.h"
#include "../../rules/rules.h"
#include "../../unwind.h"

static int traps_die(struct notifier_block *nb, unsigned long what, void *data)
{
	struct die_args *args = data;
	const char *text;

	switch (what) {
	case DIE_GPF:
		text = "bad address (#GP)";
		break;
	case DIE_TRAP:
		text = args->trapnr == X86_TRAP_UD ? "invalid instruction (#UD)" :
		       args->trapnr == X86_TRAP_DE ? "divide error (#DE)" : "processor exception";
		break;
	default:
		return NOTIFY_DONE;
	}
	if (!suture_unwind_regs(args->regs, suture_fault_site(args->regs, false),
				&suture_rule_cb_oops, text))
		return NOTIFY_DONE;
	return NOTIFY_STOP;
}

static struct notifier_block traps_nb = {
	.notifier_call = traps_die,
	.priority = INT_MAX - 1,
};

static int traps_page_fault(struct kprobe *kp, struct pt_regs *regs)
{
	/* page_fault_oops(struct pt_regs *regs, unsigned long error, unsigned long address) */
	struct pt_regs *fault = (struct pt_regs *)regs->di;
	struct suture_visit *v = *suture_visit_head();
	struct suture_rule *rule = NULL;
	char text[128];

	scnprintf(text, sizeof(text), "bad %s at %#lx (#PF)",
		  regs->si & X86_PF_WRITE ? "write" :
		  regs->si & X86_PF_INSTR ? "execution" : "read", regs->dx);
	if (v && v->entry)
		rule = suture_starved(v, regs->dx, text, sizeof(text));
	if (!suture_unwind_regs(fault, suture_fault_site(fault, regs->si & X86_PF_INSTR),
				rule ?: &suture_rule_cb_oops, text))
		return 0;
	suture_crash_address(v, regs->dx);
	/* Return from the probed function instead of running it. */
	regs->ip = (unsigned long)suture_tail_return;
	return 1;
}
NOKPROBE_SYMBOL(traps_page_fault);

static struct kprobe traps_kp = {
	.symbol_name = "page_fault_oops",
	.pre_handler = traps_page_fault,
};

/**
 * suture_unwind_start() - hook the CPU's faults
 *
 * Context: task.
 * Return: 0 or a negative errno; without the hooks Suture cannot work.
 */
int suture_unwind_start(void)
{
	int err;

	err = register_kprobe(&traps_kp);
	if (err) {
		pr_err("kprobe on %s: error %d; is CONFIG_KPROBES set and kprobes enabled?\n",
		       traps_kp.symbol_name, err);
		return err;
	}
	err = register_die_notifier(&traps_nb);
	if (err)
		unregister_kprobe(&traps_kp);
	return err;
}

/* suture_unwind_stop() - take the hooks out again. Context: task. */
void suture_unwind_stop(void)
{
	unregister_die_notifier(&traps_nb);
	unregister_kprobe(&traps_kp);
}
