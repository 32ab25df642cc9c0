#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# calls.sh - error paths are where drivers break: each allocation, mapping, interrupt and registration
# that a stock network driver asks the kernel for fails once in each phase of its life. Afterwards the
# kernel must be well, the driver go and come again, and work.
#
# A cell is one function that fails in one phase, and as "role" the phase in which it did. Nothing
# is put right that the driver puts right itself; what Suture saw and did is the note.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh
# shellcheck source=tests/recovery/cell.sh
. /t/cell.sh

phases="load up traffic reconfigure down unload"

# What the driver and its parts call and that can fail.
functions() {
	# shellcheck disable=SC2153 # set by tests/recovery/run
	for part in $DRIVER $PARTS; do
		suture check -v "$part"
	done | awk '$2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ { print $1 }' | sort -u |
		grep -E 'alloc|kmemdup|_create|dma_map_|ioremap|iomap|request_|pci_enable_|register|set_real_num|dma_set_|usb_submit|usb_control_msg|add_disk' |
		grep -vE 'free|unregister|unmap|dealloc|release|disable'
}

traffic() {
	ping -c 3 -i 0.2 -W 1 10.0.2.2
	/t/stream bulk 10.0.2.100 7 20000 &
	traffic_pid=$!
	( sleep 6; kill $traffic_pid ) &
	wait $traffic_pid
}

there() { net_find "$BUS" "${DRIVER_NAME:-$DRIVER}"; }

# phase NAME: each step may fail, that is what this is about.
phase() {
	case $1 in
	load)
		suture load "$DRIVER"
		wait_for 3 there
		;;
	up)
		ip link set "$net" up
		ip addr add 10.0.2.15/24 dev "$net"
		wait_for 3 has_carrier
		;;
	traffic) traffic ;;
	reconfigure)
		ip link set "$net" mtu 1400
		/t/ethtool "$net" all
		ip link set "$net" mtu 1500
		;;
	down) ip link set "$net" down ;;
	unload) suture unload "$DRIVER" ;;
	esac
}

# life PHASE FUNCTION: from load to unload; the function fails at its first call from PHASE on. Sets
# $struck to the phase in which it did.
life() {
	struck='' stuck='' from=$1 function=$2
	net=none armed_yet=''
	for p in $phases; do
		if [ "$p" = "$from" ]; then
			suture inject "$DRIVER" "$function" >/dev/null || return 1
			armed_yet=1
		fi
		# Should the guest not survive it, this is where another one goes on.
		[ -z "$armed_yet" ] || [ -n "$struck" ] || echo "begin $function $p"
		limited 60 phase "$p"
		[ $? -ne 124 ] || stuck="${stuck}it hangs in $p; "
		there || net=none
		if [ -n "$armed_yet" ] && [ -z "$struck" ]; then
			# With the driver the failure goes: then the event tells.
			suture events --since "$since" | grep -q ' INJECT ' && struck=$p
		fi
	done
	suture inject "$DRIVER" "$function" --stop >/dev/null 2>&1
	! grep -q "^$(echo "$DRIVER" | tr - _) " /proc/modules || stuck="${stuck}it cannot be unloaded; "
}

# works: a life without a failure
works() {
	suture load "$DRIVER" && wait_for 10 there && net_up && wait_for 10 net_ping 2 &&
		ip link set "$net" down && suture unload "$DRIVER"
}

# one FUNCTION: in each phase that calls it
one() {
	from=load
	for p in $phases; do
		grep -qxF "$1 $p" /t/done && from=after-$p
	done
	for start in $phases; do
		case $from in
		after-"$start") from=next; continue ;;
		after-*) continue ;;
		next) ;;
		*) [ "$start" = "$from" ] || continue ;;
		esac
		dmesg -c >/dev/null
		since=$(next_event)
		c_result=green c_kernel=1 c_app=1
		life "$start" "$1" || return
		[ -n "$struck" ] || return
		news
		c_note="$stuck$(echo "$fresh" | grep -v ' INJECT ' | cut -d' ' -f5- | tr '\n' ' ')"
		c_rung=none
		! echo "$fresh" | grep -qE ' repair: ' || c_rung=repair
		! echo "$fresh" | grep -qE ' unwind: ' || c_rung=unwind
		! echo "$fresh" | grep -qE ' RESTART restart: ' || c_rung=restart
		works >/tmp/works 2>&1 || c_app=0 c_note="$c_note afterwards: $(tr '\n' ' ' </tmp/works)"
		c_trouble=$(trouble)
		[ -z "$c_trouble" ] || c_kernel=0 c_note="$c_note the kernel says: $c_trouble"
		[ "$c_app$c_kernel$stuck" = 11 ] || c_result=red
		echo "cell module=$DRIVER entry=$1 role=$struck fault=call-fails rung=$c_rung kernel=$c_kernel" \
			"application=$c_app data=$c_app identity=$c_app ms=0 gap=0 result=$c_result note=$c_note"
		[ $c_result = green ] || lost "after a red cell"
		from=after-$struck
	done
}

# shellcheck disable=SC2086 # several modules
[ -z "$BEFORE" ] || modprobe -a $BEFORE
modprobe suture || lost "suture.ko cannot be loaded"
works >/tmp/works 2>&1 || lost "the driver does not work: $(tr '\n' ' ' </tmp/works)"
functions >/tmp/functions
echo "plan $(wc -l </tmp/functions)"
while read -r name <&9; do
	# shellcheck disable=SC2153,SC2254 # a pattern, from tests/recovery/run
	case $name in
	$ENTRY) one "$name" ;;
	esac
done 9</tmp/functions
echo "done"
