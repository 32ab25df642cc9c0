/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * quarantine.h - a driver that nobody can put right, or nobody wants any more.
 */
#ifndef SUTURE_QUARANTINE_H
#define SUTURE_QUARANTINE_H

struct suture_domain;
struct suture_group;

int suture_quarantine_start(void);
void suture_quarantine_stop(void);

void suture_quarantine_init(struct suture_group *group);
void suture_quarantine_cancel(struct suture_group *group);
int suture_quarantine_request(struct suture_domain *domain);

#endif /* SUTURE_QUARANTINE_H */
