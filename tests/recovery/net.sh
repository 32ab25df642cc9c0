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

class_start() {
	echo 500 >/sys/module/suture/parameters/budget_softirq_ms
	# shellcheck disable=SC2086 # several modules
	[ -z "$BEFORE" ] || modprobe -a $BEFORE || return
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

# Can the card read and write memory? Low half of PCI's command register.
# shellcheck disable=SC2059 # an octal number
mastering() { printf "$1" | dd of="/sys/bus/pci/devices/$device/config" bs=1 seek=4 count=1 conv=notrunc; }

# The card stands still with a full ring.
jam() {
	mastering '\003'
	ping -c 400 -i 0.01 -s 1000 10.0.2.2
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
	ndo_tx_timeout)
		jam
		return 3
		;;
	ndo_vlan_rx_*) vconfig add "$net" 5 && vconfig rem "$net.5" ;;
	ethtool.nway_reset | ethtool.get_drvinfo | ethtool.get_link) /t/ethtool "$net" ;;
	ethtool.* | ndo_*_features | ndo_*_ioctl) /t/ethtool "$net" all ;;
	# Traffic, its interrupts, timers and work are enough.
	ndo_start_xmit | ndo_features_check | ndo_select_queue | napi_poll | irq_handler | irq_thread | timer | hrtimer | work | \
		urb_enqueue | hcd_irq) return 2 ;;
	-) down_up ;;
	*) return 1 ;;
	esac
	# What it says of itself does not count: an entry that crashed has failed.
	return 0
}

class_settle() {
	# Not struck, and so not restarted.
	[ "$c_role" != ndo_tx_timeout ] || mastering '\007'
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
	net_place
}

class_faults() {
	case $2 in
	# Netpoll, the driver's own comings and goings.
	probe | remove | shutdown | module_* | ndo_poll_controller) echo none ;;
	ndo_tx_timeout) [ "$BUS" = pci ] && echo crash || echo none ;;
	ndo_start_xmit | napi_poll | urb_enqueue | hcd_irq) echo crash crash-locked hang ;;
	ndo_open | ndo_stop | ndo_get_stats* | ndo_set_rx_mode) [ -n "$QUICK" ] || echo crash crash-locked ;;
	work | timer | irq_*) [ -n "$QUICK" ] || echo crash crash-locked ;;
	ethtool.get_drvinfo) echo crash hang ;;
	# One of each kind; all of them with --all.
	ethtool.get_link_ksettings | ethtool.*_ringparam | ethtool.get_ethtool_stats | ethtool.nway_reset)
		[ -n "$QUICK" ] || echo crash
		;;
	ethtool.*) [ -z "$ALL" ] || echo crash ;;
	ndo_*) [ -n "$QUICK" ] || echo crash ;;
	# What the driver calls itself, through a pointer, or nobody knows why.
	*) [ -z "$ALL" ] || echo crash ;;
	esac
}

# The card stands still for that.
class_surveyed() { [ "$2" != ndo_tx_timeout ]; }

cells
