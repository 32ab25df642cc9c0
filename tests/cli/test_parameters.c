// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_parameters.c - quoting of module parameters, checked against the kernel's own way to
 * take them apart.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>

#include "command.h"
#include "message.h"
#include "parameters.h"

/*
 * What the kernel does: spaces end a parameter unless inside double quotes; quotes
 * around the value (or the whole word) are taken off. Written from the behaviour described in
 * the kernel's parameter documentation.
 */
static size_t take_apart(char *args, char *word[], size_t max)
{
	size_t n = 0;

	while (*args) {
		bool quoted = false;
		char *start, *to;

		while (isspace((unsigned char)*args))
			args++;
		if (!*args)
			break;
		start = to = args;
		for (; *args && (quoted || !isspace((unsigned char)*args)); args++) {
			if (*args == '"')
				quoted = !quoted;
			else
				*to++ = *args;
		}
		assert_false(quoted);
		if (*args)
			args++;
		*to = '\0';
		assert_true(n < max);
		word[n++] = start;
	}
	return n;
}

static void joined_is(const char *first, char **words, int n, const char *want)
{
	const char *bad = NULL, *why = NULL;
	char *joined;

	assert_int_equal(parameters_join(first, words, n, &joined, &bad, &why), 0);
	assert_string_equal(joined, want);
	free(joined);
}

static void test_join(void **state)
{
	char *plain[] = { "debug=16", "Speed=10,100", "napi" };
	char *spaces[] = { "name=two words", "empty=", "tab=a\tb" };
	char *quoted[] = { "name=\"two words\"" };
	char *equals[] = { "a=b=c", "x=-1" };

	(void)state;
	joined_is(NULL, NULL, 0, "");
	joined_is("", NULL, 0, "");
	joined_is("", plain, 3, "debug=16 Speed=10,100 napi");
	joined_is("from=conf", plain, 1, "from=conf debug=16");
	joined_is("from=conf", NULL, 0, "from=conf");
	joined_is(NULL, spaces, 3, "name=\"two words\" empty= tab=\"a\tb\"");
	joined_is(NULL, quoted, 1, "name=\"two words\"");
	joined_is(NULL, equals, 2, "a=b=c x=-1");
}

static void test_round_trip(void **state)
{
	char *words[] = { "a=1", "b=two words", "c", "d= leading", "e=x=y z", "f=" };
	const char *bad, *why;
	char *joined, *word[8];
	size_t i;

	(void)state;
	assert_int_equal(parameters_join("", words, 6, &joined, &bad, &why), 0);
	assert_int_equal(take_apart(joined, word, 8), 6);
	for (i = 0; i < 6; i++)
		assert_string_equal(word[i], words[i]);
	free(joined);
}

static void refused(char *word)
{
	char *words[] = { "good=1", word };
	const char *bad = NULL, *why = NULL;
	char *joined;

	assert_int_equal(parameters_join("conf=1", words, 2, &joined, &bad, &why), -EINVAL);
	assert_ptr_equal(bad, word);
	assert_non_null(why);
	assert_null(joined);
}

static void test_refused(void **state)
{
	(void)state;
	refused("");
	refused("=1");
	refused("two words=1");
	refused("a\"b=1");
	refused("--");
	refused("-x=1");
	refused("a=\"");
	refused("a=b\"c");
	refused("a=\"b\"c\"");
	refused("a=x y\"");
	refused("a\n=1");
}

static void test_names(void **state)
{
	uint64_t n;
	char *name;

	(void)state;
	name = module_name("snd-hda-intel");
	assert_string_equal(name, "snd_hda_intel");
	free(name);

	assert_int_equal(parse_number("12", 1, &n), 0);
	assert_int_equal(n, 12);
	assert_int_equal(parse_number("18446744073709551615", 1, &n), 0);
	assert_int_equal(parse_number("18446744073709551616", 1, &n), -EINVAL);
	assert_int_equal(parse_number("0", 1, &n), -EINVAL);
	assert_int_equal(parse_number("", 0, &n), -EINVAL);
	assert_int_equal(parse_number("-1", 0, &n), -EINVAL);
	assert_int_equal(parse_number(" 1", 0, &n), -EINVAL);
	assert_int_equal(parse_number("1x", 0, &n), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("parameters", tests, NULL, NULL);
}
