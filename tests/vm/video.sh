#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# video.sh - stock video drivers crash, or hang, under a program that shows a picture: they are
# power-cycled, the program goes on with the card that it has open, and the same picture is on the
# screen, pixel for pixel. The same for the text console.

# shellcheck disable=SC2317,SC2086 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/screen.sh
. /t/screen.sh

show=/tmp/show

# same NAME DEVICE: the test picture is what it was.
same() {
	show_still $show "$1" "$2"
	echo "was: $picture; is: $screen"
	[ "$screen" = "$picture" ]
}

goes_on() {
	mark=$(show_count $show)
	wait_for 20 show_more $show $((mark + 3)) || { cat $show/out; return 1; }
}
card_of() { readlink /proc/"$(pidof drmshow)"/fd/3; }

# start MODULE NAME DEVICE
start() {
	check "$1: is loaded guarded" suture load "$1"
	check "$1: a program shows pictures" show_start "$2" $show
	show_still $show "$1" "$3"
	result "$1: the test picture is on the screen" $? "$screen"
	picture=$screen
	card=$(card_of)
	news
}

# strike MODULE DEVICE ENTRY FAULT RULE: while the program draws and sets its mode.
strike() {
	s_name="$1: $4 in $3"
	s_cycles=$(restart_count "$1")
	suture inject "$1" "--$4" "$3" >/dev/null
	touch $show/modes
	wait_for 10 restarted "$1" "$s_cycles"
	result "$s_name: the device is power-cycled" $? "$(suture status "$1")"
	rm -f $show/modes
	check "$s_name: the program goes on" goes_on
	check "$s_name: the same picture is on the screen" same "$1" "$2"
	check "$s_name: the program has the same card open" [ "$(card_of)" = "$card" ]
	news
	s_driver=$(echo "$1" | tr - _)
	echo "$fresh" | grep -qE " $s_driver $5 unwind: .* in $3," &&
		echo "$fresh" | grep -qE " $s_driver RESTART power-cycle: power-cycled on " &&
		[ "$(echo "$fresh" | grep -c .)" -eq 2 ]
	result "RESTART: $s_name: two events" $? "$fresh"
	echo "$fresh" | sed -n 's/.* power-cycle: \(.* ms\).*/# \1/p'
}

modprobe suture budget_task_ms=1000 || exit
modprobe virtio_pci

start bochs bochs-drm vga
strike bochs vga bochs_pipe_enable crash CB-OOPS
strike bochs vga bochs_pipe_update hang CB-TIME
# Its argument goes on to the kernel, unused, on 6.12: a crash that was asked for is one there, too.
strike bochs vga bochs_connector_get_modes crash CB-OOPS

# The power-cycle itself crashes, and is tried once more.
suture inject bochs --crash bochs_pm_resume >/dev/null
cycles=$(restart_count bochs)
check "bochs: crash in its resume: suture restart" suture restart bochs
wait_for 10 restarted bochs "$cycles"
check "bochs: crash in its resume: the program goes on" goes_on
check "bochs: crash in its resume: the same picture is on the screen" same bochs vga
news
echo "$fresh" | grep -q ' CB-OOPS unwind: .* in bochs_pm_resume,' &&
	echo "$fresh" | grep -q ' RESTART power-cycle: '
result "RESTART: bochs: crash in its resume: it is power-cycled all the same" $? "$fresh"
check "bochs: the program ends well" show_end $show

# The text console, which nobody draws anew. It holds what the firmware has written, too, which
# is not on the screen before the kernel has a reason to draw all of it.
printf '\033[2J\033[H' >/dev/tty1
for line in 1 2 3 4 5 6 7 8; do
	printf '\033[?25l\033[3%dmthe quick brown fox jumps over the lazy dog\r\n' $line
done >/dev/tty1
sleep 0.5
screen bochs-text vga
picture=$screen
check "bochs: there is a text" coloured "$picture" 2
cycles=$(restart_count bochs)
check "bochs: under the text console: suture restart" suture restart bochs
check "bochs: under the text console: it is power-cycled" restarted bochs "$cycles"
sleep 0.5
screen bochs-text vga
check "bochs: the text is the same" [ "$screen" = "$picture" ]
echo "more" >/dev/tty1
sleep 0.5
screen bochs-text vga
check "bochs: and goes on" [ "$screen" != "$picture" ]
news
check "bochs: is unloaded" suture unload bochs
quiet "bochs: no other event"

# No callbacks for suspend and resume.
start virtio-gpu virtio_gpu gpu
strike virtio-gpu gpu virtio_gpu_primary_plane_update crash CB-OOPS
check "virtio-gpu: the program ends well" show_end $show
check "virtio-gpu: is unloaded" suture unload virtio-gpu
quiet "virtio-gpu: no other event"
check "suture.ko goes, too" core_gone
finish
