#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# inject.sh - calls of a stock driver are made to fail: those that were meant, for that driver
# alone, and each is an event. The driver copes, or the test finds what it breaks.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

# struck FUNCTION: how often it was made to fail
struck() { suture inject e1000 | awk -v f="$1" '$2 == f { print $NF }'; }

# failed_as FUNCTION CALLER: just one event came, and it says this
failed_as() {
	news
	echo "$fresh" | grep -qE "^[0-9]+ [-0-9]+ [:.0-9]+ e1000 INJECT observe: $1 made to fail: .* \(at $2\+" &&
		[ "$(echo "$fresh" | grep -c .)" = 1 ]
	result "INJECT: $1 in $2" $? "$fresh"
}

modprobe suture || exit

refuse "no such function" "nosuch: the kernel has no such function" \
	suture inject e1000 nosuch --error EIO
refuse "a function that returns nothing" "msleep: returns nothing, so it cannot fail" \
	suture inject e1000 msleep
refuse "an error that is none" "inject: --error EHUH: is neither the name of an error" \
	suture inject e1000 pci_enable_device --error EHUH
refuse "a rate that is none" "inject: --rate 101: is no percentage" \
	suture inject e1000 pci_enable_device --rate 101
refuse "nothing to stop" "no such function is made to fail" \
	suture inject e1000 pci_enable_device --stop

# Before the load: in the probe.
check "the driver is not there yet" suture inject e1000 alloc_etherdev_mqs
check "it is loaded all the same" suture load e1000
check "its probe has failed" sh -c '! ls -d /sys/bus/pci/drivers/e1000/0000:*'
failed_as alloc_etherdev_mqs e1000_probe
check "the driver is unloaded" suture unload e1000
check "the failure went with it" [ "$(suture inject)" = none ]
quiet "nothing was left by the failed probe"

check "e1000 is loaded" suture load e1000
check "8139cp is loaded" suture load 8139cp
wait_for 5 net_find pci 8139cp
other=$net
wait_for 5 net_find pci e1000

check "every call is to fail" suture inject e1000 request_threaded_irq --rate 100
refuse "e1000 does not come up" "Resource busy|resource busy" ip link set "$net" up
failed_as request_threaded_irq e1000_request_irq
check "8139cp does" ip link set "$other" up
check "8139cp goes" ip link set "$other" down
check "the second call is to fail" suture inject e1000 request_threaded_irq --nth 2
check "e1000 comes up" net_up
check "e1000 goes down" ip link set "$net" down
refuse "and not again" "resource busy|Resource busy" ip link set "$net" up
failed_as request_threaded_irq e1000_request_irq
check "and again" net_up
check "the error that was asked for" suture inject e1000 dma_alloc_attrs --error 0
ip link set "$net" down
refuse "is what the caller gets" "Out of memory|Cannot allocate memory" ip link set "$net" up
news
check "no failure from now on" suture inject e1000 dma_alloc_attrs --stop
check "e1000 comes up after all" net_up

# In the middle of traffic, later, and the same calls each time.
check "of all mappings each fourth" suture inject e1000 dma_map_page_attrs --rate 25
net_ping 20 >/dev/null
check "some have failed" sh -c "[ $(struck dma_map_page_attrs) -ge 2 ]"
check "it works again" suture inject e1000 dma_map_page_attrs --stop
check "ping" net_ping 3
check "later" suture inject e1000 dma_map_page_attrs --nth 1 --after 60
check "not now" net_ping 3
check "none has failed" sh -c "[ $(struck dma_map_page_attrs) = 0 ]"
news
check "8139cp is unloaded" suture unload 8139cp
check "e1000 is unloaded" suture unload e1000
quiet "nothing is left"
check "suture.ko goes, with what waits for a driver" sh -c 'suture inject e1000 pci_enable_device && rmmod suture'

finish
