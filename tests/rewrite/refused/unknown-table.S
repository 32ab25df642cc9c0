/* SPDX-License-Identifier: GPL-2.0-only */
	.include "module.inc"
	bare	refused
	.section __mystery, "a"
	.quad	init_module
