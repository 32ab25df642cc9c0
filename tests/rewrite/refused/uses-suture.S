/* SPDX-License-Identifier: GPL-2.0-only */
	.include "module.inc"
	bare	refused
	.text
	call	suture_report
