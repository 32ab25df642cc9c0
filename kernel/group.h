/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * group.h - guarded modules that are one driver: ahci and libahci.
 *
 * Every domain is in a group, most of them alone. What concerns a driver as a
 * whole stands here: its state, its restarts. See docs/design.md.
 */
#ifndef SUTURE_GROUP_H
#define SUTURE_GROUP_H

#include <linux/list.h>
#include <linux/module.h>
#include <linux/workqueue.h>

#include <suture/rule.h>

#include "escalate.h"

struct suture_domain;
struct suture_visit;

/* More restarts than this within SUTURE_RESTART_WINDOW lead to quarantine. */
#define SUTURE_RESTARTS_KEPT	5
#define SUTURE_RESTART_WINDOW	(60 * HZ)

enum suture_state {
	SUTURE_LIVE,
	SUTURE_RESTARTING,
	SUTURE_QUARANTINED,
};

/**
 * struct suture_group - one driver, of one module or several
 * @members:	number of them
 * @state:	enum suture_state
 * @unsure:	of what a member that has gone held, some may have been released
 *		by somebody who is not guarded
 * @restarts:	restarts and power-cycles so far
 * @restart_ns:	how long the last one took
 * @distrusted:	what it held on a device was released without its help
 * @restart:	work that restarts it
 * @detach:	work that takes it off its devices, for quarantine
 * @failed:	a recovery is due because it failed, not because its owner asked for it
 * @crashed:	the same of the one that is under way
 * @restarter:	task that is restarting it
 * @recoverer:	task that is recovering it, by whatever rung
 * @ceiling:	enum suture_action: how far up the ladder a restart that is due may go
 * @restart_when: when the recent restarts began, jiffies, a ring
 * @escalation: what has failed lately
 * @buried:	names of call sites in members that have gone, RCU
 * @old:	of a group that was merged with another, until its end
 * @name:	name of its first member
 */
struct suture_group {
	unsigned int members;
	enum suture_state state;
	bool unsure;
	bool distrusted;
	atomic_t restarts;
	u64 restart_ns;
	struct work_struct restart;
	struct work_struct detach;
	bool failed;
	bool crashed;
	struct task_struct *restarter;
	struct task_struct *recoverer;
	enum suture_action ceiling;
	unsigned long restart_when[SUTURE_RESTARTS_KEPT];
	struct suture_escalation escalation;
	struct list_head buried;
	struct list_head old;
	char name[MODULE_NAME_LEN];
};

int suture_group_join(struct suture_domain *domain);
void suture_group_leave(struct suture_domain *domain);
void suture_group_outsider(struct module *mod);

struct suture_domain *suture_group_heir(const struct suture_domain *domain);
bool suture_group_owns(const struct suture_group *group, unsigned long addr);
bool suture_group_call(struct suture_visit *visit);

unsigned long suture_group_bury(struct suture_group *group, unsigned long site);
const char *suture_group_buried(struct suture_group *group, unsigned long site);

#endif /* SUTURE_GROUP_H */
