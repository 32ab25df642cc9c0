/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * selftest.S - the thunk of the self-test's dummy driver, instruction for
 * instruction as the rewriter makes them (<suture/image.h>).
 */
#include <linux/linkage.h>
#include <linux/objtool.h>
#include <asm/orc_types.h>
#include <asm/unwind_hints.h>
#include <suture/image.h>

	.text
	.balign 16
SYM_CODE_START(suture_selftest_thunk)
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=8 type=UNWIND_HINT_TYPE_CALL
	.byte	0xf3, 0x0f, 0x1e, 0xfa		/* endbr64, on every kernel */
	subq	$SUTURE_FRAME_SIZE, %rsp
	UNWIND_HINT sp_reg=ORC_REG_SP sp_offset=168 type=UNWIND_HINT_TYPE_CALL
	leaq	suture_selftest_entry(%rip), %r10
	call	suture_enter
	call	suture_selftest_driver
	jmp	suture_leave
SYM_CODE_END(suture_selftest_thunk)
