# shellcheck shell=sh disable=SC2154,SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# files.sh - work for the recovery matrix: a program writes records to files on ext4, with fsync(),
# and reads others back from the disk. After each fault the file system is unmounted, checked, and all
# that was synced must be there. Read by block.sh and usb.sh before cell.sh's `cells`.
#
# $DRIVER is guarded, with $PARTS; $BEFORE are modules without guard; $ARGUMENTS are DRIVER's; $KICK is
# MODULE:ENTRY, where a crash makes the kernel call handlers of errors.

records() { cat /tmp/go.count 2>/dev/null || echo 0; }
more_records() { [ "$(records)" -gt "$1" ]; }

disks() {
	for path in /sys/block/*; do
		[ "$(cat "$path/size")" -lt 20000 ] || echo "${path##*/}"
	done
}
new_disk() {
	disk=$(disks | grep -vxF "${disks_before:-none}" | head -n 1)
	[ -b "/dev/$disk" ]
}

work_start() {
	rm -f /tmp/go.count
	touch /tmp/go
	background work /t/fileio work /mnt /tmp/go /tmp/log
	wait_for 20 more_records 5
}

work_stop() {
	rm -f /tmp/go
	wait_for 30 test -s /tmp/work.status || { echo "the program hangs"; return 1; }
	[ "$(cat /tmp/work.status)" = 0 ] || { cat /tmp/work; return 1; }
}

class_start() {
	echo 500 >/sys/module/suture/parameters/budget_softirq_ms
	echo 1000 >/sys/module/suture/parameters/budget_task_ms
	mkdir -p /mnt
	# shellcheck disable=SC2153,SC2086 # set by tests/recovery/run
	modprobe -a sd_mod ext4 crc32c_generic $BEFORE
	disks_before=$(disks)
	# shellcheck disable=SC2086
	suture load "$DRIVER" $ARGUMENTS || return
	members="$DRIVER $PARTS"
	wait_for 30 new_disk || { echo "no disk"; return 1; }
	sleep 0.3
	/t/mke2fs -q -t ext4 -F "/dev/$disk" 60M || return
	mount -t ext4 -o errors=remount-ro "/dev/$disk" /mnt && work_start
}

class_stop() {
	work_stop
	umount /mnt
	suture unload "$DRIVER"
}

questions() {
	blockdev --getsize64 "/dev/$disk"
	blockdev --getro "/dev/$disk"
	hdparm -g "/dev/$disk"
	cat "/sys/block/$disk"/device/* "/sys/class/scsi_host"/*/*
} 2>/dev/null

# Only an error brings the kernel to call some.
class_surveyed() {
	case $2 in
	scsi_eh | scsi_timeout | blk_timeout | ata_void | ata | pm | pci_* | work | scsi_void) [ -z "$KICK" ] ;;
	esac
}

class_provoke() {
	case $2 in
	hcd* | hub* | urb_dequeue) /t/usbreset ;;
	scsi_eh | scsi_timeout | blk_timeout | ata_void | ata | pm | pci_* | work | scsi_void | -)
		questions >/dev/null
		[ -z "$KICK" ] || [ "$KICK" = "$c_module:$1" ] || wait_for 2 struck ||
			suture inject "${KICK%:*}" --crash "${KICK#*:}" >/dev/null
		;;
	disk* | scsi | scsi_device) questions >/dev/null ;;
	esac
	return 0
}

class_settle() { [ -z "$KICK" ] || suture inject "${KICK%:*}" --none "${KICK#*:}"; }
class_mark() { records_mark=$(records); }
class_moved() { more_records $((records_mark + 10)); }

# Not a bit is lost: on the disk itself, with the caches dropped.
class_intact() {
	work_stop || return
	grep -q ' /mnt ext4 rw' /proc/mounts || { echo "it is read-only"; return 1; }
	umount /mnt || return
	echo 3 >/proc/sys/vm/drop_caches
	/t/e2fsck -fn "/dev/$disk" || return
	mount -t ext4 -o errors=remount-ro "/dev/$disk" /mnt || return
	/t/fileio verify /mnt /tmp/log && work_start
}

class_identity() {
	echo "$disk $(cat "/sys/block/$disk/dev" "/sys/block/$disk/size" "/sys/block/$disk/diskseq" | tr '\n' ' ')"
	readlink -f "/sys/block/$disk"
	grep ' /mnt ' /proc/mounts
}
