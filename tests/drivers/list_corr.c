// SPDX-License-Identifier: GPL-2.0-only
/*
 * list_corr.c - list entries deleted and added twice, and lists that are none.
 */
#include <linux/list.h>

#include "bad.h"

static LIST_HEAD(list);
static struct list_head one, two, blank;

/* Nothing but these two, in this order, both ways? */
static int both(void)
{
	return list.next == &one && one.next == &two && two.next == &list &&
	       list.prev == &two && two.prev == &one && one.prev == &list ? 0 : -EPROTO;
}

static noinline int list_del_twice(void)
{
	list_add_tail(&one, &list);
	list_del(&one);
	list_del(&one);
	return list_empty(&list) ? 0 : -EPROTO;
}

static noinline int list_add_twice(void)
{
	list_add_tail(&one, &list);
	list_add_tail(&two, &list);
	list_add_tail(&two, &list);
	return both();
}

static noinline int list_del_never(void)
{
	list_add_tail(&one, &list);
	list_add_tail(&two, &list);
	memset(&blank, 0, sizeof(blank));
	list_del(&blank);
	return both();
}

/* To a head that nobody has initialised. */
static noinline int list_add_blank(void)
{
	memset(&blank, 0, sizeof(blank));
	list_add(&one, &blank);
	return blank.next ? -EPROTO : 0;
}

/* A neighbour has been overwritten. */
static noinline int list_del_broken(void)
{
	list_add_tail(&one, &list);
	list_add_tail(&two, &list);
	one.next = &one;
	list_del(&two);
	return 0;
}

static noinline void list_callback(struct timer_list *unused)
{
	list_del(&one);
}

static noinline int list_del_softirq(void)
{
	list_add_tail(&one, &list);
	list_del(&one);
	bad_in_softirq(list_callback);
	return list_empty(&list) ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	int err = -EINVAL;

	if (bad_is(word, "del-twice"))
		err = list_del_twice();
	else if (bad_is(word, "add-twice"))
		err = list_add_twice();
	else if (bad_is(word, "del-never"))
		err = list_del_never();
	else if (bad_is(word, "add-blank"))
		err = list_add_blank();
	else if (bad_is(word, "del-broken"))
		err = list_del_broken();
	else if (bad_is(word, "softirq"))
		err = list_del_softirq();
	INIT_LIST_HEAD(&list);
	return err;
}

static int bad_ok(void)
{
	list_add_tail(&two, &list);
	list_add(&one, &list);
	if (both())
		return -EBUSY;
	list_move_tail(&one, &list);
	list_del(&two);
	list_del_init(&one);
	list_del_init(&one);
	return list_empty(&list) ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: corrupts lists");
