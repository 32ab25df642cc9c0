// SPDX-License-Identifier: GPL-2.0-only
/* test_core.c - what is read of a suture.ko. */
#include "fixture.h"

static void wrappers_and_crcs_are_read(void **state)
{
	struct suture_core *core = open_core();
	uint32_t crc = 0, other = 0;

	(void)state;
	assert_int_equal(suture_core_count(core), 4);
	assert_string_equal(suture_core_wrapper(core, "api_alloc"), "wrapped_api_alloc");
	assert_string_equal(suture_core_wrapper(core, "api_free"), "wrapped_api_free");
	assert_null(suture_core_wrapper(core, "wrapped_api_free"));
	assert_null(suture_core_wrapper(core, ""));
	assert_string_equal(suture_core_vermagic(core),
			    "6.1.0-fixture SMP mod_unload modversions ");
	assert_true(core_crc(core, "suture_enter", &crc));
	assert_true(core_crc(core, "suture_leave", &other));
	assert_int_equal(crc, 0xc0000000);
	assert_int_equal(other, 0xc0000004);
	assert_false(core_crc(core, "api_alloc", &crc));
	suture_core_free(core);
	suture_core_free(NULL);
}

static void every_truncation_is_refused(void **state)
{
	struct bytes b = read_fixture(CORE);
	struct suture_rewrite_error err;
	struct suture_core *core;
	size_t size;

	(void)state;
	for (size = 0; size < b.size; size++) {
		void *copy = malloc(size + 1);

		memcpy(copy, b.data, size);
		err.text[0] = 0;
		assert_int_equal(suture_core_parse("cut.ko", copy, size, &core, &err), -ENOEXEC);
		assert_contains(err.text, "cut.ko: ");
		free(copy);
	}
	free(b.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrappers_and_crcs_are_read),
		cmocka_unit_test(every_truncation_is_refused),
	};

	return cmocka_run_group_tests_name("core", tests, NULL, NULL);
}
