#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-interrupt.sh - interrupts, timers and work items: as rules.sh. What a driver
# leaves behind is seen when it is unloaded, and would bring the kernel down a moment later.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit

# leaves DRIVER WORD N: after WORD unloading ends well, with N events.
leaves() {
	[ -n "$OFF" ] && left_word=$2 && return
	load "$1"
	since=$(next_event)
	say "$1" "$2"
	said_then=$said
	quiet "$1 $2: nothing is wrong before it is unloaded ($said)"
	check "$1 $2: unloaded" suture unload "$1"
	news
	sleep 0.3
	[ "$said_then" = ok ] && [ "$(echo "$fresh" | grep -c .)" = "$3" ]
	result "$1 $2: $3 events" $? "write: $said_then
$fresh"
}

# left DRIVER RULE REPAIR SITE TEXT: one of the events of the last unloading.
left() {
	off_removal "$1" "$2" "$1 $left_word" "$left_word" && return
	l_line=" $1 $2 repair: $5 \(at $4\+0x[0-9a-f]+/0x[0-9a-f]+ \[$1\].*\); repair: $3; gives up: .+\$"
	echo "$fresh" | grep -qE -- "$l_line"
	result "$2: $1 in $4" $? "expected: $l_line
got: $fresh"
}

# ------------------------------------------------------------------------- interrupts

table irq_bal <<END
twice ok IRQ-BAL repair drop task bad_write free_twice free_irq of interrupt [0-9]+, released at free_twice.*
twice-shared ok IRQ-BAL repair drop task bad_write free_twice_shared free_irq of interrupt [0-9]+, released at free_twice_shared.*
unknown ok IRQ-BAL repair drop task bad_write free_unknown free_irq of interrupt [0-9]+ with a dev_id that is not attached to it
wrong ok IRQ-BAL repair argument task bad_write free_wrong free_irq of interrupt [0-9]+ with a dev_id other than that of its request
END

leaves irq_bal keep 1
left irq_bal IRQ-BAL release request "interrupt [0-9]+ still requested after removal"
leaves irq_bal keep-threaded 1
left irq_bal IRQ-BAL release keep_threaded "interrupt [0-9]+ still requested after removal"
check "no handler is left behind" sh -c '! grep irq_bal /proc/interrupts'

table irq_vec <<END
order ok IRQ-VEC repair release task bad_write order_wrong pci_free_irq_vectors while interrupt [0-9]+ of vector 0 is requested
disable ok IRQ-VEC repair release task bad_write order_wrong pci_disable_msi while interrupt [0-9]+ of vector 0 is requested
END

leaves irq_vec keep 1
left irq_vec IRQ-VEC free vectors ".* has MSI vectors after removal"

# ------------------------------------------------------------------------------ timers

table tmr_sync <<END
self ok TMR-SYNC repair substitute softirq stop_self stop_self timer_delete_sync called from within its callback
shutdown ok TMR-SYNC repair substitute softirq shutdown_self shutdown_self timer_shutdown_sync called from within its callback
hrtimer ok TMR-SYNC repair substitute hardirq cancel_self cancel_self hrtimer_cancel called from within its callback
hardirq ok TMR-SYNC repair substitute hardirq stop_other stop_other timer_delete_sync called in a hard interrupt
END

leaves tmr_live ok 0
leaves tmr_live static 1
left tmr_live TMR-LIVE cancel arm_static "timer of tick armed after removal"
leaves tmr_live again 1
left tmr_live TMR-LIVE cancel '(tick_on|arm_again)' "timer of tick_on armed after removal"
# The timer goes first, then the memory that it lies in.
# MEM-LEAK by itself only observes.
check "MEM-LEAK may repair" suture rules set MEM-LEAK repair
leaves tmr_live allocated 2
left tmr_live TMR-LIVE cancel arm_allocated "timer of tick armed after removal"
left tmr_live MEM-LEAK free arm_allocated ".*"
leaves tmr_live precise 2
left tmr_live TMR-LIVE cancel arm_precise "timer of tick_precise armed after removal"

# -------------------------------------------------------------------------- work items

table wrk_self <<END
cancel ok WRK-SELF repair substitute task cancel_self cancel_self cancel_work_sync by the work item itself
cancel-delayed ok WRK-SELF repair substitute task cancel_self_delayed cancel_self_delayed cancel_delayed_work_sync by the work item itself
flush ok WRK-SELF repair skip task flush_self flush_self flush_work by the work item itself
flush-queue ok WRK-SELF repair skip task flush_queue flush_queue flush_workqueue by the work item itself
END

leaves wrk_live ok 0
leaves wrk_live later 1
left wrk_live WRK-LIVE cancel queue_later "work of soon pending after removal"
leaves wrk_live again 1
left wrk_live WRK-LIVE cancel '(again|queue_again)' "work of again (pending|running) after removal"
leaves wrk_live slow 1
left wrk_live WRK-LIVE cancel queue_slow "work of slow running after removal"

# -------------------------------------------------------------------------- freed alive

table mem_livefree <<END
timer ok MEM-LIVEFREE repair cancel task bad_write free_timer kfree of memory with a timer armed in it, its function tick
vmalloc ok MEM-LIVEFREE repair cancel task bad_write free_vmalloc vfree of memory with a timer armed in it, its function tick
hrtimer ok MEM-LIVEFREE repair cancel task bad_write free_precise kfree of memory with a hrtimer armed in it, its function tick_precise
delayed ok MEM-LIVEFREE repair cancel task bad_write free_later kfree of memory with a work item pending in it, its function work
work ok MEM-LIVEFREE repair cancel task bad_write free_work kfree of memory with a work item pending in it, its function work
locked ok MEM-LIVEFREE repair cancel task bad_write free_locked kfree of memory with a timer armed in it, its function tick
both ok MEM-LIVEFREE*2 repair cancel task bad_write free_both kfree of memory with a .* in it, its function .*
small ok MEM-LIVEFREE repair cancel task bad_write free_small kfree of memory with a timer armed in it, its function tick
device ok MEM-LIVEFREE repair cancel task bad_write free_device free_netdev of memory with a timer armed in it, its function tick
irq ok MEM-LIVEFREE repair release task bad_write free_irq_data kfree of memory that the handler of interrupt [0-9]+ gets
END

check "suture.ko goes, too" core_gone
finish
