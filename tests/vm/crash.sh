#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# crash.sh - a guarded driver crashes in each way, in each context, holding each thing: the
# visit is unwound, what it held is given back, and the driver goes on being used.
# The same on each kind of processor: what faults look like depends on it.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit
echo 300 >/sys/module/suture/parameters/budget_task_ms
echo 200 >/sys/module/suture/parameters/budget_softirq_ms
echo "# processor: $(grep -m 1 -o 'smap' /proc/cpuinfo || echo no smap), $(grep -m 1 -wo 'smep' /proc/cpuinfo || echo no smep)"

# crash HOW WHERE HELD SITE
crash() {
	case $2 in
	task) c_result=EIO c_entry=bad_write ;;
	softirq) c_result=ok c_entry=crash_timer ;;
	hardirq) c_result=ok c_entry=crash_hrtimer ;;
	esac
	breaks cb_oops "$1-$2-$3" "$c_result" CB-OOPS unwind - "$2" "$c_entry" "$4"
}

load cb_oops
for where in task softirq hardirq; do
	for how in null wild user bug divide jump copy; do
		crash $how $where none crash_$how
	done
done
for held in lock lockirq lockbh irqoff preempt rcu mutex reader writer downgraded rtnl pagefault fpu; do
	# Without SMAP the kernel itself warns of a page fault with interrupts off.
	case $held in
	lockirq | irqoff) grep -qw smap /proc/cpuinfo || continue ;;
	esac
	crash null task $held crash_null
	crash bug task $held crash_bug
done
for held in lock lockirq lockbh irqoff preempt rcu; do
	crash wild softirq $held crash_wild
done
for held in lock irqoff preempt rcu; do
	crash divide hardirq $held crash_divide
done

# A crash must not cost the kernel anything that adds up.
unwinds() { suture status cb_oops -j | sed -n 's/^ *"unwinds": \([0-9]*\),*$/\1/p'; }
before=$(unwinds)
i=0
while [ $i -lt 100 ]; do
	say cb_oops null-task-lock
	i=$((i + 1))
done
news
check "100 more crashes are counted" [ "$(unwinds)" -eq $((before + 100)) ]
say cb_oops ok
check "the driver works after all of them" [ "$said" = ok ]
unload cb_oops

# The kernel knows nothing of all this: no oops, so no taint (D: 128) and no dead task.
check "the kernel is not tainted by a crash" [ $(($(cat /proc/sys/kernel/tainted) & 128)) -eq 0 ]
finish
