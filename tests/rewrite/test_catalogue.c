// SPDX-License-Identifier: GPL-2.0-only
/* test_catalogue.c - the rules of a suture.ko and its packs, and what they are about. */
#include "fixture.h"

#define RULES FIXTURES "/rules.ko"
#define PACK  FIXTURES "/pack.ko"

static const char *const both[] = { RULES, PACK };

static struct suture_catalogue *open_rules(void)
{
	struct suture_rewrite_error err = { "" };
	struct suture_catalogue *c = NULL;

	if (suture_catalogue_open(both, 2, &c, &err))
		fail_msg("%s", err.text);
	return c;
}

static void rules_are_read(void **state)
{
	struct suture_catalogue *c = open_rules();
	const struct suture_catalogue_rule *rule;

	(void)state;
	assert_int_equal(suture_catalogue_count(c), 2);
	rule = suture_catalogue_rule(c, 0);
	assert_string_equal(rule->id, "ONCE");
	assert_string_equal(rule->class_, "test");
	assert_string_equal(rule->contract, "A thing is done once.");
	assert_string_equal(rule->source, "fixture");
	assert_string_equal(rule->example, "twice();\ntwice();\n");
	assert_null(rule->look);
	assert_string_equal(rule->file, "rules.ko");
	assert_int_equal(rule->action, 2);
	assert_int_equal(rule->nrepairs, 1);
	assert_string_equal(rule->repairs[0].name, "drop");
	assert_string_equal(rule->repairs[0].gives_up, "nothing");
	rule = suture_catalogue_rule(c, 1);
	assert_string_equal(rule->id, "LATE");
	assert_null(rule->example);
	assert_int_equal(rule->nrepairs, 0);
	suture_catalogue_free(c);
	suture_catalogue_free(NULL);
}

static void functions_are_found(void **state)
{
	struct suture_catalogue *c = open_rules();
	const struct suture_catalogue_rule *rule;

	(void)state;
	/* One through a call without a relocation, one from a pack into suture.ko. */
	rule = suture_catalogue_rule(c, 0);
	assert_int_equal(rule->nchecks, 2);
	assert_string_equal(rule->checks[0], "api_free");
	assert_string_equal(rule->checks[1], "api_pack");
	assert_int_equal(rule->nfollows, 0);
	/* One through the variable that the wrapper hands on. */
	rule = suture_catalogue_rule(c, 1);
	assert_int_equal(rule->nchecks, 0);
	assert_int_equal(rule->nfollows, 1);
	assert_string_equal(rule->follows[0], "api_alloc");
	suture_catalogue_free(c);
}

static void no_rules_are_refused(void **state)
{
	static const char *const none[] = { CORE };
	struct suture_catalogue *c = NULL;
	struct suture_rewrite_error err;

	(void)state;
	assert_int_equal(suture_catalogue_open(none, 1, &c, &err), -ENOEXEC);
	assert_contains(err.text, "core.ko: no rules in section .suture.rules");
	assert_null(c);
}

/* Each byte of the file in turn is another one: refused or not, nothing bad happens. */
static void damage_does_no_harm(void **state)
{
	struct bytes b = read_fixture(RULES);
	const char *const paths[] = { FIXTURES "/rules-damaged.ko" };
	unsigned char *bytes = b.data;
	size_t i;

	(void)state;
	for (i = 0; i < b.size; i += 3) {
		struct suture_catalogue *c = NULL;
		struct suture_rewrite_error err;
		FILE *f = fopen(paths[0], "w");

		assert_non_null(f);
		bytes[i] ^= 0xff;
		assert_int_equal(fwrite(bytes, 1, b.size, f), b.size);
		assert_int_equal(fclose(f), 0);
		bytes[i] ^= 0xff;
		if (suture_catalogue_open(paths, 1, &c, &err))
			assert_null(c);
		suture_catalogue_free(c);
	}
	free(b.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_read),
		cmocka_unit_test(functions_are_found),
		cmocka_unit_test(no_rules_are_refused),
		cmocka_unit_test(damage_does_no_harm),
	};

	return cmocka_run_group_tests_name("catalogue", tests, NULL, NULL);
}
