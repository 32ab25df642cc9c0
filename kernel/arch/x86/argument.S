/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * argument.S - where a check of arguments ends that has found something.
 *
 * See <suture/image.h> for the check that jumps here.
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/asm.h>
#include <asm/nospec-branch.h>
#include <asm/orc_types.h>
#include <asm/unwind_hints.h>

	.text

/*
 * suture_bad_argument() - refuse a call, or let it go on after all
 *
 * r10: struct suture_check. All other registers and the stack are as the kernel
 * function is to find them, rax too: it counts the arguments of a variadic one. What
 * is pushed is struct suture_arguments. Context: any.
 */
SYM_CODE_START(suture_bad_argument)
	ANNOTATE_NOENDBR		/* checks jump here, directly */
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=8 type=UNWIND_HINT_TYPE_CALL
	pushq	%r10
	pushq	%rax
	pushq	%r9
	pushq	%r8
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	movq	%rsp, %rdi
	call	suture_argument_refused
	testb	%al, %al
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%r8
	popq	%r9
	popq	%rax
	popq	%r10
	jnz	.Lrefused
	JMP_NOSPEC r10
.Lrefused:
	RET
SYM_CODE_END(suture_bad_argument)
