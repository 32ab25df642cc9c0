#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-usb.sh - USB on both sides of the bus: host controllers, and drivers of a disk, a network
# adapter, a keyboard and a sound card behind them, all guarded and used; not one event. See
# clean.sh.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

drivers=/sys/bus/usb/drivers

guarded() { check "$1: is loaded guarded" suture load "$@"; }
gone() {
	check "$1: is unloaded" suture unload "$1"
	quiet "$1: no event at all"
}

# The same bytes come back.
disk() {
	dd if=/dev/urandom of=/tmp/data bs=64k count=32 2>/dev/null &&
		dd if=/tmp/data of=/dev/sda bs=64k conv=fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches &&
		dd if=/dev/sda of=/tmp/back bs=64k count=32 2>/dev/null &&
		cmp /tmp/data /tmp/back
}
no_disk() { [ ! -e /dev/sda ]; }

# bound DRIVER: $intf, an interface that the driver is bound to.
bound() {
	for intf in "$drivers/$1"/*:*; do
		intf=${intf##*/}
		[ "$intf" = '*:*' ] || return 0
	done
	return 1
}

# rebind BUS DRIVER DEVICE
rebind() {
	echo "$3" >"/sys/bus/$1/drivers/$2/unbind" && sleep 0.2 && echo "$3" >"/sys/bus/$1/drivers/$2/bind"
}

traffic() {
	wait_for 15 net_find usb "$1"
	check "$1: has an interface" [ -n "$net" ]
	check "$1: link and address" net_up
	check "$1: ping" net_ping 3
	check "$1: TCP" net_bulk 100000
	# RNDIS knows no multicast.
	[ "$1" = rndis_host ] || check "$1: all questions of ethtool, multicast" /t/ethtool "$net"
	ip link set "$net" down
	check "$1: up again" net_up
	check "$1: TCP again" wait_for 20 net_bulk 30000
	cat "/sys/class/net/$net"/statistics/* >/dev/null 2>&1
	check "$1: unbound and bound" rebind usb "$1" "$device"
	wait_for 10 net_find usb "$1"
	check "$1: link and address after that" net_up
	check "$1: TCP after that" wait_for 20 net_bulk 30000
	quiet "$1: no event so far"
}

modprobe suture || exit
modprobe -a sd_mod evdev snd-pcm-oss || exit

# Their parts (ehci-hcd, ohci-hcd, usbnet) come and go with them.
for module in ehci-pci uhci-hcd ohci-pci usb-storage usbhid snd-usb-audio cdc_ether rndis_host; do
	guarded $module
done
quiet "no event at load"

check "usb-storage: has a disk" wait_for 30 test -b /dev/sda
check "usb-storage: data comes back" disk
bound usb-storage
check "usb-storage: unbound and bound" rebind usb usb-storage "$intf"
check "usb-storage: has a disk again" wait_for 30 test -b /dev/sda
check "usb-storage: data comes back again" disk
for path in /sys/bus/pci/drivers/ehci-pci/0000:*; do device=${path##*/}; done
check "ehci-pci: unbound and bound under the disk" rebind pci ehci-pci "$device"
check "ehci-pci: has a disk again" wait_for 30 test -b /dev/sda
check "ehci-pci: data comes back" disk
quiet "usb-storage, ehci-pci: no event so far"

check "usbhid: has a keyboard" wait_for 15 test -e /dev/input/event0
cat /dev/input/event* >/dev/null 2>&1 &
sleep 0.3
bound usbhid
check "usbhid: unbound and bound while it is open" rebind usb usbhid "$intf"
check "usbhid: has a keyboard again" wait_for 15 test -e /dev/input/event0
quiet "usbhid: no event so far"

play() { head -c 12000 /dev/urandom >/dev/dsp 2>/dev/null; }
check "snd-usb-audio: has a device" wait_for 15 test -c /dev/dsp
check "snd-usb-audio: plays" play
play &
sleep 0.5
bound snd-usb-audio
echo "$intf" >"$drivers/snd-usb-audio/unbind"
wait $!
check "snd-usb-audio: unbound while it plays" [ ! -e /dev/dsp ]
quiet "snd-usb-audio: no event so far"

cat /dev/bus/usb/*/* /sys/kernel/debug/usb/devices >/dev/null 2>&1
find /sys/bus/usb/devices/*/ -type f -exec cat {} + >/dev/null 2>&1
quiet "attributes: no event so far"

traffic cdc_ether
# The adapter's other configuration is for another driver.
echo 2 >"/sys/bus/usb/devices/${device%%:*}/bConfigurationValue"
traffic rndis_host

for path in /sys/bus/pci/drivers/uhci_hcd/0000:*; do device=${path##*/}; done
check "uhci-hcd: unbound and bound" rebind pci uhci_hcd "$device"
for path in /sys/bus/pci/drivers/ohci-pci/0000:*; do device=${path##*/}; done
check "ohci-pci: unbound and bound" rebind pci ohci-pci "$device"
check "the keyboard is back" wait_for 20 bound usbhid
check "the network adapter is back" wait_for 20 net_find usb cdc_ether
quiet "host controllers: no event so far"

for module in rndis_host cdc_ether snd-usb-audio usbhid usb-storage ohci-pci uhci-hcd ehci-pci; do
	gone $module
done
check "suture.ko goes, too" core_gone
finish
