// SPDX-License-Identifier: GPL-2.0-only
/*
 * offsets.c - structure offsets that the entry code needs; never linked. Kbuild
 * turns its assembly into arch/x86/offsets.h.
 */
#define COMPILE_OFFSETS
#include <linux/kbuild.h>
#include <linux/sched.h>

#include "../../compat.h"
#ifdef SUTURE_HAVE_PCPU_HOT
#include <asm/current.h>
#endif

static void __used suture_offsets(void)
{
	OFFSET(SUTURE_TASK_STACK, task_struct, stack);
	OFFSET(SUTURE_TASK_RCU, task_struct, rcu_read_lock_nesting);
#ifdef SUTURE_HAVE_PCPU_HOT
	OFFSET(SUTURE_HOT_CURRENT, pcpu_hot, current_task);
	OFFSET(SUTURE_HOT_PREEMPT, pcpu_hot, preempt_count);
#endif
}
