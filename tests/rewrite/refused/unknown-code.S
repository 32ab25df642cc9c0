/* SPDX-License-Identifier: GPL-2.0-only */
	.include "module.inc"
	bare	refused
	function work, .mystery.text
	ret
	end	work
