// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_text.c - strings made safe, numbers made readable.
 */
#include "message.h"
#include "text.h"

static void clean_is(const char *in, const char *want)
{
	char *exact = strdup(in);
	char *got = text_clean(exact);

	assert_string_equal(got, want);
	free(got);
	free(exact);
}

static void test_clean(void **state)
{
	(void)state;
	clean_is("", "");
	clean_is("e1000_clean+0x1/0x2 [e1000]", "e1000_clean+0x1/0x2 [e1000]");
	clean_is("a\nb\tc", "a\\x0ab\\x09c");
	clean_is("\x1b[2Jcleared", "\\x1b[2Jcleared");
	clean_is("\x7f", "\\x7f");
	clean_is("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
	/* U+009B is another way to say ESC [. */
	clean_is("\xc2\x9b"
		 "2J",
		 "\\xc2\\x9b2J");
	clean_is("\xff\xfe", "\\xff\\xfe");
	/* Cut off in the middle of a character: must not read past the NUL. */
	clean_is("a\xe2\x82", "a\\xe2\\x82");
	clean_is("\xf0", "\\xf0");
	/* An overlong slash, a surrogate, beyond the last character. */
	clean_is("\xc0\xaf", "\\xc0\\xaf");
	clean_is("\xed\xa0\x80", "\\xed\\xa0\\x80");
	clean_is("\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80");
}

static void test_valid(void **state)
{
	char *got;

	(void)state;
	got = text_valid("ok\n\xc3\xbc");
	assert_string_equal(got, "ok\n\xc3\xbc");
	free(got);
	got = text_valid("a\xff"
			 "b\xe2\x82");
	assert_string_equal(got, "a\xef\xbf\xbd"
				 "b\xef\xbf\xbd\xef\xbf\xbd");
	free(got);
}

static void bytes_is(uint64_t n, const char *want)
{
	char buf[32];

	text_bytes(buf, sizeof(buf), n);
	assert_string_equal(buf, want);
}

static void duration_is(uint64_t ns, const char *want)
{
	char buf[32];

	text_duration(buf, sizeof(buf), ns);
	assert_string_equal(buf, want);
}

static void test_numbers(void **state)
{
	char buf[64];

	(void)state;
	bytes_is(0, "0 B");
	bytes_is(1023, "1023 B");
	bytes_is(1024, "1.0 KiB");
	bytes_is(1024 * 1024 - 1, "1.0 MiB");
	bytes_is(UINT64_MAX, "16777216.0 TiB");
	duration_is(0, "0 ns");
	duration_is(12300, "12.3 us");
	duration_is(650000000, "650 ms");
	duration_is(2100000000, "2.10 s");

	setenv("TZ", "UTC", 1);
	text_time(buf, sizeof(buf), 1700000000123456789);
	assert_string_equal(buf, "2023-11-14 22:13:20.123456");
	text_time(buf, sizeof(buf), UINT64_MAX);
	assert_string_equal(buf, "2554-07-21 23:34:33.709551");

	assert_string_equal(text_count(buf, sizeof(buf), 1, "entry", "entries"), "1 entry");
	assert_string_equal(text_count(buf, sizeof(buf), 0, "entry", "entries"), "0 entries");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
