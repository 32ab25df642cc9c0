/* SPDX-License-Identifier: GPL-2.0-only */
/* An object that never went through modpost. */
	.include "module.inc"
	function work
	ret
	end	work
