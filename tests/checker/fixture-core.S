/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fixture-core.S - stands in for suture.ko in the checker's selftest: a list of
 * wrappers, exports and their CRCs, laid out as the kernel's build lays them out.
 */
	.macro export name, crc
	.text
	.globl	\name
	.type	\name, @function
\name:
	ret
	.size	\name, . - \name
	.section __ksymtab_gpl, "a"
__ksymtab_\name:
	.long	\name - ., strings - ., strings - .
	.section __kcrctab_gpl, "a"
__crc_\name:
	.long	\crc
	.endm

	.macro wrap api, crc
	export	suture_wrap_\api, \crc
	.section .suture.wrappers, "a"
	.asciz	"\api"
	.asciz	"suture_wrap_\api"
	.p2align 3
	.endm

	.section __ksymtab_strings, "a"
strings:
	.asciz	"SUTURE"

	export	suture_enter, 0xa1
	export	suture_leave, 0xa2
	export	suture_tail_return, 0xa3
	export	suture_bad_argument, 0xa4
	wrap	kmalloc, 0xb1
	wrap	kfree, 0xb2
	wrap	mutex_lock, 0xb3
	wrap	mutex_unlock, 0xb4
	wrap	netlink_dump, 0xb5
	wrap	vmalloc, 0xb6

	.section .note.GNU-stack, "", @progbits
