// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_options.c - how options are read and complained about.
 */
#include "command.h"
#include "message.h"

static char *said;
static size_t said_size;

static const struct command command = {
	.name = "try",
	.brief = "try things",
	.usage = "try [-v] THING...",
	.help = "  -v  more\n",
};

static const struct option longs[] = {
	{ "verbose", no_argument, NULL, 'v' },
	{ "core", required_argument, NULL, OPTION_LONG },
	{ 0 },
};

static void begin(struct out *out)
{
	out_start(out, false);
	out->to = out->err = open_memstream(&said, &said_size);
	optind = 0; /* start over, also inside a word */
}

static void end(struct out *out, const char *want)
{
	out_finish(out, 0);
	fclose(out->to);
	assert_string_equal(said, want);
	free(said);
}

static int next(struct out *out, int argc, char **argv)
{
	return option_next(out, &command, argc, argv, "vo:", longs);
}

static void complains(char *first, char *second, const char *want)
{
	char *argv[] = { "try", first, second, NULL };
	struct out out;
	int option;

	begin(&out);
	while ((option = next(&out, second ? 3 : 2, argv)) >= 0)
		;
	assert_int_equal(option, OPTION_BAD);
	assert_int_equal(option_exit(option), EXIT_USAGE);
	end(&out, want);
}

static void test_good(void **state)
{
	char *argv[] = { "try", "thing", "-vo", "file", "--core=c", "-j", "--", "-v", NULL };
	struct out out;

	(void)state;
	begin(&out);
	assert_int_equal(next(&out, 8, argv), 'v');
	assert_int_equal(next(&out, 8, argv), 'o');
	assert_string_equal(optarg, "file");
	assert_int_equal(next(&out, 8, argv), OPTION_LONG);
	assert_string_equal(optarg, "c");
	assert_false(out.json);
	assert_int_equal(next(&out, 8, argv), OPTION_END);
	assert_true(out.json);
	assert_string_equal(argv[optind], "thing");
	assert_string_equal(argv[optind + 1], "-v");
	assert_int_equal(operands(&out, &command, 8, 1, -1), 0);
	end(&out, "");
}

static void test_bad(void **state)
{
	(void)state;
	complains("-x", NULL, "suture: try: -x: no such option; see `suture try --help`\n");
	complains("-vx", NULL, "suture: try: -x: no such option; see `suture try --help`\n");
	complains("--no", NULL, "suture: try: --no: no such option; see `suture try --help`\n");
	complains("--core", NULL, "suture: try: --core: needs a value; see `suture try --help`\n");
	complains("-o", NULL, "suture: try: -o: needs a value; see `suture try --help`\n");
	complains("--json=1", NULL,
		  "suture: try: --json=1: takes no value; see `suture try --help`\n");
	complains("--verbose", "--\x1b[2J",
		  "suture: try: --\\x1b[2J: no such option; see `suture try --help`\n");
}

static void test_help(void **state)
{
	char *argv[] = { "try", "-h", NULL };
	struct out out;

	(void)state;
	begin(&out);
	assert_int_equal(next(&out, 2, argv), OPTION_HELP);
	assert_int_equal(option_exit(OPTION_HELP), EXIT_SUCCESS);
	end(&out, "suture try: try things\n\nUsage: suture try [-v] THING...\n\n  -v  more\n"
		  "  -j, --json             answer in JSON, for programs\n"
		  "  -h, --help             this help\n");
}

static void test_operands(void **state)
{
	char *argv[] = { "try", "a", "b", NULL };
	struct out out;

	(void)state;
	begin(&out);
	assert_int_equal(next(&out, 3, argv), OPTION_END);
	assert_int_equal(operands(&out, &command, 3, 2, 2), 0);
	assert_int_equal(operands(&out, &command, 3, 3, 3), EXIT_USAGE);
	assert_int_equal(operands(&out, &command, 3, 0, 1), EXIT_USAGE);
	end(&out, "suture: try: something is missing; usage: suture try [-v] THING...\n"
		  "suture: try: more than is understood; usage: suture try [-v] THING...\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_operands),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
