#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# unguarded.sh - the same bad drivers, the same words, but nobody guards: what the stock
# kernel does, for everything that it survives well enough to tell.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

# bare DRIVER WORD: as the kernel's own loader loads it; in the background, as it may never
# come back. $pid is the writer.
bare() {
	[ -e "/sys/module/$1" ] || insmod "/t/$1.ko" || exit
	marked="mark $1 $2"
	echo "$marked" >/dev/kmsg
	sh -c "echo $2 >/dev/bad_$1" 2>/tmp/bare &
	pid=$!
	i=0
	while [ $i -lt 10 ] && [ -d /proc/$pid ] && ! grep -q '^State:.Z' /proc/$pid/status; do
		sleep 0.1
		i=$((i + 1))
	done
}

# since_mark: the kernel's log since bare().
since_mark() { dmesg | sed -n "/$marked/,\$p"; }

# shows NAME TEXT: the kernel has said TEXT since bare().
shows() {
	since_mark | grep -qE -- "$2"
	result "without guard: $1" $? "expected: $2
$(since_mark | head -n 30)"
}

state() { sed -n 's/^State:.\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null; }

# stuck NAME STATE: the writer has not come back.
stuck() {
	[ "$(state)" = "$2" ]
	result "without guard: $1" $? "state: $(state), expected $2"
}

check "suture.ko is not there" [ ! -e /sys/module/suture ]

bare lck_sleep short
shows "LCK-SLEEP: lck_sleep short" 'BUG: scheduling while atomic'
bare ctx_irqoff preempt-long
shows "CTX-IRQOFF: ctx_irqoff preempt-long" 'BUG: scheduling while atomic'
bare cb_irq preempt
shows "CB-IRQ: cb_irq preempt" 'scheduling while atomic|exited with preempt_count|segfault at'
bare cb_lock plain
shows "CB-LOCK: cb_lock plain" 'scheduling while atomic|exited with preempt_count|segfault at'
# Nobody can take it any more.
sh -c 'echo ok >/dev/bad_cb_lock' 2>/tmp/locked
check "without guard: CB-LOCK: the lock is lost" grep -qi 'busy' /tmp/locked

bare mem_dfree twice
shows "MEM-DFREE: mem_dfree twice" 'kernel BUG at mm/slub|Oops: invalid opcode|invalid opcode'
bare mem_badfree static
shows "MEM-BADFREE: mem_badfree static" 'Oops|BUG|WARNING'
bare mem_wrongfree vmalloc
shows "MEM-WRONGFREE: mem_wrongfree vmalloc" 'Oops|BUG|WARNING'

bare mtx_dbl plain
stuck "MTX-DBL: mtx_dbl plain waits for itself for ever" D
bare cb_oops null-task-mutex
shows "CB-OOPS: cb_oops null-task-mutex" 'Oops'
sh -c 'echo ok >/dev/bad_cb_oops' 2>/tmp/locked
check "without guard: CB-OOPS: the mutex is lost" grep -qi 'busy' /tmp/locked
check "without guard: CB-OOPS: the kernel is tainted" [ $(($(cat /proc/sys/kernel/tainted) & 128)) -ne 0 ]

# Leaks are never seen again, and nothing says so.
insmod /t/mem_leak.ko
echo kmalloc >/dev/bad_mem_leak
rmmod mem_leak
marked='mark'
check "without guard: MEM-LEAK: nobody says anything" sh -c '! dmesg | tail -n 3 | grep -qi leak'

# These take a processor each, until somebody helps.
bare cb_time task
stuck "CB-TIME: cb_time task runs for ever" R
kill -9 "$pid"
sleep 0.3
stuck "CB-TIME: and cannot be killed" R
echo stop >/dev/bad_cb_time
bare lck_dbl plain
stuck "LCK-DBL: lck_dbl plain waits for itself for ever" R
echo rescue >/dev/bad_lck_dbl
sleep 0.3
finish
