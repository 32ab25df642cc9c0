/* SPDX-License-Identifier: GPL-2.0-only */
/* Built with clang's kCFI: told by the table of its traps. */
	.include "module.inc"
	bare	refused
	.section .kcfi_traps, "a"
	.long	init_module - .
