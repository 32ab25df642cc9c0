/* SPDX-License-Identifier: GPL-2.0-only */
/* CONFIG_EXTENDED_MODVERSIONS: the kernel then ignores __versions. */
	.include "module.inc"
	bare	refused
	.section __version_ext_crcs, "a"
	.long	1
