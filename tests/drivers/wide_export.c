// SPDX-License-Identifier: GPL-2.0-only
/*
 * wide_export.c - a driver that exports a function with eight arguments, two of which
 * lie on the stack.
 */
#include "bad.h"
#include "wide.h"

static noinline void wide_crash(void)
{
	*(int *)bad_unknown(NULL) = 1;
}

long wide_digits(long a, int b, long c, unsigned char d, long e, long f, long g, short h)
{
	if (a == 8 && g == 8 && h == 8)
		wide_crash();
	return ((((((a * 10 + b) * 10 + c) * 10 + d) * 10 + e) * 10 + f) * 10 + g) * 10 + h;
}
EXPORT_SYMBOL_GPL(wide_digits);

static long wide_negative(long a, int b, long c, unsigned char d, long e, long f, long g, short h)
{
	return -wide_digits(a, b, c, d, e, f, g, h);
}

const wide_fn wide_pointer = wide_negative;
EXPORT_SYMBOL_GPL(wide_pointer);

static int bad_do(const char *word)
{
	return -EINVAL;
}

static int bad_ok(void)
{
	return wide_digits(1, 2, 3, 4, 5, 6, 7, 8) == 12345678 ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: exports a function with eight arguments");
