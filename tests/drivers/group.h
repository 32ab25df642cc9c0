/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * group.h - what group_part.ko gives to group_driver.ko and group_second.ko.
 */
#ifndef GROUP_H
#define GROUP_H

#include <linux/types.h>

struct timer_list;

void *part_alloc(void);
void part_free(void *p);
/* Freed when group_part.ko goes. */
void part_hand(void *p);
void part_lock(void);
void part_unlock(void);
bool part_locked(void);
int part_touch(int *p);
/* Not guarded by a visit of its own, the driver's callback is. */
int part_call(int (*fn)(int *p), int *p);
void part_arm(struct timer_list *timer);

#endif /* GROUP_H */
