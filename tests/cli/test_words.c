// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_words.c - the words for what the kernel refuses: each says the cause and the next step.
 */
#include <errno.h>

#include "message.h"
#include "words.h"

static const struct words_facts user = { 0 };
static const struct words_facts root = { .root = true };
static const struct words_facts locked = { .root = true, .lockdown = "integrity" };
static const struct words_facts disabled = { .root = true, .modules_disabled = true };

static void load_has(int error, const struct words_facts *facts, const char *part)
{
	char buf[512];

	words_load(buf, sizeof(buf), error, "e1000", facts);
	if (!strstr(buf, part))
		fail_msg("\"%s\" is not in \"%s\"", part, buf);
}

static void unload_has(int error, const char *users, const struct words_facts *facts,
		       const char *part)
{
	char buf[512];

	words_unload(buf, sizeof(buf), error, "e1000", users, facts);
	if (!strstr(buf, part))
		fail_msg("\"%s\" is not in \"%s\"", part, buf);
}

static void test_load(void **state)
{
	(void)state;
	load_has(-EEXIST, &root, "already loaded; `suture unload e1000` first");
	load_has(-ENOEXEC, &root, "built for another kernel");
	load_has(-EKEYREJECTED, &root, "only signed modules");
	load_has(-ENOKEY, &root, "only signed modules");
	load_has(-ENOENT, &root, "unknown symbol");
	load_has(-ENODEV, &root, "device is not there");
	load_has(-EINVAL, &root, "parameter");
	load_has(-EIO, &root, "Input/output error");
	load_has(-EBUSY, &root, "try again");
}

static void test_not_permitted(void **state)
{
	(void)state;
	load_has(-EPERM, &user, "as root");
	load_has(-EPERM, &locked, "lockdown (integrity)");
	load_has(-EPERM, &disabled, "kernel.modules_disabled");
	load_has(-EPERM, &root, "CAP_SYS_MODULE");
	unload_has(-EPERM, "", &user, "as root");
}

static void test_unload(void **state)
{
	(void)state;
	unload_has(-EAGAIN, "the module bonding", &root, "in use by the module bonding");
	unload_has(-EAGAIN, "", &root, "is in use; stop");
	unload_has(-EBUSY, "", &root, "/sys/module/e1000/initstate");
	unload_has(-ENOENT, "", &root, "is not loaded");
	unload_has(-EIO, "", &root, "Input/output error");
}

/* A buffer too small cuts the words, nothing else. */
static void test_short_buffer(void **state)
{
	char *buf = malloc(8);

	(void)state;
	words_load(buf, 8, -EEXIST, "e1000", &root);
	assert_string_equal(buf, "already");
	words_unload(buf, 8, -EAGAIN, "e1000", "x", &root);
	assert_string_equal(buf, "is in u");
	free(buf);
}

static void lockdown_is(const char *line, const char *want)
{
	char word[16];

	words_lockdown(line, word, sizeof(word));
	assert_string_equal(word, want);
}

static void test_lockdown(void **state)
{
	(void)state;
	lockdown_is("[none] integrity confidentiality\n", "");
	lockdown_is("none [integrity] confidentiality\n", "integrity");
	lockdown_is("none integrity [confidentiality]\n", "confidentiality");
	lockdown_is("", "");
	lockdown_is("none [integ", "");
	lockdown_is("][", "");
	lockdown_is("[a word that is longer than the buffer]", "a word that is ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load),	 cmocka_unit_test(test_not_permitted),
		cmocka_unit_test(test_unload),	 cmocka_unit_test(test_short_buffer),
		cmocka_unit_test(test_lockdown),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
