#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# recover-net.sh - a stock network driver that is restarted without the help of its own remove
# function, and one that is put into quarantine while packets come in.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

identity() {
	ip link show dev "$net" | sed 's/<.*>//; s/ state [A-Z]*//; s/ qdisc [a-z_]*//'
	ip -4 addr show dev "$net" | grep inet
	ip route show dev "$net"
	cat "/sys/class/net/$net/ifindex"
}
equal() { printf '%s\n--- now:\n%s\n' "$1" "$2"; [ "$1" = "$2" ]; }
state() { suture status e1000 -j | sed -n 's/^ *"state": "\(.*\)",*$/\1/p'; }
is_state() { [ "$(state)" = "$1" ]; }
saw() { echo "$fresh"; echo "$fresh" | grep -qE -- "$1"; }
interrupts() { grep -c eth0 /proc/interrupts; }

# restarts NAME EVENT: suture restart must work, with this event.
restarts() {
	before=$(identity)
	news
	check "$1: suture restart" suture restart e1000
	news
	echo "$fresh" | sed 's/^/# /'
	check "$1: $2" saw "$2"
	check "$1: link" net_up
	check "$1: TCP" net_bulk 300000
	check "$1: index, address and route are the same" equal "$before" "$(identity)"
	check "$1: one interrupt" [ "$(interrupts)" -eq 1 ]
	news
	[ -z "$fresh" ]
	result "$1: no event afterwards" $? "$fresh"
}

modprobe suture || exit
check "e1000 is loaded guarded" suture load e1000
wait_for 5 net_find pci e1000
check "link and address" net_up

suture inject e1000 --crash e1000_remove
restarts "remove crashes" 'e1000 RELEASE repair: 0000:.*: [0-9]+ objects released'
echo 500 >/sys/module/suture/parameters/budget_task_ms
suture inject e1000 --hang e1000_remove
restarts "remove hangs" 'e1000 RELEASE repair: '
echo 5000 >/sys/module/suture/parameters/budget_task_ms
echo 1 >/sys/module/suture/parameters/skip_remove
restarts "remove is not asked" 'e1000 RELEASE repair: '
echo 0 >/sys/module/suture/parameters/skip_remove
restarts "remove is asked again" 'e1000 RESTART restart: '

# Quarantine with the interface up and packets on their way.
ping -c 1000 -i 0.01 10.0.2.2 >/dev/null 2>&1 &
pings=$!
sleep 0.3
check "suture quarantine" suture quarantine e1000
check "the interface is gone" sh -c '! [ -e /sys/class/net/eth0 ]'
check "and the interrupt" [ "$(interrupts)" -eq 0 ]
refuse "a restart is refused" "quarantine" suture restart e1000
refuse "and a second quarantine" "quarantine" suture quarantine e1000
news
echo "$fresh" | sed 's/^/# /'
check "event of it" saw 'e1000 QUARANTINE quarantine: entries refused; taken off 1 device'
kill $pings 2>/dev/null
check "is unloaded" suture unload e1000
news
echo "$fresh" | sed 's/^/# /'
check "loaded again" suture load e1000
wait_for 5 net_find pci e1000
check "it works as ever: link" net_up
check "it works as ever: TCP" net_bulk 300000
ip link set "$net" down
check "is unloaded again" suture unload e1000
quiet "and says nothing"
check "suture.ko goes, too" core_gone
finish
