#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-sec.sh - more good drivers that must not give an event: sound, block, watchdog, and USB
# storage behind a guarded host controller. See clean.sh.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

wait_for() {
	wait_n=$(($1 * 10))
	shift
	while ! "$@" 2>/dev/null; do
		wait_n=$((wait_n - 1))
		[ $wait_n -gt 0 ] || return 1
		sleep 0.1
	done
}

# The same bytes come back, through a file system of the kernel and raw.
disk() {
	dd if=/dev/urandom of=/tmp/data bs=64k count=48 2>/dev/null &&
		dd if=/tmp/data of="$1" bs=64k conv=fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches &&
		dd if="$1" of=/tmp/back bs=64k count=48 2>/dev/null &&
		cmp /tmp/data /tmp/back
}

play() { head -c 60000 /dev/urandom >/dev/dsp; }
record() { dd if=/dev/dsp of=/tmp/sound bs=4000 count=4 2>/dev/null; }

guarded() { check "$1: is loaded guarded" suture load "$@"; }
gone() {
	check "$1: is unloaded" suture unload "$1"
	quiet "$1: no event at all"
}

modprobe suture || exit

guarded null_blk memory_backed=1 gb=1
wait_for 5 test -b /dev/nullb0
check "null_blk: data comes back" disk /dev/nullb0
gone null_blk

modprobe -a snd_pcm snd_pcm_oss
guarded snd_dummy
wait_for 5 test -c /dev/dsp
check "snd_dummy: plays" play
check "snd_dummy: records" record
check "snd_dummy: proc files" sh -c 'find /proc/asound/ -type f -exec cat {} +'
gone snd_dummy

guarded i6300esb
wait_for 5 test -c /dev/watchdog
check "i6300esb: is fed and closed" sh -c '( for i in 1 2 3; do echo -n x; done; echo -n V ) >/dev/watchdog'
gone i6300esb

# disk_of SERIAL: name of the block device behind the USB device with this serial number.
disk_of() {
	for block in /sys/block/sd?; do
		path=$(readlink -f "$block/device") || return 1
		while [ "$path" != / ]; do
			path=${path%/*}
			[ -n "$path" ] || return 1
			[ ! -e "$path/serial" ] || break
		done
		[ "$(cat "$path/serial")" != "$1" ] || { echo "${block##*/}"; return 0; }
	done
	return 1
}

modprobe sd_mod
both() { disk_of stick && disk_of uas; }

guarded xhci_hcd
guarded xhci_pci
guarded usb_storage
guarded uas
for name in stick uas; do
	wait_for 20 disk_of "$name" >/dev/null
	check "usb $name: is there" test -b "/dev/$(disk_of "$name")"
	check "usb $name: data comes back" disk "/dev/$(disk_of "$name")"
	find "/sys/block/$(disk_of "$name")/" -type f -exec cat {} + >/dev/null 2>&1
done
check "lsusb through usbfs" sh -c 'cat /dev/bus/usb/*/* | wc -c'
quiet "usb: no event so far"
for path in /sys/bus/pci/drivers/xhci_hcd/0000:*; do device=${path##*/}; done
echo "$device" >/sys/bus/pci/drivers/xhci_hcd/unbind
check "xhci_pci: unbound" wait_for 10 sh -c '! ls -d /sys/block/sd?'
quiet "xhci_pci: no event"
echo "$device" >/sys/bus/pci/drivers/xhci_hcd/bind
check "xhci_pci: bound again, the disks are back" wait_for 20 both
sleep 1
gone uas
gone usb_storage
gone xhci_pci
gone xhci_hcd

check "suture.ko goes, too" core_gone
finish
