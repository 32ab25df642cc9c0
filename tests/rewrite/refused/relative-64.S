/* SPDX-License-Identifier: GPL-2.0-only */
/* The large code model. */
	.include "module.inc"
	bare	refused
	function work, .text.work
	movabs	$init_module - ., %rax
	ret
	end	work
