#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What runs in the guests of the demo, with Suture (GUARD=yes) and without: load a
# driver, let programs use it, let it fail, see who gets on. Every line says what
# happened just now; the host (observe.py) reads them as they come:
#
#   start CASE / fault CASE / end CASE   where we are
#   said CASE TEXT                       output of a command
#   reading CASE PROGRAM VALUE           a program got a reading from the driver
#   refused CASE TEXT                    a call of a program failed
#   pulse N                              a program that has nothing to do with the driver
#   event CASE JSON                      an event of Suture
#   back CASE N same|differs             lines of the stream that came back
#   screendump NAME                      the host shall look at the screen, and answer
#   drawn CASE N                         pictures that a program has drawn since the fault
#   other CASE drew|waits                another program that wants the screen then
#   machine uptime S tainted N           at the very end
#
# GUARD, CASES, READINGS and LINES come from the host.

exec 2>&1

# Both limits are a fifth of their usual values, so that the demo is short: the kernel
# reports a CPU that is stuck for 4 s, and Suture ends a call that ran for 1 s.
echo 2 >/proc/sys/kernel/watchdog_thresh
[ "$GUARD" = no ] || modprobe suture budget_task_ms=1000 || exit 1

pulse() {
	n=0
	while :; do
		n=$((n + 1))
		echo "pulse $n"
		usleep 200000
	done
}

tell() { # CASE COMMAND...: run it, and pass on what it says
	where=$1
	shift
	echo "said $where \$ $*"
	"$@" >/tmp/said 2>&1
	status=$?
	sed "s/^/said $where /" /tmp/said
	return $status
}

load() { # CASE DRIVER FILE
	if [ "$GUARD" = yes ]; then
		tell "$1" suture load "$3"
	else
		case $3 in
		*.ko) tell "$1" insmod "$3" ;;
		*) tell "$1" modprobe "$3" ;;
		esac
	fi
}

unload() { # CASE DRIVER
	if [ "$GUARD" = yes ]; then
		# In one piece: another program may speak between two.
		echo "event $1 $(suture -j events "$2" | tr -d '\n')"
		tell "$1" suture unload "$2"
	else
		tell "$1" rmmod "$2"
	fi
}

reader() { # CASE PROGRAM
	k=0
	while [ $k -lt "$READINGS" ]; do
		k=$((k + 1))
		if value=$(cat "/dev/demo_$1"); then
			echo "reading $1 $2 $value"
		else
			echo "refused $1 reader: $value"
		fi
		usleep 100000
	done
}

# One of the drivers with a defect; with WRITE, that is what brings the defect about.
driver() { # CASE [WRITE]
	load "$1" "demo_$1" "/demo_$1.ko" || return
	[ -n "$2" ] || echo "fault $1"
	readers=
	for r in 1 2 3; do
		reader "$1" $r &
		readers="$readers $!"
	done
	if [ -n "$2" ]; then
		usleep 400000
		echo "fault $1"
		if error=$( (echo "$2" >"/dev/demo_$1") 2>&1); then
			echo "refused $1 writer: was not told that anything failed"
		else
			echo "refused $1 writer: ${error:-ended with status $?}"
		fi
	fi
	# shellcheck disable=SC2086 # a list
	wait $readers
	unload "$1" "demo_$1"
}

stream() {
	i=0
	while [ $i -lt "$LINES" ]; do
		i=$((i + 1))
		echo "line $i of $LINES through e1000"
		[ $((i % 50)) -ne 0 ] || usleep 100000
	done
	echo end
}

address() {
	echo "said net \$ ip -o -4 addr show dev eth0"
	ip -o -4 addr show dev eth0 | sed 's/^/said net /; s/\\.*//'
}

net() {
	load net e1000 e1000 || return
	ip addr add 10.0.2.15/24 dev eth0
	ip link set eth0 up
	address
	while [ "$(cat /sys/class/net/eth0/carrier)" != 1 ]; do usleep 100000; done
	stream | tee /tmp/sent | nc 10.0.2.100 7 >/tmp/back &
	connection=$!
	sleep 1
	echo "fault net"
	if [ "$GUARD" = yes ]; then
		tell net suture inject e1000 --crash e1000_clean --nth 20
	else
		tell net insmod /demo_poison.ko nth=20
	fi
	# The host sends each line back.
	until grep -q '^end$' /tmp/back; do usleep 200000; done
	kill $connection
	if cmp -s /tmp/sent /tmp/back; then same=same; else same=differs; fi
	echo "back net $(($(wc -l </tmp/back) - 1)) $same"
	address
	ip link set eth0 down
	[ "$GUARD" = yes ] || rmmod demo_poison
	unload net e1000
}

pictures() { cat /tmp/show/count 2>/dev/null || echo 0; }

# The program stops at its test picture, if it still can, and the host looks at the screen.
still() { # NAME
	touch /tmp/show/still
	patience=50
	until [ -e /tmp/show/shown ] || [ $patience = 0 ]; do
		patience=$((patience - 1))
		usleep 100000
	done
	# By children: a shell that leads a session would take the port as its terminal.
	(echo "screendump $1" >/dev/ttyS1)
	head -n 1 </dev/ttyS1 >/dev/null
	rm -f /tmp/show/still
}

# Somebody else wants the screen. For how long does it wait?
other() {
	/drmtest -d bochs-drm 1 >/tmp/other 2>&1 &
	patience=80
	while kill -0 $! 2>/dev/null && [ $patience -gt 0 ]; do
		patience=$((patience - 1))
		usleep 100000
	done
	if kill -0 $! 2>/dev/null; then echo "other video waits"; else echo "other video drew"; fi
}

video() {
	load video bochs bochs || return
	mkdir -p /tmp/show
	until [ -e /dev/dri/card0 ]; do usleep 100000; done
	/drmshow bochs-drm /tmp/show >/tmp/show.out 2>&1 &
	until [ "$(pictures)" -gt 5 ]; do usleep 100000; done
	still before
	echo "fault video"
	if [ "$GUARD" = yes ]; then
		tell video suture inject bochs --crash bochs_pipe_enable
	else
		tell video insmod /demo_poison.ko function=bochs_pipe_enable
	fi
	before=$(pictures)
	# It switches its screen off and on again.
	touch /tmp/show/modes
	patience=50
	until [ "$(pictures)" -gt $((before + 3)) ] || [ $patience = 0 ]; do
		patience=$((patience - 1))
		usleep 100000
	done
	rm -f /tmp/show/modes
	still after
	echo "drawn video $(($(pictures) - before))"
	touch /tmp/show/end
	usleep 500000
	other
	if ! kill -0 $! 2>/dev/null; then
		[ "$GUARD" = yes ] || rmmod demo_poison
		unload video bochs
	fi
}

pulse &
pulse=$!
for case in $CASES; do
	echo "start $case"
	case $case in
	sleep) driver sleep ;;
	null) driver null 2 ;;
	spin) driver spin reset ;;
	net) net ;;
	video) video ;;
	esac
	echo "end $case"
done
kill $pulse
echo "machine uptime $(cut -d. -f1 /proc/uptime) tainted $(cat /proc/sys/kernel/tainted)"
