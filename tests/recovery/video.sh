#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# video.sh - video drivers: a program shows a picture and draws it anew all the time
# (SHOW=program), or the text console is on the screen (SHOW=console). After each fault the same
# picture must be there, pixel for pixel, and the program, which has opened the card once, must go
# on. $DRIVER is the module, $NAME the DRM driver's name.

# shellcheck disable=SC2317,SC2034,SC2153,SC2086 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/screen.sh
. /t/screen.sh
# shellcheck source=tests/recovery/cell.sh
. /t/cell.sh

show=/tmp/show
tty=/dev/tty1

# The console's picture: always the same text, without a cursor that blinks.
console_draw() {
	{
		printf '\033[2J\033[H\033[?25l'
		for line in 1 2 3 4 5 6 7 8 9; do
			printf '\033[3%dm%s: the quick brown fox jumps over the lazy dog\r\n' $((line % 8)) $line
		done
	} >$tty
	sleep 0.5
}
console_other() {
	printf '\033[2J\033[H%s' "something else" >$tty
	sleep 0.5
}

work_start() {
	if [ "$SHOW" = console ]; then
		wait_for 10 test -e /sys/class/graphics/fb0 || return
		console_draw
		screen "$DRIVER"
		coloured "$screen" 1
	else
		wait_for 10 test -e /dev/dri/card0 && show_start "$NAME" $show && show_still $show "$DRIVER"
	fi
	status=$?
	picture=$screen
	return $status
}

class_start() {
	echo 1000 >/sys/module/suture/parameters/budget_task_ms
	suture load "$DRIVER" || return
	members="$DRIVER $PARTS"
	work_start || { cat $show/out; echo "the screen: $screen"; return 1; }
}

class_stop() {
	if [ "$SHOW" != console ]; then
		touch $show/end
		wait_for 20 test -s $show/status || killall -9 drmshow
	fi
	suture unload "$DRIVER"
}

class_provoke() {
	case $2 in
	# Once in the life of a device: its probing has been seen already.
	probe | remove | shutdown | module_*) return 1 ;;
	esac
	case $1 in
	# The crash that leads to this one is the owner's wish.
	*_pm_suspend | *_pm_resume) suture restart "$DRIVER" ;;
	*_pm_*) return 1 ;;
	*)
		if [ "$SHOW" = console ]; then
			console_other
			echo 1 >/sys/class/graphics/fb0/blank
			echo 0 >/sys/class/graphics/fb0/blank
			cat /sys/class/drm/card0-*/status
			for connector in /sys/class/drm/card0-*/status; do echo detect >"$connector"; done
			console_draw
		else
			touch $show/modes
			wait_for 5 struck
		fi
		;;
	esac
	return 0
}

class_surveyed() {
	case $1 in
	*_pm_*) return 1 ;;
	esac
}
# The same for all.
class_survey() {
	class_provoke '' ''
	class_settle
}

class_settle() {
	if [ "$SHOW" = console ]; then
		console_draw
		return
	fi
	rm -f $show/modes
	# A call that failed without a crash has ended it: the next cell needs another one.
	show_alive $show || c_dirty=1 c_note="${c_note}the program has ended: $(cat $show/out); "
	# It may be in the middle of it.
	mark=$(show_count $show)
	wait_for 20 show_more $show $((mark + 2))
}

# The console is at work when another text makes another picture.
class_mark() {
	if [ "$SHOW" = console ]; then
		screen "$DRIVER-before"
		console_kept=$screen
		console_other
		screen "$DRIVER-other"
		console_now=$screen
		console_draw
	else
		mark=$(show_count $show)
	fi
}
class_moved() {
	if [ "$SHOW" = console ]; then
		[ "$console_now" != "$picture" ]
	else
		show_more $show $((mark + 3))
	fi
}

class_intact() {
	if [ "$SHOW" = console ]; then
		[ "$console_kept" = "$picture" ] || { echo "the text was $picture, is $console_kept"; return 1; }
		screen "$DRIVER-after"
	else
		show_alive $show || { echo "the program has ended: $(cat $show/out)"; return 1; }
		show_still $show "$DRIVER-after"
	fi
	[ "$screen" = "$picture" ] || { echo "the picture was $picture, is $screen"; return 1; }
}

class_identity() {
	ls /dev/dri
	cat /proc/fb
	for connector in /sys/class/drm/card*-*; do
		echo "${connector##*/} $(cat "$connector/status") $(wc -l <"$connector/modes") modes"
	done
	[ "$SHOW" = console ] || readlink /proc/"$(pidof drmshow)"/fd/3
}

# Only qxl and virtio-gpu take locks of their own.
class_faults() {
	case $1 in
	bochs_pipe_update | *get_modes) echo crash hang ;;
	cirrus_*_update) echo crash hang ;;
	*_irq* | *_dequeue* | *_plane_*update | *_gem_create_object) echo crash crash-locked ;;
	*) echo crash ;;
	esac
}

cells
