/* SPDX-License-Identifier: GPL-2.0-only */
	.include "module.inc"
	bare	refused
	.data
suture_image:
	.quad	0
