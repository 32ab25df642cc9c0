#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# clean-block.sh - drivers of disks as the distribution ships them, guarded and used: an ext4
# file system is mounted, written, read again past all caches, over an unbind and a bind; and
# veth, with traffic between its ends. All works, and there is not one event.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

guarded() { check "$1: is loaded guarded" suture load "$@"; }
gone() { check "$1: is unloaded" suture unload "$1"; }

# clean NAME: there has been no event since the last look, but for those that $known matches: real
# violations, in docs/found.md.
known='^$'
clean() {
	news
	fresh=$(echo "$fresh" | grep -vE "$known")
	[ -z "$fresh" ]
	result "$1" $? "$fresh"
}

# disk_at DEVICE: $disk, the disk behind the PCI device.
disk_at() {
	for block in /sys/block/*; do
		case $(readlink -f "$block") in
		*/"$1"/*) disk=${block##*/} && [ -b "/dev/$disk" ] && return 0 ;;
		esac
	done
	return 1
}

# write_files: files of several sizes, and their sums.
write_files() {
	mount -t ext4 "/dev/$disk" /mnt && cd /mnt || return
	for size in 1 5 64 300 900; do
		dd if=/dev/urandom of="$size" bs=1k count="$size" 2>/dev/null || return
	done
	cp 300 again && rm 64 && mkdir dir && mv again dir && sync
	md5sum 1 5 300 900 dir/again >/tmp/sums
	cd / && umount /mnt
}

# read_files: what was written, from the disk itself.
read_files() {
	echo 3 >/proc/sys/vm/drop_caches
	mount -t ext4 -o ro "/dev/$disk" /mnt || return
	(cd /mnt && md5sum -c /tmp/sums)
	read_status=$?
	umount /mnt && return "$read_status"
}

# disks NAME DRIVER MODULE...: the modules are guarded, the last binds to a PCI device as DRIVER, to
# the one whose number is $id, if that is set.
disks() {
	name=$1 driver=$2
	shift 2
	for module; do guarded "$module"; done
	for path in "/sys/bus/pci/drivers/$driver"/0000:*; do
		[ -n "$id" ] && [ "$(cat "$path/device")" != "$id" ] || device=${path##*/}
	done
	check "$name: a disk is there" wait_for 20 disk_at "$device"
	disk_at "$device"
	check "$name: files are written" write_files
	check "$name: and read" read_files
	clean "$name: no event so far"
	echo "$device" >"/sys/bus/pci/drivers/$driver/unbind"
	check "$name: unbound" [ ! -e "/sys/block/$disk" ]
	echo "$device" >"/sys/bus/pci/drivers/$driver/bind"
	check "$name: a disk is there again" wait_for 20 disk_at "$device"
	disk_at "$device"
	check "$name: files are read again" read_files
	for module; do modules="$module $modules"; done
	for module in $modules; do gone "$module"; done
	modules=''
	clean "$name: no event at all"
}

modprobe suture || exit
modprobe -a sd_mod ext4 || exit
mkdir -p /mnt

known=' sym53c8xx CTX-LONGDELAY observe: busy delays of 4000 us in one call, .* \(at sym_chip_reset\+'
disks sym53c8xx sym53c8xx sym53c8xx
known='^$'
disks vmw_pvscsi vmw_pvscsi vmw_pvscsi

# QEMU's device shows no disks to this driver, guarded or not: its host comes and goes.
host() { ls -d "/sys/bus/pci/devices/$device"/host*; }
guarded mptsas
for path in /sys/bus/pci/drivers/mptsas/0000:*; do device=${path##*/}; done
check "mptsas: a host is there" wait_for 10 host
for path in "/sys/bus/pci/devices/$device"/host*/scsi_host/host*; do
	check "mptsas: it is scanned" sh -c "echo '- - -' >$path/scan && cat $path/* >/dev/null 2>&1; true"
done
echo "$device" >/sys/bus/pci/drivers/mptsas/unbind
check "mptsas: unbound" sh -c "! ls -d /sys/bus/pci/devices/$device/host*"
echo "$device" >/sys/bus/pci/drivers/mptsas/bind
check "mptsas: a host is there again" wait_for 10 host
gone mptsas
quiet "mptsas: no event at all"

modprobe virtio_pci
# The device is QEMU's: to what it wrote it adds what it read.
known=' virtio_scsi VIO-LEN repair: virtio[0-9]+ says that it wrote [0-9]+ bytes into a buffer of 108 '
id=0x1004 disks virtio_scsi virtio-pci virtio_scsi
known='^$'
id=0x1001 disks virtio_blk virtio-pci virtio_blk
disks sdhci-pci sdhci-pci mmc_block sdhci-pci

guarded null_blk memory_backed=1 gb=1
disk=nullb0
wait_for 5 test -b /dev/nullb0
check "null_blk: a file system is made" mke2fs /dev/nullb0 30000
check "null_blk: files are written" write_files
check "null_blk: and read" read_files
gone null_blk
quiet "null_blk: no event at all"

# The other end lives in a network namespace of its own, that of $far.
near() { ping -c 3 -i 0.2 -W 5 10.7.7.2; }
bulk() {
	# An end whose input is empty would close the connection.
	sleep 3 | timeout 20 nsenter -t "$far" -n nc -l -p 7000 >/tmp/back &
	dd if=/dev/urandom of=/tmp/data bs=1k count=1000 2>/dev/null
	sleep 0.5
	nc -w 5 10.7.7.2 7000 </tmp/data && wait $! && cmp /tmp/data /tmp/back
}
guarded veth
unshare -n sleep 1000 &
far=$!
sleep 0.5
# This ip does not name the other end.
check "veth: a pair is made" ip link add near type veth
ip link set veth0 name far
ip link set far netns "$far"
ip addr add 10.7.7.1/24 dev near && ip link set near up
nsenter -t "$far" -n sh -c 'ip addr add 10.7.7.2/24 dev far && ip link set far up'
check "veth: pings" near
check "veth: 1 MB by TCP" bulk
check "veth: MTU 1400" ip link set near mtu 1400
check "veth: down and up" sh -c 'ip link set near down && ip link set near up'
check "veth: pings again" near
kill $far
check "veth: goes with the namespace of the other end" wait_for 10 sh -c '! ip link show near'
gone veth
quiet "veth: no event at all"

finish
