#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-interrupt.sh - as clean.sh, with good drivers that live by interrupts, timers and work
# items: a network card, a disk controller, a sound card, and two without a device.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

# network MODULE BUS DRIVER
network() {
	check "$1: is loaded guarded" suture load "$1"
	for round in 1 2; do
		wait_for 5 net_find "$2" "$3"
		check "$1: link and address" net_up
		check "$1: ping" net_ping 3
		check "$1: TCP" net_bulk 300000
		i=0
		while [ $i -lt 5 ]; do
			ip link set "$net" down
			ip link set "$net" up
			i=$((i + 1))
		done
		check "$1: link and TCP after five times down and up" sh -c "sleep 2.5"
		check "$1: link" net_up
		check "$1: TCP again" net_bulk 300000
		[ $round = 2 ] || {
			echo "$device" >"/sys/bus/$2/drivers/$3/unbind"
			echo "$device" >"/sys/bus/$2/drivers/$3/bind"
		}
	done
	check "$1: is unloaded" suture unload "$1"
	quiet "$1: no event at all"
}

# disk NAME: write, read back, compare.
disk() {
	dd if=/dev/urandom of=/tmp/data bs=64k count=64 2>/dev/null &&
		dd if=/tmp/data of="/dev/$1" bs=64k conv=fsync 2>/dev/null &&
		echo 3 >/proc/sys/vm/drop_caches &&
		dd if="/dev/$1" of=/tmp/back bs=64k count=64 2>/dev/null && cmp /tmp/data /tmp/back
}

play() { dd if=/dev/urandom of=/dev/dsp bs=4k count=8 2>/dev/null; }
record() { dd if=/dev/dsp of=/dev/null bs=4k count=4 2>/dev/null; }
has_disk() { grep -q "$1" /proc/partitions; }

modprobe suture || exit
modprobe sd_mod || exit

network e1000 pci e1000
network pcnet32 pci pcnet32

check "ahci: is loaded guarded" suture load ahci
check "ahci: has a disk" wait_for 15 has_disk sda
check "ahci: 4 MB written and read" disk sda
for path in /sys/bus/pci/drivers/ahci/0000:*; do device=${path##*/}; done
quiet "ahci: no event so far"
echo "$device" >/sys/bus/pci/drivers/ahci/unbind
check "ahci: unbound" sh -c '! grep -q sda /proc/partitions'
echo "$device" >/sys/bus/pci/drivers/ahci/bind
check "ahci: has a disk again" wait_for 15 has_disk sd
check "ahci: 4 MB written and read again" disk "$(sed -n 's/.*\(sd[a-z]\)$/\1/p' /proc/partitions | head -n 1)"
check "ahci: is unloaded" suture unload ahci
check "libahci: is unloaded" sh -c '! grep -q ^libahci /proc/modules || suture unload libahci || rmmod libahci'
quiet "ahci: no event at all"

check "snd-intel8x0: is loaded guarded" suture load snd-intel8x0
modprobe snd-pcm-oss
check "snd-intel8x0: has a device" wait_for 10 test -e /dev/dsp
check "snd-intel8x0: plays" play
check "snd-intel8x0: records" record
for path in /sys/bus/pci/drivers/snd_intel8x0/0000:*; do device=${path##*/}; done
echo "$device" >/sys/bus/pci/drivers/snd_intel8x0/unbind
echo "$device" >/sys/bus/pci/drivers/snd_intel8x0/bind
check "snd-intel8x0: has a device again" wait_for 10 test -e /dev/dsp
check "snd-intel8x0: plays again" play
check "snd-intel8x0: is unloaded" suture unload snd-intel8x0
quiet "snd-intel8x0: no event at all"

check "dummy: is loaded guarded" suture load dummy
ip link add dummy7 type dummy 2>/dev/null
ip link set dummy0 up
ip addr add 10.9.9.1/24 dev dummy0
ping -c 1 -W 1 10.9.9.2 >/dev/null
check "dummy: takes packets" [ "$(cat /sys/class/net/dummy0/statistics/tx_packets)" -gt 0 ]
check "dummy: is unloaded" suture unload dummy
quiet "dummy: no event at all"

check "scsi_debug: is loaded guarded" suture load scsi_debug dev_size_mb=8 delay=1
check "scsi_debug: has a disk" wait_for 15 has_disk sd
name=$(sed -n 's/.*\(sd[a-z]\)$/\1/p' /proc/partitions | head -n 1)
check "scsi_debug: 4 MB written and read" disk "$name"
echo 0 >/sys/bus/pseudo/drivers/scsi_debug/delay
check "scsi_debug: the same without delay" disk "$name"
echo 50000 >/sys/bus/pseudo/drivers/scsi_debug/ndelay
check "scsi_debug: the same with high resolution timers" disk "$name"
check "scsi_debug: is unloaded" suture unload scsi_debug
quiet "scsi_debug: no event at all"

check "suture.ko goes, too" core_gone
finish
