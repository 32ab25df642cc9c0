// SPDX-License-Identifier: GPL-2.0-only
/*
 * selftest.c - a guarded dummy call, three caught dummy faults.
 *
 * Runs once, when suture.ko is loaded. suture.ko plays the driver: an image of
 * its own, with one entry whose thunk is in arch/x86/selftest.S. If anything here does
 * not hold on this kernel, suture.ko refuses to load: better no guard than one
 * that is believed in.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/module.h>
#include <linux/poison.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "domain.h"
#include "held.h"
#include "rules/rules.h"
#include "selftest.h"
#include "visit.h"

/* arch/x86/selftest.S */
long suture_selftest_thunk(long what, long value);
long suture_selftest_driver(long what, long value);

enum { TEST_CALL, TEST_NULL, TEST_GPF, TEST_UD, TEST_LOCKED };

static DEFINE_RAW_SPINLOCK(test_lock);
static struct suture_image test_image;

struct suture_entry suture_selftest_entry = {
	.image = (unsigned long)&test_image,
	.func = (unsigned long)suture_selftest_driver,
	.thunk = (unsigned long)suture_selftest_thunk,
	.name = (unsigned long)"selftest",
	.ret = SUTURE_RET_LONG,
	.nargs = 2,
};

void suture_w__raw_spin_lock(raw_spinlock_t *lock);

/**
 * suture_selftest_driver() - the dummy driver
 * @what:	TEST_*
 * @value:	returned by TEST_CALL
 */
noinline long suture_selftest_driver(long what, long value)
{
	switch (what) {
	case TEST_CALL:
		if (!suture_visit_current() ||
		    suture_visit_current()->entry != &suture_selftest_entry)
			return -ENOENT;
		return value;
	case TEST_LOCKED:
		suture_w__raw_spin_lock(&test_lock);
		fallthrough;
	case TEST_NULL:
		return READ_ONCE(*(long *)(value & 0));
	case TEST_GPF:
		return READ_ONCE(*(long *)(POISON_POINTER_DELTA + value));
	case TEST_UD:
		/* Not BUG(): that would print, though it is caught. */
		asm volatile("ud2");
		unreachable();
	}
	return 0;
}

static int expect(const char *name, long what, long value, long want)
{
	struct suture_visit *before = *suture_visit_head();
	u32 count = preempt_count();
	long got;

	got = suture_selftest_thunk(what, value);
	if (got == want && *suture_visit_head() == before && preempt_count() == count &&
	    !irqs_disabled() && !raw_spin_is_locked(&test_lock))
		return 0;
	pr_err("self-test \"%s\": got %ld, expected %ld, preempt count %#x; this kernel cannot be guarded\n",
	       name, got, want, preempt_count());
	return -ENXIO;
}

/**
 * suture_selftest_start() - see that calls are guarded and faults are caught
 *
 * Context: task, after everything else has been started.
 * Return: 0, or -ENXIO if anything does not hold.
 */
int suture_selftest_start(void)
{
	struct suture_domain *domain = kzalloc(sizeof(*domain), GFP_KERNEL);
	enum suture_action action = suture_rule_cb_oops.action;
	int err;

	if (!domain)
		return -ENOMEM;
	test_image.magic = SUTURE_IMAGE_MAGIC;
	test_image.module = (unsigned long)THIS_MODULE;
	test_image.entries = (unsigned long)&suture_selftest_entry;
	test_image.nentries = 1;
	test_image.domain = (unsigned long)domain;
	domain->module = THIS_MODULE;
	domain->image = &test_image;
	domain->entries = &suture_selftest_entry;
	domain->nentries = 1;
	domain->quiet = true;
	strscpy(domain->name, "suture", sizeof(domain->name));
	list_add_rcu(&domain->node, &suture_domains);
	suture_rule_cb_oops.action = SUTURE_UNWIND;

	err = expect("guarded call", TEST_CALL, 42, 42) ?:
	      expect("read of NULL", TEST_NULL, 0, -EIO) ?:
	      expect("read of a non-canonical address", TEST_GPF, 8, -EIO) ?:
	      expect("invalid instruction", TEST_UD, 0, -EIO) ?:
	      expect("read of NULL with a spinlock held", TEST_LOCKED, 0, -EIO) ?:
	      expect("guarded call afterwards", TEST_CALL, 43, 43);

	suture_rule_cb_oops.action = action;
	list_del_rcu(&domain->node);
	synchronize_rcu();
	kfree(domain);
	if (!err)
		pr_info("self-test passed: calls are guarded, faults are caught\n");
	return err;
}
