#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# identity.sh - what the owner of a machine has set up on a network interface stays over a restart of
# its driver: addresses, routes, neighbours, queueing, features, a VLAN, the places in a bridge and in
# a bond, multicast groups, open sockets. Each is used, before and after: the other end is another card
# of the guest, on the same wire, in a network namespace of its own.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

ip() { /t/ip "$@"; }
far() { nsenter --net=/run/netns/far "$@"; }

# The whole interface, but for what comes and goes with the link.
identity() {
	ip -d link show dev "$net" | sed 's/ state [A-Z]*//; s/NO-CARRIER,//; s/,LOWER_UP//; s/ linkmode.*//'
	ip addr show dev "$net" | grep inet
	ip route show table all dev "$net"
	ip -6 route show dev "$net"
	ip neigh show dev "$net" nud permanent
	ip maddr show dev "$net"
	/t/tc qdisc show dev "$net"
	/t/ethtool -k "$net"
	readlink "/sys/class/net/$net/device"
	[ ! -e /sys/class/net/br0 ] || ip -d link show dev br0 | sed 's/ state [A-Z]*//; s/NO-CARRIER,//; s/,LOWER_UP//; s/_timer *[0-9.]*//g'
	[ ! -e /proc/net/bonding/bond0 ] || grep -E 'Slave|Permanent|Mode' /proc/net/bonding/bond0
}

same() { equal "$c_before" "$(identity)"; }
same_within() { wait_for "$1" same || same; }

# No address is still being asked for.
assigned() { ! ip -6 addr show dev "$net" | grep -q tentative; }
reaches() { ping -c 1 -W 2 "$1"; }

# crash WHAT DRIVER ENTRY ADDRESS...: the driver crashes; all is as it was; the addresses are reached.
crash() {
	c_what=$1 c_driver=$2 c_entry=$3
	shift 3
	for c_address in "$@"; do
		check "$c_what: $c_address is reached" wait_for 15 reaches "$c_address"
	done
	wait_for 10 assigned
	c_before=$(identity)
	c_restarts=$(restart_count "$c_driver")
	suture inject "$c_driver" --crash "$c_entry" >/dev/null
	ping -c 2 -W 1 "$1" >/dev/null
	wait_for 20 restarted "$c_driver" "$c_restarts"
	result "$c_what: the driver is restarted" $? "$(suture status "$c_driver"; suture events)" || return
	# The link has to be negotiated again.
	check "$c_what: all is as it was" same_within 5
	for c_address in "$@"; do
		check "$c_what: $c_address is reached again" wait_for 15 reaches "$c_address"
	done
}

# Datagrams: the count of one end goes on.
heard() { cat "/tmp/$1.count" 2>/dev/null; }
hears() { [ "$(heard "$1")" -gt "$2" ]; }
goes_on() { wait_for 10 hears "$1" $(($(heard "$1") + 20)); }

# wire PEER: the other card, in its namespace
wire() {
	modprobe "$1"
	wait_for 10 net_find "$2" "$3"
	peer=$net
	ip netns add far
	ip link set "$peer" netns far
	far /t/ip link set lo up
	far /t/ip link set "$peer" up mtu 1500
	far /t/ip addr add 192.0.2.2/24 dev "$peer"
	far /t/ip addr add fd00::2/64 dev "$peer" nodad
	far /t/ip link add link "$peer" name v5 type vlan id 5
	far /t/ip addr add 192.0.3.2/24 dev v5
	far /t/ip link set v5 up
}

# all MODULE BUS DRIVER POLL
all() {
	check "$1: is loaded guarded" suture load "$1"
	wait_for 10 net_find "$2" "$3"
	ip link set "$net" address 52:54:00:12:99:99
	ip link set "$net" up mtu 1450 txqueuelen 555 alias "the uplink"
	ip link set "$net" allmulticast on promisc on
	ip addr add 192.0.2.1/24 dev "$net"
	ip addr add 198.51.100.7/24 dev "$net" label "$net:seven"
	ip addr add fd00::1/64 dev "$net" nodad
	ip route add 203.0.113.0/24 via 192.0.2.2 metric 77
	ip neigh add 192.0.2.77 lladdr 02:00:00:00:00:77 nud permanent dev "$net"
	check "$1: prio" /t/tc qdisc replace dev "$net" root handle 1: prio bands 4
	check "$1: fq below it" /t/tc qdisc add dev "$net" parent 1:1 handle 10: fq limit 777
	check "$1: features" /t/ethtool -K "$net" gro off tx off
	ip link add link "$net" name v5 type vlan id 5
	ip addr add 192.0.3.1/24 dev v5
	ip link set v5 up
	wait_for 10 has_carrier

	touch /tmp/one /tmp/two
	far /t/datagram tell 192.0.2.1 5001 /tmp/one &
	far /t/datagram tell 239.1.2.3 5002 /tmp/two "$peer" &
	/t/datagram hear 5001 /tmp/one &
	/t/datagram hear 5002 /tmp/two 239.1.2.3 "$net" &
	sleep 1
	check "$1: datagrams come" goes_on one
	check "$1: datagrams for the group come" goes_on two
	crash "$1 alone" "$1" "$4" 192.0.2.2 fd00::2 192.0.3.2
	check "$1: datagrams go on" goes_on one
	check "$1: datagrams for the group go on" goes_on two
	ip link set "$net" promisc off allmulticast off
	check "$1: the group without promiscuous mode" goes_on two
	crash "$1 not promiscuous" "$1" "$4" 192.0.2.2 192.0.3.2
	check "$1: the group goes on" goes_on two
	rm /tmp/one /tmp/two
	ip link del v5
	/t/tc qdisc del dev "$net" root

	ip addr flush dev "$net"
	ip link add br0 type bridge forward_delay 0
	ip link set "$net" master br0
	ip addr add 192.0.2.1/24 dev br0
	echo 1 >/proc/sys/net/ipv6/conf/br0/disable_ipv6
	ip link set br0 up
	crash "$1 in a bridge" "$1" "$4" 192.0.2.2
	ip link del br0

	ip link set "$net" down
	ip link add bond0 type bond mode active-backup miimon 100
	ip link set "$net" master bond0
	ip addr add 192.0.2.1/24 dev bond0
	echo 1 >/proc/sys/net/ipv6/conf/bond0/disable_ipv6
	ip link set bond0 up
	crash "$1 in a bond" "$1" "$4" 192.0.2.2
	ip link del bond0
	check "$1: is unloaded" suture unload "$1"
}

modprobe suture || exit
modprobe -a virtio_pci 8021q bridge bonding sch_prio sch_fq
case $CARD in
e1000) wire virtio_net virtio virtio_net && all e1000 pci e1000 e1000_clean ;;
virtio_net) wire e1000 pci e1000 && all virtio_net virtio virtio_net virtnet_poll ;;
esac
news
check "$CARD: the crashes, their restarts, and no other event" \
	sh -c "! echo '$fresh' | grep -vE ' CB-OOPS unwind: | RESTART restart: '"
finish
