// SPDX-License-Identifier: GPL-2.0-only
/*
 * handler.c - handlers of interrupts: what they are for and what they return; lines that
 * are enabled.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>

#include <suture/rule.h>
#include "../role.h"
#include "handler.h"
#include "rules.h"

static struct suture_rule rule_return = {
	.id = "IRQ-RETVAL",
	.class = "interrupts",
	.contract = "A handler returns IRQ_NONE, IRQ_HANDLED or IRQ_WAKE_THREAD, the last only if it has a thread function.",
	.source = "Documentation/core-api/genericirq.rst; kernel/irq/spurious.c bad_action_ret(), kernel/irq/handle.c warn_no_thread()",
	.example = "static irqreturn_t handler(int irq, void *x)\n"
		   "{\n"
		   "\treturn readl(x->status);\t/* wrong: none of the three values */\n"
		   "}\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "handled",
			.gives_up = "nothing: there is no thread to wake, and the kernel knows no other value",
		},
	},
};

static struct suture_rule rule_depth = {
	.id = "IRQ-DEPTH",
	.class = "interrupts",
	.contract = "An interrupt is enabled as often as it was disabled.",
	.source = "Documentation/core-api/genericirq.rst; kernel/irq/manage.c __enable_irq()",
	.example = "disable_irq(irq);\n"
		   "enable_irq(irq);\n"
		   "enable_irq(irq);\t/* wrong */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the interrupt is enabled" },
	},
};

static struct suture_rule *const rules[] = { &rule_return, &rule_depth, NULL };

/* So that handler_leave() is asked. */
static void handler_enter(struct suture_visit *visit)
{
}

/* Is a handler attached to @irq with @dev_id, and none of those has a thread? */
static bool threadless(unsigned int irq, const void *dev_id)
{
	struct irq_data *data = irq_get_irq_data(irq);
	const struct irqaction *action;
	bool known = false, thread = false;
	struct irq_desc *desc;
	unsigned long flags;

	if (!data)
		return false;
	desc = irq_data_to_desc(data);
	raw_spin_lock_irqsave(&desc->lock, flags);
	for (action = desc->action; action; action = action->next) {
		if (action->dev_id != dev_id)
			continue;
		known = true;
		thread |= !!action->thread_fn;
	}
	raw_spin_unlock_irqrestore(&desc->lock, flags);
	return known && !thread;
}

/* The handler of an interrupt returns. */
static long handler_leave(struct suture_visit *visit, long ret)
{
	unsigned int value = ret;

	if (likely(value <= IRQ_HANDLED) || rule_return.action == SUTURE_OFF)
		return ret;
	if (value == IRQ_WAKE_THREAD) {
		if (!threadless(visit->arg[0], (void *)visit->arg[1]))
			return ret;
		suture_report(&rule_return, SUTURE_DID(rule_return, 0), visit->entry->func,
			      "the handler of interrupt %u wakes a thread that it does not have",
			      (unsigned int)visit->arg[0]);
	} else {
		/* Both at once the kernel takes, too. */
		if (value <= (IRQ_HANDLED | IRQ_WAKE_THREAD))
			return ret;
		suture_report(&rule_return, SUTURE_DID(rule_return, 0), visit->entry->func,
			      "the handler of interrupt %u returned %d",
			      (unsigned int)visit->arg[0], (int)value);
	}
	return suture_may(&rule_return, 0, visit->entry->func) ? IRQ_HANDLED : ret;
}

static const struct suture_role role_irq = {
	.name = "irq_handler",
	.failed = IRQ_NONE,
	.flags = SUTURE_ROLE_TERMINAL,
	.enter = handler_enter,
	.leave = handler_leave,
};

static const struct suture_role role_irq_thread = {
	.name = "irq_thread",
	.failed = IRQ_HANDLED,
	.flags = SUTURE_ROLE_TERMINAL,
};

/**
 * suture_handler_roles() - label the functions of an interrupt
 * @handler:	handler, may be NULL
 * @thread:	threaded handler, may be NULL
 *
 * Context: any.
 */
void suture_handler_roles(irq_handler_t handler, irq_handler_t thread)
{
	suture_role_set((unsigned long)handler, &role_irq);
	suture_role_set((unsigned long)thread, &role_irq_thread);
}
EXPORT_SYMBOL_GPL(suture_handler_roles);

SUTURE_DEFINE(void, enable_irq, unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);

	if (data && unlikely(!READ_ONCE(irq_data_to_desc(data)->depth)) &&
	    rule_depth.action != SUTURE_OFF) {
		suture_report(&rule_depth, SUTURE_DID(rule_depth, 0), SUTURE_SITE,
			      "enable_irq of interrupt %u, which is enabled", irq);
		if (suture_may(&rule_depth, 0, SUTURE_SITE))
			return;
	}
	enable_irq(irq);
}
SUTURE_WRAPPER(enable_irq);

int suture_rules_handler_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_handler_stop(void)
{
	suture_rules_remove(rules);
}
