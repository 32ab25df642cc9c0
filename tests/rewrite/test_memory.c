// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_memory.c - running out of memory, at each place where it can happen: a
 * message, nothing half-done, nothing lost. The linker puts the functions below in
 * front of the library's allocations (libbpf's own are not reached).
 */
#include "fixture.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);

/* The allocation that fails, counted down; 0: none. */
static unsigned int countdown;

static bool fails(void)
{
	return countdown && !--countdown;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

#define MANY 1000

/* The whole way of a module; what is open in the end is closed by the caller. */
struct way {
	struct suture_core *core;
	struct suture_types *types;
	struct suture_guarded *guarded;
};

static int go(struct way *w, struct suture_rewrite_error *err)
{
	int r;

	r = suture_core_open(CORE, &w->core, err);
	if (!r)
		r = suture_types_open(KERNEL, &w->types, err);
	if (!r)
		r = suture_rewrite_file(DRIVER, w->core, w->types, 0, &w->guarded, err);
	return r;
}

static void each_allocation_may_fail(void **state)
{
	struct suture_rewrite_error err;
	unsigned int i, refused = 0;
	int r = -ENOMEM;

	(void)state;
	for (i = 1; i < MANY && r; i++) {
		struct way w = { NULL, NULL, NULL };

		err.text[0] = 0;
		countdown = i;
		r = go(&w, &err);
		/* Not reached any more: everything was allocated. */
		if (countdown) {
			countdown = 0;
			assert_int_equal(r, 0);
		} else {
			refused++;
			assert_int_equal(r, -ENOMEM);
			assert_null(w.guarded);
			assert_contains(err.text, "emory");
		}
		suture_guarded_free(w.guarded);
		suture_types_free(w.types);
		suture_core_free(w.core);
	}
	assert_int_equal(r, 0);
	assert_in_range(refused, 10, MANY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_may_fail),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
