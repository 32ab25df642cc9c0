#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# restart-snd.sh - a stock sound driver crashes while a program plays: QEMU's recording goes on, bit
# for bit, and the mixer is as it was. A watchdog's driver crashes while a program feeds it.
# The whole of it is in tests/recovery.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

# counted FILE N: the n-th number that a program has left there.
counted() { awk -v n="$2" '{ print $n + 0 }' "$1.count" 2>/dev/null || echo 0; }
beyond() { [ "$(counted "$1" 1)" -gt "$2" ]; }
heard() { /t/player heard /host/wave "$1" "$(counted /tmp/play 1)"; }
event() { suture events --since "$since" | grep -qE "$1"; }

# strike ENTRY: it crashes, and is power-cycled.
strike() {
	news
	check "$1: armed" suture inject snd-intel8x0 --crash "$1" --nth 3
	wait_for 10 event " snd_intel8x0 RESTART power-cycle: power-cycled on "
	result "$1: the driver is power-cycled" $? "$(suture events --since "$since")"
	at=$(counted /tmp/play 1)
	check "$1: the program goes on" wait_for 20 beyond /tmp/play $((at + 40000))
	check "$1: and is heard, bit for bit" wait_for 15 heard $((at + 10000))
}

modprobe suture || exit
mkdir -p /host
modprobe virtio_pci
modprobe 9pnet_virtio
check "the recording can be read" mount -t 9p -o trans=virtio,version=9p2000.L host /host

check "snd-intel8x0: is loaded guarded" suture load snd-intel8x0
check "snd-intel8x0: has a card" wait_for 20 test -c /dev/snd/pcmC0D0p
check "snd-intel8x0: the mixer is set" /t/player spread 0
touch /tmp/play
background player /t/player play 0 0 44100 /tmp/play
check "snd-intel8x0: a program plays" wait_for 20 beyond /tmp/play 20000
mixer=$(/t/player controls 0)
strike snd_intel8x0_interrupt
strike snd_intel8x0_pcm_pointer
[ "$(/t/player controls 0)" = "$mixer" ]
result "snd-intel8x0: the mixer is as it was" $? "$mixer"
check "snd-intel8x0: the program has seen no error" [ "$(counted /tmp/play 3) $(counted /tmp/play 4)" = "0 0" ]
rm -f /tmp/play
check "snd-intel8x0: it ends well" sh -c "sleep 1; grep -qx 0 /tmp/player.status"
check "snd-intel8x0: is unloaded" suture unload snd-intel8x0

check "i6300esb: is loaded guarded" suture load i6300esb
touch /tmp/feed
background holder /t/holder watchdog /dev/watchdog0 /tmp/feed
check "i6300esb: a program feeds it" wait_for 10 beyond /tmp/feed 3
for entry in esb_timer_keepalive esb_timer_set_heartbeat; do
	news
	check "$entry: armed" suture inject i6300esb --crash "$entry"
	wait_for 5 event " i6300esb CB-OOPS unwind: .* in $entry,"
	result "CB-OOPS: $entry crashes" $? "$(suture events --since "$since")"
	at=$(counted /tmp/feed 1)
	check "$entry: the program goes on" wait_for 5 beyond /tmp/feed $((at + 3))
done
check "i6300esb: neither an error nor a wrong answer" [ "$(counted /tmp/feed 2) $(counted /tmp/feed 3)" = "0 0" ]
check "i6300esb: still armed" grep -qx active /sys/class/watchdog/watchdog0/state
rm -f /tmp/feed
check "i6300esb: the program ends well" sh -c "sleep 0.5; grep -qx 0 /tmp/holder.status"
check "i6300esb: is unloaded" suture unload i6300esb
check "suture.ko goes, too" core_gone
finish
