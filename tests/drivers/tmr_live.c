// SPDX-License-Identifier: GPL-2.0-only
/*
 * tmr_live.c - leaves timers armed when it is removed.
 */
#include <linux/slab.h>

#include "bad.h"

struct object {
	struct timer_list timer;
	struct hrtimer precise;
};

static struct object *object;
static unsigned int calls;

static void tick(struct timer_list *unused)
{
	calls++;
}

/* Arms itself again. */
static void tick_on(struct timer_list *timer)
{
	calls++;
	mod_timer(timer, jiffies + 1);
}

static enum hrtimer_restart tick_precise(struct hrtimer *unused)
{
	calls++;
	return HRTIMER_NORESTART;
}

static DEFINE_TIMER(timer, tick);
static DEFINE_TIMER(timer_on, tick_on);

static noinline void arm_static(void)
{
	mod_timer(&timer, jiffies + HZ);
}

static noinline void arm_again(void)
{
	mod_timer(&timer_on, jiffies + 1);
}

static noinline int arm_allocated(void)
{
	if (!object)
		object = kzalloc(sizeof(*object), GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	timer_setup(&object->timer, tick, 0);
	object->timer.expires = jiffies + HZ;
	add_timer(&object->timer);
	return 0;
}

static noinline int arm_precise(void)
{
	if (!object)
		object = kzalloc(sizeof(*object), GFP_KERNEL);
	if (!object)
		return -ENOMEM;
	hrtimer_init(&object->precise, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	object->precise.function = tick_precise;
	hrtimer_start(&object->precise, ns_to_ktime(NSEC_PER_SEC), HRTIMER_MODE_REL);
	return 0;
}

static int bad_do(const char *word)
{
	if (bad_is(word, "static"))
		arm_static();
	else if (bad_is(word, "again"))
		arm_again();
	else if (bad_is(word, "allocated"))
		return arm_allocated();
	else if (bad_is(word, "precise"))
		return arm_precise();
	else
		return -EINVAL;
	return 0;
}

/* Timers that are waited for, that are stopped, and that are stopped for good. */
static int bad_ok(void)
{
	struct timer_list own;
	unsigned int before = calls;

	timer_setup_on_stack(&own, tick, 0);
	mod_timer(&own, jiffies + 1);
	msleep(BAD_MOMENT_MS);
	del_timer_sync(&own);
	mod_timer(&own, jiffies + HZ);
	if (!del_timer(&own))
		return -EBUSY;
	mod_timer(&own, jiffies + HZ);
	timer_shutdown_sync(&own);
	destroy_timer_on_stack(&own);
	return calls == before ? -EBUSY : 0;
}

MODULE_DESCRIPTION("Test: leaves timers armed");
