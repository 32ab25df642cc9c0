/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * release.h - what a driver holds, released without its help.
 */
#ifndef SUTURE_RELEASE_H
#define SUTURE_RELEASE_H

#include <linux/types.h>

struct suture_domain;
struct suture_group;
struct suture_unbound;
struct suture_visit;

int suture_release_start(void);
void suture_release_stop(void);

void suture_release(struct suture_unbound *left);
void suture_release_end(struct suture_domain *domain);
bool suture_release_unsure(const struct suture_group *group);
void suture_release_broken(struct suture_domain *domain);
void suture_release_thread(unsigned long site);
bool suture_release_wanted(const struct suture_visit *visit, const struct suture_group *group);

#endif /* SUTURE_RELEASE_H */
