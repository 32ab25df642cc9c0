#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# recover.sh - a driver whose own code cannot be trusted any more: wherever it crashed it can be
# unloaded, nothing of it is left, and loaded again it works.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

how=/sys/module/recover/parameters/how
p=/sys/module/suture/parameters
driver=/sys/bus/pci/drivers/recover

is_state() { suture status "$1" -j | grep -q "\"state\": \"$2\""; }
wait_for() {
	w_left=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		w_left=$((w_left - 1))
		[ $w_left -gt 0 ] || return 1
		sleep 0.05
	done
}
saw() { echo "$fresh" | grep -qE -- "$1"; }

# What is left in the kernel of a driver that is said to be gone.
nothing_left() {
	left=
	grep -q recover /proc/interrupts && left="$left interrupt"
	grep -q recover /proc/iomem /proc/ioports && left="$left region"
	[ ! -e /dev/recover ] || left="$left misc"
	[ ! -e /proc/recover ] || left="$left proc"
	[ ! -e /sys/kernel/debug/recover ] || left="$left debugfs"
	grep -q recover /proc/devices && left="$left cdev"
	[ ! -e "$edu/state" ] || left="$left sysfs"
	[ "$(cat "$edu/enable")" = 0 ] || left="$left enabled"
	echo "left:$left"
	[ -z "$left" ]
}

# Its timer, its work and its interrupt come.
works() {
	a=$(cat /dev/recover) || return
	echo x >/dev/recover || return
	sleep 0.05
	b=$(cat /dev/recover) || return
	echo "$a; $b"
	# shellcheck disable=SC2086
	set -- $a $b
	[ "$2" -lt "${10}" ] && [ "$4" -lt "${12}" ] && [ "$6" -lt "${14}" ]
}

start() { suture load /t/recover.ko how="${1:-ok}" >/dev/null && works; }
rebind() { echo "${edu##*/}" >"$driver/$1"; }

# Touch it where it will crash.
provoke() {
	case $1 in
	open | read | irqoff) cat /dev/recover ;;
	interrupt)
		echo x >/dev/recover
		wait_for 20 is_state recover quarantined
		;;
	probe) rebind unbind; echo probe >"$how"; rebind bind ;;
	slow) sleep 0.2; rebind unbind ;;
	*) sleep 0.1 ;;
	esac
} >/dev/null 2>&1

released='recover RELEASE repair: 0000:[0-9a-f:.]+: [0-9]+ objects released, [0-9]+ variables? put back'
after='recover RELEASE repair: [0-9]+ objects? released after it '

# crashed PLACE ENTRY RULE [EVENT...]: it fails in PLACE, and these are the events.
crashed() {
	c_place=$1
	case $1 in
	kthread) check "$c_place: it works before" start thread ;;
	*) check "$c_place: it works before" start ;;
	esac
	echo "$c_place" >$how
	provoke "$c_place"
	check "$c_place: is unloaded" suture unload recover
	check "$c_place: nothing of it is left" nothing_left
	news
	check "$c_place: $3" saw "recover $3 unwind: .* in $2,"
	shift 3
	for event; do
		check "$c_place: $event" saw "$event"
	done
	[ "$c_place" = probe ] || result "$c_place: these events are all" "$(echo "$fresh" |
		grep -vcE "recover CB-(OOPS|TIME) unwind:|RELEASE|QUARANTINE|RESTART failed|^\$")" "$fresh"
}

modprobe suture || exit
mount -t debugfs none /sys/kernel/debug 2>/dev/null
edu=$(grep -l 0x11e8 /sys/bus/pci/devices/*/device)
edu=${edu%/device}
echo 500 >$p/budget_task_ms
echo 300 >$p/release_wait_ms

check "a good driver: works" start
check "a good driver: is unloaded" suture unload recover
check "a good driver: nothing of it is left" nothing_left
quiet "a good driver: no event"

crashed open file_open CB-OOPS
crashed timer tick CB-OOPS
crashed work work CB-OOPS
crashed kthread thread CB-OOPS
crashed remove remove CB-OOPS "$released" "$after"
crashed removelate remove CB-OOPS "$after"
crashed removeloop remove CB-TIME "$released" "$after"
crashed probe probe CB-OOPS CB-PROBEERR
# A handler that crashes is called again at once.
crashed interrupt handler CB-OOPS 'RESTART failed: abandoned too often, and cannot be restarted; quarantined' \
	"$released" 'QUARANTINE quarantine: entries refused; taken off 1 device' "$after"

# With interrupts off no timer sees it: another processor does.
echo 400 >$p/budget_irqoff_ms
check "interrupts off: it works before" start
echo irqoff >$how
cat /dev/recover >/dev/null 2>&1
echo ok >$how
news
check "interrupts off: CB-TIME" saw 'recover CB-TIME unwind: ran too long with interrupts off .*at loop_irqoff\+.* in file_read, task'
check "interrupts off: it works afterwards, its lock free" works
check "interrupts off: again" sh -c "echo irqoff >$how; ! cat /dev/recover; echo ok >$how; cat /dev/recover"
check "interrupts off: is unloaded" suture unload recover
check "interrupts off: nothing of it is left" nothing_left
news

# Its owner's wish, while a task sleeps in it.
check "quarantine: it works before" start
exec 5</dev/recover
check "quarantine: suture quarantine" suture quarantine recover
check "quarantine: it is off its device" [ ! -e "$edu/driver" ]
check "quarantine: nothing of it is left" nothing_left
refuse "quarantine: an open file refuses" "Input/output error|I/O error" cat <&5
refuse "quarantine: its device is not taken again" "" rebind bind
refuse "quarantine: not twice" "in quarantine" suture quarantine recover
refuse "quarantine: no restart" "quarantine" suture restart recover
exec 5<&-
news
check "quarantine: event" saw 'recover QUARANTINE quarantine: entries refused; taken off 1 device'
check "quarantine: is unloaded" suture unload recover
news
refuse "quarantine of a driver that is not there" "no guarded driver" suture quarantine recover

# The same place again and again.
echo 3 >$p/escalate_unwinds
check "escalation: it works before" start
echo read >$how
for _ in 1 2 3; do cat /dev/recover; done >/dev/null 2>&1
check "escalation: three are let pass" is_state recover live
cat /dev/recover >/dev/null 2>&1
check "escalation: the fourth is one too many" wait_for 10 is_state recover quarantined
news
check "escalation: event" saw 'recover RESTART failed: abandoned too often, and cannot be restarted; quarantined .*at crash'
check "escalation: is unloaded" suture unload recover
echo 200 >$p/escalate_ms
check "escalation: it works before" start
echo read >$how
for _ in 1 2 3 4 5; do cat /dev/recover; sleep 0.25; done >/dev/null 2>&1
check "escalation: more time between them, and all are let pass" is_state recover live
check "escalation: is unloaded" suture unload recover
echo 50 >$p/escalate_unwinds
echo 10000 >$p/escalate_ms
echo 2 >$p/escalate_repairs
suture load /t/lck_unbal.ko >/dev/null
for _ in 1 2 3; do echo plain >/dev/bad_lck_unbal; done
check "escalation: three repairs" wait_for 10 is_state lck_unbal quarantined
check "escalation: is unloaded" suture unload lck_unbal
echo 0 >$p/escalate_repairs
news

# It believes that it has the device still, and says that there can only be one.
check "its own data: it works before" start
echo remove >$how
rebind unbind
echo ok >$how
check "its own data: put on its device again" rebind bind
check "its own data: it works" works
check "its own data: numbers count from the beginning" grep -q 'probes 1$' /dev/recover
check "its own data: a parameter keeps its value" grep -q ok $how
news
check "its own data: event" saw 'objects released, [1-9][0-9]* variables? put back'
check "its own data: is unloaded" suture unload recover
check "its own data: nothing of it is left" nothing_left
news

# A task is in the driver when that is taken off its device.
check "a task inside: it works before" start
echo slow >$how
sleep 0.1
check "a task inside: quarantine" suture quarantine recover
news
check "a task inside: what it may use stays" saw 'objects released, 0 variables put back; DMA and mappings stay: a task is still in the driver'
sleep 4
check "a task inside: is unloaded when it has left" suture unload recover
check "a task inside: nothing of it is left" nothing_left
check "a task inside: loaded again it works" start
check "a task inside: is unloaded" suture unload recover
check "suture.ko goes" core_gone

# Nobody knows what an exit or init function has left registered that did not come to its end.
modprobe suture
for place in exit exitlate init; do
	check "$place: it works before" start
	if [ $place = init ]; then
		suture unload recover >/dev/null
		suture load /t/recover.ko init_how=init >/dev/null 2>&1
	else
		echo $place >$how
		suture unload recover >/dev/null
	fi
	check "$place: is gone" [ ! -e /sys/module/recover ]
	check "$place: nothing of it is left" nothing_left
	check "$place: its code is kept" sh -c "dmesg | tail -n 20 | grep -q 'recover: its code stays in memory: it did not come to its end'"
done
check "loaded again it works" start
check "is unloaded" suture unload recover
refuse "suture.ko has to stay, as the code calls it" "in use|unavailable" rmmod suture
finish
