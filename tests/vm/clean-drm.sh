#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-drm.sh - stock video drivers are guarded and really used, all at once in one guest:
# mode set, pictures, page flips, cursor, shared buffers, fences; unbound and bound under a
# console; unloaded. There is not one event but qxl's own mistake.
#
# vmwgfx finds no pitch lock in QEMU's device and gives up, guarded or not; so only its probe
# is seen here.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

# cards N: there are so many of them.
cards() { [ "$(find /sys/class/drm -name 'card[0-9]' | wc -l)" = "$1" ]; }

# video MODULE NAME N: loaded and used; there are N cards now.
video() {
	check "$1: is loaded guarded" suture load "$1"
	check "$1: has a card" wait_for 5 cards "$3"
	check "$1: pictures, page flips and more" /t/drmtest -d "$2" 8
	quiet "$1: no event so far"
}

# again DRIVER NAME: unbound, bound and used again; there are 4 cards.
again() {
	for path in "/sys/bus/$1"/*:* "/sys/bus/$1"/virtio[0-9]*; do
		[ ! -L "$path" ] || device=${path##*/}
	done
	echo "$device" >"/sys/bus/$1/unbind"
	check "$2: has no card when it is unbound" cards 3
	echo "$device" >"/sys/bus/$1/bind"
	check "$2: has a card when it is bound again" wait_for 5 cards 4
	check "$2: pictures after that" /t/drmtest -d "$2" 3
}

gone() {
	check "$1: is unloaded" suture unload "$1"
	quiet "$1: no event at all"
}

modprobe suture || exit
modprobe virtio_pci

video cirrus cirrus 1
check "the rules about DRM are there" suture rules DRM-LIFE
video qxl qxl 2
video virtio-gpu virtio_gpu 3
video vgem vgem 4
check "vmwgfx: its probe gives up under guard, too" suture load vmwgfx
again pci/drivers/cirrus cirrus
again virtio/drivers/virtio_gpu virtio_gpu

gone vmwgfx
gone vgem
gone virtio-gpu
gone cirrus

# qxl never gives its interrupt back: unbound and bound again it takes the stock kernel down.
check "qxl: is unloaded" suture unload qxl
news
[ "$(echo "$fresh" | grep -c .)" = 1 ] &&
	echo "$fresh" | grep -qE 'qxl CB-REMOVE repair: interrupt held after removal from [0-9a-f:.]+ \(at qxl_irq_init'
result "qxl: one event, the interrupt that it leaves behind" $? "$fresh"

check "the rules about DRM can go" rmmod suture_drm
check "suture.ko goes, too" core_gone
finish
