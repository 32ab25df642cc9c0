// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe.c - what a driver owes for each of its devices: a probe that fails leaves
 * nothing behind, one that succeeds has done what it is for, and a driver that is
 * removed has released what it held.
 *
 * The ledger knows what was acquired in a probe, and of many objects which device they
 * are for. It is judged after the driver core has released what it manages for the
 * driver. State that a driver shares among its devices may outlive one of them, so
 * each kind of object says for itself what is certain.
 */
#include <linux/device.h>
#include <linux/module.h>
#include <linux/pci.h>

#include <suture/ledger.h>
#include "../binding.h"
#include "../classes/net.h"
#include "../domain.h"
#include "../ledger.h"
#include "../release.h"
#include "../role.h"
#include "probe.h"
#include "rules.h"

enum { REPAIR_RELEASE };

static struct suture_rule rule_failed = {
	.id = "CB-PROBEERR",
	.class = "callback",
	.contract = "A probe that fails leaves nothing behind.",
	.source = "Documentation/driver-api/driver-model/driver.rst; SDV DeviceCreateFail; smatch check_unwind",
	.example = "err = request_irq(pdev->irq, handler, 0, \"x\", x);\n"
		   "if (err)\n"
		   "\treturn err;\t/* wrong: the device stays enabled */\n",
	.look = "Memory is released only if MEM-LEAK may; otherwise it is told of if it is what the device's driver data points to. State that a driver shares among its devices is nobody's in particular and left alone.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "release", "nothing: the device was never the driver's" },
	},
};

static struct suture_rule rule_remove = {
	.id = "CB-REMOVE",
	.class = "callback",
	.contract = "A driver that is removed from a device has released what it held for it.",
	.source = "Documentation/driver-api/driver-model/driver.rst; Driver Verifier; SDV PnpRemove",
	.example = "static void x_remove(struct pci_dev *pdev)\n"
		   "{\n"
		   "\tpci_disable_device(pdev);\n"
		   "}\t/* wrong: free_irq() is missing */\n",
	.look = "Judged after the driver core has released what it manages (devm). Work items, and timers outside the device's own data, are judged when the driver goes, or when their memory is freed.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "release", "nothing: the device is not the driver's any more" },
	},
};

enum { REPAIR_ERROR, REPAIR_SUCCESS };

static struct suture_rule rule_result = {
	.id = "CB-PROBEOK",
	.class = "callback",
	.contract = "A probe or init function that succeeds has registered its interface, and returns 0 or a negative error.",
	.source = "Documentation/driver-api/driver-model/driver.rst; Klever net:core:dev; smatch check_missing_error_code",
	.example = "err = register_netdev(dev);\n"
		   "if (err)\n"
		   "\tdev_err(&pdev->dev, \"no interface\\n\");\n"
		   "return 0;\t/* wrong: return err */\n",
	.look = "Of several interfaces one may fail; only if all of them did there is nothing to go on with. What else may fail is for the driver to know.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "error",
			.gives_up = "nothing that works: the kernel is told of the error, and what the driver holds is released",
		},
		{ "success", "nothing: the kernel takes it for success, too" },
	},
};

static struct suture_rule rule_after = {
	.id = "CB-AFTER",
	.class = "callback",
	.contract = "No callback of a driver runs for a device that it was removed from.",
	.source = "DCUAF (USENIX ATC 2019); SDV PnpSurpriseRemove; Klever environment model",
	.example = "device_create_file(&pdev->dev, &dev_attr_state);\n"
		   "...\n"
		   "static void x_remove(struct pci_dev *pdev)\n"
		   "{\n"
		   "\tkfree(pci_get_drvdata(pdev));\n"
		   "}\t/* wrong: the file can still be read */\n",
	.look = "What was released by CB-REMOVE is not called any more; this rule is for what that rule may only observe.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "refuse", "nothing: the caller gets the callback's own failure" },
	},
};

static struct suture_rule *const rules[] = {
	&rule_failed, &rule_remove, &rule_result, &rule_after, NULL,
};

/* ------------------------------------------------------ what it returns */

/* An error that is positive: PCIBIOS_DEVICE_NOT_FOUND and its like, or anything. */
static int positive_error(int ret)
{
	int err = pcibios_err_to_errno(ret);

	return err < 0 ? err : -EIO;
}

/**
 * suture_probe_result() - what the kernel gets from a probe or init function
 * @b:		its binding
 * @ret:	what it returns
 *
 * Context: task.
 */
int suture_probe_result(const struct suture_binding *b, int ret)
{
	const char *what = b->dev ? "probe" : "init";
	unsigned long func = suture_visit_current()->entry->func;
	bool works;
	struct suture_domain *domain = b->domain;

	if (rule_result.action == SUTURE_OFF || ret < 0)
		return ret;
	if (ret > 0) {
		/* The module loader and the PCI core go on, other buses do not. */
		works = !b->dev || (dev_is_pci(b->dev) && suture_ledger_any(domain, b->era));
		suture_report(&rule_result,
			      SUTURE_DID(rule_result, works ? REPAIR_SUCCESS : REPAIR_ERROR),
			      func, "%s returned %d", what, ret);
		if (!suture_may(&rule_result, works ? REPAIR_SUCCESS : REPAIR_ERROR, func))
			return ret;
		return works ? 0 : positive_error(ret);
	}
	/* One of several may fail; but if all do, there is nothing to go on with. */
	if (!b->step_err || b->steps)
		return ret;
	suture_report(&rule_result, SUTURE_DID(rule_result, REPAIR_ERROR), b->step_site,
		      "%s returned 0 though %s had returned %d", what, b->step_api, b->step_err);
	return suture_may(&rule_result, REPAIR_ERROR, b->step_site) ? b->step_err : ret;
}

/* ----------------------------------------------------- what it leaves */

static void settle_object(const struct suture_unbound *left, struct suture_rule *rule,
			  const struct suture_kind *kind, const struct suture_record *record)
{
	enum suture_remains held = kind->held(record, left);
	bool repair = held == SUTURE_REMAINS_SURE &&
		      suture_may_for(left->domain, rule, REPAIR_RELEASE, record->site);

	if (held == SUTURE_REMAINS_NO)
		return;
	if (repair && !suture_ledger_remove(kind, record))
		return;
	if (rule->action != SUTURE_OFF)
		suture_report_for(left->domain, rule, repair ? SUTURE_REPAIR : SUTURE_OBSERVE,
				  repair ? REPAIR_RELEASE : SUTURE_NO_REPAIR, record->site,
				  left->failed ? "%s held by a failed probe of %s" :
				  "%s held after removal from %s",
				  kind->name, dev_name(left->dev));
	if (repair)
		kind->undo(record, left);
	else if (kind->bury && rule_after.action != SUTURE_OFF)
		kind->bury(record);
}

/**
 * suture_settle() - a driver has left a device: what does it still hold for it?
 * @left:	the device
 *
 * Context: task, the device locked.
 */
void suture_settle(struct suture_unbound *left)
{
	struct suture_rule *rule = left->failed ? &rule_failed : &rule_remove;
	const struct suture_kind *kind;
	struct suture_record record;
	enum suture_order order;
	u32 bucket;

	if (left->distrust) {
		suture_release(left);
		return;
	}
	left->sole = suture_ledger_sole(left->domain);
	left->idle = module_refcount(left->domain->module) <= 0;
	if (!left->early)
		suture_net_settle(left->domain, left->dev, rule);
	for (order = 0; order < SUTURE_ORDERS; order++)
		for (bucket = 0; suture_ledger_next(left, order, &bucket, &kind, &record);)
			settle_object(left, rule, kind, &record);
	if (!left->early && left->sole && left->idle)
		suture_net_unused(left->domain, left->dev, rule);
}

/**
 * suture_after() - an entry is called for what is gone
 * @visit:	its visit
 *
 * Context: any but NMI.
 * Return: true if it shall be refused.
 */
bool suture_after(const struct suture_visit *visit)
{
	if (rule_after.action == SUTURE_OFF)
		return false;
	suture_report(&rule_after, SUTURE_DID(rule_after, 0), visit->entry->func,
		      "%s called after its device was removed", suture_entry_name(visit->entry));
	return suture_may(&rule_after, 0, visit->entry->func);
}

int suture_rules_probe_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_probe_stop(void)
{
	suture_rules_remove(rules);
}
