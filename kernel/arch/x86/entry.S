/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry.S - where the kernel enters a guarded driver and leaves it.
 *
 * See <suture/image.h> for the thunk that calls suture_enter() and jumps to
 * suture_leave(). Between the two the thunk's frame holds struct suture_visit.
 * An interrupt may come anywhere in here: it pushes and pops visits of its own
 * and leaves the chain as it found it.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/percpu.h>
#include <asm/unwind_hints.h>
#include <asm/orc_types.h>

#include "../../compat.h"
#include "../../visit.h"
#include <suture/image.h>
#include "offsets.h"

#define NMI_MASK_BITS	0x00f00000
#define EFLAGS_IF	0x200

#ifdef SUTURE_HAVE_PCPU_HOT
#define CURRENT		PER_CPU_VAR(pcpu_hot + SUTURE_HOT_CURRENT)
#define PREEMPT_COUNT	PER_CPU_VAR(pcpu_hot + SUTURE_HOT_PREEMPT)
#else
#define CURRENT		PER_CPU_VAR(current_task)
#define PREEMPT_COUNT	PER_CPU_VAR(__preempt_count)
#endif

/* In suture_enter() the visit lies above the return address to the thunk. */
#define V(field)	8 + SUTURE_VISIT_##field(%rsp)

	.text

/*
 * suture_enter() - open a visit
 *
 * r10: struct suture_entry. Preserves all argument registers and the stack;
 * clobbers rax, r10, r11. Context: any, NMI too.
 */
SYM_CODE_START(suture_enter)
	ANNOTATE_NOENDBR		/* called by thunks only, directly */
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=8 type=UNWIND_HINT_TYPE_CALL
	movl	PREEMPT_COUNT, %eax
	testl	$NMI_MASK_BITS, %eax
	jnz	.Lenter_nmi
	movq	CURRENT, %r11
	movl	%eax, V(PREEMPT)
	movq	%r10, V(ENTRY)
	movq	%rbx, V(RBX)
	movq	%rbp, V(RBP)
	movq	%r12, V(R12)
	movq	%r13, V(R13)
	movq	%r14, V(R14)
	movq	%r15, V(R15)
	movq	%rdi, V(ARG0)
	movq	%rsi, V(ARG1)
	movl	SUTURE_TASK_RCU(%r11), %eax
	movl	%eax, V(RCU)
	pushfq
	popq	V(FLAGS)			/* and a zero for delayed */
	movq	$0, V(STATE)			/* and TICKS */
	movq	SUTURE_TASK_STACK(%r11), %r11
	movq	SUTURE_STACK_HEAD(%r11), %rax
	movq	%rax, V(PREV)
	leaq	8(%rsp), %rax
	movq	%rax, SUTURE_STACK_HEAD(%r11)
	testl	$SUTURE_ENTRY_SLOW, 32(%r10)	/* suture_entry.flags */
	jnz	.Lenter_slow
	RET

.Lenter_nmi:
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=8 type=UNWIND_HINT_TYPE_CALL
	/* No visit in NMI context: suture_leave() sees that the counts differ. */
	movq	$0, V(ENTRY)
	movl	$-1, V(PREEMPT)
	RET

.Lenter_slow:
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=8 type=UNWIND_HINT_TYPE_CALL
	/* Gated, or a fault is armed: C may change the argument registers. */
	pushq	%r9
	pushq	%r8
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	movq	%rsp, %rdi
	call	suture_enter_slow
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%r8
	popq	%r9
	RET
SYM_CODE_END(suture_enter)


/*
 * suture_leave() - close the visit whose frame is at rsp and return to the kernel
 *
 * rax, rdx: what the driver returned. The common case compares four words, with
 * one jump for all, and pops the chain; anything else goes through C.
 */
SYM_CODE_START(suture_leave)
	ANNOTATE_NOENDBR		/* its address is taken, but not called */
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=168 type=UNWIND_HINT_TYPE_CALL
	movl	PREEMPT_COUNT, %ecx
	xorl	SUTURE_VISIT_PREEMPT(%rsp), %ecx
	movq	CURRENT, %r11
	addl	%ecx, %ecx			/* drop PREEMPT_NEED_RESCHED */
	movl	SUTURE_TASK_RCU(%r11), %esi
	xorl	SUTURE_VISIT_RCU(%rsp), %esi
	orl	SUTURE_VISIT_STATE(%rsp), %esi	/* and ntaken */
	orl	%esi, %ecx
	pushfq
	popq	%rsi
	xorl	SUTURE_VISIT_FLAGS(%rsp), %esi
	andl	$EFLAGS_IF, %esi
	orl	%esi, %ecx
	jnz	.Lleave_slow
	movq	SUTURE_TASK_STACK(%r11), %r11
	movq	SUTURE_VISIT_PREV(%rsp), %rcx
	movq	%rcx, SUTURE_STACK_HEAD(%r11)
	addq	$SUTURE_FRAME_SIZE, %rsp
	RET

.Lleave_slow:
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=168 type=UNWIND_HINT_TYPE_CALL
	pushq	%rdx
	leaq	8(%rsp), %rdi
	movq	%rax, %rsi
	call	suture_leave_slow
	popq	%rdx
	addq	$SUTURE_FRAME_SIZE, %rsp
	RET
SYM_CODE_END(suture_leave)

/* suture_tail_return() - end of a tail-call stub */
SYM_FUNC_START(suture_tail_return)
	RET
SYM_FUNC_END(suture_tail_return)

/*
 * suture_unwind_landing() - where an abandoned visit goes on
 *
 * rsp: the visit. Every other register is whatever the driver had. Gives back
 * what the visit took and returns the role's failure value to the kernel.
 */
SYM_CODE_START(suture_unwind_landing)
	ANNOTATE_NOENDBR		/* its address is taken, but not called */
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=168 type=UNWIND_HINT_TYPE_CALL
	cld
	movq	%rsp, %rdi
	call	suture_unwind_finish
	movq	SUTURE_VISIT_RBX(%rsp), %rbx
	movq	SUTURE_VISIT_RBP(%rsp), %rbp
	movq	SUTURE_VISIT_R12(%rsp), %r12
	movq	SUTURE_VISIT_R13(%rsp), %r13
	movq	SUTURE_VISIT_R14(%rsp), %r14
	movq	SUTURE_VISIT_R15(%rsp), %r15
	xorl	%edx, %edx
	addq	$SUTURE_FRAME_SIZE, %rsp
	RET
SYM_CODE_END(suture_unwind_landing)

/* suture_unwind_jump() - abandon the visit in rdi from C code called by it */
SYM_CODE_START(suture_unwind_jump)
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=8 type=UNWIND_HINT_TYPE_CALL
	movq	%rdi, %rsp
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=168 type=UNWIND_HINT_TYPE_CALL
	jmp	suture_unwind_landing
SYM_CODE_END(suture_unwind_jump)
