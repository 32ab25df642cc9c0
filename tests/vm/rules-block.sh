#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-block.sh - the rules about requests, disks, SCSI commands and hosts: each is broken in
# each way by a driver that is guarded. Before and after, the disk is read and written.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

# crash DRIVER ENTRY CONTEXT RESULT: an entry crashes; what it was to do has this result.
crash() {
	[ -z "$OFF" ] || return 0
	suture inject "$1" --crash "$2" >/dev/null
	say "$1" ok
	crash_said=$(errno_name "$said")
	news
	[ "$crash_said" = "$4" ] && echo "$fresh" | grep -qE "^[0-9]+ .* $1 CB-OOPS unwind: .*, in $2, $3, "
	result "CB-OOPS: $1 crashes in $2, and what it was to do ends: $4" $? "write of ok: $crash_said
events: $fresh"
	say "$1" ok
	news
	[ "$said" = ok ] && [ -z "$fresh" ]
	result "CB-OOPS: $1 works after that" $? "write of ok: $said
events: $fresh"
}

modprobe suture || exit
modprobe scsi_mod

load ramdisk
say ramdisk ok
[ "$said" = ok ]
result "ramdisk works" $? "write of ok: $said"
quiet "and breaks no rule"

each_line ramdisk <<END
end-twice ok BLK-DONE repair drop task ram_queue_rq end_twice blk_mq_end_request of a request ended at end_twice.*
complete-twice ok BLK-DONE repair drop task ram_queue_rq complete_twice blk_mq_complete_request of a request completed at complete_twice.*
not-started ok BLK-DONE repair start task ram_queue_rq complete_unstarted blk_mq_complete_request of a request that was not started
start-twice ok BLK-DONE repair skip task ram_queue_rq start_twice blk_mq_start_request of a request that is started
end-requeued ok BLK-DONE repair drop task ram_queue_rq end_requeued blk_mq_end_request of a request given back at end_requeued.*
end-refused ok BLK-DONE repair drop task bad_write end_refused blk_mq_end_request of a request given back at ram_queue_rq.*
free-twice ok BLK-DONE repair drop task bad_write free_twice blk_mq_free_request of a request that is not in use
busy-ended ok BLK-RET repair done task ram_queue_rq busy_ended status 9 for a request that is completed
status EIO BLK-RET repair error task ram_queue_rq ram_queue_rq status 251, which there is not
unfreeze ok BLK-FREEZE repair drop task bad_write unfreeze blk_mq_unfreeze_queue of a queue that is not frozen
unquiesce ok BLK-FREEZE repair drop task bad_write unquiesce blk_mq_unquiesce_queue of a queue that is not quiesced
freeze-wait ok BLK-FREEZE repair drop task bad_write freeze_wait blk_mq_freeze_queue_wait of a queue that is not frozen
add-twice ok BLK-DISK repair drop task bad_write add_again device_add_disk of a disk that is registered
delete-twice ok BLK-DISK repair drop task bad_write delete_disk del_gendisk of a disk that is not registered
put-twice ok BLK-DISK repair drop task bad_write put put_disk of a disk released at put.*
put-live ok BLK-DISK repair delete task bad_write put put_disk of a disk that is registered
delete-put ok BLK-DISK repair drop task bad_write delete_disk del_gendisk of a disk released at put.*
tags-live ok BLK-DISK repair delete task bad_write free_tags blk_mq_free_tag_set of the tag set of a disk that is registered
tags-unadded ok BLK-DISK repair release task bad_write free_tags blk_mq_free_tag_set of the tag set of a disk that is not released
tags-twice ok BLK-DISK repair drop task bad_write free_tags blk_mq_free_tag_set of a tag set that is free
major-twice ok BLK-DISK repair drop task bad_write major_twice unregister_blkdev of a major number unregistered at major_twice.*
END

# Each is tried again, as the driver cannot be recovered.
crash ramdisk ram_queue_rq task ok
crash ramdisk ram_complete softirq ok

# removed DRIVER: with what it left, which goes before its code does.
removed() {
	check "$1 is unloaded" suture unload "$1"
	news
}

# said_of RULE NAME TEXT: an event of the removal.
said_of() {
	echo "$fresh" | grep -qE " $1 repair: $3"
	result "$1: $2" $? "$fresh"
}

if [ -n "$OFF" ]; then
	off_removal ramdisk BLK-DISK "ramdisk removed with a disk" leave
	off_removal ramdisk BLK-LOST "ramdisk removed with a request in flight" leave
else
	say ramdisk leave
	[ -e /sys/block/ramdisk2 ]
	result "ramdisk leaves a disk" $? "$said: $(ls /sys/block)"
	removed ramdisk
	said_of BLK-DISK "ramdisk removed with a disk" 'ramdisk2 is still registered after removal.*; repair: release; '
	said_of BLK-LOST "ramdisk removed with a request in flight" '1 of ramdisk2 in flight after removal.*; repair: fail; '
	[ ! -e /sys/block/ramdisk2 ]
	result "the disk is gone" $? "$(ls /sys/block)"
fi

load scsi_disk
say scsi_disk ok
[ "$said" = ok ]
result "scsi_disk works" $? "write of ok: $said"
quiet "and breaks no rule"

each_line scsi_disk <<END
done-twice ok SCSI-DONE repair drop task mini_queuecommand done_twice scsi_done of a command done at done_twice.*
done-late ok SCSI-DONE repair drop task bad_write done_late scsi_done of a command done at mini_.*
busy-done ok SCSI-RET repair done task mini_queuecommand busy_done 0x1055 for a command that is done
add-twice ok SCSI-HOST repair drop task bad_write add scsi_add_host of a host that is added
remove-never ok SCSI-HOST repair drop task bad_write remove_host scsi_remove_host of a host that is not added
remove-twice ok SCSI-HOST repair drop task bad_write remove_host scsi_remove_host of a host that is removed
remove-put ok SCSI-HOST repair drop task bad_write remove_host scsi_remove_host of a host released at put.*
put-added ok SCSI-HOST repair remove task bad_write put scsi_host_put of a host that is not removed
put-twice ok SCSI-HOST repair drop task bad_write put scsi_host_put of a host released at put.*
scan-never ok SCSI-HOST repair drop task bad_write scan scsi_scan_host of a host that is not added
scan-removed ok SCSI-HOST repair drop task bad_write scan scsi_scan_host of a host that is removed
END

# The kernel tries this one again.
crash scsi_disk mini_queuecommand task ok

if [ -n "$OFF" ]; then
	off_removal scsi_disk SCSI-HOST "scsi_disk removed with a host" leave
	off_removal scsi_disk BLK-LOST "scsi_disk removed with a command in flight" leave
	finish
fi
say scsi_disk leave
[ "$(find /sys/class/scsi_host/ -name 'host*' | wc -l)" = 2 ]
result "scsi_disk leaves a host" $? "$said: $(ls /sys/class/scsi_host)"
removed scsi_disk
said_of SCSI-HOST "scsi_disk removed with a host" 'host[0-9]+ is still there after removal.*; repair: remove; '
said_of BLK-LOST "scsi_disk removed with a command in flight" '1 of host[0-9]+ in flight after removal.*; repair: fail; '
[ -z "$(ls /sys/class/scsi_host)" ]
result "the host is gone" $? "$(ls /sys/class/scsi_host)"

check "suture.ko goes, too" core_gone
finish
