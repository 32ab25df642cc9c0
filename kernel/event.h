/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event.h - what happened, kept in a ring and handed out.
 */
#ifndef SUTURE_EVENT_H
#define SUTURE_EVENT_H

#include <linux/module.h>
#include <linux/sched.h>
#include <linux/types.h>

#include <suture/rule.h>

#define SUTURE_EVENTS_KEPT 256

/**
 * struct suture_event - one event
 * @seq:	number, from 1
 * @time:	nanoseconds since the epoch
 * @rule:	rule that was broken
 * @did:	what was done
 * @repair:	index of the repair, or SUTURE_NO_REPAIR
 * @cpu:	processor
 * @pid:	task
 * @context:	task, softirq, hardirq
 * @comm:	command of the task
 * @domain:	guarded driver, empty if unknown
 * @entry:	entry of the visit, empty if there was none
 * @site:	call site, symbol+offset/size
 * @text:	what happened, in words
 */
struct suture_event {
	u64 seq;
	u64 time;
	struct suture_rule *rule;
	enum suture_action did;
	int repair;
	u32 cpu;
	u32 pid;
	const char *context;
	char comm[TASK_COMM_LEN];
	char domain[MODULE_NAME_LEN];
	char entry[64];
	char site[96];
	char text[112];
};

__printf(5, 6)
void suture_report_visit(const struct suture_visit *v, struct suture_rule *rule,
			 enum suture_action did, unsigned long site, const char *fmt, ...);
bool suture_event_get(u64 *seq, struct suture_event *event);
void suture_event_flush(void);
void suture_event_forget(const struct suture_rule *rule);
u64 suture_event_total(void);
u64 suture_event_lost(void);
const char *suture_action_name(enum suture_action action);
const struct suture_repair *suture_event_repair(const struct suture_event *event);

#endif /* SUTURE_EVENT_H */
