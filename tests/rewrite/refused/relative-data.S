/* SPDX-License-Identifier: GPL-2.0-only */
/* Jump tables as clang makes them: relative to the table. */
	.include "module.inc"
	bare	refused
	function work
	ret
	end	work
	.section .rodata, "a"
	.long	work - .
