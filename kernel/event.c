// SPDX-License-Identifier: GPL-2.0-only
/*
 * event.c - events: from the place where a rule is broken to everyone who asks.
 *
 * suture_report() runs where the driver is: with its locks held, in interrupts.
 * It fills a slot of the ring and returns. The kernel log line is printed a
 * moment later from an irq_work (a console driver's lock may be the very one
 * that is held now), and the netlink message is sent from a work item.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/irq_work.h>
#include <linux/ktime.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/workqueue.h>

#include "domain.h"
#include "escalate.h"
#include "event.h"
#include "netlink.h"
#include "policy.h"
#include "visit.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

static DEFINE_RAW_SPINLOCK(ring_lock);
static struct suture_event ring[SUTURE_EVENTS_KEPT];
static u64 ring_next = 1;	/* number of the next event */
static u64 ring_sent = 1;	/* next to go out by netlink */
static u64 ring_logged = 1;	/* next to go to the kernel log */
static u64 ring_lost;

static const char *const action_names[] = {
	[SUTURE_OFF] = "off",
	[SUTURE_OBSERVE] = "observe",
	[SUTURE_REPAIR] = "repair",
	[SUTURE_UNWIND] = "unwind",
	[SUTURE_CYCLE] = "power-cycle",
	[SUTURE_RESTART] = "restart",
	[SUTURE_QUARANTINE] = "quarantine",
	[SUTURE_FAILED] = "failed",
};

/* suture_action_name() - an action in the words of policy and netlink */
const char *suture_action_name(enum suture_action action)
{
	return action < ARRAY_SIZE(action_names) ? action_names[action] : "unknown";
}

/* suture_event_repair() - the repair that an event took, or NULL */
const struct suture_repair *suture_event_repair(const struct suture_event *event)
{
	if (event->repair < 0 || event->repair >= SUTURE_MAX_REPAIRS)
		return NULL;
	return &event->rule->repairs[event->repair];
}

/* The next event that @cursor has not seen, copied; false if there is none. */
static bool ring_take(u64 *cursor, struct suture_event *event)
{
	unsigned long flags;
	bool found = false;

	raw_spin_lock_irqsave(&ring_lock, flags);
	if (*cursor + SUTURE_EVENTS_KEPT < ring_next)
		*cursor = ring_next - SUTURE_EVENTS_KEPT;
	while (*cursor < ring_next && !found) {
		*event = ring[*cursor % SUTURE_EVENTS_KEPT];
		++*cursor;
		found = event->rule;
	}
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	return found;
}

static void event_log(const struct suture_event *event)
{
	const struct suture_repair *repair = suture_event_repair(event);

	if (!__ratelimit(&event->rule->logged))
		return;
	pr_warn("%s: %s %s%s%s: %s%s%s%s%s (%s)%s%s\n",
		event->domain[0] ? event->domain : "-", event->rule->id,
		suture_action_name(event->did), repair ? " " : "", repair ? repair->name : "",
		event->text, event->site[0] ? "; at " : "", event->site,
		event->entry[0] ? "; in " : "", event->entry, event->context,
		repair ? "; gives up " : "", repair ? repair->gives_up : "");
}

static void event_work(struct work_struct *work)
{
	static struct suture_event event;	/* one worker: the work item never runs twice */

	while (ring_take(&ring_sent, &event))
		suture_netlink_event(&event);
}

static DECLARE_WORK(ring_work, event_work);

static void event_irq_work(struct irq_work *work)
{
	static struct suture_event event;	/* an irq_work never runs twice at once */

	while (ring_take(&ring_logged, &event))
		event_log(&event);
	schedule_work(&ring_work);
}

static struct irq_work ring_irq_work = IRQ_WORK_INIT(event_irq_work);

/* The driver that an event is about, if its place tells. */
static struct suture_domain *domain_at(const struct suture_visit *v, unsigned long site)
{
	struct suture_domain *domain = NULL;

	if (v && v->entry)
		domain = suture_entry_domain(v->entry);
	return domain ?: suture_domain_of(site);
}

/* Fill the next slot of the ring; the caller holds RCU. */
static void ring_add(struct suture_domain *domain, struct suture_rule *rule,
		     enum suture_action did, int repair, const struct suture_visit *v,
		     unsigned long site, const char *fmt, va_list args)
{
	const char *buried = NULL;
	struct suture_event *event;
	unsigned long flags;

	if (domain && domain->quiet)
		return;
	if (domain) {
		atomic64_inc(&domain->events);
		suture_tally_add(domain, rule, did);
	}
	if (domain && domain->group && site)
		buried = suture_group_buried(suture_domain_group(domain), site);
	if (site && !buried)
		site = suture_site(site);
	atomic64_inc(&rule->hits);

	raw_spin_lock_irqsave(&ring_lock, flags);
	event = &ring[ring_next % SUTURE_EVENTS_KEPT];
	if (ring_next > SUTURE_EVENTS_KEPT && ring_sent <= ring_next - SUTURE_EVENTS_KEPT)
		ring_lost++;
	event->seq = ring_next;
	event->time = ktime_get_real_fast_ns();
	event->rule = rule;
	event->did = did;
	event->repair = repair;
	event->cpu = raw_smp_processor_id();
	event->pid = current->pid;
	event->context = suture_context_name(v ? v->preempt : preempt_count());
	memcpy(event->comm, current->comm, TASK_COMM_LEN);
	event->comm[TASK_COMM_LEN - 1] = '\0';
	strscpy(event->domain, domain ? domain->name : "", sizeof(event->domain));
	strscpy(event->entry, v && v->entry ? suture_entry_name(v->entry) : "",
		sizeof(event->entry));
	event->site[0] = '\0';
	if (buried)
		strscpy(event->site, buried, sizeof(event->site));
	else if (site)
		scnprintf(event->site, sizeof(event->site), "%pS", (void *)site);
	vscnprintf(event->text, sizeof(event->text), fmt, args);
	trace_suture_event(event);
	ring_next++;
	raw_spin_unlock_irqrestore(&ring_lock, flags);
	irq_work_queue(&ring_irq_work);
}

/* suture_report(): see rule.h */
void suture_report(struct suture_rule *rule, enum suture_action did, int repair,
		   unsigned long site, const char *fmt, ...)
{
	struct suture_visit *v = suture_visit_current();
	struct suture_domain *domain;
	va_list args;

	if (in_nmi())
		return;
	rcu_read_lock();
	va_start(args, fmt);
	domain = domain_at(v, site);
	if (!READ_ONCE(rule->special) ||
	    suture_policy_event(rule, domain, site, &did, &repair)) {
		ring_add(domain, rule, did, repair, v, site, fmt, args);
		if (domain && did == SUTURE_REPAIR)
			suture_escalate_repair(domain, rule, site);
	}
	va_end(args);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(suture_report);

/**
 * suture_report_visit() - an event of a visit that was interrupted
 * @v:		the visit; not the context of the caller
 * @rule:	rule
 * @did:	what was done
 * @site:	address in the driver
 * @fmt:	what happened
 *
 * Context: exception or interrupt on top of the visit.
 */
void suture_report_visit(const struct suture_visit *v, struct suture_rule *rule,
			 enum suture_action did, unsigned long site, const char *fmt, ...)
{
	va_list args;

	rcu_read_lock();
	va_start(args, fmt);
	ring_add(domain_at(v, site), rule, did, SUTURE_NO_REPAIR, v, site, fmt, args);
	va_end(args);
	rcu_read_unlock();
}

/**
 * suture_report_for() - an event of a driver that is not running now
 * @domain:	the driver
 * @rule:	rule
 * @did:	what was done
 * @repair:	index of the repair taken, or SUTURE_NO_REPAIR
 * @site:	address in the driver, or 0
 * @fmt:	what happened
 *
 * Context: any but NMI; the caller keeps @domain alive.
 */
void suture_report_for(struct suture_domain *domain, struct suture_rule *rule,
		       enum suture_action did, int repair, unsigned long site,
		       const char *fmt, ...)
{
	va_list args;

	/* What it left is no news of a driver that was not asked to release it. */
	if (unlikely(domain->silent)) {
		if (did == SUTURE_REPAIR)
			domain->after_released++;
		else
			domain->after_left++;
		return;
	}
	rcu_read_lock();
	if (READ_ONCE(rule->special) &&
	    !suture_policy_event(rule, domain, site, &did, &repair)) {
		rcu_read_unlock();
		return;
	}
	va_start(args, fmt);
	ring_add(domain, rule, did, repair, NULL, site, fmt, args);
	va_end(args);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(suture_report_for);

/**
 * suture_event_get() - read the ring
 * @seq:	in: first number of interest; out: number after the event returned
 * @event:	gets the event
 *
 * Context: any.
 * Return: false if there is no event from *@seq on.
 */
bool suture_event_get(u64 *seq, struct suture_event *event)
{
	if (!*seq)
		*seq = 1;
	return ring_take(seq, event);
}

/**
 * suture_event_forget() - drop what the ring still keeps about a rule that goes
 * @rule:	the rule
 *
 * What has happened so far has been logged and sent when this returns.
 *
 * Context: task; nobody reports about @rule any more.
 */
void suture_event_forget(const struct suture_rule *rule)
{
	unsigned long flags;
	unsigned int i;

	suture_event_flush();
	raw_spin_lock_irqsave(&ring_lock, flags);
	for (i = 0; i < SUTURE_EVENTS_KEPT; i++) {
		if (ring[i].rule == rule)
			ring[i].rule = NULL;
	}
	raw_spin_unlock_irqrestore(&ring_lock, flags);
}

/* suture_event_total() - events so far. Context: any. */
u64 suture_event_total(void)
{
	return READ_ONCE(ring_next) - 1;
}

/* suture_event_lost() - events overwritten before they were sent. */
u64 suture_event_lost(void)
{
	return READ_ONCE(ring_lost);
}

/**
 * suture_event_flush() - wait for the last log line and the last message
 *
 * Context: task. An event that comes meanwhile may or may not have been sent.
 */
void suture_event_flush(void)
{
	irq_work_sync(&ring_irq_work);
	flush_work(&ring_work);
}
