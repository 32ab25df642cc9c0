// SPDX-License-Identifier: GPL-2.0-only
/*
 * platform.c - drivers of platform devices, notifiers and receivers of packets:
 * what their entries are for.
 */
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/notifier.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/reboot.h>

#include <suture/rule.h>
#include "../binding.h"
#include "../role.h"
#include "../rules/driver.h"

#define ROLE(ident, text, value)						\
	static const struct suture_role ident = { .name = text, .failed = (value) }

SUTURE_ROLE_PROBE(role_probe, struct platform_device, dev);
SUTURE_ROLE_REMOVE(role_remove, struct platform_device, dev);
ROLE(role_shutdown, "shutdown", 0);
ROLE(role_pm, "pm", -EIO);
ROLE(role_notifier, "notifier", NOTIFY_DONE);

#define PLATFORM(field, which) { offsetof(struct platform_driver, field), &(which) }
static const struct suture_role_slot platform_slots[] = {
	PLATFORM(probe, role_probe),
	PLATFORM(remove, role_remove),
	PLATFORM(remove_new, role_remove),
	PLATFORM(shutdown, role_shutdown),
	PLATFORM(suspend, role_pm),
	PLATFORM(resume, role_pm),
};

#define PM(field) { offsetof(struct dev_pm_ops, field), &role_pm }
static const struct suture_role_slot pm_slots[] = {
	PM(prepare), { offsetof(struct dev_pm_ops, complete), &role_shutdown },
	PM(suspend), PM(resume), PM(freeze), PM(thaw), PM(poweroff), PM(restore),
	PM(suspend_late), PM(resume_early), PM(freeze_late), PM(thaw_early), PM(poweroff_late),
	PM(restore_early), PM(suspend_noirq), PM(resume_noirq), PM(freeze_noirq),
	PM(thaw_noirq), PM(poweroff_noirq), PM(restore_noirq), PM(runtime_suspend),
	PM(runtime_resume), PM(runtime_idle),
};

/* suture_platform_roles() - label the entries of a platform driver. Context: any. */
void suture_platform_roles(const struct platform_driver *driver)
{
	suture_role_set_ops(driver, platform_slots, ARRAY_SIZE(platform_slots));
	suture_role_set_ops(driver->driver.pm, pm_slots, ARRAY_SIZE(pm_slots));
}

#define NOTIFIER(api)								\
	SUTURE_DEFINE(int, api, struct notifier_block *nb)			\
	{									\
		suture_role_set((unsigned long)nb->notifier_call, &role_notifier);	\
		return api(nb);							\
	}									\
	SUTURE_WRAPPER(api)

NOTIFIER(register_netdevice_notifier);
NOTIFIER(register_inetaddr_notifier);
NOTIFIER(register_reboot_notifier);

#define NOTIFIER_CHAIN(api, type)						\
	SUTURE_DEFINE(int, api, type *chain, struct notifier_block *nb)	\
	{									\
		suture_role_set((unsigned long)nb->notifier_call, &role_notifier);	\
		return api(chain, nb);						\
	}									\
	SUTURE_WRAPPER(api)

NOTIFIER_CHAIN(blocking_notifier_chain_register, struct blocking_notifier_head);
NOTIFIER_CHAIN(atomic_notifier_chain_register, struct atomic_notifier_head);
NOTIFIER_CHAIN(raw_notifier_chain_register, struct raw_notifier_head);

ROLE(role_packet, "packet", 0);

SUTURE_DEFINE(void, dev_add_pack, struct packet_type *type)
{
	suture_role_set((unsigned long)type->func, &role_packet);
	dev_add_pack(type);
}
SUTURE_WRAPPER(dev_add_pack);
