# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# screen.sh - the picture on a screen, as QEMU shows it, and drmshow, which draws it. Read by
# scripts that run in the guest (lab/vm --screens) with `. /t/screen.sh`.

# wait_for SECONDS COMMAND...: until it succeeds. Status 2 of the command: it never will.
wait_for() {
	attempts=$(($1 * 10))
	shift
	until "$@"; do
		[ $? != 2 ] && [ $attempts -gt 0 ] || return 1
		attempts=$((attempts - 1))
		sleep 0.1
	done
}

# screen NAME [DEVICE]: look at the screen; $screen is what is on it: digest, size, colours.
# The port is opened by children: a shell that leads a session would take it as its terminal.
screen() {
	(echo "screendump $*" >/dev/ttyS1)
	screen=$(head -n 1 </dev/ttyS1)
}

# A picture has more than a few colours.
coloured() { [ "${1##* }" -gt "$2" ] 2>/dev/null; }

show_count() { cat "$1/count" 2>/dev/null || echo 0; }
show_alive() { [ ! -e "$1/status" ]; }

# Has it drawn more than N pictures, does it stand still? 2: it has ended.
show_more() {
	[ "$(show_count "$1")" -le "$2" ] || return 0
	show_alive "$1" || return 2
	return 1
}
show_stands() {
	[ ! -e "$1/shown" ] || return 0
	show_alive "$1" || return 2
	return 1
}

# show_start DRM-DRIVER FOLDER: the program shows pictures from now on.
show_start() {
	rm -rf "$2"
	mkdir -p "$2"
	{
		/t/drmshow "$1" "$2" >"$2/out" 2>&1
		echo $? >"$2/status"
	} </dev/null >/dev/null 2>&1 &
	wait_for 20 show_more "$2" 3
}

# show_still FOLDER NAME [DEVICE]: $screen is the test picture, if the program still draws it.
show_still() {
	screen='none: the program does not show its picture'
	touch "$1/still"
	if wait_for 15 show_stands "$1"; then
		screen "$2" ${3:+"$3"}
	fi
	rm -f "$1/still"
	coloured "$screen" 100
}

# show_end FOLDER: it ends, with success.
show_end() {
	touch "$1/end"
	wait_for 20 test -s "$1/status"
	cat "$1/out"
	[ "$(cat "$1/status")" = 0 ]
}
