// SPDX-License-Identifier: GPL-2.0-only
/*
 * wide_import.c - a driver that calls another one's function with eight arguments.
 */
#include "bad.h"
#include "wide.h"

/* The other driver crashes; this one gets an error and goes on. */
static noinline int wide_call(void)
{
	return wide_digits(8, 8, 8, 8, 8, 8, 8, 8);
}

static int bad_do(const char *word)
{
	return bad_is(word, "crash") ? wide_call() : -EINVAL;
}

static int bad_ok(void)
{
	if (wide_digits(8, 7, 6, 5, 4, 3, 2, 1) != 87654321)
		return -EBUSY;
	if (wide_pointer(1, 2, 3, 4, 5, 6, 7, 8) != -12345678)
		return -EBUSY;
	return 0;
}

MODULE_DESCRIPTION("Test: calls a function with eight arguments");
