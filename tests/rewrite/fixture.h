/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fixture.h - what the unit tests share: cmocka, the fixtures that the Makefile
 * has built, and objects read from them.
 */
#ifndef SUTURE_TEST_FIXTURE_H
#define SUTURE_TEST_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "internal.h"

/* FIXTURES is the folder that they were built in. */
#define DRIVER FIXTURES "/driver.ko"
#define PLAIN  FIXTURES "/plain.ko"
#define CORE   FIXTURES "/core.ko"
#define KERNEL FIXTURES "/kernel.btf"

/* What libbpf thinks of damaged types is not the test's result. */
static inline int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static inline __attribute__((constructor)) void silence_libbpf(void)
{
	libbpf_set_print(quiet);
}

struct bytes {
	void *data;
	size_t size;
};

static inline struct bytes read_fixture(const char *path)
{
	struct suture_rewrite_error err = { "" };
	struct bytes b = { NULL, 0 };

	if (file_read(path, &b.data, &b.size, &err))
		fail_msg("%s", err.text);
	return b;
}

static inline struct suture_core *open_core(void)
{
	struct suture_rewrite_error err = { "" };
	struct suture_core *core = NULL;

	if (suture_core_open(CORE, &core, &err))
		fail_msg("%s", err.text);
	return core;
}

static inline struct suture_types *open_types(void)
{
	struct suture_rewrite_error err = { "" };
	struct suture_types *types = NULL;

	if (suture_types_open(KERNEL, &types, &err))
		fail_msg("%s", err.text);
	return types;
}

#define assert_contains(text, part)                                             \
	do {                                                                    \
		if (!strstr(text, part))                                        \
			fail_msg("\"%s\" does not contain \"%s\"", text, part); \
	} while (0)

#endif /* SUTURE_TEST_FIXTURE_H */
