// SPDX-License-Identifier: GPL-2.0-only
/*
 * backtrace.c - the stack of a visit that is about to be abandoned.
 *
 * The kernel's own unwinder reads it, as thunks and stubs have ORC data like any other code.
 * Where it loses its way before the visit's thunk (code without such data, a stack that is
 * not as its code says), all that looks like a return address between there and the thunk is
 * taken, and marked as unsure. What the visit kept at its entry leads on from there.
 */
#include <linux/ptrace.h>
#include <linux/uaccess.h>
#include <asm/segment.h>
#include <asm/unwind.h>

#include "../../crash.h"
#include "../../domain.h"
#include "../../visit.h"

/**
 * suture_is_return() - can a call instruction have put this address on the stack?
 * @addr:	address in mapped code
 *
 * Context: any.
 */
bool suture_is_return(unsigned long addr)
{
	u8 code[5];

	if (copy_from_kernel_nofault(code, (void *)addr - sizeof(code), sizeof(code)))
		return false;
	/* call rel32; call *reg; call *(mem) of the usual lengths */
	return code[0] == 0xe8 || (code[3] == 0xff && (code[4] & 0x38) == 0x10) ||
	       (code[2] == 0xff && (code[3] & 0x38) == 0x10);
}

static bool push(struct suture_crash_stack *stack, unsigned long addr, bool unsure)
{
	if (stack->n >= SUTURE_CRASH_FRAMES)
		return false;
	if (unsure)
		stack->unsure |= BIT(stack->n);
	stack->addr[stack->n++] = addr;
	return true;
}

/* What lies between @from and the visit's thunk and may be an address of the driver. */
static void scan(struct suture_crash_stack *stack, const struct suture_visit *visit,
		 unsigned long from)
{
	const unsigned long *word = (const unsigned long *)ALIGN(from, sizeof(long));
	unsigned long addr;

	for (; word < (const unsigned long *)visit; word++) {
		addr = READ_ONCE_NOCHECK(*word);
		if (suture_domain_of(addr) && suture_is_return(addr) && !push(stack, addr, true))
			return;
	}
}

/* Follow the frames from @regs on. Return: was the visit's thunk reached? */
static bool walk(struct suture_crash_stack *stack, const struct suture_visit *visit,
		 struct pt_regs *regs, unsigned long from, unsigned long *last)
{
	struct unwind_state state;
	bool begun = regs, reached = false;
	unsigned long addr;
	u8 inner = 0;

	for (unwind_start(&state, current, regs, NULL); !unwind_done(&state);
	     unwind_next_frame(&state)) {
		/* What it cannot read it shall not complain of: that is what the mark is for. */
		state.error = true;
		addr = unwind_get_return_address(&state);
		if (!addr)
			break;
		if (!begun) {
			begun = addr == from;
			continue;
		}
		if (!reached && state.sp > (unsigned long)visit) {
			reached = true;
			inner = stack->n;
		}
		if (!push(stack, addr, false))
			break;
		*last = state.sp;
	}
	if (reached && !stack->visit)
		stack->visit = inner;
	return reached;
}

/* Registers as they will be when the visit has returned. */
static void outside(struct pt_regs *regs, const struct suture_visit *visit)
{
	const unsigned long *end = (const void *)visit + SUTURE_FRAME_SIZE;

	memset(regs, 0, sizeof(*regs));
	regs->ip = READ_ONCE_NOCHECK(*end);
	regs->sp = (unsigned long)(end + 1);
	regs->cs = __KERNEL_CS;
	regs->bx = visit->rbx;
	regs->bp = visit->rbp;
	regs->r12 = visit->r12;
	regs->r13 = visit->r13;
	regs->r14 = visit->r14;
	regs->r15 = visit->r15;
}

/**
 * suture_backtrace() - where a visit is, and who called the driver
 * @stack:	gets the addresses
 * @visit:	the visit: of the caller, or one that was interrupted
 * @regs:	registers of what was interrupted; NULL: the caller of the rule
 * @site:	address in the driver that stands for @regs: a return address on top of
 *		the stack if the driver called something that it should not have
 * @from:	without @regs: return address in the last frame that is not of interest
 *
 * Context: any, an exception too. What is read belongs to the stack of this CPU.
 */
void suture_backtrace(struct suture_crash_stack *stack, const struct suture_visit *visit,
		      struct pt_regs *regs, unsigned long site, unsigned long from)
{
	unsigned long last = regs ? regs->sp : (unsigned long)&stack;
	struct pt_regs caller;

	if (regs)
		push(stack, regs->ip, false);
	if (walk(stack, visit, regs, from, &last))
		return;
	/* Where a jump went that should not have is not code: go on from where it came. */
	if (regs && regs->ip != site && stack->n == 1) {
		caller = *regs;
		caller.ip = site;
		caller.sp += sizeof(long);
		push(stack, site, false);
		if (walk(stack, visit, &caller, 0, &last))
			return;
	}
	scan(stack, visit, last);
	stack->visit = stack->n;
	/* From the thunk on everything is known again. */
	outside(&caller, visit);
	if (push(stack, caller.ip, false))
		walk(stack, visit, &caller, 0, &last);
}
