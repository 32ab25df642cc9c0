// SPDX-License-Identifier: GPL-2.0-only
/*
 * irq_bal.c - requests and releases of interrupts that do not match.
 *
 * The interrupt lines are real ones, of a controller that no device is wired to.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>

#include "bad.h"

static int irq = -1;
static int cookie, other, third;
static int seen;

static irqreturn_t handler(int number, void *dev_id)
{
	seen += dev_id == &cookie;
	return IRQ_HANDLED;
}

static irqreturn_t thread(int number, void *dev_id)
{
	return IRQ_HANDLED;
}

/* A line that struck while it had no handler strikes once more, in a softirq. */
static irqreturn_t returns_five(int number, void *dev_id)
{
	return in_task() ? (irqreturn_t)5 : IRQ_HANDLED;
}

static irqreturn_t returns_wake(int number, void *dev_id)
{
	return in_task() ? IRQ_WAKE_THREAD : IRQ_HANDLED;
}

/* A line of one's own, there as long as the module. */
static int line(void)
{
	if (irq < 0) {
		/* Without an owner, or a request would keep the module in the kernel. */
		irq = __irq_alloc_descs(-1, 0, 1, NUMA_NO_NODE, NULL, NULL);
		if (irq < 0)
			return irq;
		irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
		irq_clear_status_flags(irq, IRQ_NOREQUEST);
	}
	return 0;
}

static void strike(void)
{
	unsigned long flags;

	local_irq_save(flags);
	generic_handle_irq(irq);
	local_irq_restore(flags);
}

static noinline int request(void)
{
	return request_irq(irq, handler, IRQF_SHARED, "irq_bal", &cookie);
}

static noinline int free_twice(void)
{
	int err = request();

	if (!err) {
		free_irq(irq, &cookie);
		free_irq(irq, &cookie);
	}
	return err;
}

/* Two handlers on the line, and the second is released twice: the first must stay. */
static noinline int free_twice_shared(void)
{
	int err = request_irq(irq, handler, IRQF_SHARED, "irq_bal", &third);

	if (err)
		return err;
	err = request();
	if (err)
		goto out;
	free_irq(irq, &cookie);
	free_irq(irq, &cookie);
out:
	free_irq(irq, &third);
	return err;
}

static noinline int free_unknown(void)
{
	free_irq(irq, &other);
	return 0;
}

/* The request is released in spite of the wrong dev_id: another one succeeds. */
static noinline int free_wrong(void)
{
	int err = request_irq(irq, handler, 0, "irq_bal", &cookie);

	if (err)
		return err;
	free_irq(irq, &other);
	err = request_irq(irq, handler, 0, "irq_bal", &cookie);
	if (err)
		return -EPROTO;
	free_irq(irq, &cookie);
	return 0;
}

static noinline int call(irq_handler_t function)
{
	int err = request_irq(irq, function, 0, "irq_bal", &cookie);

	if (err)
		return err;
	strike();
	free_irq(irq, &cookie);
	return 0;
}

/* Once more than it was disabled. */
static noinline int enable_more(void)
{
	int err = request();

	if (err)
		return err;
	disable_irq(irq);
	enable_irq(irq);
	enable_irq(irq);
	free_irq(irq, &cookie);
	return 0;
}

static noinline int keep(void)
{
	return request();
}

static noinline int keep_threaded(void)
{
	return request_threaded_irq(irq, NULL, thread, IRQF_ONESHOT | IRQF_SHARED, "irq_bal",
				    &other);
}

static int bad_do(const char *word)
{
	int err = line();

	if (err)
		return err;
	if (bad_is(word, "twice"))
		return free_twice();
	if (bad_is(word, "twice-shared"))
		return free_twice_shared();
	if (bad_is(word, "unknown"))
		return free_unknown();
	if (bad_is(word, "wrong"))
		return free_wrong();
	if (bad_is(word, "five"))
		return call(returns_five);
	if (bad_is(word, "wake"))
		return call(returns_wake);
	if (bad_is(word, "enable"))
		return enable_more();
	if (bad_is(word, "keep"))
		return keep();
	if (bad_is(word, "keep-threaded"))
		return keep_threaded();
	return -EINVAL;
}

/* Several requests of each name, and each is called when the line strikes. */
static int bad_ok(void)
{
	int i, err = line();

	for (i = 0; !err && i < 3; i++) {
		err = request_irq(irq, handler, 0, "irq_bal", &cookie);
		if (err)
			return -EBUSY;
		seen = 0;
		strike();
		free_irq(irq, &cookie);
		if (seen != 1)
			return -EBUSY;
		strike();
		if (seen != 1)
			return -EBUSY;
	}
	return err;
}

MODULE_DESCRIPTION("Test: releases interrupts that it does not have, or not at all");
