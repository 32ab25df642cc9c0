// SPDX-License-Identifier: GPL-2.0-only
/* test_contract.c - files of contracts, good and bad. */
#include "fixture.h"

#define HEAD  "suture-contracts 1 6.1.0-fixture\n"
#define MAGIC "6.1.0-fixture SMP mod_unload "

static int open_text(const char *text, struct contracts **out, struct suture_rewrite_error *err)
{
	const char *path = FIXTURES "/contracts.tmp";

	assert_int_equal(file_write(path, text, strlen(text), err), 0);
	return contracts_open(path, MAGIC, out, err);
}

static void contracts_are_read(void **state)
{
	struct suture_rewrite_error err = { "" };
	struct contracts *c = NULL;
	const struct contract *one;
	char text[32];

	(void)state;
	assert_int_equal(open_text(HEAD "alpha S void\nbeta -w--S error\n", &c, &err), 0);
	one = contracts_get(c, "alpha");
	assert_non_null(one);
	assert_int_equal(one->strong, 1);
	assert_int_equal(one->weak, 0);
	assert_int_equal(one->fail, SUTURE_FAIL_VOID);
	one = contracts_get(c, "beta");
	assert_non_null(one);
	assert_int_equal(one->strong, 0x10);
	assert_int_equal(one->weak, 2);
	assert_string_equal(contract_text(one, text), "-w--S error");
	assert_null(contracts_get(c, "gamma"));
	contracts_free(c);
}

static void bad_files_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} bad[] = {
		{ "", "does not begin with" },
		{ "suture-contracts 2 6.1.0-fixture\n", "does not begin with" },
		{ "suture-contracts 1 6.1.0-fixture", "does not begin with" },
		{ "suture-contracts 1 6.1.0-fix\n", "was learnt from kernel 6.1.0-fix" },
		{ "suture-contracts 1 6.1.0-fixture2\n", "was learnt from kernel" },
		{ HEAD "alpha S void", "line 2 has no end" },
		{ HEAD "alpha S\n", "line 2 is no contract" },
		{ HEAD "alpha S void more\n", "line 2 is no contract" },
		{ HEAD "alpha S void\nbeta X void\n", "line 3 is no contract" },
		{ HEAD "alpha SSSSSSS void\n", "line 2 is no contract" },
		{ HEAD "alpha - void\n", "line 2 is no contract" },
		{ HEAD "alpha S nothing\n", "line 2 is no contract" },
		{ HEAD "alpha S void\nalpha w void\n", "line 3 is no contract" },
		{ HEAD "\n", "line 2 is no contract" },
	};
	struct suture_rewrite_error err;
	struct contracts *c;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		c = NULL;
		assert_true(open_text(bad[i].text, &c, &err) < 0);
		assert_null(c);
		assert_contains(err.text, bad[i].why);
	}
}

/* Only where the wrapper does not look itself, and only with a file. */
static void the_core_says_what_is_checked(void **state)
{
	struct suture_rewrite_error err = { "" };
	const char *path = FIXTURES "/contracts.tmp";
	const char *text = HEAD "api_free S void\napi_wide S void\n__x86_thunk S void\n";
	struct suture_core *core = open_core();

	(void)state;
	assert_null(core_contract(core, "api_free"));
	assert_int_equal(file_write(path, text, strlen(text), &err), 0);
	assert_int_equal(suture_core_contracts(core, path, &err), 0);
	assert_non_null(core_contract(core, "api_free"));
	assert_null(core_contract(core, "api_wide"));
	assert_null(core_contract(core, "__x86_thunk"));
	suture_core_free(core);
}

static void what_cannot_be_learnt_from_is_refused(void **state)
{
	struct suture_rewrite_error err = { "" };
	struct suture_learned learned;

	(void)state;
	assert_true(suture_learn(FIXTURES "/absent", NULL, FIXTURES "/learnt", &learned, &err) < 0);
	assert_contains(err.text, "cannot open");
	assert_true(suture_learn(PLAIN, NULL, FIXTURES "/learnt", &learned, &err) < 0);
	assert_true(suture_learn(KERNEL, NULL, FIXTURES "/learnt", &learned, &err) < 0);
	assert_contains(err.text, "vmlinuz");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contracts_are_read),
		cmocka_unit_test(bad_files_are_refused),
		cmocka_unit_test(the_core_says_what_is_checked),
		cmocka_unit_test(what_cannot_be_learnt_from_is_refused),
	};

	return cmocka_run_group_tests_name("contract", tests, NULL, NULL);
}
