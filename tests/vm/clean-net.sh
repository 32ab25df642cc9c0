#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-net.sh - more network drivers, as the distribution ships them, are guarded and really
# used: all works, and there is not one event.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

modprobe suture || exit

network e1000e pci e1000e
network e100 pci e100
network pcnet32 pci pcnet32
network tulip pci tulip
network vmxnet3 pci vmxnet3 back
network ne2k-pci pci ne2k-pci back
check "ne2k-pci: took its part along" sh -c '! grep -q ^8390 /proc/modules'

check "suture.ko goes, too" core_gone
finish
