/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * restart.h - start a driver again.
 */
#ifndef SUTURE_RESTART_H
#define SUTURE_RESTART_H

#include <suture/rule.h>

struct suture_domain;
struct suture_group;
struct suture_visit;

int suture_restart_start(void);
void suture_restart_stop(void);

void suture_restart_init(struct suture_group *group);
void suture_restart_cancel(struct suture_domain *domain);
void suture_restart_consider(struct suture_domain *domain, const struct suture_visit *visit);
void suture_entries_mark(const struct suture_group *group, u32 flag, bool on);
void suture_quarantine(struct suture_domain *domain);
void suture_restart_climb(struct suture_domain *domain, unsigned long site,
			  enum suture_action ceiling, const char *what);
int suture_restart_request(struct suture_domain *domain);

#endif /* SUTURE_RESTART_H */
