#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# char.sh - watchdogs, random numbers, keyboards, terminals: a program keeps its file open from the beginning to
# the end and uses it all the time. An error may come while a call is struck, none after it. $KIND
# says what the program does, with $NODE ("" for the first keyboard).

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh
# shellcheck source=tests/recovery/cell.sh
. /t/cell.sh

# "TURNS ERRORS WRONG"
turns() { awk -v n="$1" '{ print $n + 0 }' /tmp/go.count 2>/dev/null || echo 0; }
more_turns() { [ "$(turns 1)" -gt "$1" ]; }

# The keyboard that the driver has made.
keyboard() {
	for k_path in "/sys/bus/$BUS/drivers/$DRIVER"/*/input/input*/event* \
		"/sys/bus/$BUS/drivers/$DRIVER"/*/*/input/input*/event*; do
		[ -e "$k_path" ] && [ -c "/dev/input/${k_path##*/}" ] && node=/dev/input/${k_path##*/}
	done
	[ -n "$node" ]
}

there() { if [ -n "$NODE" ]; then [ -c "$NODE" ] && node=$NODE; else keyboard; fi; }

class_start() {
	echo 1000 >/sys/module/suture/parameters/budget_task_ms
	echo 500 >/sys/module/suture/parameters/budget_softirq_ms
	for module in $BEFORE; do
		modprobe "$module" || return
	done
	suture load "$DRIVER" || return
	members="$DRIVER $PARTS" node=''
	wait_for 10 there || { echo "no device"; return 1; }
	rm -f /tmp/go.count
	touch /tmp/go
	background holder /t/holder "$KIND" "$node" /tmp/go
	wait_for 10 more_turns 3 && holder=$(pidof holder)
}

class_stop() {
	rm -f /tmp/go
	wait_for 10 test -s /tmp/holder.status || kill -9 "$holder"
	rm -f /tmp/holder.status
	suture unload "$DRIVER"
}

class_provoke() {
	case $2 in
	probe | remove | shutdown | module_*) return 1 ;;
	watchdog*) kill -USR1 "$holder" ;;
	tty* | file* | -) [ "$KIND" != terminal ] || kill -USR1 "$holder" ;;
	pm) suture restart "$DRIVER" ;;
	esac
	return 0
}

class_surveyed() { [ "$2" != pm ]; }
class_settle() { :; }
class_mark() {
	# One call may still be on its way.
	sleep 0.5
	turns_mark=$(turns 1)
	errors_mark=$(turns 2)
}
class_moved() { more_turns $((turns_mark + 5)); }

class_intact() {
	[ ! -s /tmp/holder.status ] || { echo "the program has ended: $(cat /tmp/holder)"; return 1; }
	[ "$(turns 2)" = "$errors_mark" ] || { echo "errors after the recovery: $(cat /tmp/go.count)"; return 1; }
	[ "$(turns 3)" = 0 ] || { echo "wrong answers: $(cat /tmp/go.count)"; return 1; }
}

class_identity() {
	for i_file in "/proc/$holder/fd"/*; do readlink "$i_file"; done | grep "$node"
	cat /sys/class/misc/hw_random/rng_current /sys/class/watchdog/watchdog0/timeout \
		/sys/class/watchdog/watchdog0/state /sys/class/watchdog/watchdog0/nowayout 2>/dev/null
	ls /sys/class/input /sys/class/watchdog /dev/input 2>/dev/null
}

class_faults() {
	case $2 in
	watchdog*) echo crash crash-locked hang ;;
	*) echo crash hang ;;
	esac
}

cells
