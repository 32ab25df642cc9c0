// SPDX-License-Identifier: GPL-2.0-only
/* test_prototype.c - prototypes from the BTF that mkbtf.c writes. */
#include "fixture.h"

struct expected {
	const char *name;
	uint8_t ret;
	uint8_t nargs;
	uint8_t stack_words;
	const char *reason;
};

static const struct expected driver[] = {
	{ "fx_init", SUTURE_RET_INT, 0, 0, NULL },
	{ "fx_exit", SUTURE_RET_VOID, 0, 0, NULL },
	{ "fx_open", SUTURE_RET_INT, 2, 0, NULL },
	{ "fx_late", SUTURE_RET_UNSIGNED, 6, 0, NULL },
	{ "fx_wide", SUTURE_RET_LONG, 8, 2, NULL },
	{ "fx_exported", SUTURE_RET_BOOL, 0, 0, NULL },
	{ "enter", SUTURE_RET_POINTER, 0, 0, NULL },
	/* Five registers, then a struct of two words, then the sixth register. */
	{ "fx_pair", SUTURE_RET_OTHER, 7, 2, NULL },
	/* Not in the driver's part, because the kernel has the same. */
	{ "fx_poll", SUTURE_RET_INT, 2, 0, NULL },
	{ "fx_variadic", 0, 0, 0, "takes a variable number of arguments" },
	{ "fx_struct", 0, 0, 0, "takes a struct of more than 16 bytes by value" },
	{ "fx_large", 0, 0, 0, "returns a struct of more than 16 bytes by value" },
};

static void each_prototype_is_read(void **state)
{
	struct suture_types *types = open_types();
	struct bytes btf = read_fixture(FIXTURES "/driver.btf");
	struct prototypes *known = NULL;
	struct prototype p;
	struct arena arena = { 0 };
	size_t i;

	(void)state;
	assert_int_equal(prototypes_open(&arena, btf.data, btf.size, types, &known), 0);
	for (i = 0; i < ARRAY_SIZE(driver); i++) {
		const struct expected *e = &driver[i];

		if (!prototypes_get(known, e->name, &p))
			fail_msg("%s is not known", e->name);
		if (e->reason) {
			assert_non_null(p.reason);
			assert_string_equal(p.reason, e->reason);
			continue;
		}
		if (p.reason || p.ret != e->ret || p.nargs != e->nargs ||
		    p.stack_words != e->stack_words)
			fail_msg("%s: ret %u, nargs %u, stack_words %u, %s", e->name, p.ret,
				 p.nargs, p.stack_words, p.reason);
	}
	assert_false(prototypes_get(known, "fx_unknown", &p));
	assert_false(prototypes_get(known, "", &p));
	assert_true(types_get(types, "api_long", &p));
	assert_int_equal(p.ret, SUTURE_RET_LONG);
	assert_false(types_get(types, "fx_open", &p));
	prototypes_close(known);
	arena_free(&arena);
	free(btf.data);
	suture_types_free(types);
}

/*
 * Types that were made on top of another kernel's: the offsets into its strings
 * land in the middle of names.
 */
static void types_of_another_kernel_are_not_used(void **state)
{
	struct suture_rewrite_error err;
	struct suture_types *types = NULL;
	struct bytes btf = read_fixture(FIXTURES "/driver.btf");
	struct prototypes *known = NULL;
	struct arena arena = { 0 };

	(void)state;
	assert_int_equal(suture_types_open(FIXTURES "/other.btf", &types, &err), 0);
	assert_true(prototypes_open(&arena, btf.data, btf.size, types, &known) < 0);
	assert_null(known);
	arena_free(&arena);
	free(btf.data);
	suture_types_free(types);
}

static void damaged_types_are_not_used(void **state)
{
	struct suture_types *types = open_types();
	struct bytes btf = read_fixture(FIXTURES "/driver.btf");
	struct prototypes *known;
	struct arena arena = { 0 };
	struct prototype p;
	size_t size, i;
	uint8_t *copy;

	(void)state;
	for (size = 0; size < btf.size; size += 7) {
		copy = malloc(size + 1);
		memcpy(copy, btf.data, size);
		known = NULL;
		if (!prototypes_open(&arena, copy, size, types, &known))
			fail_msg("%zu of %zu bytes are enough", size, btf.size);
		free(copy);
	}
	/* Any byte may be wrong; what is read must not lead out of the data. */
	for (i = 0; i < btf.size; i++) {
		copy = malloc(btf.size);
		memcpy(copy, btf.data, btf.size);
		copy[i] ^= 0x41;
		known = NULL;
		if (!prototypes_open(&arena, copy, btf.size, types, &known)) {
			for (size = 0; size < ARRAY_SIZE(driver); size++)
				prototypes_get(known, driver[size].name, &p);
			prototypes_close(known);
		}
		free(copy);
	}
	arena_free(&arena);
	free(btf.data);
	suture_types_free(types);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_prototype_is_read),
		cmocka_unit_test(types_of_another_kernel_are_not_used),
		cmocka_unit_test(damaged_types_are_not_used),
	};

	return cmocka_run_group_tests_name("prototype", tests, NULL, NULL);
}
