// SPDX-License-Identifier: GPL-2.0-only
/*
 * page_style.c - page.css, as it is, in the program.
 */
#include "page_part.h"

__asm__(".pushsection .rodata\n"
	".globl page_style\n"
	"page_style:\n"
	".incbin \"page.css\"\n"
	".byte 0\n"
	".popsection\n");
