#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean.sh - good drivers, as the distribution ships them, are guarded and really used: all
# works, and there is not one event. A false alarm is a defect of Suture.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

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

check "suture.ko goes, too" core_gone
finish
