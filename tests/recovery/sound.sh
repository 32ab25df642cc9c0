#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# sound.sh - sound cards: a program plays a wave in which no frame is like another, and QEMU
# records what comes out. After a gap the recording goes on, bit for bit. $CARD, $DEVICE and
# $RATE say where it plays, $WAVE the recording's name ("" for a card of which nothing is heard).
# The folder on the host is mounted at /host.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh
# shellcheck source=tests/recovery/cell.sh
. /t/cell.sh

# "FRAMES LATE SUSPENDED ERRORS REOPENED"
played() { awk -v n="$1" '{ print $n + 0 }' /tmp/go.count 2>/dev/null || echo 0; }
more_frames() { [ "$(played 1)" -gt "$1" ]; }

class_start() {
	echo 1000 >/sys/module/suture/parameters/budget_task_ms
	echo 500 >/sys/module/suture/parameters/budget_softirq_ms
	if [ "$WAVE" ] && ! grep -q ' /host ' /proc/mounts; then
		mkdir -p /host
		modprobe virtio_pci
		modprobe 9pnet_virtio
		mount -t 9p -o trans=virtio,version=9p2000.L host /host || return
	fi
	for part in $PARTS; do
		suture load "$part" || return
	done
	suture load "$DRIVER" || return
	members="$DRIVER $PARTS"
	# shellcheck disable=SC2153 # set by tests/recovery/run
	wait_for 20 test -c "/dev/snd/pcmC0D${DEVICE}p" || return
	sleep 0.5
	/t/player spread 0 || return
	rm -f /tmp/go.count
	touch /tmp/go
	background player /t/player play 0 "$DEVICE" "$RATE" /tmp/go
	wait_for 20 more_frames 20000 && player=$(pidof player)
}

class_stop() {
	rm -f /tmp/go
	wait_for 20 test -s /tmp/player.status || kill -9 "$player"
	rm -f /tmp/player.status
	for part in $DRIVER $PARTS; do
		suture unload "$part" || return
	done
}

class_provoke() {
	case $1 in
	# A cycle that is asked for. If it is this that fails, the card is started anew.
	*suspend* | *resume*) suture restart "$DRIVER" && return ;;
	esac
	case $2 in
	pcm | pcm_setup | pcm_end | -)
		kill -USR1 "$player"
		for c_node in /dev/snd/pcmC0D*c; do
			c_number=${c_node#/dev/snd/pcmC0D}
			[ ! -c "$c_node" ] || /t/player record 0 "${c_number%c}" "$RATE"
		done
		cat /proc/asound/card0/codec* /proc/asound/card0/*/* >/dev/null 2>&1
		;;
	pcm_trigger) kill -USR2 "$player" ;;
	control*) /t/player controls 0 back >/dev/null ;;
	probe | remove | shutdown | module_* | private_free | snd_device*) return 1 ;;
	# What sets the codec again.
	ac97_*) suture restart "$DRIVER" ;;
	esac
	return 0
}

class_surveyed() {
	case $1$2 in
	*suspend* | *resume* | *ac97_*) return 1 ;;
	esac
}
class_settle() { :; }
class_mark() {
	frames_mark=$(played 1)
	errors_mark=$(played 4)
}
class_moved() { more_frames $((frames_mark + 40000)); }

# Does the recording have what was played since?
heard() { /t/player heard "/host/$WAVE" $((frames_mark + 10000)) "$(played 1)"; }

class_intact() {
	[ ! -s /tmp/player.status ] || { echo "the player has ended: $(cat /tmp/player)"; return 1; }
	[ "$(played 4)" = "$errors_mark" ] || { echo "errors after the recovery: $(cat /tmp/go.count)"; return 1; }
	[ -z "$WAVE" ] || wait_for 15 heard || { heard; return 1; }
}

class_identity() {
	/t/player controls 0
	cat /proc/asound/cards
	readlink /sys/class/sound/card0/device
	for i_file in "/proc/$player/fd"/*; do readlink "$i_file"; done | grep /dev/snd
}

class_faults() {
	case $2 in
	pcm_trigger | pcm_pointer) echo crash crash-locked ;;
	pcm | pcm_setup | pcm_end | control | control_get) echo crash hang ;;
	work | timer) echo crash crash-locked ;;
	*) echo crash ;;
	esac
}

cells
