#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# restart.sh - a stock network driver crashes, or hangs, in the middle of a TCP stream of
# numbered lines: it is restarted, the interface stays what it was, and not a line is lost.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

stream_end() {
	rm -f /tmp/go
	wait_for 70 test -s /tmp/stream.status
	cat /tmp/stream
	return "$(cat /tmp/stream.status)"
}

# strike DRIVER ENTRY FAULT RULE: one fault in the middle of a stream.
strike() {
	s_name="$1: $3 in $2"
	check "$s_name: the stream runs" stream_start
	s_before=$(net_identity)
	s_restarts=$(restart_count "$1")
	news
	check "$s_name: armed" suture inject "$1" "--$3" "$2" --nth 20
	wait_for 20 restarted "$1" "$s_restarts"
	result "$s_name: the driver is restarted" $? "$(suture status "$1")
$(suture events)" || return
	check "$s_name: the stream goes on" wait_for 30 more_lines $(($(lines_so_far) + 200))
	check "$s_name: not a line is lost" stream_end
	echo "# $(cat /tmp/stream)"
	check "$s_name: index, address and route are the same" equal "$s_before" "$(net_identity)"
	news
	echo "$fresh" | grep -qE " $1 $4 unwind: .* in $2,"
	result "$s_name: event of the unwinding" $? "$fresh"
	echo "$fresh" | grep -qE " $1 RESTART restart: restarted on "
	result "RESTART: $s_name" $? "$fresh"
	[ "$(echo "$fresh" | grep -c .)" -eq 2 ]
	result "$s_name: and no other event" $? "$fresh"
	echo "$fresh" | sed -n 's/.* restart: \(.* ms\).*/# \1/p'
}

# network MODULE BUS DRIVER POLL XMIT
network() {
	check "$1: is loaded guarded" suture load "$1"
	wait_for 5 net_find "$2" "$3"
	check "$1: link and address" net_up
	strike "$1" "$4" crash CB-OOPS
	strike "$1" "$5" crash CB-OOPS
}

modprobe suture || exit
modprobe virtio_pci
budget=/sys/module/suture/parameters/budget_softirq_ms

network e1000 pci e1000 e1000_clean e1000_xmit_frame
budget_was=$(cat $budget)
echo 500 >$budget
strike e1000 e1000_clean hang CB-TIME
echo "$budget_was" >$budget

# Restarted by its owner's wish, with nothing wrong.
check "e1000: the stream runs" stream_start
before=$(net_identity)
check "e1000: suture restart" suture restart e1000
check "e1000: the stream goes on" wait_for 30 more_lines $(($(lines_so_far) + 200))
check "e1000: not a line is lost" stream_end
check "e1000: index, address and route are the same" equal "$before" "$(net_identity)"
news
check "RESTART: e1000 by command" sh -c "echo '$fresh' | grep -c . | grep -qx 1 && echo '$fresh' | grep -q ' RESTART restart: '"

# As far as policy says and no further: there is no power-cycle for a network driver.
speed_asked() { cat "/sys/class/net/$net/speed"; [ "$(unwinds e1000)" -gt "$unwinds_before" ]; }
unwinds() { suture status "$1" -j | sed -n 's/^ *"unwinds": \([0-9]*\),*$/\1/p'; }
unwinds_before=$(unwinds e1000)
suture rules set CB-OOPS power-cycle >/dev/null
suture inject e1000 --crash e1000_get_link_ksettings >/dev/null
wait_for 10 speed_asked
sleep 2
news
check "RESTART: none where policy allows a power-cycle at most" \
	sh -c "echo '$fresh' | grep -c . | grep -qx 1 && echo '$fresh' | grep -q ' CB-OOPS unwind: '"
suture rules set CB-OOPS restart >/dev/null

# The driver is as good as new: by hand and by removal.
check "e1000: down and up" sh -c "ip link set $net down; ip link set $net up"
check "e1000: link" net_up
check "e1000: TCP" net_bulk 300000
ip link set "$net" down
ip addr flush dev "$net"
check "e1000: is unloaded" suture unload e1000
quiet "e1000: no other event, no leak"

network virtio_net virtio virtio_net virtnet_poll start_xmit
ip link set "$net" down
check "virtio_net: is unloaded" suture unload virtio_net
quiet "virtio_net: no other event, no leak"
check "suture.ko goes, too" core_gone
finish
