// SPDX-License-Identifier: GPL-2.0-only
/*
 * roles.c - watchdogs: what their entries are for.
 */
#include <linux/watchdog.h>

#include <suture/pack.h>
#include <suture/rule.h>
#include "role.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

ROLE(role_watchdog, "watchdog", -EIO);
ROLE(role_watchdog_value, "watchdog_value", 0);

#define WATCHDOG(field, which) { offsetof(struct watchdog_ops, field), &(which) }
static const struct suture_role_slot slots[] = {
	WATCHDOG(start, role_watchdog),
	WATCHDOG(stop, role_watchdog),
	WATCHDOG(ping, role_watchdog),
	WATCHDOG(status, role_watchdog_value),
	WATCHDOG(set_timeout, role_watchdog),
	WATCHDOG(set_pretimeout, role_watchdog),
	WATCHDOG(get_timeleft, role_watchdog_value),
	WATCHDOG(restart, role_watchdog),
	WATCHDOG(ioctl, role_watchdog),
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
