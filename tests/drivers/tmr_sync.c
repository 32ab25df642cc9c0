// SPDX-License-Identifier: GPL-2.0-only
/*
 * tmr_sync.c - waits for a timer where that is waiting for oneself.
 */
#include "bad.h"

static int calls;

static noinline void stop_self(struct timer_list *timer)
{
	calls++;
	mod_timer(timer, jiffies + 1);
	del_timer_sync(timer);
}

static noinline void shutdown_self(struct timer_list *timer)
{
	calls++;
	mod_timer(timer, jiffies + 1);
	timer_shutdown_sync(timer);
}

static noinline enum hrtimer_restart cancel_self(struct hrtimer *timer)
{
	calls++;
	hrtimer_cancel(timer);
	return HRTIMER_NORESTART;
}

static void never(struct timer_list *unused)
{
}

static DEFINE_TIMER(other, never);

static noinline enum hrtimer_restart stop_other(struct hrtimer *unused)
{
	calls++;
	del_timer_sync(&other);
	return HRTIMER_NORESTART;
}

static int bad_do(const char *word)
{
	calls = 0;
	if (bad_is(word, "self")) {
		bad_in_softirq(stop_self);
	} else if (bad_is(word, "shutdown")) {
		bad_in_softirq(shutdown_self);
	} else if (bad_is(word, "hrtimer")) {
		bad_in_hardirq(cancel_self);
	} else if (bad_is(word, "hardirq")) {
		mod_timer(&other, jiffies + HZ);
		bad_in_hardirq(stop_other);
		if (timer_pending(&other))
			return -EPROTO;
	} else {
		return -EINVAL;
	}
	/* The timer was armed again and stopped: it has not come twice. */
	return calls == 1 ? 0 : -EPROTO;
}

static void stop_after(struct timer_list *unused)
{
	calls++;
	del_timer_sync(&other);
}

/* Others may be waited for in a softirq. */
static int bad_ok(void)
{
	calls = 0;
	mod_timer(&other, jiffies + HZ);
	bad_in_softirq(stop_after);
	if (timer_pending(&other))
		return -EBUSY;
	return calls == 1 ? 0 : -EBUSY;
}

MODULE_DESCRIPTION("Test: waits for a timer from within");
