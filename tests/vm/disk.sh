#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# disk.sh - stock drivers of disks crash while a program writes records to ext4 with fsync(): they
# are put right, the program sees no error, and all that was synced is on the disk.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

records() { cat /tmp/go.count 2>/dev/null || echo 0; }
more_records() { [ "$(records)" -gt "$1" ]; }
identity() { cat "/sys/block/$disk/dev" "/sys/block/$disk/diskseq" && readlink "/sys/block/$disk"; }

# disk_at BUS DRIVER: $disk, the one behind a device of the driver.
disk_at() {
	for device in "/sys/bus/$1/drivers/$2"/*; do
		device=$(readlink -f "$device")
		for block in /sys/block/*; do
			case $(readlink -f "$block") in
			"$device"/*) disk=${block##*/} && [ -b "/dev/$disk" ] && return 0 ;;
			esac
		done
	done
	return 1
}

work_start() {
	rm -f /tmp/go.count
	touch /tmp/go
	mount -t ext4 -o errors=remount-ro "/dev/$disk" /mnt || return
	background work /t/fileio work /mnt /tmp/go /tmp/log
	wait_for 20 more_records 5
}

# The program has seen no error, the file system is still writable, and all is on the disk.
work_end() {
	rm -f /tmp/go
	wait_for 30 test -s /tmp/work.status || return
	cat /tmp/work
	[ "$(cat /tmp/work.status)" = 0 ] && grep ' /mnt ext4 rw' /proc/mounts && umount /mnt || return
	echo 3 >/proc/sys/vm/drop_caches
	mount -t ext4 -o ro "/dev/$disk" /mnt || return
	/t/fileio verify /mnt /tmp/log
	work_status=$?
	umount /mnt
	return "$work_status"
}

settled() { suture events --since "$settled_since" | grep -qE ' RESTART [a-z-]+: '; }

# What a recovery has done so far, and where whoever waits for something waits.
where_it_stands() {
	suture events
	suture report
	for stack in /proc/[0-9]*/stack; do
		grep -qE 'suture|blk_|submit_bio' "$stack" 2>/dev/null || continue
		task=${stack%/stack}
		echo "$(cat "$task/comm") ($(sed 's/.*) \(.\).*/\1/' "$task/stat")):"
		cat "$stack"
	done 2>/dev/null
}

# strike MODULE ENTRY FAULT: in the middle of the work.
strike() {
	s_name="$1: $3 in $2"
	settled_since=$(next_event)
	s_before=$(identity)
	news
	check "$s_name: armed" suture inject "$1" "--$3" "$2" --nth 5
	wait_for 20 settled
	settled_status=$?
	[ "$settled_status" = 0 ] || s_stands=$(where_it_stands)
	result "$s_name: the driver is power-cycled" "$settled_status" "$s_stands"
	check "$s_name: the program goes on" wait_for 20 more_records $(($(records) + 10))
	[ "$s_before" = "$(identity)" ]
	result "$s_name: the disk is the same" $? "$s_before
$(identity)"
	news
	echo "$fresh" | grep -qE " unwind: .* in $2,"
	result "$s_name: event of the unwinding" $? "$fresh"
	echo "$fresh" | grep -qE " RESTART power-cycle: power-cycled on "
	result "RESTART: $s_name" $? "$fresh"
	[ "$(echo "$fresh" | grep -c .)" -eq 2 ]
	result "$s_name: and no other event" $? "$fresh"
	echo "$fresh" | sed -n 's/.* power-cycle: \(.* ms\).*/# \1/p'
}

# disk MODULE BUS DRIVER [MODULE:ENTRY:FAULT...]
disk() {
	d_name=$1
	check "$1: is loaded guarded" suture load "$1"
	wait_for 30 disk_at "$2" "$3"
	check "$1: a program writes to the disk" work_start
	shift 3
	for fault; do
		IFS=: read -r d_module d_entry d_fault <<END
$fault
END
		strike "$d_module" "$d_entry" "$d_fault"
	done
	check "$d_name: no error, and all is there that was synced" work_end
	echo "# $(cat /tmp/work)"
	check "$d_name: is unloaded" suture unload "$d_name"
	quiet "$d_name: no further event"
}

mkdir -p /mnt
modprobe suture || exit
for module in sd_mod ext4 crc32c_generic virtio_pci; do modprobe $module || exit; done
disk virtio_blk virtio virtio_blk virtio_blk:virtio_queue_rq:crash virtio_blk:virtblk_done:crash
disk vmw_pvscsi pci vmw_pvscsi vmw_pvscsi:pvscsi_queue:crash
disk ahci pci ahci libahci:ahci_qc_issue:crash libahci:ahci_single_level_irq_intr:crash

check "suture.ko can be unloaded" core_gone
finish
