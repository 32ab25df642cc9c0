/* SPDX-License-Identifier: GPL-2.0-only */
	.include "module.inc"
	bare	refused
	.section .ref.data, "ax"
	ret
