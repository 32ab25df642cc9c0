// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - start the parts in order, stop them in reverse.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/module.h>

#include "calls.h"
#include "crash.h"
#include "domain.h"
#include "event.h"
#include "fault.h"
#include "ledger.h"
#include "netlink.h"
#include "policy.h"
#include "quarantine.h"
#include "release.h"
#include "restart.h"
#include "rules/disk.h"
#include "rules/net.h"
#include "rules/rules.h"
#include "selftest.h"
#include "unwind.h"
#include "version.h"
#include "watch.h"

/* Each part may use those above it. */
static const struct {
	const char *name;
	int (*start)(void);
	void (*stop)(void);
} parts[] = {
	{ "policy", suture_policy_start, suture_policy_stop },
	{ "rules: callback", suture_rules_callback_start, suture_rules_callback_stop },
	{ "rules: probe", suture_rules_probe_start, suture_rules_probe_stop },
	{ "rules: drivers", suture_rules_driver_start, suture_rules_driver_stop },
	{ "rules: references", suture_rules_reference_start, suture_rules_reference_stop },
	{ "rules: waits", suture_rules_wait_start, suture_rules_wait_stop },
	{ "rules: context", suture_rules_context_start, suture_rules_context_stop },
	{ "rules: locking", suture_rules_locking_start, suture_rules_locking_stop },
	{ "rules: softirq", suture_rules_softirq_start, suture_rules_softirq_stop },
	{ "rules: mutex", suture_rules_mutex_start, suture_rules_mutex_stop },
	{ "rules: semaphore", suture_rules_semaphore_start, suture_rules_semaphore_stop },
	{ "rules: pointer", suture_rules_pointer_start, suture_rules_pointer_stop },
	{ "rules: memory", suture_rules_memory_start, suture_rules_memory_stop },
	{ "rules: cache", suture_rules_cache_start, suture_rules_cache_stop },
	{ "rules: bounds", suture_rules_bounds_start, suture_rules_bounds_stop },
	{ "rules: usercopy", suture_rules_usercopy_start, suture_rules_usercopy_stop },
	{ "rules: fortify", suture_rules_fortify_start, suture_rules_fortify_stop },
	{ "rules: list", suture_rules_list_start, suture_rules_list_stop },
	{ "rules: NAPI", suture_rules_napi_start, suture_rules_napi_stop },
	{ "rules: packets", suture_rules_skb_start, suture_rules_skb_stop },
	{ "rules: log", suture_rules_log_start, suture_rules_log_stop },
	{ "rules: interfaces", suture_rules_netdev_start, suture_rules_netdev_stop },
	{ "rules: DMA", suture_rules_dma_start, suture_rules_dma_stop },
	{ "rules: PCI", suture_rules_pci_start, suture_rules_pci_stop },
	{ "rules: requests", suture_rules_request_start, suture_rules_request_stop },
	{ "rules: disks", suture_rules_disk_start, suture_rules_disk_stop },
	{ "rules: MMIO", suture_rules_mmio_start, suture_rules_mmio_stop },
	{ "rules: interrupt", suture_rules_interrupt_start, suture_rules_interrupt_stop },
	{ "rules: handler", suture_rules_handler_start, suture_rules_handler_stop },
	{ "rules: timer", suture_rules_timer_start, suture_rules_timer_stop },
	{ "rules: work", suture_rules_work_start, suture_rules_work_stop },
	{ "rules: character devices", suture_rules_chardev_start, suture_rules_chardev_stop },
	{ "rules: entries", suture_rules_entry_start, suture_rules_entry_stop },
	{ "crashes", suture_crash_start, suture_coredump_stop },
	{ "calls", suture_calls_start, suture_calls_stop },
	{ "faults", suture_fault_start, suture_fault_stop },
	{ "restart", suture_restart_start, suture_restart_stop },
	{ "release", suture_release_start, suture_release_stop },
	{ "quarantine", suture_quarantine_start, suture_quarantine_stop },
	{ "ledger", suture_ledger_start, suture_ledger_stop },
	{ "unwind", suture_unwind_start, suture_unwind_stop },
	{ "NMI", suture_nmi_start, suture_nmi_stop },
	{ "self-test", suture_selftest_start, NULL },
	{ "netlink", suture_netlink_start, suture_netlink_stop },
	{ "domains", suture_domain_start, suture_domain_stop },
};

static void stop_from(int i)
{
	while (--i >= 0) {
		if (parts[i].stop)
			parts[i].stop();
	}
}

static int __init suture_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		err = parts[i].start();
		if (err) {
			pr_err("%s: error %d; not loaded\n", parts[i].name, err);
			stop_from(i);
			suture_event_flush();
			return err;
		}
	}
	return 0;
}

static void __exit suture_exit(void)
{
	stop_from(ARRAY_SIZE(parts));
	suture_event_flush();
}

module_init(suture_init);
module_exit(suture_exit);

MODULE_DESCRIPTION("Guards device drivers while they run");
MODULE_AUTHOR("The Suture developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(SUTURE_VERSION);
