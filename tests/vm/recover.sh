#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# recover.sh - a driver whose own code cannot be trusted any more: it is taken off its device, what
# it held is released, and it can be unloaded and loaded again, wherever it crashed.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

how=/sys/module/recover/parameters/how
state() { suture status "$1" -j | sed -n 's/^ *"state": "\(.*\)",*$/\1/p'; }
is_state() { [ "$(state "$1")" = "$2" ]; }
held() { suture status "$1" -j | sed -n 's/^ *"objects": \([0-9]*\),*$/\1/p'; }
edu() { grep -l 0x11e8 /sys/bus/pci/devices/*/device | sed 's,/device$,,'; }
bound() { [ -e "$edu/driver" ]; }
wait_for() {
	w_left=$(($1 * 10))
	shift
	until "$@"; do
		w_left=$((w_left - 1))
		[ $w_left -gt 0 ] || return 1
		sleep 0.1
	done
}

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

works() {
	a=$(cat /dev/recover) || return
	echo x >/dev/recover
	sleep 0.1
	b=$(cat /dev/recover)
	echo "$a; $b"
	[ "$a" != "$b" ]
}

# touch it where it will crash
provoke() {
	case $1 in
	open | read) cat /dev/recover ;;
	interrupt) echo x >/dev/recover ;;
	*) sleep 0.2 ;;
	esac
} >/dev/null 2>&1

start() { suture load /t/recover.ko "$@"; }

modprobe suture || exit
mount -t debugfs none /sys/kernel/debug 2>/dev/null
edu=$(edu)
check "it works" start
check "as it should" works
check "is unloaded" suture unload recover
check "nothing is left" nothing_left
quiet "a good driver says nothing"

# Crashed anywhere, it can be unloaded; and loaded again, it is as new.
for place in open read timer work interrupt kthread remove removelate removeloop probe; do
	start how=$place >/dev/null
	provoke $place
	check "crashed in $place: is unloaded" suture unload recover
	check "crashed in $place: nothing is left" nothing_left
	news
	echo "$fresh" | tail -n 4 | sed 's/^/# /'
	start >/dev/null
	check "crashed in $place: loaded again it works" works
	suture unload recover >/dev/null
	quiet "crashed in $place: and leaves nothing"
done

# By its owner's wish.
start >/dev/null
check "suture quarantine" suture quarantine recover
check "it is off its device" sh -c "! [ -e $edu/driver ]"
nothing_left; echo "# $left"
check "and unloaded" suture unload recover
check "nothing is left" nothing_left
news
echo "$fresh" | sed 's/^/# /'
finish
