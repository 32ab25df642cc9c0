// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_bound.c - copies memory and text past the end of an object, and into one that was
 * freed.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "bad.h"

#define SIZE 20		/* of the object, */
#define SLOT 32		/* of what kmalloc() keeps for it */
#define LONG "a text of 32 characters, no less"

static char *object;

static size_t unknown(size_t n)
{
	return (size_t)bad_unknown((void *)n);
}

/* What is behind the object is as it was? */
static int behind(void)
{
	return memchr_inv(bad_unknown(object + SIZE), 0, SLOT - SIZE) ? -EPROTO : 0;
}

/* The text is there as far as it fits? */
static int cut(const char *expected)
{
	if (strlen(object) != SIZE - 1 || memcmp(object, expected, SIZE - 1))
		return -EPROTO;
	return behind();
}

static noinline int bound_memcpy(void)
{
	memcpy(object, LONG, unknown(SLOT));
	if (memcmp(object, LONG, SIZE))
		return -EPROTO;
	return behind();
}

static noinline int bound_memmove(void)
{
	memmove(object + 4, object, unknown(SIZE));
	return behind();
}

static noinline int bound_memset(void)
{
	memset(object + 8, 'm', unknown(SIZE));
	if (object[SIZE - 1] != 'm')
		return -EPROTO;
	return behind();
}

/* Of what is read past the end nothing is seen. */
static noinline int bound_read(void)
{
	char to[SLOT];

	memset(to, 't', sizeof(to));
	memset(bad_unknown(object), 'o', SIZE);
	memcpy(bad_unknown(to), object, unknown(SLOT));
	return to[SIZE - 1] == 'o' && !to[SIZE] && !to[SLOT - 1] ? 0 : -EPROTO;
}

static noinline int bound_strcpy(void)
{
	strcpy(object, bad_unknown(LONG));
	return cut(LONG);
}

static noinline int bound_strcat(void)
{
	memcpy(object, "abc", 4);
	strcat(object, bad_unknown(LONG));
	return cut("abc" LONG);
}

static noinline int bound_strncpy(void)
{
	strncpy(object, bad_unknown(LONG), unknown(SLOT));
	return cut(LONG);
}

static noinline int bound_strscpy(void)
{
	strscpy(object, bad_unknown(LONG), unknown(SLOT));
	return cut(LONG);
}

static noinline int bound_sprintf(void)
{
	int n = sprintf(object, "%s", (char *)bad_unknown(LONG));

	return n == SIZE - 1 ? cut(LONG) : -EPROTO;
}

static noinline int bound_snprintf(void)
{
	int n = snprintf(object, unknown(64), "%d%s", 7, (char *)bad_unknown(LONG));

	return n == SIZE - 1 ? cut("7" LONG) : -EPROTO;
}

static noinline int bound_freed(void)
{
	char *freed = bad_unknown(object);

	kfree(object);
	object = NULL;
	memset(freed + 4, 0, unknown(8));
	return 0;
}

static int bad_do(const char *word)
{
	int err = -EINVAL;

	object = kmalloc(unknown(SIZE), GFP_KERNEL | __GFP_ZERO);
	if (!object)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(object);
	if (bad_is(word, "memcpy"))
		err = bound_memcpy();
	else if (bad_is(word, "memmove"))
		err = bound_memmove();
	else if (bad_is(word, "memset"))
		err = bound_memset();
	else if (bad_is(word, "read"))
		err = bound_read();
	else if (bad_is(word, "strcpy"))
		err = bound_strcpy();
	else if (bad_is(word, "strcat"))
		err = bound_strcat();
	else if (bad_is(word, "strncpy"))
		err = bound_strncpy();
	else if (bad_is(word, "strscpy"))
		err = bound_strscpy();
	else if (bad_is(word, "sprintf"))
		err = bound_sprintf();
	else if (bad_is(word, "snprintf"))
		err = bound_snprintf();
	else if (bad_is(word, "freed"))
		err = bound_freed();
	kfree(object);
	return err;
}

/* As much as there is; and limits that are too high, but not reached. */
static int bad_ok(void)
{
	int err = 0;

	object = kmalloc(unknown(SIZE), GFP_KERNEL | __GFP_ZERO);
	if (!object)
		return -ENOMEM;
	OPTIMIZER_HIDE_VAR(object);
	memset(object, 0, unknown(SIZE));
	memcpy(object + 4, LONG, unknown(SIZE - 4));
	strcpy(object, bad_unknown("nineteen characters"));
	if (snprintf(object, unknown(64), "%d", 12345) != 5 || strcmp(object, "12345"))
		err = -EBUSY;
	strscpy(object, bad_unknown("short"), unknown(64));
	strcat(object, bad_unknown("er"));
	if (sprintf(object + 7, "%s", "x") != 1 || strcmp(object, "shorterx") || behind())
		err = -EBUSY;
	kfree(object);
	return err;
}

MODULE_DESCRIPTION("Test: copies that leave their object");
