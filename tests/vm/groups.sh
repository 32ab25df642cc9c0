#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# groups.sh - a driver of several modules is one driver: what is begun in one of them and left in
# another is seen, and put right where the kernel came in.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

modprobe suture || exit

# group NAME: names of its members, in the order of loading
members() {
	suture status | awk -v g="$1" 'NR == 1 { next } NR == 2 { c = $2 == "GROUP"; next } c && $2 == g { printf "%s ", $1 }'
}
is_group() {
	suture status
	[ "$(members group_part)" = "$1 " ]
}
loaded() { grep -q "^$1 " /proc/modules; }

# ------------------------------------------------------------------- loading and unloading

refuse "--with a module that the driver does not need" "does not import from it" \
	suture load --with group_part /t/mem_leak.ko
refuse "--with is said once too often" "more than" suture check /t/group_driver.ko \
	--with a --with a --with a --with a --with a --with a --with a --with a --with a \
	--with a --with a --with a --with a --with a --with a --with a --with a
checked() { suture check --with group_part /t/group_driver.ko | grep "part     group_part: guarded with it"; }
check "check shows the part" checked

insmod /t/group_part.ko && insmod /t/group_second.ko
outside() { suture load --with group_part /t/group_driver.ko 2>&1 | tee /tmp/said | grep "group_part: is a part of group_driver, but is loaded without guard and in use"; }
check "a part that is in use without guard stays so" outside
check "the driver is guarded alone" [ "$(suture status | grep -c group_)" = 1 ]
say group_driver ok
check "it works with its unguarded part" [ "$said" = ok ]
check "group_driver is unloaded" suture unload group_driver
check "the part stays" loaded group_part
rmmod group_second
quiet "no event without guard"

guarded() { suture load --with group_part /t/group_driver.ko && is_group "group_part group_driver"; }
check "a part that nobody uses is loaded anew, guarded" guarded
refuse "the part is in use" "in use|group_driver" suture unload group_part
second() { suture load --with group_part /t/group_second.ko && is_group "group_part group_driver group_second"; }
check "a second driver joins" second
say group_second ok
check "it works" [ "$said" = ok ]

# ------------------------------------------------------------------------- breaking rules

while read -r driver word result rule action repair context entry site text; do
	breaks "$driver" "$word" "$result" "$rule" "$action" "$repair" "$context" "$entry" "$site" "$text"
done <<END
group_driver twice ok MEM-DFREE repair drop task bad_write part_free@group_part kfree of memory freed at (suture_tail_)?free_here.*
group_driver twice-back ok MEM-DFREE repair drop task bad_write free_here kfree of memory freed at (suture_tail_)?part_free.*
group_driver lock ok CB-LOCK repair release task bad_write part_lock@group_part bad_write returned with a spinlock held
group_driver crash EIO CB-OOPS unwind - task bad_write part_touch@group_part .*
group_driver crash-locked EIO CB-OOPS unwind - task bad_write part_touch@group_part .*
group_driver callback ECANCELED CB-OOPS unwind - task callback callback .*
group_second crash EIO CB-OOPS unwind - task bad_write part_touch@group_part .*
group_part crash EIO CB-OOPS unwind - task bad_write part_touch .*
END

# An exported function has a visit of its own only when somebody else calls it.
check "a crash of an exported function is armed" suture inject group_part --crash part_touch
breaks group_driver touch EIO CB-OOPS unwind - task bad_write part_touch@group_part
check "a hang of it is armed" suture inject group_part --hang part_touch
echo 300 >/sys/module/suture/parameters/budget_task_ms
breaks group_driver touch EIO CB-TIME unwind - task bad_write part_touch@group_part

# ------------------------------------------------------------------------------ removal

for word in leak leak-here hand timer; do say group_driver "$word"; done
quiet "nothing is a leak yet"
removed() { suture unload group_driver | tee /tmp/said && grep -q '^group_driver: unloaded; 1 event' /tmp/said && is_group "group_part group_second"; }
check "a driver is unloaded; the part stays, another uses it" removed
news
timer() { echo "$fresh"; echo "$fresh" | grep -qE '^[^ ]+ [^ ]+ [^ ]+ group_driver TMR-LIVE repair: timer of tick armed after removal'; }
check "what would call the code that goes is stopped" timer
check "the rest is handed on" [ "$(echo "$fresh" | grep -c .)" = 1 ]
say group_second ok
check "the second driver goes on" [ "$said" = ok ]
check "and again" [ "$(suture load /t/group_driver.ko | grep -c 'loaded and guarded')" = 1 ]
check "it belongs to the group without a word" is_group "group_part group_second group_driver"
say group_driver leak-here
check "it is unloaded once more" suture unload group_driver
quiet "nothing is said yet"
gone() { suture unload group_second | tee /tmp/said && grep -q '^group_second: unloaded, with its part group_part; 3 events' /tmp/said && ! loaded group_part; }
check "the last driver takes the part along" gone
news
leaks() {
	echo "$fresh"
	[ "$(echo "$fresh" | grep -c ' MEM-LEAK observe: ')" = 3 ] &&
		[ "$(echo "$fresh" | grep -cE '40 bytes held after removal \(at alloc_here\+0x[0-9a-f]+/0x[0-9a-f]+ \[group_driver\]')" = 2 ] &&
		[ "$(echo "$fresh" | grep -cE '72 bytes held after removal \(at part_alloc\+0x[0-9a-f]+/0x[0-9a-f]+ \[group_part\]')" = 1 ]
}
check "leaks are found, also of code that has gone; what the part freed is none" leaks

check "--alone leaves the part without guard" suture load --with group_part --alone /t/group_driver.ko
check "so it is" sh -c 'suture status | grep -q group_driver && ! suture status | grep -q group_part'
check "group_driver goes" suture unload group_driver
check "group_part goes" rmmod group_part
check "a part that nobody has called one is loaded" suture load /t/group_part.ko
apart() { suture load --with group_part /t/group_driver.ko 2>&1 | grep "group_part: was guarded as a driver by itself, and stays so"; }
check "it stays a driver by itself, and this is said" apart
check "two drivers, no group" sh -c '! suture status | grep GROUP'
check "group_driver goes again" suture unload group_driver
check "group_part goes again" suture unload group_part
quiet "no event"
# --------------------------------------------------- restart and quarantine are the group's

state() { [ "$(suture status -j | grep -c "\"state\": \"$1\"")" = 2 ]; }
restarts() { [ "$(suture status -j | grep -c "\"restarts\": $1,")" = 2 ] && state live; }
crash_xmit() { suture inject 8390 --crash ei_start_xmit && { net_ping 1 >/dev/null || true; }; }

check "ne2k-pci: is loaded guarded, with 8390" sh -c 'suture load ne2k-pci | grep "8390: loaded and guarded, as a part of it"'
wait_for 5 net_find pci ne2k-pci
check "ne2k-pci: link and address" net_up
check "ne2k-pci: ping" net_ping
quiet "ne2k-pci: no event"
check "ne2k-pci: its part crashes as it sends" crash_xmit
check "ne2k-pci: both are restarted as one" wait_for 10 restarts 1
check "ne2k-pci: ping" net_ping 3
news
crashed() {
	echo "$fresh"
	[ "$(echo "$fresh" | grep -c .)" = 2 ] &&
		echo "$fresh" | grep -qE ' 8390 CB-OOPS unwind: .* in ei_start_xmit, ' &&
		echo "$fresh" | grep -qE ' ne2k_pci RESTART restart: restarted on 0000:'
}
check "ne2k-pci: a crash of the part, a restart of the driver" crashed
check "ne2k-pci: the part's name will do for a restart" suture restart 8390
check "ne2k-pci: ping after it" net_ping
suture restart 8390 && suture restart ne2k-pci && suture restart 8390 >/dev/null
crash_xmit
check "ne2k-pci: both are in quarantine as one" wait_for 10 state quarantined
news
refuse "a driver that would join a group in quarantine is refused" "quarantine|busy" suture load pcnet_cs
refuse "a restart of it, too" "quarantine" suture restart ne2k-pci
ip link set "$net" down
check "ne2k-pci: is unloaded, with its part" suture unload ne2k-pci
check "ne2k-pci: nothing is left" [ -z "$(suture status | sed 1d)" ]

check "suture.ko goes, too" core_gone
finish
