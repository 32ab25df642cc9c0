/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * section.h - a driver's atomic section, opened for a call that blocks.
 */
#ifndef SUTURE_SECTION_H
#define SUTURE_SECTION_H

#include "held.h"

/**
 * struct suture_section - what stood in the way of blocking
 * @lock:	locks given back, oldest first
 * @nlocks:	number of them
 * @bh:		levels of local_bh_disable() given back
 * @preempt:	levels of preempt_disable() given back, without those of locks
 * @rcu:	RCU read-side sections left
 * @irqs_off:	interrupts were off
 */
struct suture_section {
	struct suture_held_lock lock[SUTURE_HELD_SLOTS];
	unsigned int nlocks;
	unsigned int bh;
	unsigned int preempt;
	unsigned int rcu;
	bool irqs_off;
};

bool suture_section_open(struct suture_section *section, struct suture_visit *visit);
void suture_section_close(struct suture_section *section);
void suture_section_restore(struct suture_visit *visit);

#endif /* SUTURE_SECTION_H */
