// SPDX-License-Identifier: GPL-2.0-only
/*
 * softirq.c - bottom halves switched off and on again.
 *
 * local_bh_disable() is inline; local_bh_enable() calls __local_bh_enable_ip(). A
 * callback may switch on what its partner switched off, so only a count of zero is
 * certain; what else is out of balance shows when the callback returns (CB-IRQ).
 */
#include <linux/bottom_half.h>
#include <linux/preempt.h>

#include "rules.h"

enum { REPAIR_LATER, REPAIR_DROP };

static struct suture_rule rule_bh = {
	.id = "LCK-BH",
	.class = "locking",
	.contract = "local_bh_enable() is called with interrupts on, and only after local_bh_disable().",
	.source = "kernel/softirq.c __local_bh_enable_ip(); Documentation/kernel-hacking/locking.rst",
	.example = "spin_lock_irq(&card->lock);\n"
		   "local_bh_disable();\n"
		   "card_refill(card);\n"
		   "local_bh_enable();\t/* interrupts are off: softirqs must not run */\n"
		   "spin_unlock_irq(&card->lock);\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "later", "promptness: softirqs run at the next interrupt, not at once" },
		{ "drop", "nothing: bottom halves were on already" },
	},
};

static struct suture_rule *const rules[] = { &rule_bh, NULL };

SUTURE_DEFINE(void, __local_bh_enable_ip, unsigned long ip, unsigned int cnt)
{
	if (unlikely((preempt_count() & SOFTIRQ_MASK) < (cnt & SOFTIRQ_MASK) &&
		     rule_bh.action != SUTURE_OFF)) {
		suture_report(&rule_bh, SUTURE_DID(rule_bh, REPAIR_DROP), SUTURE_SITE,
			      "local_bh_enable without local_bh_disable");
		if (suture_may(&rule_bh, REPAIR_DROP, SUTURE_SITE))
			return;
	} else if (unlikely(irqs_disabled() && rule_bh.action != SUTURE_OFF)) {
		suture_report(&rule_bh, SUTURE_DID(rule_bh, REPAIR_LATER), SUTURE_SITE,
			      "local_bh_enable with interrupts off");
		if (suture_may(&rule_bh, REPAIR_LATER, SUTURE_SITE)) {
			__preempt_count_sub(cnt);
			return;
		}
	}
	__local_bh_enable_ip(ip, cnt);
}
SUTURE_WRAPPER(__local_bh_enable_ip);

int suture_rules_softirq_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_softirq_stop(void)
{
	suture_rules_remove(rules);
}
