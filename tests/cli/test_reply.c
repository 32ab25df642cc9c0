// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_reply.c - answers as they come from a netlink socket, good and bad.
 */
#include <errno.h>

#include "message.h"
#include "reply.h"

static char buf[8192] __attribute__((aligned(8)));

struct datagram {
	char *at;
};

static void begin(struct datagram *d)
{
	memset(buf, 0, sizeof(buf));
	d->at = buf;
}

static struct nlmsghdr *put(struct datagram *d, uint16_t type)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(d->at);

	nlh->nlmsg_type = type;
	nlh->nlmsg_seq = SEQ;
	nlh->nlmsg_pid = PORTID;
	return nlh;
}

static void end(struct datagram *d, struct nlmsghdr *nlh)
{
	d->at += MNL_ALIGN(nlh->nlmsg_len);
}

static void put_domain(struct datagram *d, const char *name)
{
	struct nlmsghdr *nlh = message_begin(d->at, SUTURE_CMD_GET_DOMAIN);

	mnl_attr_put_strz(nlh, SUTURE_A_DOMAIN, name);
	nlh->nlmsg_flags = NLM_F_MULTI;
	end(d, nlh);
}

/* An error as the kernel makes it: errno, the request, perhaps words. */
static void put_error(struct datagram *d, int error, bool capped, const char *words)
{
	struct nlmsghdr *nlh = put(d, NLMSG_ERROR);
	struct nlmsgerr *err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));

	err->error = error;
	err->msg.nlmsg_len = MNL_NLMSG_HDRLEN + 20;
	if (capped)
		nlh->nlmsg_flags |= 0x100;
	else
		mnl_nlmsg_put_extra_header(nlh, 20);
	if (words) {
		nlh->nlmsg_flags |= 0x200;
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, words);
	}
	end(d, nlh);
}

static int take(struct datagram *d, struct reply *reply, size_t less)
{
	size_t size = (size_t)(d->at - buf) - less;
	void *exact = malloc(size ? size : 1);
	int ret;

	memcpy(exact, buf, size);
	ret = reply_take(reply, exact, size);
	free(exact);
	return ret;
}

#define REPLY(r)                                                               \
	{                                                                      \
		.seq = SEQ, .portid = PORTID, .family = FAMILY, .records = (r) \
	}

static void test_dump(void **state)
{
	struct records records = { 0 };
	struct reply reply = REPLY(&records);
	struct datagram d;
	int zero = 0;
	struct nlmsghdr *nlh;

	(void)state;
	begin(&d);
	put_domain(&d, "e1000");
	put_domain(&d, "virtio_net");
	assert_int_equal(take(&d, &reply, 0), REPLY_MORE);

	begin(&d);
	put_domain(&d, "bochs");
	nlh = put(&d, NLMSG_DONE);
	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(zero)), &zero, sizeof(zero));
	end(&d, nlh);
	assert_int_equal(take(&d, &reply, 0), 0);

	assert_int_equal(records.count, 3);
	assert_false(reply.interrupted);
	assert_string_equal(record_raw(records.list[2], SUTURE_A_DOMAIN), "bochs");
	records_clear(&records);
}

static void test_interrupted(void **state)
{
	struct records records = { 0 };
	struct reply reply = REPLY(&records);
	struct nlmsghdr *nlh;
	struct datagram d;

	(void)state;
	begin(&d);
	put_domain(&d, "e1000");
	nlh = put(&d, NLMSG_DONE);
	nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
	end(&d, nlh);
	assert_int_equal(take(&d, &reply, 0), 0);
	assert_true(reply.interrupted);
	records_clear(&records);
}

static void test_dump_fails(void **state)
{
	struct records records = { 0 };
	struct reply reply = REPLY(&records);
	int error = -ENODEV;
	struct nlmsghdr *nlh;
	struct datagram d;

	(void)state;
	begin(&d);
	nlh = put(&d, NLMSG_DONE);
	memcpy(mnl_nlmsg_put_extra_header(nlh, sizeof(error)), &error, sizeof(error));
	nlh->nlmsg_flags |= 0x200;
	mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, "e1001: is not guarded");
	end(&d, nlh);
	assert_int_equal(take(&d, &reply, 0), -ENODEV);
	assert_string_equal(reply.words, "e1001: is not guarded");
}

static void test_errors(void **state)
{
	struct reply reply = REPLY(NULL);
	struct datagram d;

	(void)state;
	begin(&d);
	put_error(&d, 0, true, NULL);
	assert_int_equal(take(&d, &reply, 0), 0);

	begin(&d);
	put_error(&d, -EPERM, true, NULL);
	assert_int_equal(take(&d, &reply, 0), -EPERM);
	assert_string_equal(reply.words, "");

	begin(&d);
	put_error(&d, -EINVAL, false, "action \"panic\" is not known");
	assert_int_equal(take(&d, &reply, 0), -EINVAL);
	assert_string_equal(reply.words, "action \"panic\" is not known");

	reply.words[0] = '\0';
	begin(&d);
	put_error(&d, -EINVAL, true, "short");
	assert_int_equal(take(&d, &reply, 0), -EINVAL);
	assert_string_equal(reply.words, "short");

	begin(&d);
	put_error(&d, -100000, true, NULL);
	assert_int_equal(take(&d, &reply, 0), -EBADMSG);
}

/* Words longer than we keep are cut, not written past the end. */
static void test_long_words(void **state)
{
	struct reply reply = REPLY(NULL);
	struct datagram d;
	char words[1000];

	(void)state;
	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	begin(&d);
	put_error(&d, -EINVAL, true, words);
	assert_int_equal(take(&d, &reply, 0), -EINVAL);
	assert_int_equal(strlen(reply.words), REPLY_WORDS - 1);
}

/* The quoted request claims to be longer than the whole message. */
static void test_lying_quote(void **state)
{
	static const uint32_t lengths[] = { 0, 3, 1000, 0x7fffffff, 0xffffffff };
	struct datagram d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct reply reply = REPLY(NULL);
		struct nlmsgerr *err;
		int ret;

		begin(&d);
		put_error(&d, -EINVAL, false, "words");
		err = mnl_nlmsg_get_payload((struct nlmsghdr *)buf);
		err->msg.nlmsg_len = lengths[i];
		ret = take(&d, &reply, 0);
		assert_int_equal(ret, lengths[i] < 16 ? -EBADMSG : -EINVAL);
		assert_string_equal(reply.words, "");
	}
}

static void test_unterminated_words(void **state)
{
	struct reply reply = REPLY(NULL);
	struct nlmsghdr *nlh;
	struct nlmsgerr *err;
	struct datagram d;

	(void)state;
	begin(&d);
	nlh = put(&d, NLMSG_ERROR);
	err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
	err->error = -EINVAL;
	nlh->nlmsg_flags |= 0x300;
	mnl_attr_put(nlh, NLMSGERR_ATTR_MSG, 8, "no NUL!!");
	end(&d, nlh);
	assert_int_equal(take(&d, &reply, 0), -EINVAL);
	assert_string_equal(reply.words, "");
}

/* A datagram cut off anywhere gives an error or asks for more, and never reads on. */
static void test_truncated(void **state)
{
	size_t full, less;
	struct datagram d;

	(void)state;
	begin(&d);
	put_domain(&d, "e1000");
	put_error(&d, -EINVAL, false, "words of the kernel");
	full = (size_t)(d.at - buf);

	for (less = 1; less <= full; less++) {
		struct records records = { 0 };
		struct reply reply = REPLY(&records);
		int ret = take(&d, &reply, less);

		/* Complete only where the first message just ends, or there is none. */
		if (ret == REPLY_MORE)
			assert_true(full - less == 0 || records.count == 1);
		else
			assert_int_equal(ret, -EBADMSG);
		records_clear(&records);
	}
}

static void test_lengths(void **state)
{
	static const uint32_t lengths[] = { 0, 1, 15, 17, 100, 0x7fffffff, 0x80000000, 0xffffffff };
	struct datagram d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct records records = { 0 };
		struct reply reply = REPLY(&records);
		struct nlmsghdr *nlh = (struct nlmsghdr *)buf;

		begin(&d);
		put_domain(&d, "e1000");
		nlh->nlmsg_len = lengths[i];
		assert_int_equal(take(&d, &reply, 0), -EBADMSG);
		records_clear(&records);
	}
}

static void test_short_error(void **state)
{
	struct reply reply = REPLY(NULL);
	struct nlmsghdr *nlh;
	struct datagram d;

	(void)state;
	begin(&d);
	nlh = put(&d, NLMSG_ERROR);
	mnl_nlmsg_put_extra_header(nlh, 4);
	end(&d, nlh);
	assert_int_equal(take(&d, &reply, 0), -EBADMSG);
}

/* Late answers to an earlier request, and those for another socket, are not ours. */
static void test_others(void **state)
{
	struct records records = { 0 };
	struct reply reply = REPLY(&records);
	struct nlmsghdr *nlh = (struct nlmsghdr *)buf;
	struct datagram d;

	(void)state;
	begin(&d);
	put_error(&d, -EINVAL, true, NULL);
	nlh->nlmsg_seq = SEQ - 1;
	assert_int_equal(take(&d, &reply, 0), REPLY_MORE);

	begin(&d);
	put_error(&d, -EINVAL, true, NULL);
	nlh->nlmsg_pid = PORTID + 1;
	assert_int_equal(take(&d, &reply, 0), REPLY_MORE);

	/* Another family's message makes no record. */
	begin(&d);
	put_domain(&d, "e1000");
	nlh->nlmsg_type = FAMILY + 1;
	assert_int_equal(take(&d, &reply, 0), REPLY_MORE);
	assert_int_equal(records.count, 0);

	begin(&d);
	end(&d, put(&d, NLMSG_OVERRUN));
	assert_int_equal(take(&d, &reply, 0), -ENOBUFS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dump),
		cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_dump_fails),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_words),
		cmocka_unit_test(test_lying_quote),
		cmocka_unit_test(test_unterminated_words),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_short_error),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
