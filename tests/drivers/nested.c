// SPDX-License-Identifier: GPL-2.0-only
/*
 * nested.c - the kernel calls the driver while the driver is in a call of the kernel.
 *
 * sort() calls back the driver's comparison, a notifier chain the driver's notifier, and
 * that calls sort() again: up to three visits of one task.
 */
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/sort.h>

#include "bad.h"

static DEFINE_SPINLOCK(lock);
static DEFINE_SPINLOCK(inner);
static RAW_NOTIFIER_HEAD(chain);

static const char *deed;
static unsigned int calls;

static noinline void deed_crash(void)
{
	*(int *)bad_unknown(NULL) = 1;
}

static noinline void deed_keep(void)
{
	spin_lock(&inner);
}

static noinline void deed_sleep(void)
{
	msleep(2);
}

static noinline void deed_block(void)
{
	msleep(60);
}

/* What the innermost visit does, at its first call. */
static void do_deed(void)
{
	if (calls++)
		return;
	if (bad_is(deed, "crash")) {
		deed_crash();
	} else if (bad_is(deed, "crash-locked")) {
		spin_lock(&inner);
		deed_crash();
	} else if (bad_is(deed, "keep")) {
		deed_keep();
	} else if (bad_is(deed, "sleep")) {
		deed_sleep();
	} else if (bad_is(deed, "block")) {
		deed_block();
	}
}

static int compare(const void *a, const void *b)
{
	do_deed();
	return *(const int *)a - *(const int *)b;
}

static int notified(struct notifier_block *nb, unsigned long what, void *data)
{
	int numbers[5] = { 4, 2, 5, 1, 3 };
	int i;

	sort(numbers, ARRAY_SIZE(numbers), sizeof(*numbers), compare, NULL);
	for (i = 0; what == 1 && i < ARRAY_SIZE(numbers); i++)
		if (numbers[i] != i + 1)
			return NOTIFY_BAD;
	return NOTIFY_OK;
}

static struct notifier_block block = { .notifier_call = notified };

/* Return: 0 if all went on as it should around the deed. */
static noinline int nest(const char *what, bool locked)
{
	int ret;

	deed = what;
	calls = 0;
	raw_notifier_chain_register(&chain, &block);
	if (locked)
		spin_lock(&lock);
	/* Told to look at the order only where no comparison fails. */
	ret = raw_notifier_call_chain(&chain, bad_is(what, "ok"), NULL);
	raw_notifier_chain_unregister(&chain, &block);
	if (locked) {
		/* What the outer visit holds is its own affair. */
		if (!bad_locked(&lock) || preempt_count() != 1)
			return -EPROTO;
		spin_unlock(&lock);
	}
	return ret == NOTIFY_OK && calls > 1 ? 0 : -EPROTO;
}

static int bad_do(const char *word)
{
	if (!strncmp(word, "l:", 2))
		return nest(word + 2, true);
	return nest(word, false);
}

static int bad_ok(void)
{
	if (bad_locked(&lock) || bad_locked(&inner))
		return -EBUSY;
	return nest("ok", false) ?: nest("ok", true);
}

MODULE_DESCRIPTION("Test: is called back while it calls");
