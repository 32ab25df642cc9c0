// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_record.c - messages of suture.ko, good, cut off and wrong.
 */
#include <errno.h>

#include "message.h"
#include "record.h"

static char buf[4096] __attribute__((aligned(8)));

static int parse(const struct nlmsghdr *nlh, struct record **record)
{
	void *exact = message_exact(nlh, 0);
	int ret = record_parse(exact, record);

	/* A record must not point into the message it came from. */
	free(exact);
	return ret;
}

static void test_event(void **state)
{
	struct record *record;

	(void)state;
	assert_int_equal(parse(message_event(buf), &record), 0);
	assert_int_equal(record_command(record), SUTURE_CMD_GET_EVENT);
	assert_int_equal(record_number(record, SUTURE_A_SEQ), 12);
	assert_int_equal(record_number(record, SUTURE_A_CPU), 1);
	assert_string_equal(record_raw(record, SUTURE_A_DOMAIN), "e1000");
	assert_string_equal(record_text(record, SUTURE_A_RULE), "LCK-SLEEP");
	assert_true(record_has(record, SUTURE_A_PID));
	assert_false(record_has(record, SUTURE_A_HITS));
	assert_null(record_raw(record, SUTURE_A_CLASS));
	assert_string_equal(record_text(record, SUTURE_A_CLASS), "");
	assert_int_equal(record_number(record, SUTURE_A_HITS), 0);
	record_free(record);
}

/* Cut off at every length: refused, except where an attribute just ended. */
static void test_truncated(void **state)
{
	struct nlmsghdr *nlh = message_event(buf);
	uint32_t full = nlh->nlmsg_len;
	size_t good = 0, bad = 0;
	struct record *record;
	uint32_t len;

	(void)state;
	for (len = MNL_NLMSG_HDRLEN; len < full; len++) {
		struct nlmsghdr *cut = message_exact(nlh, len);
		int ret;

		cut->nlmsg_len = len;
		ret = record_parse(cut, &record);
		free(cut);
		if (ret == 0) {
			record_free(record);
			good++;
		} else {
			assert_int_equal(ret, -EBADMSG);
			bad++;
		}
	}
	/*
	 * 15 attributes: 14 ends before the last and the empty message; each string that
	 * needs padding ends up to three bytes before its padding does.
	 */
	assert_true(good >= 15 && good <= 15 + 14 * 3);
	assert_true(bad > full / 2);
}

static void refused(int attr, const void *data, size_t size)
{
	struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_EVENT);
	struct record *record = NULL;

	mnl_attr_put(nlh, (uint16_t)attr, size, data);
	assert_int_equal(parse(nlh, &record), -EBADMSG);
	assert_null(record);
}

static void test_wrong_types(void **state)
{
	uint64_t number = 1;

	(void)state;
	refused(SUTURE_A_DOMAIN, "e1000", 5); /* no NUL */
	refused(SUTURE_A_DOMAIN, "", 0);      /* nothing at all */
	refused(SUTURE_A_GIVES_UP, "x", 1);
	refused(SUTURE_A_CPU, &number, 8);
	refused(SUTURE_A_CPU, &number, 3);
	refused(SUTURE_A_SEQ, &number, 4);
	refused(SUTURE_A_SEQ, "", 0);
}

static void test_attribute_length(void **state)
{
	static const uint16_t lengths[] = { 0, 1, 3, 200, 0xffff };
	struct record *record;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_EVENT);
		struct nlattr *nla = mnl_nlmsg_get_payload_tail(nlh);

		mnl_attr_put_strz(nlh, SUTURE_A_DOMAIN, "e1000");
		nla->nla_len = lengths[i];
		assert_int_equal(parse(nlh, &record), -EBADMSG);
	}
}

static void test_no_header(void **state)
{
	struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_EVENT);
	struct record *record;

	(void)state;
	nlh->nlmsg_len = MNL_NLMSG_HDRLEN + 2;
	assert_int_equal(parse(nlh, &record), -EBADMSG);
}

/* What a newer suture.ko may add is passed over. */
static void test_unknown(void **state)
{
	struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_EVENT);
	struct record *record;

	(void)state;
	mnl_attr_put_u32(nlh, SUTURE_A_MAX + 1, 5);
	mnl_attr_put_u32(nlh, 4000, 5);
	mnl_attr_put_strz(nlh, SUTURE_A_DOMAIN, "e1000");
	mnl_attr_put(nlh, SUTURE_A_PAD, 0, NULL);
	assert_int_equal(parse(nlh, &record), 0);
	assert_string_equal(record_raw(record, SUTURE_A_DOMAIN), "e1000");
	record_free(record);
}

static void test_repairs(void **state)
{
	struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_RULE);
	struct record *record;
	const char *gives_up;
	json_t *json;

	(void)state;
	mnl_attr_put_strz(nlh, SUTURE_A_GIVES_UP, "before any repair: belongs to none");
	mnl_attr_put_strz(nlh, SUTURE_A_REPAIR, "atomic");
	mnl_attr_put_strz(nlh, SUTURE_A_GIVES_UP, "may fail");
	mnl_attr_put_strz(nlh, SUTURE_A_REPAIR, "drop");
	mnl_attr_put_strz(nlh, SUTURE_A_REPAIR, "release");
	mnl_attr_put_strz(nlh, SUTURE_A_GIVES_UP, "atomicity");
	assert_int_equal(parse(nlh, &record), 0);

	assert_int_equal(record_repairs(record), 3);
	assert_string_equal(record_repair(record, 0, &gives_up), "atomic");
	assert_string_equal(gives_up, "may fail");
	assert_string_equal(record_repair(record, 1, &gives_up), "drop");
	assert_string_equal(gives_up, "");
	assert_string_equal(record_repair(record, 2, &gives_up), "release");
	assert_string_equal(gives_up, "atomicity");

	json = record_json(record);
	assert_int_equal(json_array_size(json_object_get(json, "repairs")), 3);
	assert_null(json_object_get(json, "repair"));
	json_decref(json);
	record_free(record);
}

/* The same attribute twice: the last one counts, and nothing leaks. */
static void test_twice(void **state)
{
	struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_DOMAIN);
	struct record *record;

	(void)state;
	mnl_attr_put_strz(nlh, SUTURE_A_DOMAIN, "one");
	mnl_attr_put_strz(nlh, SUTURE_A_DOMAIN, "two");
	assert_int_equal(parse(nlh, &record), 0);
	assert_string_equal(record_raw(record, SUTURE_A_DOMAIN), "two");
	record_free(record);
}

static void test_hostile_strings(void **state)
{
	struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_EVENT);
	struct record *record;
	json_t *json;
	char *text;

	(void)state;
	mnl_attr_put_strz(nlh, SUTURE_A_COMM, "\x1b]0;\xff\n\"");
	mnl_attr_put_u64(nlh, SUTURE_A_SEQ, UINT64_MAX);
	assert_int_equal(parse(nlh, &record), 0);
	assert_string_equal(record_text(record, SUTURE_A_COMM), "\\x1b]0;\\xff\\x0a\"");

	json = record_json(record);
	text = json_dumps(json, JSON_COMPACT);
	assert_string_equal(text, "{\"seq\":9223372036854775807,"
				  "\"comm\":\"\\u001B]0;\xef\xbf\xbd\\n\\\"\"}");
	free(text);
	json_decref(json);
	record_free(record);
}

static void test_find(void **state)
{
	struct records records = { 0 };
	struct record *record;
	char name[16];
	int i;

	(void)state;
	for (i = 0; i < 40; i++) {
		struct nlmsghdr *nlh = message_begin(buf, SUTURE_CMD_GET_DOMAIN);

		snprintf(name, sizeof(name), "driver%d", i);
		if (i != 5)
			mnl_attr_put_strz(nlh, SUTURE_A_DOMAIN, name);
		assert_int_equal(parse(nlh, &record), 0);
		assert_int_equal(records_add(&records, record), 0);
	}
	assert_ptr_equal(records_find(&records, SUTURE_A_DOMAIN, "driver39"), record);
	assert_null(records_find(&records, SUTURE_A_DOMAIN, "driver5"));
	records_clear(&records);
	assert_null(records_find(&records, SUTURE_A_DOMAIN, "driver39"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_event),		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_wrong_types),	cmocka_unit_test(test_attribute_length),
		cmocka_unit_test(test_no_header),	cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_repairs),		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_hostile_strings), cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
