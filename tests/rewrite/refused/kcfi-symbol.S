/* SPDX-License-Identifier: GPL-2.0-only */
/* Built with clang's kCFI: told by the symbol before a function. */
	.include "module.inc"
	bare	refused
	function __cfi_init_module, .init.text
	mov	$0x12345678, %eax
	end	__cfi_init_module
