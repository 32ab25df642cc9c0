#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-groups.sh - good drivers of several modules, as the distribution ships them, are guarded
# with their parts and used: all works, and there is not one event.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

# The same bytes come back.
disk() {
	dd if=/dev/urandom of=/tmp/data bs=64k count=48 2>/dev/null &&
		dd if=/tmp/data of="$1" bs=64k conv=fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches &&
		dd if="$1" of=/tmp/back bs=64k count=48 2>/dev/null && cmp /tmp/data /tmp/back
}

# disk_of PATTERN: the block device of that name
disk_of() {
	for block in /sys/block/$1; do
		[ ! -b "/dev/${block##*/}" ] || echo "/dev/${block##*/}"
	done
}
has_disk() { [ -n "$(disk_of "$1")" ]; }
loaded() { grep -q "^$1 " /proc/modules; }

# used MODULE PATTERN: the disk of that name comes, and is written and read; "-": there is none
used() {
	[ "$2" != - ] || { sleep 1; return; }
	check "$1: a disk" wait_for 20 has_disk "$2"
	check "$1: data comes back" disk "$(disk_of "$2")"
}

# driver MODULE PATTERN PART...
driver() {
	module=$1 pattern=$2
	shift 2
	check "$module: is loaded guarded" suture load "$module"
	for part in "$@"; do
		check "$module: $part is guarded with it" suture status "$part"
	done
	used "$module" "$pattern"
	quiet "$module: no event so far"
	for path in "/sys/bus/pci/drivers/$module"/0000:*; do device=${path##*/}; done
	echo "$device" >"/sys/bus/pci/drivers/$module/unbind"
	check "$module: unbound" wait_for 10 sh -c "! ls -d /sys/block/$pattern"
	echo "$device" >"/sys/bus/pci/drivers/$module/bind"
	used "$module again" "$pattern"
	check "$module: is unloaded" suture unload "$module"
	for part in "$@"; do
		result "$module: took $part along" "$(loaded "$part" && echo 1 || echo 0)"
	done
	quiet "$module: no event at all"
}

modprobe suture || exit
modprobe -a sd_mod usb_storage mmc_block

# QEMU's adapter shows this driver no disk, with Suture or without.
driver mptsas - mptscsih mptbase
driver ehci-pci 'sd?' ehci_hcd
driver sdhci-pci 'mmcblk?' sdhci cqhci

# A minidriver of usbnet, then a second one beside it, behind a guarded host controller.
check "xhci_pci: is loaded guarded" suture load xhci_pci
network cdc_ether usb cdc_ether
check "cdc_ether: took its part along" sh -c '! grep -q ^usbnet /proc/modules'
check "cdc_ether: is loaded guarded again" suture load cdc_ether
check "rndis_host: is loaded guarded" suture load rndis_host
check "usbnet: is one driver with them" [ "$(suture status -j | grep -c '"group": "usbnet"')" = 3 ]
wait_for 5 net_find usb cdc_ether
check "cdc_ether: link and address with both" net_up
check "cdc_ether: TCP with both" net_bulk 100000
ip link set "$net" down
check "rndis_host: is unloaded" suture unload rndis_host
check "cdc_ether: stays, it has a device" loaded cdc_ether
check "cdc_ether: is unloaded" suture unload cdc_ether
quiet "usbnet: no event at all"
check "xhci_pci: is unloaded" suture unload xhci_pci
quiet "xhci_pci: no event at all"

check "suture.ko goes, too" core_gone
finish
