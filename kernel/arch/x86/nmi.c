// SPDX-License-Identifier: GPL-2.0-only
/*
 * nmi.c - reach a processor that loops with its interrupts off.
 *
 * Another processor's watchdog sees that it is silent and sends it an NMI. The handler lets the
 * interrupted driver go on at the unwind landing, as the timer does elsewhere.
 *
 * For that the frame must be changed that IRET will use. The entry code of an NMI keeps three
 * frames (arch/x86/entry/entry_64.S): that of the processor; one that is part of pt_regs; and
 * above pt_regs the one that it returns by, a copy of the second, made anew if another NMI
 * came meanwhile. So the second and third are both changed, and only if they are alike
 * word for word. Where there is no such copy (FRED, an NMI in user mode) nothing is done.
 *
 * Taken for granted is that the driver's own code was interrupted, not a wrapper: then
 * this processor holds none of Suture's locks.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>
#include <linux/ptrace.h>
#include <linux/string.h>
#include <asm/apic.h>
#include <asm/irq_vectors.h>
#include <asm/nmi.h>

#include "../../unwind.h"
#include "../../watch.h"

/* What IRET takes: the end of struct pt_regs. */
#define FRAME_WORDS 5

static DEFINE_PER_CPU(bool, nmi_wanted);

static int nmi_handle(unsigned int type, struct pt_regs *regs)
{
	unsigned long *back = (unsigned long *)(regs + 1);

	if (!this_cpu_read(nmi_wanted))
		return NMI_DONE;
	this_cpu_write(nmi_wanted, false);
	if (user_mode(regs) || memcmp(back, &regs->ip, FRAME_WORDS * sizeof(*back)))
		return NMI_HANDLED;
	if (suture_watch_silent(regs))
		memcpy(back, &regs->ip, FRAME_WORDS * sizeof(*back));
	return NMI_HANDLED;
}

/**
 * suture_nmi_send() - look at what a processor is doing
 * @cpu:	the processor, not the caller's
 *
 * Context: any but NMI.
 */
void suture_nmi_send(unsigned int cpu)
{
	per_cpu(nmi_wanted, cpu) = true;
	/* It is there before the NMI is. */
	wmb();
	apic->send_IPI_mask(cpumask_of(cpu), NMI_VECTOR);
}

/* suture_nmi_start() - be ready for NMIs. Context: task. Return: 0 or -errno. */
int suture_nmi_start(void)
{
	return register_nmi_handler(NMI_LOCAL, nmi_handle, 0, "suture");
}

/* suture_nmi_stop() - and no more; all that were sent have come. Context: task. */
void suture_nmi_stop(void)
{
	unregister_nmi_handler(NMI_LOCAL, "suture");
}
