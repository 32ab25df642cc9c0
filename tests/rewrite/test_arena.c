// SPDX-License-Identifier: GPL-2.0-only
/* test_arena.c - memory, buffers that grow, maps. */
#include "fixture.h"

static void memory_is_zeroed_and_separate(void **state)
{
	struct arena arena = { 0 };
	uint8_t *a, *b, *large, zero[100000] = { 0 };

	(void)state;
	a = arena_zalloc(&arena, 3, 5);
	memset(a, 0xff, 15);
	b = arena_zalloc(&arena, 1, 16);
	assert_memory_equal(b, zero, 16);
	large = arena_zalloc(&arena, 1, sizeof(zero));
	assert_memory_equal(large, zero, sizeof(zero));
	memset(large, 0xff, sizeof(zero));
	/* A large object does not end the use of the chunk before it. */
	assert_ptr_equal((uint8_t *)arena_zalloc(&arena, 1, 1), b + 16);
	assert_int_equal((uintptr_t)large % 16, 0);
	arena_free(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
	struct arena arena = { 0 };

	(void)state;
	assert_null(arena_zalloc(&arena, SIZE_MAX / 2, 3));
	assert_null(arena_zalloc(&arena, SIZE_MAX, 1));
	assert_non_null(arena_zalloc(&arena, 0, 8));
	arena_free(&arena);
}

static void buffers_keep_what_they_hold(void **state)
{
	struct arena arena = { 0 };
	struct buffer b = { .arena = &arena };
	uint32_t i, value;

	(void)state;
	for (i = 0; i < 5000; i++)
		assert_int_equal(buffer_add(&b, &i, sizeof(i)), i * 4);
	for (i = 0; i < 5000; i++) {
		memcpy(&value, b.data + i * 4, 4);
		assert_int_equal(value, i);
	}
	assert_int_equal(buffer_string(&b, "x"), 20000);
	buffer_align(&b, 64, 0xcc);
	assert_int_equal(b.size % 64, 0);
	assert_int_equal(b.data[20001], 0);
	assert_int_equal(b.data[20002], 0xcc);
	buffer_add(&b, NULL, 3);
	assert_int_equal(b.data[b.size - 1], 0);
	assert_false(b.failed);
	arena_free(&arena);
}

static void maps_find_what_was_put(void **state)
{
	struct arena arena = { 0 };
	struct map map = { .arena = &arena };
	uint32_t i, value;
	char key[32];

	(void)state;
	assert_false(map_get(&map, "nothing", &value));
	for (i = 0; i < 3000; i++)
		assert_int_equal(map_put(&map, arena_printf(&arena, "key %u", i), i), 0);
	assert_int_equal(map_put(&map, "key 7", 70), 0);
	assert_int_equal(map.count, 3000);
	for (i = 0; i < 3000; i++) {
		snprintf(key, sizeof(key), "key %u", i);
		assert_true(map_get(&map, key, &value));
		assert_int_equal(value, i == 7 ? 70 : i);
	}
	assert_false(map_get(&map, "key 3000", NULL));
	assert_false(map_get(&map, "", NULL));
	arena_free(&arena);
}

static void messages_hold_no_escapes(void **state)
{
	struct suture_rewrite_error err;
	char name[1000];

	(void)state;
	assert_int_equal(complain(&err, EINVAL, "%s: bad", "a\033[2Jb\n\xff"), -EINVAL);
	assert_string_equal(err.text, "a?[2Jb??: bad");
	assert_int_equal(complain(NULL, EINVAL, "nobody listens"), -EINVAL);
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = 0;
	complain(&err, EINVAL, "%s", name);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_separate),
		cmocka_unit_test(sizes_that_overflow_are_refused),
		cmocka_unit_test(buffers_keep_what_they_hold),
		cmocka_unit_test(maps_find_what_was_put),
		cmocka_unit_test(messages_hold_no_escapes),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
