/* SPDX-License-Identifier: GPL-2.0-only */
/* A tail call that no symbol is near: stripped of all symbols that it could be. */
	.include "module.inc"
	module	refused
	.text
	jmp	api_free
