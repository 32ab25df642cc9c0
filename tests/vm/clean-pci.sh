#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-pci.sh - PCI drivers other than those of networks, as the distribution ships them, are
# guarded and used: all works, and there is not one event.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

# Written, read back past the page cache, discarded, and read again.
disk() {
	dd if=/dev/urandom of=/tmp/data bs=64k count=128 2>/dev/null &&
		dd if=/tmp/data of="$1" bs=64k conv=fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches &&
		dd if="$1" of=/tmp/back bs=64k count=128 2>/dev/null && cmp /tmp/data /tmp/back &&
		dd if=/tmp/data of="$1" bs=4k seek=4096 oflag=direct 2>/dev/null &&
		dd if="$1" of=/tmp/back bs=4k skip=4096 count=2048 iflag=direct 2>/dev/null &&
		cmp /tmp/data /tmp/back && rm /tmp/data /tmp/back
}

# pci MODULE DRIVER DEVICE: what is looked for in /dev; a block device is read and written
pci() {
	check "$1: is loaded guarded" suture load "$1"
	use "$1" "$3" ""
	device=''
	for path in "/sys/bus/pci/drivers/$2"/0000:*; do device=${path##*/}; done
	quiet "$1: no event so far"
	echo "$device" >"/sys/bus/pci/drivers/$2/unbind"
	check "$1: unbound" [ ! -e "/sys/bus/pci/drivers/$2/$device" ]
	echo "$device" >"/sys/bus/pci/drivers/$2/bind"
	use "$1" "$3" " again"
	check "$1: is unloaded" suture unload "$1"
	quiet "$1: no event at all"
}

use() {
	check "$1: $2 is there$3" wait_for 20 test -e "/dev/$2"
	if [ -b "/dev/$2" ]; then
		check "$1: 16 MB written and read$3" disk "/dev/$2"
	fi
	sleep 0.5
}

modprobe suture || exit
modprobe sd_mod

pci nvme nvme nvme0n1
check "nvme: took its part along" sh -c '! grep -q ^nvme_core /proc/modules'
pci megaraid_sas megaraid_sas sda
pci snd-hda-intel snd_hda_intel snd/controlC0

finish
