#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# recover-own.sh - Suture itself fails: without memory, with a fault in its own code, with a wrapper
# that sleeps where it must not. None of it may be worse than what the driver's failure would
# have been: the machine goes on, other drivers stay guarded, what was loaded can be unloaded.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

what=/sys/module/sabotage/parameters/what
how=/sys/module/recover/parameters/how
driver=/sys/bus/pci/drivers/recover
sabotage() { echo "$1" >$what; }
struck() { cat /sys/module/sabotage/parameters/struck; }
rebind() { echo "${edu##*/}" >"$driver/$1"; }
saw() { echo "$fresh" | grep -qE -- "$1"; }
is_state() { suture status "$1" -j | grep -q "\"state\": \"$2\""; }
works() { cat /dev/recover && echo x >/dev/recover; }
no_interrupt() { ! grep -q "$1" /proc/interrupts; }

# As a task that the saboteur knows.
printf '#!/bin/sh\neval "$*"\n' >/tmp/victim
chmod +x /tmp/victim

edu=$(grep -l 0x11e8 /sys/bus/pci/devices/*/device)
edu=${edu%/device}
modprobe suture || exit
check "the saboteur is there" insmod /t/sabotage.ko

# --- no memory ----------------------------------------------------------------------
suture load /t/lck_dbl.ko >/dev/null
sabotage memory
refuse "no memory: a driver cannot be loaded, and that is said" "memory" suture load /t/recover.ko
check "no memory: nothing of it is there" [ ! -e /sys/module/recover ]
say lck_dbl plain
check "no memory: another one is repaired as ever" [ "$said" = ok ]
sabotage none
check "loaded when there is memory" suture load /t/recover.ko
news
sabotage memory
before=$(struck)
check "no memory: it works" works
rebind unbind
check "no memory: taken off its device, and put on it again" rebind bind
check "no memory: it works" works
check "no memory: that was felt" [ "$(struck)" -gt "$before" ]
check "no memory: and is known" sh -c "! suture status recover -j | grep -q '\"untracked\": 0'"
echo read >$how
refuse "no memory: a crash is caught" "" cat /dev/recover
echo ok >$how
check "no memory: it works after that" works
rebind unbind
rebind bind
sabotage none
news
check "no memory: a crash is told of" saw 'recover CB-OOPS unwind: '
check "no memory: nothing is said of what is not known" sh -c "! echo '$fresh' | grep -qE 'CB-REMOVE|LEAK|IRQ-|REG'"
sabotage memory
# What the ledger does not know only the driver can release.
check "no memory: quarantine" suture quarantine recover
check "no memory: its interrupt is gone" no_interrupt recover
check "no memory: is unloaded" suture unload recover
sabotage none
news

modprobe e1000 2>/dev/null; rmmod e1000 2>/dev/null
sabotage none
suture load e1000 >/dev/null
wait_for 5 net_find pci e1000
check "e1000: link" net_up
news
sabotage memory
suture restart --no-wait e1000 >/dev/null
sleep 0.5
sabotage none
news
check "no memory: a restart is not begun" saw 'e1000 RESTART failed: no memory for a restart'
sabotage memory
check "no memory: the driver goes on" net_bulk 300000
check "no memory: down and up" sh -c "ip link set $net down && ip link set $net up"
check "no memory: link" net_up
sabotage none
check "with memory it is restarted" suture restart e1000
check "e1000: link" net_up
check "e1000: TCP" net_bulk 300000
ip link set "$net" down
check "e1000: is unloaded" suture unload e1000
check "no interrupt is left" no_interrupt eth0
news

# --- a fault in Suture's own code --------------------------------------------------------
# The kernel kills the task, as it would if the driver had crashed without guard. Nothing else.
suture load /t/mem_dfree.ko >/dev/null
say mem_dfree ok
check "a driver that frees memory works" [ "$said" = ok ]
sabotage fault
before=$(struck)
/tmp/victim 'echo ok >/dev/bad_mem_dfree' >/dev/null 2>&1
check "fault in Suture's code: it happened" [ "$(struck)" -gt "$before" ]
sabotage none
check "fault in Suture's code: suture answers" suture status
say mem_dfree ok
check "fault in Suture's code: the driver works" [ "$said" = ok ]
say lck_dbl plain
check "fault in Suture's code: another one is repaired as ever" [ "$said" = ok ]
check "fault in Suture's code: the driver is unloaded" suture unload mem_dfree

# --- a wrapper that sleeps under the driver's spinlock ---------------------------------------
sabotage sleep
before=$(struck)
/tmp/victim 'echo ok >/dev/bad_lck_dbl' >/dev/null 2>&1
check "a wrapper that sleeps: it did" [ "$(struck)" -gt "$before" ]
sabotage none
say lck_dbl ok
check "a wrapper that sleeps: the driver works, its lock free" [ "$said" = ok ]
check "a wrapper that sleeps: is unloaded" suture unload lck_dbl
check "the saboteur goes" rmmod sabotage
check "suture.ko goes, too" core_gone
finish
