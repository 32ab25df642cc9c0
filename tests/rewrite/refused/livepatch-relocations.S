/* SPDX-License-Identifier: GPL-2.0-only */
	.include "module.inc"
	bare	refused
	.section .klp.rela.vmlinux..text, "a"
	.quad	0
