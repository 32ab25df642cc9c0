/* SPDX-License-Identifier: GPL-2.0-only */
	.include "module.inc"
	bare	refused
	.section .suture.wrappers, "a"
	.asciz	"api", "wrapped_api"
