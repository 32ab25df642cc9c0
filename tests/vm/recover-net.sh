#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# recover-net.sh - a stock network driver that is restarted without the help of its own remove
# function, and one that is put into quarantine while packets come in.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

state() { suture status e1000 -j | sed -n 's/^ *"state": "\(.*\)",*$/\1/p'; }
is_state() { [ "$(state)" = "$1" ]; }
saw() { echo "$fresh"; echo "$fresh" | grep -qE -- "$1"; }
interrupts() { grep -c eth0 /proc/interrupts; }

# restarts NAME EVENT: suture restart must work, with this event.
restarts() {
	before=$(net_identity)
	news
	check "$1: suture restart" suture restart e1000
	news
	check "$1: $2" saw "$2"
	check "$1: link" net_up
	check "$1: TCP" net_bulk 300000
	check "$1: index, address and route are the same" equal "$before" "$(net_identity)"
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
restarts "remove crashes" 'e1000 RELEASE repair: 0000:.*: [0-9]+ objects released, [0-9]+ variables? put back'
# Not less: its probe alone takes a second of a slow machine.
echo 2500 >/sys/module/suture/parameters/budget_task_ms
suture inject e1000 --hang e1000_remove
restarts "remove hangs" 'e1000 RELEASE repair: '
echo 5000 >/sys/module/suture/parameters/budget_task_ms
echo 1 >/sys/module/suture/parameters/skip_remove
restarts "remove is not asked" 'e1000 RELEASE repair: '
echo 0 >/sys/module/suture/parameters/skip_remove
restarts "remove is asked again" 'e1000 RESTART restart: '

# Too often: CB-OOPS may only unwind, but the third crash at one place asks for more.
suture rules set CB-OOPS unwind >/dev/null
echo 2 >/sys/module/suture/parameters/escalate_unwinds
before=$(net_identity)
restarts_before=$(restart_count e1000)
for _ in 1 2 3; do
	suture inject e1000 --crash e1000_change_mtu >/dev/null
	ip link set "$net" mtu 1400 2>/dev/null
done
wait_for 10 restarted e1000 "$restarts_before"
news
check "escalation: abandoned twice, then restarted" saw 'e1000 RESTART restart: abandoned too often .*at e1000_change_mtu'
check "escalation: restarted" saw 'e1000 RESTART restart: restarted on '
check "escalation: link" net_up
check "escalation: index, address and route are the same" equal "$before" "$(net_identity)"
echo 50 >/sys/module/suture/parameters/escalate_unwinds
suture rules set CB-OOPS restart >/dev/null

# A restart that fails does not become a loop. These were five within a minute.
suture inject e1000 --crash e1000_change_mtu >/dev/null
ip link set "$net" mtu 1400 2>/dev/null
check "six restarts within a minute: quarantine" wait_for 10 is_state quarantined
news
check "six restarts within a minute: event" saw 'e1000 RESTART failed: 5 restarts within a minute; quarantined'
check "six restarts within a minute: is unloaded" suture unload e1000
news

# again NAME: the driver is quarantined; unloaded and loaded again it works.
again() {
	check "$1: quarantine" wait_for 10 is_state quarantined
	wait_for 5 [ ! -e /sys/class/net/eth0 ]
	check "$1: the interface is gone" [ ! -e /sys/class/net/eth0 ]
	check "$1: and the interrupt" [ "$(interrupts)" -eq 0 ]
	check "$1: is unloaded" suture unload e1000
	news
	check "$1: loaded again" suture load e1000
	wait_for 5 net_find pci e1000
	check "$1: link" net_up
	check "$1: TCP" net_bulk 100000
}

# A second crash while it is being restarted.
for second in e1000_probe e1000_open; do
	[ -e /sys/class/net/eth0 ] || suture load e1000 >/dev/null
	wait_for 5 net_find pci e1000
	net_up
	suture inject e1000 --crash $second >/dev/null
	refuse "a second crash in $second: suture restart fails" "quarantined" suture restart e1000
	again "a second crash in $second"
done

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
check "event of it" saw 'e1000 QUARANTINE quarantine: entries refused; taken off 1 device'
kill $pings 2>/dev/null
again "with packets on their way"
ip link set "$net" down
check "is unloaded again" suture unload e1000
quiet "and says nothing"
# On a bus where only the driver itself can take things back, that is asked, and no more.
modprobe virtio_pci
suture load virtio_net >/dev/null
wait_for 5 net_find virtio virtio_net
check "virtio_net: link" net_up
check "virtio_net: suture quarantine" suture quarantine virtio_net
check "virtio_net: the interface is gone" [ ! -e "/sys/class/net/$net" ]
check "virtio_net: is unloaded" suture unload virtio_net
news
check "virtio_net: event" saw 'virtio_net QUARANTINE quarantine: entries refused; taken off 1 device'
check "virtio_net: loaded again" suture load virtio_net
wait_for 5 net_find virtio virtio_net
check "virtio_net: link" net_up
check "virtio_net: TCP" net_bulk 100000
ip link set "$net" down
check "virtio_net: is unloaded again" suture unload virtio_net
quiet "virtio_net: and says nothing"
check "suture.ko goes, too" core_gone
finish
