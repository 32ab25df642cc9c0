#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-callback.sh - what a driver owes when it returns, for a device and at its end: probe and
# remove, references, waits, semaphores, what interrupt handlers return. As rules.sh.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit

# came NAME [LINE]...: the events since the last look are these, in any order.
came() {
	c_name=$1 c_right=0
	shift
	news
	for c_line in "$@"; do
		echo "$fresh" | grep -qE -- "$c_line" && c_right=$((c_right + 1))
	done
	[ "$c_right" = $# ] && [ "$(echo "$fresh" | grep -c .)" = $# ]
	result "$c_name" $? "expected $# events, $c_right of them are there: $*
events: $fresh"
}

# ------------------------------------------------------------------- probe and remove

for dev in /sys/bus/pci/devices/*; do
	[ "$(cat "$dev/device")" != 0x11e8 ] || edu=${dev##*/}
done
drv=/sys/bus/pci/drivers/bad_cb_probe
how() { echo "$1" >/sys/module/cb_probe/parameters/how; }
bind() { echo "$edu" >"$drv/bind"; }
unbind() { echo "$edu" >"$drv/unbind"; }

# works NAME: the device can be bound by a driver that does right, and left.
works() {
	how ok
	check "$1: the device works afterwards" bind
	check "$1: it is left in order" unbind
	quiet "$1: without an event"
}

# What a driver that releases nothing has taken, and where.
all() {
	for each in "file in sysfs:take_file" "interrupt:take_irq" "timer:take_timer" \
		"DMA mapping:take_page" "coherent buffer:take_coherent" "MSI vectors:take_vectors" \
		"mapping of registers:take_map" "enabled PCI device:(take_device|take_all|probe)"; do
		echo " cb_probe $1 repair: ${each%:*} held $2 $edu \\(at ${each##*:}\\+.*; repair: release"
	done
	echo " cb_probe $1 repair: PCI region held $2 $edu \\(at (take_regions|take_all|probe)\\+.*; repair: release"
	echo " cb_probe $1 observe: kmalloc held $2 $edu \\(at (take_state|probe)\\+"
}

# brings NAME RULE TEXT [LINE]: all of it is released.
brings() {
	b_name=$1 b_rule=$2 b_text=$3 b_more=$4
	set --
	while read -r b_each; do set -- "$@" "$b_each"; done <<END
$(all "$b_rule" "$b_text")
END
	[ -z "$b_more" ] || set -- "$@" "$b_more"
	came "$b_name" "$@"
}

# off_case RULE NAME COMMAND...: with the rule switched off; the guest is of no use afterwards.
off_case() {
	off_begin "$1" "$1: $2" || return 0
	shift 2
	"$@" >/dev/null 2>&1
	sleep 0.3
	news
	off_end ""
	off_stuck
}

# offered HOW [COMMAND]: a probe that does this, and what comes then
offered() {
	suture load /t/cb_probe.ko
	unbind
	how "$1"
	bind
	"$2"
}

removed() { how remove && unbind; }
read_late() {
	suture rules set CB-REMOVE off
	removed
	patiently dd bs=16 count=1 if="/sys/bus/pci/devices/$edu/state"
}
left_over() { suture load /t/drv_bal.ko && say drv_bal leave && suture unload drv_bal; }
too_late() { suture load "/t/$1.ko" && say "$1" "$2"; }

probe_and_remove() {
	check "cb_probe is loaded guarded" suture load /t/cb_probe.ko
	check "it is left in order" unbind
	quiet "cb_probe ok: no event"

	how fail
	refuse "the probe fails" '' bind
	brings "CB-PROBEERR: what a failed probe holds is released" CB-PROBEERR "by a failed probe of"
	works CB-PROBEERR

	how crash
	refuse "the probe crashes" '' bind
	brings "CB-PROBEERR: so is what one that crashed holds" CB-PROBEERR "by a failed probe of" \
		"cb_probe CB-OOPS unwind"
	works "CB-PROBEERR after a crash"

	how remove
	check "the driver binds" bind
	check "the driver is removed and keeps all" unbind
	brings "CB-REMOVE: what it holds is released" CB-REMOVE "after removal from"
	works CB-REMOVE

	how managed
	check "the driver binds" bind
	check "the driver is removed, with a timer and a work item in memory of devm" unbind
	came "MEM-LIVEFREE: both are stopped before the memory goes" \
		"MEM-LIVEFREE repair: release by devm of memory with a timer armed in it, its function tick" \
		"MEM-LIVEFREE repair: release by devm of memory with a work item pending in it, its function work"
	works "MEM-LIVEFREE"

	how positive
	check "a probe returns 1 and works" bind
	came "CB-PROBEOK: it is success" "CB-PROBEOK repair: probe returned 1 \\(at probe\\+.*; repair: success"
	check "and is removed" unbind
	how pcibios
	refuse "a probe returns an error that is positive" '' bind
	came "CB-PROBEOK: it is an error" "CB-PROBEOK repair: probe returned 134 \\(at probe\\+.*; repair: error"
	how ignored
	refuse "a probe has registered nothing and returns 0" '' bind
	came "CB-PROBEOK: it has failed" \
		"CB-PROBEOK repair: probe returned 0 though register_netdev had returned -17 \\(at register_taken.*\\+.*; repair: error" \
		"CB-PROBEERR repair: interface that is not registered held after removal from $edu"
	works CB-PROBEOK

	# What is not released must at least not be called any more.
	suture rules set CB-REMOVE observe
	how file
	check "the driver binds" bind
	check "its file can be read" grep -q . "/sys/bus/pci/devices/$edu/state"
	how remove
	check "it is removed" unbind
	refuse "CB-AFTER: the file cannot be read" "No such device" dd bs=16 count=1 if="/sys/bus/pci/devices/$edu/state"
	sleep 0.3
	came "CB-REMOVE only observes; CB-AFTER: neither file nor timer is called" \
		"CB-REMOVE observe: file in sysfs" "CB-REMOVE observe: timer" "CB-REMOVE observe: kmalloc" \
		"CB-AFTER repair: state_show called after its device was removed \\(at state_show\\+.*; repair: refuse" \
		"CB-AFTER repair: tick called after its device was removed \\(at tick\\+.*softirq.*; repair: refuse"
	suture rules set CB-REMOVE repair
	check "cb_probe is unloaded" suture unload cb_probe
	news
}
[ -n "$OFF" ] || probe_and_remove

# -------------------------------------------------------------------- registrations

table drv_bal <<END
twice ok PCI-DRV repair drop task bad_write unregister_twice platform_driver_unregister of what was unregistered at unregister_twice.*
never ok PCI-DRV repair drop task bad_write unregister_never platform_driver_unregister of what is not registered
misc-twice ok CHR-REG repair drop task bad_write misc_twice misc_deregister of a device that is not registered
END
left_registered() {
	load drv_bal
	for word in leave leave-misc; do
		say drv_bal "$word"
		quiet "drv_bal $word is no leak yet ($said)"
	done
	check "drv_bal is unloaded with what it left" suture unload drv_bal
	came "PCI-DRV, CHR-REG: it is unregistered" \
		"PCI-DRV repair: platform driver still registered after removal \\(at leave_driver\\+.*; repair: unregister" \
		"CHR-REG repair: misc device 10:[0-9]+ still registered after removal \\(at leave_misc\\+.*; repair: unregister"
	check "no driver is left behind" sh -c '! ls /sys/bus/platform/drivers | grep bad_drv'
	refuse "drv_bal fails in its init function" '' suture load /t/drv_bal.ko how=fail
	came "PCI-DRV: what it registered is unregistered" \
		"PCI-DRV repair: platform driver still registered after removal \\(at (leave_driver|init_module|start)\\+.*; repair: unregister"
}
[ -n "$OFF" ] || left_registered

# ----------------------------------------------------------------------- interrupts

table irq_bal <<END
five ok IRQ-RETVAL repair handled task returns_five returns_five the handler of interrupt [0-9]+ returned 5
wake ok IRQ-RETVAL repair handled task returns_wake returns_wake the handler of interrupt [0-9]+ wakes a thread that it does not have
enable ok IRQ-DEPTH repair drop task bad_write enable_more enable_irq of interrupt [0-9]+, which is enabled
END

# -------------------------------------------------- waits, references, locks, memory

table cmp_wait <<END
queued ok CMP-WAITBAL repair finish task bad_write bad_write bad_write returned while it is on a wait queue
state ok CMP-WAITBAL repair finish task bad_write bad_write bad_write returned in a state other than running
crash EIO CB-OOPS unwind - task bad_write crash_queued bad read at 0x0 .*
END
completed_late() {
	load cmp_wait
	say cmp_wait late
	sleep 0.3
	came "CMP-STACK: it is not completed" \
		"CMP-STACK repair: complete of a completion on the stack of a function that has returned \\(at complete_late\\+.*; repair: skip"
	say cmp_wait ok
	check "cmp_wait works afterwards ($said)" [ "$said" = ok ]
	unload cmp_wait
}
[ -n "$OFF" ] || completed_late

table ref_bal <<END
device ok REF-DEV repair drop task bad_write put_registered put_device of the last reference to bad_ref_bal_device, which is registered
END
put_late() {
	load ref_bal
	say ref_bal module
	sleep 0.3
	came "REF-MOD: the module is not put" \
		"REF-MOD repair: module_put of ref_bal, to which there is no reference \\(at put_module\\+.*; repair: drop"
	say ref_bal ok
	check "ref_bal works afterwards ($said)" [ "$said" = ok ]
	unload ref_bal
}
[ -n "$OFF" ] || put_late

table mtx_atomic <<END
mutex ok MTX-ATOMIC repair trylock task bad_write lock_mutex mutex_lock called in atomic context
read ok MTX-ATOMIC repair trylock task bad_write lock_read down_read called in atomic context
write ok MTX-ATOMIC repair trylock task bad_write lock_write down_write called in atomic context
sem ok MTX-ATOMIC repair trylock task bad_write lock_sem down called in atomic context
release-read ok RWS-BAL repair drop task bad_write release_read up_read of a semaphore that no reader holds
release-write ok RWS-BAL repair drop task bad_write release_write up_write of a semaphore that no writer holds
release-wrong ok RWS-BAL repair drop task bad_write release_wrong up_write of a semaphore that no writer holds
END

table wrk_wq <<END
queue ok WRK-WQ repair substitute task bad_write queue_nowhere queue_work without a workqueue
later ok WRK-WQ repair substitute task bad_write queue_later queue_delayed_work without a workqueue
destroy ok WRK-WQ repair drop task bad_write destroy_none destroy_workqueue without a workqueue
END

table mem_null <<END
value EIO MEM-NULL unwind - task bad_write use_value bad write at 0x40 \\(#PF\\) after the allocation at allocate.* had failed
name EIO MEM-NULL unwind - task bad_write use_name bad write at 0x0 \\(#PF\\) after the allocation at allocate.* had failed
END

if [ -n "$OFF" ]; then
	off_case CB-PROBEERR "a probe fails" offered fail
	off_case CB-REMOVE "a driver is removed" offered ok removed
	off_case MEM-LIVEFREE "memory of devm" offered managed unbind
	off_case CB-PROBEOK "a probe returns 1" offered positive
	off_case CB-PROBEOK "a probe returns an error of PCI" offered pcibios
	off_case CB-PROBEOK "a probe has no interface" offered ignored
	off_case CB-AFTER "a file is read too late" offered file read_late
	off_case PCI-DRV "a driver stays registered" left_over
	off_case CMP-STACK "a completion comes too late" too_late cmp_wait late
	off_case REF-MOD "a module is put" too_late ref_bal module
	finish
fi
check "suture.ko goes, too" core_gone
finish
