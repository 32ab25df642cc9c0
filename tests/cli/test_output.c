// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_output.c - whole outputs, compared with the files in golden/.
 *
 * SUTURE_GOLDEN_WRITE=1 writes those files anew (`make golden`); the diff is for people.
 */
#include <errno.h>
#include <stdio.h>

#include "crash.h"
#include "event.h"
#include "message.h"
#include "out.h"
#include "record.h"
#include "report.h"
#include "suture/image.h"
#include "table.h"

static char buf[4096] __attribute__((aligned(8)));

/* The report asks suture.ko only this; its real answer is tested with the rewriter. */
size_t suture_core_count(const struct suture_core *core)
{
	(void)core;
	return 97;
}

static char *slurp(const char *path)
{
	FILE *from = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	if (!from)
		return strdup("(no such file)");
	if (getdelim(&text, &size, '\0', from) < 0) {
		free(text);
		text = strdup("");
	}
	fclose(from);
	return text;
}

static void golden(const char *name, const char *got)
{
	char path[256];
	char *want;
	FILE *to;

	snprintf(path, sizeof(path), "golden/%s", name);
	if (getenv("SUTURE_GOLDEN_WRITE")) {
		to = fopen(path, "we");
		assert_non_null(to);
		fputs(got, to);
		fclose(to);
		return;
	}
	want = slurp(path);
	if (strcmp(want, got) != 0)
		fail_msg("%s differs; got:\n%s", path, got);
	free(want);
}

struct capture {
	struct out out;
	char *text;
	size_t size;
};

static void capture(struct capture *c, bool json)
{
	out_start(&c->out, json);
	c->out.to = c->out.err = open_memstream(&c->text, &c->size);
}

static void compare(struct capture *c, const char *name)
{
	assert_int_equal(out_finish(&c->out, 0), 0);
	fclose(c->out.to);
	golden(name, c->text);
	free(c->text);
}

static struct record *parse(struct nlmsghdr *nlh)
{
	struct record *record;

	assert_int_equal(record_parse(nlh, &record), 0);
	return record;
}

static void test_event(void **state)
{
	struct record *record = parse(message_event(buf));
	struct nlmsghdr *nlh;
	struct capture c;
	char *line;

	(void)state;
	setenv("TZ", "UTC", 1);
	capture(&c, false);
	line = event_line(record);
	out_text(&c.out, "%s\n", line);
	free(line);
	record_free(record);

	/* The least that can be: still one line. */
	record = parse(message_begin(buf, SUTURE_CMD_EVENT));
	line = event_line(record);
	out_text(&c.out, "%s\n", line);
	free(line);
	record_free(record);

	/* A command name that tries to start a line of its own. */
	nlh = message_begin(buf, SUTURE_CMD_EVENT);
	mnl_attr_put_u64(nlh, SUTURE_A_SEQ, 13);
	mnl_attr_put_u32(nlh, SUTURE_A_PID, 1);
	mnl_attr_put_strz(nlh, SUTURE_A_COMM, "x\n14 faked");
	mnl_attr_put_strz(nlh, SUTURE_A_ACTION, "restart");
	mnl_attr_put_u64(nlh, SUTURE_A_DURATION, 650000000);
	record = parse(nlh);
	line = event_line(record);
	out_text(&c.out, "%s\n", line);
	free(line);
	record_free(record);
	compare(&c, "event.txt");
}

static void test_event_json(void **state)
{
	struct record *record = parse(message_event(buf));
	struct capture c;
	json_t *list = json_array();

	(void)state;
	capture(&c, true);
	json_array_append_new(list, record_json(record));
	out_json(&c.out, json_pack("{s:o}", "events", list));
	c.out.lines = true;
	out_json(&c.out, record_json(record));
	out_fail(&c.out, "the end");
	record_free(record);
	compare(&c, "event.json");
}

static void test_failures(void **state)
{
	struct capture c;

	(void)state;
	capture(&c, false);
	out_text(&c.out, "before\n");
	out_warn(&c.out, "%s: odd", "e1000");
	out_note(&c.out, "e1000: Unknown symbol \x1b[31m");
	assert_int_equal(out_fail(&c.out, "%s: bad\nname; try again", "e1000\t"), EXIT_FAILURE);
	assert_int_equal(out_usage(&c.out, "what?"), EXIT_USAGE);
	out_json(&c.out, json_pack("{s:s}", "never", "seen"));
	compare(&c, "failure.txt");

	capture(&c, true);
	out_text(&c.out, "never seen\n");
	out_warn(&c.out, "%s: odd", "e1000");
	out_note(&c.out, "e1000: Unknown symbol \xff\"");
	assert_int_equal(out_fail(&c.out, "%s: bad\nname; try again", "e1000\t"), EXIT_FAILURE);
	compare(&c, "failure.json");
}

/* Valid JSON even for nothing. */
static void test_nothing(void **state)
{
	struct capture c;

	(void)state;
	capture(&c, true);
	out_json(&c.out, json_pack("{s:[]}", "drivers"));
	out_json(&c.out, NULL);
	out_json(&c.out, json_pack("{s:o}", "text", out_string(NULL)));
	compare(&c, "nothing.json");
}

/* A device that is always full: the command must not claim success. */
static void test_full(void **state)
{
	struct out out;
	FILE *full = fopen("/dev/full", "we");
	char *text;
	size_t size;

	(void)state;
	if (!full)
		skip();
	out_start(&out, false);
	out.to = full;
	out.err = open_memstream(&text, &size);
	out_text(&out, "lost\n");
	assert_int_equal(out_finish(&out, EXIT_SUCCESS), EXIT_FAILURE);
	fclose(out.err);
	assert_non_null(strstr(text, "cannot be written: No space left"));
	free(text);
	fclose(full);
}

static void test_table(void **state)
{
	struct table table;
	struct capture c;

	(void)state;
	capture(&c, false);
	table_start(&table, "NAME|>COUNT|NEVER|WORDS");
	table_cell(&table, "short");
	table_number(&table, 7);
	table_cell(&table, NULL);
	table_cell(&table, "last column has no spaces behind");
	table_cell(&table, "gr\xc3\xbc\xc3\x9f-with-width");
	table_number(&table, 123456789);
	table_cell(&table, "");
	table_cell(&table, "");
	table_cell(&table, "new\nline");
	table_number(&table, 0);
	table_cell(&table, NULL);
	table_cell(&table, "x");
	table_end(&table, &c.out, 2);

	table_start(&table, "ONLY|HEADS");
	table_end(&table, &c.out, 0);
	compare(&c, "table.txt");
}

static const struct suture_report_entry entries[] = {
	{ "e1000_clean", ".text", "suture:e1000_clean", NULL, 2, 0, SUTURE_RET_INT, 2, 0 },
	{ "e1000_init_module", ".init.text", "suture:init_module", NULL, 1, SUTURE_ENTRY_INIT,
	  SUTURE_RET_INT, 0, 0 },
	{ "e1000_odd", ".text.odd", NULL, "its address is also taken by a jump table", 1, 0,
	  SUTURE_RET_UNKNOWN, SUTURE_NARGS_UNKNOWN, 0 },
};

static const struct suture_report_import imports[] = {
	{ "__fentry__", NULL, 0, 0, 300, 0, 0 },
	{ "__x86_return_thunk", NULL, 0, 0, 0, 250, 0 },
	{ "_raw_spin_lock", "suture__raw_spin_lock", 0, 0, 4, 0, 0 },
	{ "kfree", "suture_kfree", 0, 0, 7, 1, 1 },
	{ "mutex_lock", "suture_mutex_lock", 0, 0, 0, 0, 2 },
	{ "_dev_err", NULL, 0, 0, 12, 0, 0 },
	{ "cdev_add", NULL, 1, 0, 2, 0, 0 },
	{ "jiffies", NULL, 0, 0, 0, 0, 5 },
};

static struct suture_guarded guarded = {
	.report = {
		.module = "e1000",
		.vermagic = "6.1.0-56-amd64 SMP preempt mod_unload modversions ",
		.entries = entries,
		.nentries = 3,
		.imports = imports,
		.nimports = 8,
		.nthunks = 2,
		.edges_in = 3,
		.edges_left = 1,
		.nwrapped = 12,
		.ntails = 1,
		.ntaken = 2,
		.indirect_calls = 9,
		.inner_refs = 4,
		.has_versions = true,
		.has_orc = true,
		.has_btf = true,
		.stripped = true,
	},
};

static void report(const char *name, bool json, bool verbose, unsigned int flags)
{
	struct guard guard = {
		.core_path = "/lib/modules/V/extra/suture.ko",
		.path = "/lib/modules/V/kernel/e1000.ko",
		.depends = "mii,ptp",
		.flags = flags,
		.guarded = &guarded,
	};
	struct capture c;

	capture(&c, json);
	assert_int_equal(report_show(&c.out, &guard, verbose), 0);
	compare(&c, name);
}

static void test_report(void **state)
{
	(void)state;
	report("report.txt", false, false, 0);
	report("report-verbose.txt", false, true, 0);
	report("report.json", true, false, 0);
}

/* With nothing in it, and everything that a hostile file could put into a name. */
static void test_odd_reports(void **state)
{
	static const struct suture_report_entry odd = { "a\nb\x1b", "\xff", NULL, "\x07", 1,
							0,	    200,    250,  0 };
	struct suture_guarded empty = { .report = { .module = "empty", .vermagic = "" } };
	struct suture_guarded hostile = {
		.report = { .module = "x\x1b[2J",
			    .vermagic = "\n y",
			    .entries = &odd,
			    .nentries = 1 },
	};
	struct guard guard = { .core_path = "c", .path = "p", .guarded = &empty };
	struct capture c;

	(void)state;
	capture(&c, false);
	assert_int_equal(report_show(&c.out, &guard, true), 0);
	guard.guarded = &hostile;
	guard.depends = "\x1b";
	assert_int_equal(report_show(&c.out, &guard, true), 0);
	compare(&c, "report-odd.txt");

	capture(&c, true);
	assert_int_equal(report_show(&c.out, &guard, true), 0);
	compare(&c, "report-odd.json");
}

/* One message of a crash's record; without @part its head. */
static struct nlmsghdr *crash_begin(uint64_t seq, const char *part, const char *name)
{
	struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_CRASH);

	mnl_attr_put_u64(nlh, SUTURE_A_SEQ, seq);
	if (part)
		mnl_attr_put_strz(nlh, SUTURE_A_PART, part);
	if (name)
		mnl_attr_put_strz(nlh, SUTURE_A_NAME, name);
	return nlh;
}

static void crash_add(struct records *records, struct nlmsghdr *nlh)
{
	assert_int_equal(records_add(records, parse(nlh)), 0);
}

static void crash_frame(struct records *records, const char *where, const char *site, bool unsure)
{
	struct nlmsghdr *nlh = crash_begin(7, "frame", NULL);

	if (site)
		mnl_attr_put_strz(nlh, SUTURE_A_SITE, site);
	mnl_attr_put_strz(nlh, SUTURE_A_WHERE, where);
	mnl_attr_put_u32(nlh, SUTURE_A_INNER, strcmp(where, "kernel") != 0);
	if (unsure)
		mnl_attr_put_u32(nlh, SUTURE_A_UNSURE, 1);
	mnl_attr_put_u64(nlh, SUTURE_A_ADDRESS, 0xffffffffc0123456);
	crash_add(records, nlh);
}

static void crash_step(struct records *records, const char *name, const char *device,
		       uint64_t began, uint64_t took, const char *text)
{
	struct nlmsghdr *nlh = crash_begin(7, "step", name);

	mnl_attr_put_strz(nlh, SUTURE_A_TEXT, text);
	if (device)
		mnl_attr_put_strz(nlh, SUTURE_A_DEVICE, device);
	mnl_attr_put_u64(nlh, SUTURE_A_BEGAN, began);
	mnl_attr_put_u64(nlh, SUTURE_A_DURATION, took);
	crash_add(records, nlh);
}

static void crash_number(struct records *records, const char *part, const char *name, int attr,
			 uint64_t number)
{
	struct nlmsghdr *nlh = crash_begin(7, part, name);

	mnl_attr_put_u64(nlh, (uint16_t)attr, number);
	crash_add(records, nlh);
}

static void crash_full(struct records *records)
{
	static const char *const registers[] = { "rip", "rsp", "eflags", "rax" };
	struct nlmsghdr *nlh = crash_begin(7, NULL, NULL);
	size_t i;

	mnl_attr_put_u64(nlh, SUTURE_A_TIME, 1700000000123456789);
	mnl_attr_put_strz(nlh, SUTURE_A_DOMAIN, "e1000");
	mnl_attr_put_strz(nlh, SUTURE_A_RULE, "CB-OOPS");
	mnl_attr_put_strz(nlh, SUTURE_A_TEXT, "bad write at 0x0 (#PF)");
	mnl_attr_put_strz(nlh, SUTURE_A_OUTCOME, "recovered");
	mnl_attr_put_strz(nlh, SUTURE_A_ENTRY, "e1000_clean");
	mnl_attr_put_strz(nlh, SUTURE_A_ROLE, "napi_poll");
	mnl_attr_put_strz(nlh, SUTURE_A_CONTEXT, "softirq");
	mnl_attr_put_u32(nlh, SUTURE_A_CPU, 1);
	mnl_attr_put_u32(nlh, SUTURE_A_PID, 321);
	mnl_attr_put_strz(nlh, SUTURE_A_COMM, "x\ncrash 8: faked");
	mnl_attr_put_strz(nlh, SUTURE_A_DEVICE, "0000:00:02.0");
	mnl_attr_put_strz(nlh, SUTURE_A_KERNEL, "6.1.0 #1 SMP");
	mnl_attr_put_strz(nlh, SUTURE_A_CODE, "90 <c7> 00");
	mnl_attr_put_u64(nlh, SUTURE_A_ADDRESS, 0);
	mnl_attr_put_strz(nlh, SUTURE_A_SITE, "e1000_clean+0x16/0x6b0 [e1000]");
	mnl_attr_put_strz(nlh, SUTURE_A_MODVERSION, "8");
	mnl_attr_put_strz(nlh, SUTURE_A_SRCVERSION, "ABC");
	mnl_attr_put_strz(nlh, SUTURE_A_BUILD_ID, "eca0");
	crash_add(records, nlh);
	crash_step(records, "unwind", NULL, 0, 129580, "the visit has returned");
	crash_step(records, "restart", "0000:00:02.0", 590360, 602720730, "the driver is as new");
	crash_frame(records, "driver", "e1000_clean+0x16/0x6b0 [e1000]", false);
	crash_frame(records, "driver", NULL, true);
	crash_frame(records, "kernel", "__napi_poll+0x2b/0x160", false);
	nlh = crash_begin(7, "held", "spinlock");
	mnl_attr_put_strz(nlh, SUTURE_A_SITE, "e1000_clean+0x8/0x6b0 [e1000]");
	mnl_attr_put_u64(nlh, SUTURE_A_ADDRESS, 0xffffffffc0126458);
	crash_add(records, nlh);
	crash_number(records, "held", "mutex", SUTURE_A_ADDRESS, 0xffffffffc0126460);
	crash_number(records, "held", "preemption off", SUTURE_A_COUNT, 1);
	nlh = crash_begin(7, "call", "dma_map_page_attrs");
	mnl_attr_put_strz(nlh, SUTURE_A_SITE, "e1000_xmit_frame+0x348/0xfc0 [e1000]");
	mnl_attr_put_u64(nlh, SUTURE_A_BEGAN, 904200);
	crash_add(records, nlh);
	crash_number(records, "object", "interrupt", SUTURE_A_COUNT, 1);
	nlh = crash_begin(7, "object", "kmalloc");
	mnl_attr_put_u64(nlh, SUTURE_A_COUNT, 2);
	mnl_attr_put_u64(nlh, SUTURE_A_BYTES, 14336);
	crash_add(records, nlh);
	for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		crash_number(records, "register", registers[i], SUTURE_A_ADDRESS, UINT64_MAX - i);
	/* Of a kind that this command does not know. */
	crash_number(records, "omen", "raven", SUTURE_A_COUNT, 1);
}

static void test_crash(void **state)
{
	struct records records = { 0 };
	json_t *list = json_array();
	struct crash crash;
	struct capture c;
	size_t at = 0, n = 0;

	(void)state;
	setenv("TZ", "UTC", 1);
	/* The end of a record whose head has been overwritten. */
	crash_number(&records, "register", "r15", SUTURE_A_ADDRESS, 1);
	crash_full(&records);
	/* The least that can be, and a part of another record. */
	crash_add(&records, crash_begin(8, NULL, NULL));
	crash_number(&records, "register", "r14", SUTURE_A_ADDRESS, 1);

	capture(&c, false);
	while (crash_next(&records, &at, &crash)) {
		crash_text(&c.out, &crash);
		json_array_append_new(list, crash_json(&crash));
		n++;
	}
	compare(&c, "crash.txt");
	assert_int_equal(n, 2);
	capture(&c, true);
	out_json(&c.out, json_pack("{s:o}", "crashes", list));
	compare(&c, "crash.json");
	records_clear(&records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event),	 cmocka_unit_test(test_event_json),
		cmocka_unit_test(test_failures), cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_full),	 cmocka_unit_test(test_table),
		cmocka_unit_test(test_report),	 cmocka_unit_test(test_odd_reports),
		cmocka_unit_test(test_crash),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
