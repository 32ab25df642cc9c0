/* SPDX-License-Identifier: GPL-2.0-only */
/* A known table with half an entry. */
	.include "module.inc"
	bare	refused
	.section .smp_locks, "a"
	.long	0
	.value	0
