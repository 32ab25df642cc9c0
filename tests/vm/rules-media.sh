#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-media.sh - sound and virtio: as rules.sh. The device of the bad virtio driver is QEMU's
# random number generator.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit
modprobe virtio_pci
# So that their rules are there to be switched off.
[ -z "$OFF" ] || modprobe -a suture_snd suture_virtio

# keeps DRIVER RULE REPAIR SITE TEXT: after the word "keep" unloading gives this event, and only this.
keeps() {
	off_removal "$1" "$2" "$1 keep" keep && return
	load "$1"
	say "$1" keep
	check "$1 keep: unloaded" suture unload "$1"
	news
	k_line=" $1 $2 repair: $5 \(at $4\+0x[0-9a-f]+/0x[0-9a-f]+ \[$1\].*\); repair: $3; gives up: .+\$"
	[ "$(echo "$fresh" | grep -c .)" = 1 ] && echo "$fresh" | grep -qE -- "$k_line"
	result "$2: $1 in $4" $? "expected: $k_line
got: $fresh"
	load "$1"
	say "$1" ok
	[ "$said" = ok ]
	result "$1 works when it is loaded again" $? "$said"
	unload "$1"
}

# ------------------------------------------------------------------------------- sound

table snd_life <<END
twice ok SND-LIFE repair drop task free_twice free_twice snd_card_free of a card freed at free_twice.*
twice-closed ok SND-LIFE repair drop task give_up_twice give_up_twice snd_card_free_when_closed of a card freed at give_up_twice.*
register ENODEV SND-LIFE repair refuse task register_freed register_freed snd_card_register of a card freed at register_freed.*
pcm ENODEV SND-LIFE repair refuse task pcm_on_freed pcm_on_freed snd_pcm_new of a card freed at pcm_on_freed.*
device ENODEV SND-LIFE repair refuse task device_on_freed device_on_freed snd_device_new of a card freed at device_on_freed.*
control ENODEV SND-LIFE repair refuse task control_on_freed control_on_freed snd_ctl_add of a card freed at control_on_freed.*
END

keeps snd_life SND-LIFE disconnect sound_card_make "sound card [0-9]+ still registered after removal"

table snd_buf <<END
twice ok SND-BUF repair drop task bad_write free_twice snd_dma_free_pages of a buffer freed at free_twice.*
running ok SND-BUF repair refuse task free_running free_running snd_pcm_lib_free_pages while stream 0 of bad is running
grow EBUSY SND-BUF repair refuse task grow_running grow_running snd_pcm_lib_malloc_pages while stream 0 of bad is running
all ok SND-BUF repair refuse task free_all_running free_all_running snd_pcm_lib_preallocate_free_for_all while stream 0 of bad is running
END

table snd_ptr <<END
end ok SND-PTR repair wrap task sound_pointer sound_pointer sound_pointer returned position 1024 in a buffer of 1024 frames
far ok SND-PTR repair hold task sound_pointer sound_pointer sound_pointer returned position 2048 in a buffer of 1024 frames
sleep ok CTX-DELAY repair delay task sound_trigger sleep_in_trigger usleep_range of 1000 us called in atomic context
lock ok MTX-ATOMIC repair trylock task sound_trigger lock_in_trigger mutex_lock called in atomic context
END

table snd_period <<END
trigger ok SND-PERIOD repair skip task sound_trigger elapsed snd_pcm_period_elapsed with the stream's lock held, in sound_trigger
stop ok SND-PERIOD repair skip task sound_trigger stopped snd_pcm_stop_xrun with the stream's lock held, in sound_trigger
pointer ok SND-PERIOD repair skip task sound_pointer elapsed snd_pcm_period_elapsed with the stream's lock held, in sound_pointer
closed ok SND-PERIOD repair drop task bad_write closed snd_pcm_period_elapsed of a closed stream
freed ok SND-PERIOD repair drop task bad_write freed snd_pcm_period_elapsed of a stream freed at freed.*
END

table snd_ctl <<END
past ok SND-CTL repair clear task level_get level_get level_get wrote past the 8 bytes of control 'Bad Volume'
twice ok SND-CTL repair drop task bad_write free_twice snd_ctl_free_one of a control freed at free_twice.*
add-freed ok SND-CTL repair drop task bad_write add_freed snd_ctl_add of a control freed at add_freed.*
add-twice ok SND-CTL repair refuse task bad_write add_twice snd_ctl_add of control 'Bad Volume' again
END

# ------------------------------------------------------------------------------ virtio

table vio <<END
stack ok VIO-RING repair argument task bad_write post virtqueue_add_inbuf of 16 bytes on the stack
vmalloc ok VIO-RING repair argument task bad_write post virtqueue_add_inbuf of 64 bytes in vmalloc space
across ok VIO-RING repair refuse task bad_write post virtqueue_add_inbuf of 16 bytes in vmalloc space
lie ok VIO-LEN repair clamp task bad_write collect virtio[0-9]+ says that it wrote 1064 bytes into a buffer of 64 of queue 0
add-reset ok VIO-LIFE repair drop task add_reset add_reset virtqueue_add_inbuf of a queue of virtio[0-9]+, which was reset at reset.*
kick-reset ok VIO-LIFE repair drop task kick_reset kick_reset virtqueue_kick of a queue of virtio[0-9]+, which was reset at reset.*
END

keeps vio VIO-LIFE reset vio_remove "virtio[0-9]+ not reset by the remove function of its driver"

check "suture.ko goes, too" core_gone
finish
