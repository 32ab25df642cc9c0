/* SPDX-License-Identifier: GPL-2.0-only */
	.include "module.inc"
	.section .gnu.linkonce.this_module, "aw"
some_module:
	.zero	64
