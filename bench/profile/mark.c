// SPDX-License-Identifier: GPL-2.0-only
/*
 * mark.c - in the guest: "mark begin" and "mark end" tell counter.c when to count.
 */
#include <stdio.h>
#include <string.h>

#include "mark.h"

#define BYTES_(...) ".byte " #__VA_ARGS__
#define BYTES(...)  BYTES_(__VA_ARGS__)

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "begin"))
		__asm__ volatile(BYTES(MARK_BEGIN));
	else if (argc == 2 && !strcmp(argv[1], "end"))
		__asm__ volatile(BYTES(MARK_END));
	else {
		fprintf(stderr, "usage: mark begin|end\n");
		return 2;
	}
	return 0;
}
