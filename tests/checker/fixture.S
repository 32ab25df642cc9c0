/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fixture.S - a module made up for the checker's selftest: one of each kind of
 * relocation that the checker has to tell apart. It is never loaded.
 */
	.macro func name
	.type	\name, @function
\name:
	.endm
	.macro done name
	.size	\name, . - \name
	.endm
	.macro orc at, depth
	.pushsection .orc_unwind, "a"
	.short	\depth, 0, 5
	.popsection
	.pushsection .orc_unwind_ip, "a"
	.long	\at - .
	.popsection
	.endm

	.text
	.p2align 4
	func	fx_open
	orc	fx_open, 8
	call	kmalloc			/* wrapped: to its wrapper */
	call	fx_local		/* a branch inside: stays */
	call	printk			/* no wrapper: stays */
	call	device_add		/* no wrapper, but a contract: to its check */
	movq	$fx_close, %rdi		/* edge, 32S */
	movq	$.Lhere, %rdx		/* _THIS_IP_: stays */
.Lhere:
	cmpq	$0, fx_table(%rip)	/* memory: stays */
	testl	%eax, %eax
	je	kfree			/* wrapped tail call, conditional */
	jne	netlink_dump		/* the same, with arguments on the stack */
	jmp	mutex_unlock		/* wrapped tail call */
	done	fx_open

	.p2align 4
	func	fx_close
	orc	fx_close, 8
	call	mutex_lock
	/* the byte before this field is E8, but it is no branch */
	movq	$fx_poll, -0x18(%rbp)
	jmp	fx_local
	done	fx_close

	.p2align 4
	func	fx_poll
	orc	fx_poll, 8
	subq	$8, %rsp
.Lpoll:
	orc	.Lpoll, 16
	movq	$kfree, %rdi		/* wrapped function's address: taken */
	movq	$eth_validate_addr, %rdi
	addq	$8, %rsp
	ret
	done	fx_poll

	.p2align 4
	func	fx_wide			/* eight arguments */
	orc	fx_wide, 8
	ret
	done	fx_wide

	.p2align 4
	func	fx_unknown		/* in no BTF */
	orc	fx_unknown, 8
	ret
	done	fx_unknown

	.p2align 4
	func	fx_local		/* never address-taken */
	orc	fx_local, 8
	ret
	done	fx_local

	.p2align 4
	.globl	fx_export
	func	fx_export
	orc	fx_export, 8
	ret
	done	fx_export

	.p2align 4
	.globl	fx_printk
	func	fx_printk		/* variadic */
	orc	fx_printk, 8
	ret
	done	fx_printk

	.section .text.unlikely, "ax"
	func	fx_open.cold
	call	kfree
	done	fx_open.cold

	.section .static_call.text, "ax"
	func	__SCT__fx
	jmp	fx_local
	done	__SCT__fx

	.section .init.text, "ax"
	.globl	init_module
	func	fx_init
	.type	init_module, @function
	.set	init_module, fx_init
	orc	fx_init, 8
	call	kmalloc
	leaq	fx_poll(%rip), %rsi	/* edge, lea */
	xorl	%eax, %eax
	ret
	done	fx_init
	.size	init_module, . - fx_init

	.section .exit.text, "ax"
	.globl	cleanup_module
	func	cleanup_module
	orc	cleanup_module, 8
	jmp	kfree
	done	cleanup_module

	.section .rodata, "a"
	.p2align 5
	.quad	fx_open, fx_close, 0, fx_poll
	.quad	fx_wide, fx_unknown, fx_open + 4
	.quad	eth_validate_addr

	.data
	.p2align 5
fx_table:
	.quad	fx_open
	.quad	fx_open.cold
	.quad	__SCT__fx
	.quad	fx_table

	.section __jump_table, "aw"
	.long	fx_open - ., fx_close - .
	.quad	fx_table - .

	.section __bug_table, "aw"
	.quad	fx_poll

	.section __ksymtab, "a"
__ksymtab_fx_export:
	.long	fx_export - ., fx_strings - ., fx_strings - .
__ksymtab_fx_printk:
	.long	fx_printk - ., fx_strings - ., fx_strings - .

	.section __ksymtab_strings, "aMS", @progbits, 1
fx_strings:
	.asciz	"fx_export"

	.section .modinfo, "a"
	.asciz	"license=GPL"
	.asciz	"name=fixture"

	.section __versions, "a"
	.p2align 5
	.macro	version name, crc
	.quad	\crc
9:	.ascii	"\name"
	.zero	56 - (. - 9b)
	.endm
	version	kmalloc, 0x11111111
	version	kfree, 0x22222222
	version	mutex_lock, 0x33333333
	version	mutex_unlock, 0x44444444
	version	printk, 0x55555555
	version	netlink_dump, 0x77777777
	version	eth_validate_addr, 0x66666666

	.section .gnu.linkonce.this_module, "aw"
	.globl	__this_module
	.type	__this_module, @object
__this_module:
	.zero	312
	.quad	init_module
	.zero	320
	.quad	cleanup_module
	.zero	248
	.size	__this_module, . - __this_module

	.bss
	.zero	64

	.section .debug_info, ""
	.quad	fx_open

	/* Filled by fixture.py. */
	.section .BTF, ""
	.zero	BTF_BYTES

	.section .note.GNU-stack, "", @progbits
