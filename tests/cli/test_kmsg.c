// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_kmsg.c - which lines of the kernel log belong to a module.
 */
#include "kmsg.h"
#include "message.h"

static void about(const char *record, const char *name, const char *want)
{
	char *exact = strdup(record);
	char line[256];

	assert_int_equal(kmsg_line(exact, name, line, sizeof(line)), want != NULL);
	if (want)
		assert_string_equal(line, want);
	free(exact);
}

static void test_lines(void **state)
{
	(void)state;
	about("4,100,5000,-;e1000: Unknown symbol suture_enter (err -2)\n", "e1000",
	      "e1000: Unknown symbol suture_enter (err -2)");
	about("3,1,2,-;suture: e1000: image refused\n SUBSYSTEM=pci\n", "e1000",
	      "suture: e1000: image refused");
	about("6,1,2,-,caller=T1;module snd-hda-intel: bad\n", "snd_hda_intel",
	      "module snd-hda-intel: bad");
	about("6,1,2,-;e1000e: not this one\n", "e1000", NULL);
	about("6,1,2,-;xe1000: nor this\n", "e1000", NULL);
	about("6,1,2,-;e1000_probe is another word\n", "e1000", NULL);
	about("6,1,2,-;probing e1000\n", "e1000", "probing e1000");
	about("6,1,2,-;eth0 e1000e then e1000\n", "e1000", "eth0 e1000e then e1000");
	about("6,1,2,-;nothing of ours\n DRIVER=e1000\n", "e1000", NULL);
	about("no semicolon e1000", "e1000", NULL);
	about("", "e1000", NULL);
	about(";", "e1000", NULL);
}

static void test_cut(void **state)
{
	char line[16];

	(void)state;
	/* Cut before it is looked at: what is not shown is no reason to show. */
	assert_int_equal(kmsg_line("6,1,2,-;e1000: a long line\n", "e1000", line, sizeof(line)), 1);
	assert_string_equal(line, "e1000: a long l");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests_name("kmsg", tests, NULL, NULL);
}
