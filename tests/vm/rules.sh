#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules.sh - each rule is broken once in each way by a bad driver that is guarded: the event
# must be right, the repair must hold, and the driver must be usable afterwards.

. /t/guest.sh

modprobe suture || exit
echo 300 >/sys/module/suture/parameters/budget_task_ms
echo 200 >/sys/module/suture/parameters/budget_softirq_ms

# table DRIVER: one call of breaks() for each line of standard input.
table() {
	load "$1"
	while read -r word result rule action repair context entry site text; do
		[ -z "$word" ] || breaks "$1" "$word" "$result" "$rule" "$action" "$repair" "$context" "$entry" "$site" "$text"
	done
	unload "$1"
}

table lck_sleep <<END
short ok LCK-SLEEP repair delay task bad_write sleep_short msleep of 2000 us .*
long ok LCK-SLEEP repair reorder task bad_write sleep_long msleep called with 1 spinlock held
irqsave ok LCK-SLEEP repair reorder task bad_write sleep_irqsave schedule_timeout_uninterruptible called with 1 spinlock held
bh ok LCK-SLEEP repair reorder task bad_write sleep_bh mutex_lock called with 1 spinlock held
two ok LCK-SLEEP repair reorder task bad_write sleep_two usleep_range called with 2 spinlocks held
END

table mem_dfree <<END
twice ok MEM-DFREE repair drop task bad_write free_twice kfree of memory freed at free_twice.*
later ok MEM-DFREE repair drop task bad_write free_later kfree of memory freed at free_later.*
other ok MEM-DFREE repair drop task bad_write free_other kfree_sensitive of memory freed at free_other.*
grow ok MEM-DFREE repair drop task bad_write free_grow krealloc of memory freed at free_grow.*
softirq ok MEM-DFREE repair drop softirq free_callback free_callback kfree of memory freed at free_softirq.*
END

table cb_time <<END
task EIO CB-TIME unwind - task bad_write spin ran for 300 ms
delay EIO CB-TIME unwind - task bad_write spin_delay .*
locked EIO CB-TIME unwind - task bad_write spin ran for 300 ms
mutex EIO CB-TIME unwind - task bad_write spin ran for 300 ms
softirq ok CB-TIME unwind - softirq spin_timer spin ran for 200 ms
softirq-locked ok CB-TIME unwind - softirq spin_timer_locked spin ran for 200 ms
END

table cb_oops <<END
null-task-none EIO CB-OOPS unwind - task bad_write crash_null page fault, write at 0
wild-task-none EIO CB-OOPS unwind - task bad_write crash_wild general protection fault
END

finish
