#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean.sh - good drivers, as the distribution ships them, are guarded and really used: all
# works, and there is not one event. A false alarm is a defect of Suture.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

# network MODULE BUS DRIVER
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
	check "$1: another address" ip link set "$net" address 52:54:00:aa:bb:cc
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
	check "$1: TCP" net_bulk 300000
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

picture() { wait_for 5 test -e /dev/dri/card0 && /t/drmtest "$1"; }

modprobe suture || exit
modprobe virtio_pci

network e1000 pci e1000
network 8139cp pci 8139cp
network virtio_net virtio virtio_net

check "bochs: is loaded guarded" suture load bochs
check "bochs: a picture and 8 page flips" picture 8
check "bochs: again" picture 3
quiet "bochs: no event so far"
for path in /sys/bus/pci/drivers/bochs-drm/0000:*; do device=${path##*/}; done
echo "$device" >/sys/bus/pci/drivers/bochs-drm/unbind
check "bochs: unbound" [ ! -e /dev/dri/card0 ]
echo "$device" >/sys/bus/pci/drivers/bochs-drm/bind
check "bochs: a picture after it was bound again" picture 3
check "bochs: is unloaded" suture unload bochs
quiet "bochs: no event at all"

check "suture.ko goes, too" rmmod suture
finish
