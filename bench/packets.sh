#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: instructions per packet of one network driver, by pktgen.
#
# Two hubs of QEMU, two cards on each:
#
#   hub 0   T, the measured driver, sends            A, SENDER, sends when measured alone
#   hub 1   R, the measured driver, receives from    S, SENDER
#
# All is one CPU, so what R costs is what S's run takes longer than A's. No packet is
# for whom it reaches on hub 0: the card drops it.
#
# Environment: DRIVER, SENDER: another driver; PACKETS a measurement, PASSES over all
# configurations; with PROFILE set only where the instructions go is counted, with the plugin
# of bench/profile.
# Prints lines that bench/figures.py reads; first word sample, hits or refused, and with PROFILE
# lines that bench/attribution.py reads.

set -eu

all="unguarded entries rules kprobes"
trace=/sys/kernel/tracing
nobody=52:54:00:00:00:99

die() { echo "failed $*" >&2; exit 1; }

# The card with this last byte of the address; a reload may give it another name.
card() {
	for path in /sys/class/net/*; do
		if [ "$(cat "$path/address")" = "52:54:00:00:00:0$1" ]; then
			echo "${path##*/}"
			return
		fi
	done
	die "there is no card 52:54:00:00:00:0$1"
}

up() {
	T=$(card 1) R=$(card 2) A=$(card 3) S=$(card 4)
	for dev in $T $R $A $S; do
		ip link set "$dev" up
	done
	for dev in $T $R $A $S; do
		tries=0
		until [ "$(cat "/sys/class/net/$dev/carrier")" = 1 ]; do
			tries=$((tries + 1))
			[ $tries -lt 100 ] || die "$dev has no link"
			sleep 0.1
		done
	done
	# What drivers do some time after the link came up.
	sleep 3
}

# send CARD COUNT ADDRESS CLONES: prints the microseconds of clock that sending took
send() {
	echo rem_device_all >/proc/net/pktgen/kpktgend_0
	echo "add_device $1" >/proc/net/pktgen/kpktgend_0
	for word in "count $2" "clone_skb $4" "pkt_size 60" "delay 0" "dst_mac $3" \
		"src_min 10.9.0.1" "dst 10.9.0.2"; do
		echo "$word" >"/proc/net/pktgen/$1"
	done
	echo start >/proc/net/pktgen/pgctrl
	# Result: OK: 34564(c34457+d107) usec, 10000 (60byte,0frags)
	#   289310pps 138Mb/sec (138868800bps) errors: 0
	result=$(grep -A1 Result: "/proc/net/pktgen/$1")
	case $result in
	*"OK: "*" usec, $2 ("*"errors: 0") ;;
	*) die "pktgen on $1: $result" ;;
	esac
	result=${result#*OK: }
	echo "${result%%(*}"
	echo rem_device_all >/proc/net/pktgen/kpktgend_0
}

received() { cat "/sys/class/net/$R/statistics/rx_packets"; }

load() {
	case $1 in
	unguarded | kprobes) modprobe "$DRIVER" ;;
	entries) suture load --entries-only "$DRIVER" >/dev/null ;;
	rules) suture load "$DRIVER" >/dev/null ;;
	esac
	up
	# From here on the other cards are probed, too: plain events have no filter.
	[ "$1" != kprobes ] || probe </bench.api
}

unload() {
	unprobe
	for dev in $T $R; do
		ip link set "$dev" down
	done
	case $1 in
	unguarded | kprobes) rmmod "$DRIVER" ;;
	*)
		events=$(suture events)
		[ -z "$events" ] || die "$DRIVER $1: events: $events"
		suture unload "$DRIVER" >/dev/null
		for pack in /sys/module/suture_*; do
			[ ! -e "$pack" ] || rmmod "${pack##*/}"
		done
		rmmod suture
		;;
	esac
}

# probe: plain trace events on the functions that stdin names
probe() {
	while read -r symbol; do
		name=$(echo "$symbol" | tr -c 'A-Za-z0-9_\n' _)
		echo "p:bench/$name $symbol" >>$trace/kprobe_events 2>/dev/null ||
			echo "refused $DRIVER $symbol"
	done
	echo 1 >$trace/events/bench/enable
	sleep 1
}

unprobe() {
	[ -e $trace/events/bench ] || return 0
	echo 0 >$trace/events/bench/enable
	echo >$trace/kprobe_events
}

# timed CARD ADDRESS CLONES: the same, after some packets that are not timed
timed() {
	send "$1" $((PACKETS / 10)) "$2" "$3" >/dev/null
	send "$1" "$PACKETS" "$2" "$3"
}

# sample CONFIGURATION PASS
#
# "same" sends one skb over and over; "fresh" has pktgen make each packet anew. What
# making one costs flips between two values by the state of the slabs, so only the
# first is steady enough to see what guarding adds.
sample() {
	same=$(timed "$T" $nobody "$PACKETS")
	fresh=$(timed "$T" $nobody 0)
	alone=$(timed "$A" $nobody "$PACKETS")
	address=$(cat "/sys/class/net/$R/address")
	send "$S" $((PACKETS / 10)) "$address" "$PACKETS" >/dev/null
	sleep 0.1
	before=$(received)
	both=$(send "$S" "$PACKETS" "$address" "$PACKETS")
	got=$(($(received) - before))
	# The last few may still be in the ring when the sender is done.
	if [ $got -gt "$PACKETS" ] || [ $got -lt $((PACKETS - PACKETS / 100)) ]; then
		die "$DRIVER $1: $got of $PACKETS packets received"
	fi
	echo "sample $DRIVER $1 $2 $PACKETS $same $fresh $alone $both $got"
}

hits() { awk -v d="$DRIVER" -v dir="$1" -v n="$PACKETS" '{ print "hits", d, dir, n, $1, $2 }' \
	$trace/kprobe_profile; }

# Which checked calls and entries does a packet make? Not timed.
count() {
	suture load "$DRIVER" >/dev/null
	up
	probe </bench.crossings >/dev/null
	hits start
	send "$T" "$PACKETS" $nobody 0 >/dev/null
	hits tx
	send "$S" "$PACKETS" "$(cat "/sys/class/net/$R/address")" 0 >/dev/null
	hits rx
	unload rules
}

# A window for counter.c: profiled COMMAND...
profiled() {
	mark begin
	"$@" >/dev/null
	mark end
}

# Where the instructions go: attribution.py has the order of the windows. The addresses of
# modules change with each load, so their names are told each time.
profile() {
	profiled true
	for configuration in unguarded rules; do
		load $configuration
		send "$T" $((PACKETS / 10)) $nobody "$PACKETS" >/dev/null
		profiled send "$T" "$PACKETS" $nobody "$PACKETS"
		address=$(cat "/sys/class/net/$R/address")
		send "$S" $((PACKETS / 10)) "$address" "$PACKETS" >/dev/null
		profiled send "$S" "$PACKETS" "$address" "$PACKETS"
		thunks=$(cat "/sys/module/$DRIVER/sections/.suture.text" 2>/dev/null) || thunks=0
		echo "thunks $configuration $thunks"
		awk -v c=$configuration '$4 != "" { print "symbol", c, $1, $3, $4 }' /proc/kallsyms
		unload $configuration
	done
	awk '$4 == "" && ($2 == "t" || $2 == "T") { print "symbol", "kernel", $1, $3, "-" }' \
		/proc/kallsyms
}

modprobe -a virtio_pci pktgen "$SENDER"
# Softirqs that are handed to ksoftirqd are run at once, not when pktgen, which never
# sleeps, has used up its slice: R would lose packets, or take them in one batch.
chrt -f -p 1 "$(pidof ksoftirqd/0)" >/dev/null
if [ -n "${PROFILE:-}" ]; then
	profile
	exit
fi

reversed=
for configuration in $all; do
	reversed="$configuration $reversed"
done

pass=1
while [ $pass -le "$PASSES" ]; do
	# Forwards, then backwards: a drift hits all alike.
	order=$all
	[ $((pass % 2)) = 1 ] || order=$reversed
	for configuration in $order; do
		load "$configuration"
		sample "$configuration" $pass
		unload "$configuration"
	done
	pass=$((pass + 1))
done
count
