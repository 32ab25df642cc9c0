# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# net.sh - network interfaces in the guest; read after guest.sh.
#
# One interface at a time has the address 10.0.2.15. The host is 10.0.2.2 and answers
# pings, 10.0.2.100 port 7 is tests/vm/peer.

# net_find BUS DRIVER: $device and $net, the first device of the driver and its interface.
net_find() {
	device='' net=''
	for net_path in "/sys/bus/$1/drivers/$2"/*/net/*; do
		[ -e "$net_path" ] || return 1
		net=${net_path##*/}
		device=${net_path%/net/*}
		device=${device##*/}
		return 0
	done
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	wait_tenths=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		wait_tenths=$((wait_tenths - 1))
		[ $wait_tenths -gt 0 ] || return 1
		sleep 0.1
	done
}

# equal BEFORE NOW: what is different, if not
equal() { echo "$1" >/tmp/was && echo "$2" | diff /tmp/was -; }

# What must stay: address, route, index, and where the interface belongs to.
net_place() {
	ip -4 addr show dev "$net" | grep inet
	ip route show dev "$net"
	cat "/sys/class/net/$net/ifindex"
	readlink "/sys/class/net/$net/device"
}

# And its name, MTU and MAC address.
net_identity() {
	ip link show dev "$net" | sed 's/<.*>//; s/ state [A-Z]*//; s/ qdisc [a-z_]*//'
	net_place
}

# A stream of numbered lines, which come back; as long as /tmp/go exists. The count is empty while
# it is being written.
lines_so_far() {
	while :; do
		lines=$(cat /tmp/go.count 2>/dev/null) || lines=0
		[ -z "$lines" ] || break
	done
	echo "$lines"
}
more_lines() { [ "$(lines_so_far)" -gt "$1" ]; }

stream_start() {
	rm -f /tmp/go.count
	touch /tmp/go
	background stream /t/stream lines 10.0.2.100 7 /tmp/go
	wait_for 20 more_lines 100
}

has_carrier() { [ "$(cat "/sys/class/net/$net/carrier" 2>/dev/null)" = 1 ]; }

net_up() {
	ip link set "$net" up && wait_for 10 has_carrier &&
		{ ip -4 addr show dev "$net" | grep -q 10.0.2.15 || ip addr add 10.0.2.15/24 dev "$net"; }
}

net_ping() { ping -c "${1:-2}" -i 0.2 -W 5 10.0.2.2; }
net_bulk() { /t/stream bulk 10.0.2.100 7 "$1"; }

# network MODULE BUS DRIVER [back]: a good driver is guarded and really used, and there is not
# one event; to be read after guest.sh and with /t/stream and /t/ethtool. With "back" the card
# gets its own address back before it is used: on 6.12 some of QEMU's cards receive nothing at
# another one, with Suture or without.
network() {
	check "$1: is loaded guarded" suture load "$1"
	wait_for 5 net_find "$2" "$3"
	check "$1: has an interface" [ -n "$net" ]
	check "$1: link and address" net_up
	check "$1: ping" net_ping 3
	check "$1: 2 MB each way by TCP" net_bulk 2000000
	check "$1: all questions of ethtool, multicast" /t/ethtool "$net"
	wait_for 5 has_carrier
	check "$1: MTU 1400" ip link set "$net" mtu 1400
	wait_for 5 has_carrier
	check "$1: TCP with that" net_bulk 300000
	check "$1: MTU 1500" ip link set "$net" mtu 1500
	check "$1: promiscuous" sh -c "ip link set $net promisc on && ip link set $net promisc off"
	check "$1: down" ip link set "$net" down
	network_own=$(cat "/sys/class/net/$net/address")
	check "$1: another address" ip link set "$net" address 52:54:00:aa:bb:cc
	[ "$4" != back ] || check "$1: its own address" ip link set "$net" address "$network_own"
	check "$1: up again" net_up
	check "$1: ping after that" net_ping
	i=0
	while [ $i -lt 5 ]; do
		ip link set "$net" down
		ip link set "$net" up
		i=$((i + 1))
	done
	check "$1: and after five times down and up" sh -c 'sleep 0.1'
	check "$1: link" net_up
	# The carrier can be there before the emulated link has forgotten the last change.
	check "$1: TCP" wait_for 30 net_bulk 300000
	cat "/sys/class/net/$net"/statistics/* "/sys/class/net/$net/speed" >/dev/null 2>&1
	quiet "$1: no event so far"

	echo "$device" >"/sys/bus/$2/drivers/$3/unbind"
	check "$1: unbound" [ ! -e "/sys/class/net/$net" ]
	echo "$device" >"/sys/bus/$2/drivers/$3/bind"
	wait_for 5 net_find "$2" "$3"
	check "$1: bound again" [ -n "$net" ]
	check "$1: link and address again" net_up
	check "$1: TCP again" net_bulk 300000
	ip link set "$net" down
	check "$1: is unloaded" suture unload "$1"
	quiet "$1: no event at all"
}
