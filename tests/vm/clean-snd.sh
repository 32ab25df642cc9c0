#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-snd.sh - as clean.sh, with sound cards and virtio devices. What snd-hda-intel plays is
# recorded by QEMU and compared afterwards: see wave.py.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

# bound BUS DRIVER: $device is what the driver is bound to.
bound() { for path in "/sys/bus/$1/drivers/$2"/*[0-9]*; do device=${path##*/}; done; }

rebind() {
	bound "$1" "$2"
	echo "$device" >"/sys/bus/$1/drivers/$2/unbind"
	check "$2: unbound" [ ! -e "/sys/bus/$1/drivers/$2/$device" ]
	echo "$device" >"/sys/bus/$1/drivers/$2/bind"
}

use() {
	check "$1: has a card$2" wait_for 20 test -c /dev/snd/pcmC0D0c
	check "$1: controls, playing and recording$2" /t/soundtest 0
	# The second codec of snd-hda-intel, of which QEMU keeps what it plays.
	[ ! -c /dev/snd/pcmC0D2p ] ||
		check "$1: plays what is compared$2" /t/soundtest 0 2
}

# sound MODULE DRIVER
sound() {
	check "$1: is loaded guarded" suture load "$1"
	use "$1" ""
	rebind pci "$2"
	use "$1" " again"
	check "$1: is unloaded" suture unload "$1"
	quiet "$1: no event at all"
}

# Files in a file system, read back past the page cache.
files() {
	mke2fs /dev/vda >/dev/null 2>&1 && mount -t ext4 /dev/vda /mnt || return
	dd if=/dev/urandom of=/mnt/one bs=64k count=64 2>/dev/null
	cp /mnt/one /mnt/two && sum=$(md5sum </mnt/one) || return
	umount /mnt && echo 3 >/proc/sys/vm/drop_caches && mount -t ext4 /dev/vda /mnt || return
	[ "$(md5sum </mnt/one)" = "$sum" ] && [ "$(md5sum </mnt/two)" = "$sum" ]
	files_status=$?
	umount /mnt
	return "$files_status"
}

random() { [ "$(dd if=/dev/hwrng bs=512 count=8 2>/dev/null | wc -c)" -gt 0 ]; }

modprobe suture || exit
mkdir -p /mnt

sound snd-ens1370 snd_ens1370
sound snd-intel8x0 snd_intel8x0

# The codec's driver, too.
check "snd-hda-codec-generic: is loaded guarded" suture load snd-hda-codec-generic
sound snd-hda-intel snd_hda_intel
check "snd-hda-codec-generic: is unloaded" suture unload snd-hda-codec-generic
quiet "snd-hda-codec-generic: no event at all"

check "snd-dummy: is loaded guarded" suture load snd-dummy
use snd-dummy ""
check "snd-dummy: is unloaded" suture unload snd-dummy
quiet "snd-dummy: no event at all"

modprobe ext4
modprobe virtio_pci
check "virtio_blk: is loaded guarded" suture load virtio_blk
check "virtio_blk: has a disk" wait_for 20 test -b /dev/vda
check "virtio_blk: files come back" files
rebind virtio virtio_blk
check "virtio_blk: has a disk again" wait_for 20 test -b /dev/vda
check "virtio_blk: files come back again" files
check "virtio_blk: is unloaded" suture unload virtio_blk
quiet "virtio_blk: no event at all"

check "virtio-rng: is loaded guarded" suture load virtio-rng
check "virtio-rng: gives random numbers" random
rebind virtio virtio_rng
check "virtio-rng: gives random numbers again" random
check "virtio-rng: is unloaded" suture unload virtio-rng
quiet "virtio-rng: no event at all"

check "virtio_balloon: is loaded guarded" suture load virtio_balloon
sleep 0.3
rebind virtio virtio_balloon
sleep 0.3
check "virtio_balloon: is unloaded" suture unload virtio_balloon
quiet "virtio_balloon: no event at all"

check "suture.ko goes, too" core_gone
finish
