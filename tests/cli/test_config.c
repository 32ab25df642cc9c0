// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_config.c - the policy files: what is refused, with which word; and which line counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "change.h"
#include "config.h"

static const struct config_rule rules[] = {
	{ "LCK-SLEEP", "locking", "reorder", "repair" },
	{ "LCK-BH", "locking", "later drop", "repair" },
	{ "MEM-DFREE", "memory", "drop", "repair" },
	{ "CB-OOPS", "callback", "", "restart" },
	{ "CB-TIME", "callback", "", "restart" },
};

static struct config fresh(void)
{
	return (struct config){ .rules = rules, .nrules = sizeof(rules) / sizeof(rules[0]) };
}

static struct config read_text(const char *text, size_t size)
{
	struct config config = fresh();

	config_text(&config, "p.conf", text, size);
	config_close(&config);
	return config;
}

/* One problem at most: its line, its word, and what would do. */
static void test_wrong(void **state)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *word;
		const char *says;
	} cases[] = {
		{ "[drvier e1000]\n", 1, "drvier", "one of suture, driver, class, rule, function" },
		{ "[driver]\n", 1, "driver", "needs a name" },
		{ "[]\n", 1, "", "one of suture, driver NAME" },
		{ "[suture e1000]\n", 1, "e1000", "nothing can follow" },
		{ "[driver a driver b]\n", 1, "driver", "twice" },
		{ "[driver e1000\naction = off\n", 1, "[driver e1000", "does not end with ]" },
		{ "[driver e1000] x\n", 1, "[driver e1000] x", "does not end with ]" },
		{ "[driver e10[0-9]\n", 1, "e10[0-9", "has a [ without a ]" },
		{ "[driver e1/2]\n", 1, "e1/2", "a pattern of letters, digits" },
		{ "[rule LCK-SLEPP]\n", 1, "LCK-SLEPP", "perhaps LCK-SLEEP" },
		{ "[rule lck-sleep]\n", 1, "lck-sleep", "perhaps LCK-SLEEP" },
		{ "[class lokcing]\n", 1, "lokcing", "one of locking, memory, callback" },
		{ "[class locking rule LCK-BH]\n", 1, "locking", "name only the rule" },
		{ "[function 1x]\n", 1, "1x", "no name of a function" },
		{ "[function a.b]\n", 1, "a.b", "no name of a function" },
		{ "action = off\n", 1, "action", "before the first section" },
		{ "[suture]\nfoo = 1\n", 2, "foo", "one of profile, action, ceiling, repairs" },
		{ "[suture]\nprofile = srever\n", 2, "srever",
		  "one of observe, desktop, server, developer" },
		{ "[suture]\nprofile =\n", 2, "", "one of observe" },
		{ "[suture]\nwhat is this\n", 2, "what is this",
		  "neither [SECTION] nor KEY = VALUE" },
		{ "[suture]\n\n# x\naction = fix\n", 4, "fix",
		  "one of off, observe, repair, unwind" },
		{ "[suture]\naction = quarantine\n", 2, "quarantine", "power-cycle, restart" },
		{ "[suture]\nceiling = off\n", 2, "off", "one of observe, repair" },
		{ "[suture]\naction = off # x\n", 2, "off # x", "one of off" },
		{ "[suture]\nescalate_ms = 0\n", 2, "0", "from 1 to 86400000" },
		{ "[suture]\nescalate_ms = 86400001\n", 2, "86400001", "from 1 to 86400000" },
		{ "[suture]\nescalate_ms = 1e3\n", 2, "1e3", "a whole number" },
		{ "[suture]\nescalate_ms = -1\n", 2, "-1", "a whole number" },
		{ "[suture]\nbudget_task_ms = 99999999999999999999\n", 2, "99999999999999999999",
		  "from 100 to 3600000" },
		{ "[suture]\nbudget_task_ms = 99\n", 2, "99", "from 100 to 3600000" },
		{ "[driver e1000]\nbudget_irqoff_ms = 500\n", 2, "budget_irqoff_ms", "[suture]" },
		{ "[driver e1000]\nprofile = server\n", 2, "profile", "[suture]" },
		{ "[driver e1000]\nrepairs = drop\n", 2, "repairs", "a section with a rule" },
		{ "[rule LCK-BH]\nrepairs = skip\n", 2, "skip", "one or more of: later drop" },
		{ "[rule LCK-BH]\nrepairs = drop drop\n", 2, "drop", "twice" },
		{ "[rule LCK-BH]\nrepairs =\n", 2, "", "which?" },
		{ "[rule CB-OOPS]\nrepairs = drop\n", 2, "drop", "it has none" },
		{ "[suture]\naction = off", 2, "", "ends in the middle of a line" },
		{ "[suture]\nacti", 2, "", "ends in the middle of a line" },
		{ "[driver e1", 1, "", "ends in the middle of a line" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config config = read_text(cases[i].text, strlen(cases[i].text));

		if (config.nproblems != 1)
			fail_msg("%s: %zu problems", cases[i].text, config.nproblems);
		assert_int_equal(config.problems[0].line, cases[i].line);
		assert_string_equal(config.problems[0].word, cases[i].word);
		if (!strstr(config.problems[0].text, cases[i].says))
			fail_msg("%s: says: %s", cases[i].text, config.problems[0].text);
		/* The word itself is quoted. */
		if (!strstr(config.problems[0].text, cases[i].word))
			fail_msg("%s: without %s", config.problems[0].text, cases[i].word);
		config_end(&config);
	}
}

static void test_every_problem(void **state)
{
	struct config config = read_text("[suture]\na = 1\nb = 2\n[driver x]\nc = 3\n", 38);

	(void)state;
	assert_int_equal(config.nproblems, 3);
	assert_int_equal(config.problems[2].line, 5);
	config_end(&config);
}

/* What a wrong section holds cannot be judged. */
static void test_wrong_section_once(void **state)
{
	static const char text[] = "[drvier x]\nfoo = 1\nbar = 2\n[driver x]\naction = off\n";
	struct config config = read_text(text, strlen(text));

	(void)state;
	assert_int_equal(config.nproblems, 1);
	config_end(&config);
}

static void test_odd_but_good(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# BOM, CRLF, blanks\r\n\r\n  [ driver  my-driver ] ; x\r\n"
		"\taction:observe ; why\r\n"
		"    ceiling =   unwind   \r\n"
		"[rule LCK-BH]\r\nrepairs = drop,later\r\n";
	struct config config = read_text(text, strlen(text));

	(void)state;
	if (config.nproblems)
		fail_msg("line %u: %s", config.problems[0].line, config.problems[0].text);
	assert_int_equal(config.nsettings, 3);
	assert_string_equal(config.settings[0].scope.driver, "my_driver");
	assert_string_equal(config.settings[0].value, "observe");
	assert_int_equal(config.settings[0].line, 4);
	assert_string_equal(config.settings[1].value, "unwind");
	assert_string_equal(config.settings[2].value, "drop later");
	config_end(&config);
}

static void test_long_line(void **state)
{
	size_t size = (1 << 20) - 10;
	char *text = malloc(size);
	struct config config;

	(void)state;
	memset(text, 'x', size);
	memcpy(text, "[suture]\n", 9);
	text[size - 1] = '\n';
	config = read_text(text, size);
	assert_int_equal(config.nproblems, 1);
	assert_int_equal(config.problems[0].line, 2);
	assert_non_null(strstr(config.problems[0].text, "longer than"));
	config_end(&config);
	free(text);
}

static void test_nul(void **state)
{
	struct config config = read_text("[suture]\naction = off\0x\n", 24);

	(void)state;
	assert_int_equal(config.nproblems, 1);
	assert_int_equal(config.problems[0].line, 2);
	config_end(&config);
}

static void test_too_many_sections(void **state)
{
	char *text = NULL;
	size_t size, i;
	FILE *to = open_memstream(&text, &size);
	struct config config;

	(void)state;
	for (i = 0; i < CONFIG_SECTIONS_MAX + 5; i++)
		fprintf(to, "[driver d%zu]\naction = off\n", i);
	fclose(to);
	config = read_text(text, size);
	assert_int_equal(config.nproblems, 1);
	config_end(&config);
	free(text);
}

/* ------------------------------------------------------------ which line counts */

static const char *value(const struct config *config, enum config_key key, int rule,
			 const char *driver, const char *function)
{
	const struct setting *s =
		config_find(config, key, rule < 0 ? NULL : &rules[rule], driver, function);

	return s ? s->value : "-";
}

static void test_specific(void **state)
{
	static const char text[] = "[driver e1000 rule LCK-SLEEP]\naction = unwind\n"
				   "[function e1000_clean]\naction = off\n"
				   "[rule LCK-SLEEP]\naction = observe\n"
				   "[class locking]\naction = restart\n"
				   "[driver e1000]\naction = power-cycle\n"
				   "[driver e1*]\naction = repair\nceiling = repair\n"
				   "[suture]\naction = observe\n";
	struct config config = read_text(text, strlen(text));

	(void)state;
	assert_int_equal(config.nproblems, 0);
	assert_string_equal(value(&config, KEY_ACTION, 0, "e1000", "e1000_clean"), "off");
	assert_string_equal(value(&config, KEY_ACTION, 0, "e1000", "e1000_open"), "unwind");
	assert_string_equal(value(&config, KEY_ACTION, 0, "bochs", NULL), "observe");
	assert_string_equal(value(&config, KEY_ACTION, 1, "e1000", NULL), "restart");
	assert_string_equal(value(&config, KEY_ACTION, 2, "e1000", NULL), "power-cycle");
	assert_string_equal(value(&config, KEY_ACTION, 2, "e100", NULL), "repair");
	assert_string_equal(value(&config, KEY_ACTION, 2, "bochs", NULL), "observe");
	/* Each key by itself. */
	assert_string_equal(value(&config, KEY_CEILING, 0, "e1000", NULL), "repair");
	assert_string_equal(value(&config, KEY_CEILING, 0, "bochs", NULL), "-");
	config_end(&config);
}

static void test_later(void **state)
{
	static const char text[] = "[driver a*]\naction = off\n[driver *b]\naction = observe\n"
				   "[driver a*]\nceiling = unwind\n[driver ab]\nceiling = repair\n"
				   "ceiling = restart\n";
	struct config config = read_text(text, strlen(text));

	(void)state;
	assert_string_equal(value(&config, KEY_ACTION, 0, "ab", NULL), "observe");
	assert_string_equal(value(&config, KEY_CEILING, 0, "ab", NULL), "restart");
	config_end(&config);
}

static void test_profiles(void **state)
{
	struct config config = read_text("", 0);

	(void)state;
	assert_string_equal(config.profile, "server");
	assert_int_equal(config.nsettings, 0);
	config_end(&config);

	/* The files go before the profile, wherever it is chosen. */
	config = read_text("[suture]\nbudget_task_ms = 700\nprofile = desktop\n", 48);
	assert_string_equal(config.profile, "desktop");
	assert_string_equal(value(&config, KEY_BUDGET_TASK_MS, 4, "x", NULL), "700");
	assert_string_equal(value(&config, KEY_BUDGET_SOFTIRQ_MS, 4, "x", NULL), "500");
	assert_int_equal(config.settings[0].line, 0);
	config_end(&config);

	config = read_text("[suture]\nprofile = observe\n", 27);
	assert_string_equal(value(&config, KEY_CEILING, 0, "x", NULL), "observe");
	config_end(&config);
}

static void test_digest(void **state)
{
	struct config a = read_text("[driver x]\naction = off\n", 24);
	struct config b = read_text("\n# y\n[driver x]\naction=off\n", 27);
	struct config c = read_text("[driver x]\nceiling = repair\n", 28);

	(void)state;
	assert_true(config_digest(&a) == config_digest(&b));
	assert_true(config_digest(&a) != config_digest(&c));
	config_end(&a);
	config_end(&b);
	config_end(&c);
}

/* ---------------------------------------------------------------- folders */

static char dir[64];

static void put(const char *name, const char *text)
{
	char path[200];
	FILE *to;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	to = fopen(path, "w");
	assert_non_null(to);
	fputs(text, to);
	fclose(to);
}

static int make_folder(void **state)
{
	char path[128];

	(void)state;
	strcpy(dir, "/tmp/test_config.XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/suture.conf.d", dir);
	return mkdir(path, 0755);
}

static int drop_folder(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void test_folder(void **state)
{
	struct config config = fresh();

	(void)state;
	put("suture.conf", "[driver x]\naction = off\nceiling = repair\n");
	put("suture.conf.d/20-b.conf", "[driver x]\naction = observe\n");
	put("suture.conf.d/10-a.conf", "[driver x]\naction = repair\n");
	put("suture.conf.d/30-c.conf.bak", "nonsense\n");
	put("suture.conf.d/.30-c.conf", "nonsense\n");
	config_read(&config, dir, NULL, NULL);
	assert_int_equal(config.nproblems, 0);
	assert_string_equal(value(&config, KEY_ACTION, 0, "x", NULL), "observe");
	assert_string_equal(value(&config, KEY_CEILING, 0, "x", NULL), "repair");
	config_end(&config);

	/* What would be if. */
	config = fresh();
	config_read(&config, dir, "15-new.conf", "[driver x]\naction = unwind\nceiling = unwind\n");
	assert_string_equal(value(&config, KEY_ACTION, 0, "x", NULL), "observe");
	assert_string_equal(value(&config, KEY_CEILING, 0, "x", NULL), "unwind");
	config_end(&config);
	config = fresh();
	config_read(&config, dir, "20-b.conf", "[driver x]\naction = unwind\n");
	assert_string_equal(value(&config, KEY_ACTION, 0, "x", NULL), "unwind");
	config_end(&config);
	config = fresh();
	config_read(&config, dir, "99-z.conf", "[driver x]\naction = restart\n");
	assert_string_equal(value(&config, KEY_ACTION, 0, "x", NULL), "restart");
	config_end(&config);
}

static void test_no_file(void **state)
{
	struct config config = fresh();
	char path[128];

	(void)state;
	/* A folder and a FIFO in place of files; nothing at all is no problem. */
	config_read(&config, "/nonexistent/suture", NULL, NULL);
	assert_int_equal(config.nproblems, 0);
	config_end(&config);

	config = fresh();
	snprintf(path, sizeof(path), "%s/suture.conf.d/10.conf", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/suture.conf.d/11.conf", dir);
	assert_int_equal(mkfifo(path, 0644), 0);
	config_read(&config, dir, NULL, NULL);
	assert_int_equal(config.nproblems, 2);
	assert_non_null(strstr(config.problems[0].text, "Is a directory"));
	assert_non_null(strstr(config.problems[1].text, "no regular file"));
	config_end(&config);

	config = fresh();
	config_file(&config, "/nonexistent.conf");
	assert_non_null(strstr(config.problems[0].text, "No such file"));
	config_end(&config);
}

static void test_too_large(void **state)
{
	struct config config = fresh();
	char path[128];

	(void)state;
	put("suture.conf", "");
	snprintf(path, sizeof(path), "%s/suture.conf", dir);
	assert_int_equal(truncate(path, (1 << 20) + 1), 0);
	config_read(&config, dir, NULL, NULL);
	assert_int_equal(config.nproblems, 1);
	assert_non_null(strstr(config.problems[0].text, "larger than 1 MiB"));
	config_end(&config);
}

/* ------------------------------------------------------------------- changes */

static void becomes(const char *before, const char *words, const char *key, const char *new,
		    const char *after)
{
	struct config nobody = fresh();
	struct scope scope;
	struct out out;
	char path[128], *text;

	out_start(&out, false);
	put("c.conf", before);
	snprintf(path, sizeof(path), "%s/c.conf", dir);
	assert_true(config_scope(&nobody, "", 0, words, &scope));
	assert_int_equal(change_text(&out, path, words, &scope, key, new, &text), 0);
	assert_string_equal(text, after);
	free(text);
}

static void test_change(void **state)
{
	(void)state;
	becomes("", "driver x", "action", "off",
		"# Written by `suture policy set`; may be edited. See suture.conf(5).\n"
		"\n[driver x]\naction = off\n");
	becomes("# mine\n[driver x]\naction = repair ; why\n\n[suture]\n", "driver x", "action",
		"off", "# mine\n[driver x]\naction = off\n\n[suture]\n");
	becomes("[rule LCK-BH driver x]\nceiling = off\n", "driver x rule LCK-BH", "action", "off",
		"[rule LCK-BH driver x]\nceiling = off\naction = off\n");
	becomes("[driver y]\naction = repair\n", "driver x", "action", "off",
		"[driver y]\naction = repair\n\n[driver x]\naction = off\n");
	becomes("[driver x]\naction = repair\n[driver y]\naction = off\n", "driver x", "action",
		NULL, "[driver x]\n[driver y]\naction = off\n");
	becomes("[driver x]\nceiling = repair\n[driver y]\n", "driver x", "action", "off",
		"[driver x]\nceiling = repair\naction = off\n[driver y]\n");
	becomes("[driver x]\nactions = 1\n", "driver x", "action", "off",
		"[driver x]\nactions = 1\naction = off\n");
}

/* What reads a file that somebody has damaged must come to an end, and say where. */
static void test_mangled(void **state)
{
	static const char good[] =
		"[suture]\nprofile = desktop\n[driver e1000*]\nceiling = unwind\n"
		"[driver e1000 function e1000_clean rule LCK-BH]\n"
		"repairs = drop later\naction = observe ; why\n";
	static const char bytes[] = "[]=:;#\n\r\t \"\\\0\xff*?-_aZ0";
	unsigned int seed = 1;
	int i, n, refused = 0;

	(void)state;
	for (i = 0; i < 20000; i++) {
		char text[2 * sizeof(good)];
		size_t size = strlen(good), at, count;
		struct config config;

		memcpy(text, good, size);
		for (n = 1 + (int)(rand_r(&seed) % 4); n; n--) {
			at = (size_t)rand_r(&seed) % size;
			count = 1 + (size_t)rand_r(&seed) % 8;
			switch (rand_r(&seed) % 4) {
			case 0: /* another byte */
				text[at] = bytes[(size_t)rand_r(&seed) % (sizeof(bytes) - 1)];
				break;
			case 1: /* some are gone */
				count = count < size - at ? count : size - at - (at == 0);
				memmove(text + at, text + at + count, size - at - count);
				size -= count;
				break;
			case 2: /* some stand there twice */
				if (size + count > sizeof(text) || at + count > size)
					break;
				memmove(text + at + count, text + at, size - at);
				size += count;
				break;
			default: /* the rest is gone */
				if (rand_r(&seed) % 8 == 0)
					size = at + 1;
				break;
			}
			if (!size)
				size = 1;
		}
		config = read_text(text, size);
		assert_false(config.nomem);
		refused += config.nproblems != 0;
		for (at = 0; at < config.nproblems; at++)
			assert_true(config.problems[at].line > 0);
		config_end(&config);
	}
	/* Most changes are seen; some make another word that is good. */
	assert_true(refused > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_every_problem),
		cmocka_unit_test(test_wrong_section_once),
		cmocka_unit_test(test_odd_but_good),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_too_many_sections),
		cmocka_unit_test(test_specific),
		cmocka_unit_test(test_later),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_digest),
		cmocka_unit_test_setup_teardown(test_folder, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(test_no_file, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(test_too_large, make_folder, drop_folder),
		cmocka_unit_test_setup_teardown(test_change, make_folder, drop_folder),
		cmocka_unit_test(test_mangled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
