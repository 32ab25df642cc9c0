#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# net.sh - network drivers: a TCP stream of numbered lines with checksums runs through the
# interface, and not one of them may be lost. $DRIVER and $BUS say what to load.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh
# shellcheck source=tests/recovery/cell.sh
. /t/cell.sh

echo 500 >/sys/module/suture/parameters/budget_softirq_ms 2>/dev/null

lines_so_far() { cat /tmp/go.count 2>/dev/null || echo 0; }
more_lines() { [ "$(lines_so_far)" -gt "$1" ]; }

stream_start() {
	rm -f /tmp/go.count /tmp/stream.status
	touch /tmp/go
	{
		/t/stream lines 10.0.2.100 7 /tmp/go >/tmp/stream 2>&1
		echo $? >/tmp/stream.status
	} </dev/null >/dev/null 2>&1 &
	wait_for 20 more_lines 100
}

class_start() {
	echo 500 >/sys/module/suture/parameters/budget_softirq_ms
	echo 1000 >/sys/module/suture/parameters/budget_task_ms
	suture load "$DRIVER" || return
	# shellcheck disable=SC2153 # set by tests/recovery/run
	members="$DRIVER $PARTS"
	wait_for 10 net_find "$BUS" "${DRIVER_NAME:-$DRIVER}" || return
	address=$(cat "/sys/class/net/$net/address")
	net_up && stream_start
}

class_stop() {
	rm -f /tmp/go
	wait_for 20 test -s /tmp/stream.status || killall stream
	ip link set "$net" down
	ip addr flush dev "$net"
	suture unload "$DRIVER"
}

down_up() {
	ip link set "$net" down
	ip link set "$net" up
}

class_provoke() {
	case $2 in
	ndo_open | ndo_stop | ndo_validate_addr) down_up ;;
	ndo_change_mtu) ip link set "$net" mtu 1400 ;;
	ndo_set_rx_mode | ndo_change_rx_flags) ip link set "$net" promisc on ;;
	ndo_set_mac_address)
		ip link set "$net" address 52:54:00:aa:bb:cc ||
			{ ip link set "$net" down && ip link set "$net" address 52:54:00:aa:bb:cc; }
		;;
	ndo_get_stats*) cat "/sys/class/net/$net"/statistics/* ;;
	ndo_vlan_rx_*) vconfig add "$net" 5 && vconfig rem "$net.5" ;;
	ethtool.*) /t/ethtool "$net" ;;
	probe | remove | shutdown | module_* | ndo_poll_controller | ndo_tx_timeout) return 1 ;;
	# Traffic, its interrupts, timers and work are enough.
	ndo_start_xmit | ndo_features_check | ndo_select_queue | napi_poll | irq_* | timer | hrtimer | work) ;;
	-) down_up ;;
	*) return 1 ;;
	esac
	# What it says of itself does not count: an entry that crashed has failed.
	return 0
}

class_settle() {
	[ ! -e "/sys/class/net/$net.5" ] || vconfig rem "$net.5"
	[ "$(cat "/sys/class/net/$net/mtu")" = 1500 ] || ip link set "$net" mtu 1500
	ip link set "$net" promisc off
	if [ "$(cat "/sys/class/net/$net/address")" != "$address" ]; then
		ip link set "$net" address "$address" ||
			{ ip link set "$net" down; ip link set "$net" address "$address"; }
	fi
	net_up
}

class_mark() { lines_mark=$(lines_so_far); }
class_moved() { more_lines $((lines_mark + 100)); }
class_intact() {
	[ ! -s /tmp/stream.status ] || { echo "the stream has ended: $(cat /tmp/stream)"; return 1; }
}

class_identity() {
	ip link show dev "$net" | sed 's/ state [A-Z]*//; s/NO-CARRIER,//; s/,LOWER_UP//'
	ip -4 addr show dev "$net" | grep inet
	ip route show dev "$net"
	cat "/sys/class/net/$net/ifindex"
	readlink "/sys/class/net/$net/device"
}

class_faults() {
	case $2 in
	ndo_start_xmit | napi_poll) echo crash crash-locked hang ;;
	ethtool.get_drvinfo | ethtool.get_link_ksettings) echo crash hang ;;
	ndo_open | ndo_stop | ndo_get_stats64 | ndo_set_rx_mode | work | timer) echo crash crash-locked ;;
	*) echo crash ;;
	esac
}

cells
