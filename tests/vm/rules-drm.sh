#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-drm.sh - the rules about video drivers are broken by tests/drivers/videocard.c: by itself,
# and while a program uses the card. After each, the card must work.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit

use() { /t/drmtest -d videocard 2; }

# uses WORD RULE ACTION REPAIR ENTRY SITE TEXT: the card does WORD when it is used next. The
# program must not notice; one event comes, and the card works afterwards.
uses() {
	if [ -n "$OFF" ]; then
		uses_off "$@"
		return
	fi
	u_name="$2: videocard $1" u_repair=''
	[ "$4" = - ] || u_repair="; repair: $4; gives up: .+"
	u_line="^[0-9]+ [-0-9]+ [:.0-9]+ videocard $2 $3: $7 \(at $6\+0x[0-9a-f]+/0x[0-9a-f]+ \[videocard\], in $5, task, cpu [0-9]+, .*\)$u_repair\$"
	say videocard "$1"
	u_used=$(use 2>&1)
	u_status=$?
	news
	u_seen=$fresh
	say videocard ok
	u_then=$said
	use >/dev/null 2>&1
	u_again=$?
	news
	[ "$u_status$u_again" = 00 ] && [ "$(echo "$u_seen" | grep -c .)" = 1 ] &&
		echo "$u_seen" | grep -qE -- "$u_line" && [ "$u_then" = ok ] && [ -z "$fresh" ]
	result "$u_name" $? "use: $u_status $u_used; write of ok afterwards: $u_then; use afterwards: $u_again
expected: $u_line
events: $u_seen
events afterwards: $fresh"
}

# The same with the rule switched off: see guest.sh.
uses_off() {
	off_begin "$2" "$2: videocard $1" || return 0
	say videocard "$1"
	patiently use
	case $? in
	0) ;;
	124)
		fresh=
		off_end ", and the program waits for ever"
		off_stuck
		;;
	*) u_said=", and the program fails" ;;
	esac
	news
	off_end "$u_said"
	u_said=''
}

load videocard
check "the card is used" use
quiet "no event by that"

while read -r word rule repair site text; do
	breaks videocard "$word" ok "$rule" repair "$repair" task bad_write "$site" "$text"
done <<END
life-twice DRM-LIFE drop register_twice drm_dev_register of a device that is registered
life-put DRM-LIFE drop put_parents drm_dev_put of a device that is its parent's to put
life-freed DRM-LIFE drop put_freed drm_dev_put of a device that is freed, put last at life\+.*
life-unregister DRM-LIFE drop unregister_again drm_dev_unregister of a device that is unregistered
life-unplug DRM-LIFE drop unplug_again drm_dev_unplug of a device that is unplugged
life-forgets DRM-LIFE unplug card_probe the DRM device is still registered when its driver leaves it
init-encoder DRM-KMSOBJ keep init_encoder drm_encoder_init of an object that is initialised
init-plane DRM-KMSOBJ keep init_plane drm_universal_plane_init of an object that is initialised
init-crtc DRM-KMSOBJ keep init_crtc drm_crtc_init_with_planes of an object that is initialised
init-connector DRM-KMSOBJ keep init_connector drm_connector_init of an object that is initialised
cleanup-encoder DRM-KMSOBJ drop cleanup_encoder drm_encoder_cleanup of an object that is not initialised
cleanup-plane DRM-KMSOBJ drop cleanup_plane drm_plane_cleanup of an object that is not initialised
cleanup-crtc DRM-KMSOBJ drop cleanup_crtc drm_crtc_cleanup of an object that is not initialised
cleanup-connector DRM-KMSOBJ drop cleanup_connector drm_connector_cleanup of an object that is not initialised
vbl-put DRM-VBL drop vblank_put drm_crtc_vblank_put without drm_crtc_vblank_get
enter-none DRM-ENTER drop exit_section drm_dev_exit without drm_dev_enter
fence-held DRM-FENCE as-held signal_held dma_fence_signal with its lock held
fence-unlocked DRM-FENCE lock signal_unlocked dma_fence_signal_locked without its lock
fence-awaited DRM-FENCE signal put_awaited dma_fence_put of a fence that is waited for and not signalled
fence-blank DRM-FENCE drop signal_blank dma_fence_signal of a fence that is not initialised
ww-free WW-ORDER drop unlock_free ww_mutex_unlock of a lock that is not held
ww-double WW-ORDER skip lock_twice ww_mutex_lock of a lock that the task owns
ww-again WW-ORDER back-off lock_again ww_mutex_lock after -EDEADLK with 1 other lock still held
END

uses next-vbl-unlocked DRM-VBL repair lock card_update send_unlocked "drm_crtc_send_vblank_event without event_lock"
uses next-vbl-twice DRM-VBL repair drop card_update send_again "drm_crtc_send_vblank_event of an event that is sent already"
uses next-vbl-armed DRM-VBL repair drop card_update arm_again "drm_crtc_arm_vblank_event of an event that is armed already"
uses next-enter-keep DRM-ENTER repair exit card_update enter_keep "card_update returned without drm_dev_exit"
uses next-gem-put DRM-GEM repair keep card_dumb_create gem_put "drm_gem_object_put of the last reference of an object with 1 handle"
uses next-gem-dead DRM-GEM repair refuse card_dumb_create gem_dead "drm_gem_handle_create of an object without references"
uses next-ww-keep WW-ORDER repair release card_dumb_create ww_keep "card_dumb_create returned with a ww_mutex held"

# A crash in the section of drm_dev_enter(): the section is closed, or the card could not be
# unplugged any more; and the event is sent that the program waits for.
check "CB-OOPS may unwind" suture rules set CB-OOPS unwind
uses next-enter-crash CB-OOPS unwind - card_update enter_crash ".*"

# What is left at the end is released.
if ! off_removal videocard DRM-LIFE "videocard life-left" life-left; then
	say videocard life-left
	quiet "a device that is not put is no leak yet ($said)"
	check "videocard is unloaded" suture unload videocard
	news
	[ "$(echo "$fresh" | grep -c .)" = 1 ] &&
		echo "$fresh" | grep -qE 'videocard DRM-LIFE repair: a DRM device is not put after removal \(at scratch\+0x.*; repair: put'
	result "DRM-LIFE: videocard life-left" $? "$fresh"
fi

check "the rules about DRM can go" rmmod suture_drm
finish
