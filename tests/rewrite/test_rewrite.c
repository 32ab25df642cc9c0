// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_rewrite.c - the library's interface, and what it does with damaged input.
 * What an image holds is told by the golden files.
 */
#include <unistd.h>

#include "fixture.h"

struct setup {
	struct suture_core *core;
	struct suture_types *types;
	struct bytes driver;
};

static int set_up(void **state)
{
	struct setup *s = calloc(1, sizeof(*s));

	s->core = open_core();
	s->types = open_types();
	s->driver = read_fixture(DRIVER);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct setup *s = *state;

	suture_core_free(s->core);
	suture_types_free(s->types);
	free(s->driver.data);
	free(s);
	return 0;
}

static struct suture_guarded *guard(const struct setup *s, const void *data, size_t size,
				    unsigned int flags)
{
	struct suture_guarded *g = NULL;
	struct suture_rewrite_error err;

	if (suture_rewrite("driver.ko", data, size, s->core, s->types, flags, &g, &err))
		fail_msg("%s", err.text);
	return g;
}

static const struct suture_report_entry *entry(const struct suture_guarded *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->report.nentries; i++)
		if (!strcmp(g->report.entries[i].name, name))
			return &g->report.entries[i];
	fail_msg("no entry %s", name);
	return NULL;
}

static const struct suture_report_import *import(const struct suture_guarded *g, const char *name)
{
	size_t i;

	for (i = 0; i < g->report.nimports; i++)
		if (!strcmp(g->report.imports[i].name, name))
			return &g->report.imports[i];
	fail_msg("no import %s", name);
	return NULL;
}

static void the_report_names_everything(void **state)
{
	struct setup *s = *state;
	struct suture_guarded *g = guard(s, s->driver.data, s->driver.size, 0);
	const struct suture_report *r = &g->report;
	size_t i, thunks = 0, in = 0, left = 0, out = 0;

	assert_string_equal(r->module, "fixture");
	assert_string_equal(r->vermagic, "6.1.0-fixture SMP mod_unload modversions ");
	assert_string_equal(entry(g, "fx_open")->thunk, "suture_fx_open");
	assert_int_equal(entry(g, "fx_open")->sites, 2);
	assert_int_equal(entry(g, "fx_init")->flags, SUTURE_ENTRY_INIT);
	assert_int_equal(entry(g, "fx_exit")->flags, SUTURE_ENTRY_EXIT);
	assert_int_equal(entry(g, "fx_exported")->flags, SUTURE_ENTRY_EXPORT);
	assert_int_equal(entry(g, "fx_wide")->flags, SUTURE_ENTRY_WIDE);
	assert_int_equal(entry(g, "fx_wide")->stack_words, 2);
	assert_int_equal(entry(g, "fx_unknown")->stack_words, SUTURE_WIDE_WORDS);
	assert_int_equal(entry(g, "fx_unknown")->nargs, SUTURE_NARGS_UNKNOWN);
	assert_null(entry(g, "fx_variadic")->thunk);
	assert_string_equal(entry(g, "fx_variadic")->reason,
			    "takes a variable number of arguments");
	assert_int_equal(entry(g, "fx_variadic")->sites, 2);
	/* The name of its thunk would be that of an import. */
	assert_string_equal(entry(g, "enter")->thunk, "suture_enter.1");

	assert_string_equal(import(g, "api_free")->wrapper, "wrapped_api_free");
	assert_int_equal(import(g, "api_free")->calls, 1);
	assert_int_equal(import(g, "api_free")->tails, 4);
	assert_int_equal(import(g, "api_free")->taken, 2);
	assert_null(import(g, "api_register")->wrapper);
	assert_int_equal(import(g, "api_register")->tails, 1);
	assert_int_equal(import(g, "api_register")->taken, 1);

	for (i = 0; i < r->nentries; i++) {
		assert_true(!r->entries[i].thunk != !r->entries[i].reason);
		thunks += !!r->entries[i].thunk;
		*(r->entries[i].thunk ? &in : &left) += r->entries[i].sites;
	}
	for (i = 0; i < r->nimports; i++)
		if (r->imports[i].wrapper)
			out += r->imports[i].calls + r->imports[i].tails;
	assert_int_equal(r->nthunks, thunks);
	assert_int_equal(r->edges_in, in);
	assert_int_equal(r->edges_left, left);
	assert_int_equal(r->nwrapped, out);
	assert_int_equal(r->ntails, 4);
	assert_int_equal(r->ntaken, 1);
	assert_int_equal(r->indirect_calls, 1);
	assert_true(r->has_versions && r->has_orc && r->has_btf && r->typed);
	assert_false(r->stripped);
	suture_guarded_free(g);
}

static void entries_only_leaves_calls_alone(void **state)
{
	struct setup *s = *state;
	struct suture_guarded *g;

	g = guard(s, s->driver.data, s->driver.size, SUTURE_REWRITE_ENTRIES_ONLY);
	assert_int_equal(g->report.nwrapped, 0);
	assert_int_equal(g->report.ntails, 0);
	assert_int_equal(g->report.ntaken, 0);
	assert_null(import(g, "api_free")->wrapper);
	assert_int_equal(import(g, "api_free")->calls, 1);
	assert_non_null(entry(g, "fx_open")->thunk);
	suture_guarded_free(g);
}

static void a_part_is_one_by_a_flag_alone(void **state)
{
	struct setup *s = *state;
	struct suture_guarded *g = guard(s, s->driver.data, s->driver.size, 0);
	struct suture_guarded *h = guard(s, s->driver.data, s->driver.size, SUTURE_REWRITE_PART);
	const struct suture_image *was, *is;
	size_t i, differ = 0, at = 0;

	assert_int_equal(g->size, h->size);
	for (i = 0; i < g->size; i++) {
		if (((uint8_t *)g->image)[i] == ((uint8_t *)h->image)[i])
			continue;
		differ++;
		at = i;
	}
	assert_int_equal(differ, 1);
	is = (const void *)((uint8_t *)h->image + at - offsetof(struct suture_image, flags));
	was = (const void *)((uint8_t *)g->image + at - offsetof(struct suture_image, flags));
	assert_int_equal(is->magic, SUTURE_IMAGE_MAGIC);
	assert_int_equal(is->flags, SUTURE_IMAGE_PART);
	assert_int_equal(was->flags, 0);
	suture_guarded_free(g);
	suture_guarded_free(h);
}

static void without_types_nothing_is_assumed(void **state)
{
	struct setup *s = *state;
	struct suture_guarded *g = NULL;
	struct suture_rewrite_error err;

	assert_int_equal(suture_rewrite("driver.ko", s->driver.data, s->driver.size, s->core, NULL,
					0, &g, &err),
			 0);
	assert_false(g->report.typed);
	assert_true(g->report.has_btf);
	assert_int_equal(entry(g, "fx_open")->stack_words, SUTURE_WIDE_WORDS);
	assert_int_equal(entry(g, "fx_open")->ret, SUTURE_RET_UNKNOWN);
	/* What init and exit look like is known all the same. */
	assert_int_equal(entry(g, "fx_init")->stack_words, 0);
	assert_int_equal(entry(g, "fx_init")->ret, SUTURE_RET_INT);
	assert_int_equal(entry(g, "fx_exit")->ret, SUTURE_RET_VOID);
	suture_guarded_free(g);
}

static void the_input_may_be_anywhere(void **state)
{
	struct setup *s = *state;
	struct suture_guarded *g = guard(s, s->driver.data, s->driver.size, 0), *h;
	uint8_t *copy = malloc(s->driver.size + 3);

	memcpy(copy + 3, s->driver.data, s->driver.size);
	h = guard(s, copy + 3, s->driver.size, 0);
	assert_memory_equal(copy + 3, s->driver.data, s->driver.size);
	/* The report must not point into it. */
	memset(copy, 0xff, s->driver.size + 3);
	free(copy);
	assert_int_equal(g->size, h->size);
	assert_memory_equal(g->image, h->image, g->size);
	assert_int_equal(entry(h, "fx_open")->sites, 2);
	suture_guarded_free(g);
	suture_guarded_free(h);
}

static void an_image_is_not_guarded_twice(void **state)
{
	struct setup *s = *state;
	struct suture_guarded *g = guard(s, s->driver.data, s->driver.size, 0), *h = NULL;
	struct suture_rewrite_error err;

	assert_int_equal(suture_rewrite("again.ko", g->image, g->size, s->core, s->types, 0, &h,
					&err),
			 -EALREADY);
	assert_contains(err.text, "again.ko: symbol suture_image: ");
	assert_null(h);
	suture_guarded_free(g);
	suture_guarded_free(NULL);
}

static void a_signature_is_cut_off(void **state)
{
	static const char magic[] = "~Module signature appended~\n";
	struct setup *s = *state;
	struct suture_guarded *g = guard(s, s->driver.data, s->driver.size, 0), *h;
	size_t size = s->driver.size;
	uint8_t *copy = malloc(size + 300 + 12 + 28);
	uint8_t head[12] = { [8] = 0, 0, 1, 300 - 256 };

	memcpy(copy, s->driver.data, size);
	memset(copy + size, 0x5a, 300);
	memcpy(copy + size + 300, head, 12);
	memcpy(copy + size + 312, magic, 28);
	h = guard(s, copy, size + 340, 0);
	assert_true(h->report.stripped);
	assert_int_equal(h->size, g->size);
	assert_memory_equal(h->image, g->image, g->size);
	suture_guarded_free(g);
	suture_guarded_free(h);
	free(copy);
}

static void every_truncation_is_refused(void **state)
{
	struct setup *s = *state;
	struct suture_rewrite_error err;
	struct suture_guarded *g = NULL;
	size_t size;

	for (size = 0; size < s->driver.size; size += 1 + size / 64) {
		void *copy = malloc(size + 1);

		memcpy(copy, s->driver.data, size);
		assert_int_equal(suture_rewrite("cut.ko", copy, size, s->core, s->types, 0, &g,
						&err),
				 -ENOEXEC);
		assert_contains(err.text, "cut.ko: ");
		assert_null(g);
		free(copy);
	}
}

/*
 * Any byte may be wrong: the answer is an image or a message, and the sanitizers
 * see that no other byte was touched on the way to it.
 */
static void every_wrong_byte_has_an_answer(void **state)
{
	static const uint8_t masks[] = { 0xff, 0x01, 0x80 };
	struct setup *s = *state;
	struct suture_rewrite_error err;
	struct suture_guarded *g;
	uint8_t *copy = malloc(s->driver.size);
	size_t i;
	int r;

	memcpy(copy, s->driver.data, s->driver.size);
	for (i = 0; i < s->driver.size; i++) {
		uint8_t mask = masks[i % ARRAY_SIZE(masks)];

		copy[i] ^= mask;
		g = NULL;
		err.text[0] = 0;
		r = suture_rewrite("odd.ko", copy, s->driver.size, s->core, s->types, 0, &g, &err);
		assert_true(r ? !g && starts_with(err.text, "odd.ko: ") : g && !err.text[0]);
		suture_guarded_free(g);
		copy[i] ^= mask;
	}
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_names_everything),
		cmocka_unit_test(entries_only_leaves_calls_alone),
		cmocka_unit_test(a_part_is_one_by_a_flag_alone),
		cmocka_unit_test(without_types_nothing_is_assumed),
		cmocka_unit_test(the_input_may_be_anywhere),
		cmocka_unit_test(an_image_is_not_guarded_twice),
		cmocka_unit_test(a_signature_is_cut_off),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_wrong_byte_has_an_answer),
	};

	return cmocka_run_group_tests_name("rewrite", tests, set_up, tear_down);
}
