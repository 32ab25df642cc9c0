/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inject.h - faults that a tester asks for.
 */
#ifndef SUTURE_INJECT_H
#define SUTURE_INJECT_H

#include <linux/types.h>

struct suture_entry;
struct suture_visit;

enum suture_inject {
	SUTURE_INJECT_NONE,
	SUTURE_INJECT_CRASH,
	SUTURE_INJECT_HANG,
};

void suture_inject_arm(struct suture_entry *entry, enum suture_inject what, u64 nth);
void suture_inject_strike(struct suture_entry *entry, struct suture_visit *visit,
			  unsigned long *regs);

#endif /* SUTURE_INJECT_H */
