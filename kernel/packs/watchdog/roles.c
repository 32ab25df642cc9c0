// SPDX-License-Identifier: GPL-2.0-only
/*
 * roles.c - watchdogs: what their entries are for, and that one is never stopped unasked.
 *
 * The kernel calls a watchdog's operations one at a time. So when one of them was abandoned, the
 * device can be told there and then what it is to be: the timeout, and that it runs; after that
 * the operation is called once more. At no time is it stopped.
 */
#include <linux/watchdog.h>

#include <suture/pack.h>
#include <suture/rule.h>
#include "role.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

/* Without the operation that has just failed: that one is called once more, no oftener. */
static void replay(struct watchdog_device *wdd, const struct suture_visit *visit)
{
	const struct watchdog_ops *ops = wdd->ops;

	if (!watchdog_active(wdd) && !watchdog_hw_running(wdd))
		return;
	if (ops->set_timeout && wdd->timeout &&
	    (unsigned long)ops->set_timeout != visit->entry->thunk)
		ops->set_timeout(wdd, wdd->timeout);
	if (ops->start && (unsigned long)ops->start != visit->entry->thunk &&
	    (unsigned long)ops->stop != visit->entry->thunk)
		ops->start(wdd);
}

/* The second try has nothing more to put right. */
static bool second(const struct suture_visit *visit)
{
	return visit->prev && visit->prev->state & SUTURE_STATE_UNWOUND;
}

static long watchdog_abandon(struct suture_visit *visit, long failed)
{
	if (visit->rule && !second(visit))
		replay((struct watchdog_device *)visit->arg[0], visit);
	return suture_again(visit, failed);
}

static const struct suture_role role_watchdog = {
	.name = "watchdog",
	.failed = -EIO,
	.abandon = watchdog_abandon,
};

static const struct suture_role role_watchdog_value = {
	.name = "watchdog_value",
	.abandon = watchdog_abandon,
};

/* These are not called again: they end the machine, or have more arguments. */
ROLE(role_watchdog_once, "watchdog", -EIO);

#define WATCHDOG(field, which) { offsetof(struct watchdog_ops, field), &(which) }
static const struct suture_role_slot slots[] = {
	WATCHDOG(start, role_watchdog),
	WATCHDOG(stop, role_watchdog),
	WATCHDOG(ping, role_watchdog),
	WATCHDOG(status, role_watchdog_value),
	WATCHDOG(set_timeout, role_watchdog),
	WATCHDOG(set_pretimeout, role_watchdog),
	WATCHDOG(get_timeleft, role_watchdog_value),
	WATCHDOG(restart, role_watchdog_once),
	WATCHDOG(ioctl, role_watchdog_once),
};

SUTURE_DEFINE(int, watchdog_register_device, struct watchdog_device *wdd)
{
	suture_role_set_ops(wdd->ops, slots, ARRAY_SIZE(slots));
	return watchdog_register_device(wdd);
}
SUTURE_WRAPPER(watchdog_register_device);

SUTURE_DEFINE(int, devm_watchdog_register_device,
	      struct device *dev, struct watchdog_device *wdd)
{
	suture_role_set_ops(wdd->ops, slots, ARRAY_SIZE(slots));
	return devm_watchdog_register_device(dev, wdd);
}
SUTURE_WRAPPER(devm_watchdog_register_device);

static struct suture_rule *const rules[] = { NULL };
SUTURE_PACK("watchdogs", rules);
