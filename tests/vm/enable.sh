#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Drivers that are guarded for good: what modprobe and udev, that is libkmod, load from then on; with
# nosuture, with a suture.ko that the kernel refuses, after `suture disable`.

# /sbin/modprobe is kmod's; the shell has one of its own, which knows no install lines.
# shellcheck source=tests/vm/guest.sh
. /t/guest.sh

modules=/lib/modules/$(uname -r)
# As udev asks for it.
alias=$(cat /sys/bus/pci/devices/*/modalias | grep -i 'v00008086d0000100E' | head -n 1)

guarded() { suture status 2>/dev/null | grep -q "^$1 "; }
there() { [ -e "/sys/module/$1/initstate" ]; }
interface() { [ -d "$(echo /sys/bus/pci/drivers/e1000/0000:*/net)" ]; }
# shellcheck disable=SC2317 # called through check
logged() { dmesg | grep -qE -- "$1"; }

# away MODULE...: not loaded any more, nor suture.ko.
# shellcheck disable=SC2317 # the same
away() {
	for each; do
		! there "$each" || rmmod "$each" || return
	done
	! there suture || core_gone
}

command_line() {
	! grep -q ' /proc/cmdline ' /proc/mounts || umount /proc/cmdline
	[ -n "$1" ] || return
	echo "$(cat /proc/cmdline) $1" >/tmp/cmdline
	mount --bind /tmp/cmdline /proc/cmdline
}

mkdir -p /etc/modprobe.d
echo "options e1000 copybreak=100" >/etc/modprobe.d/test.conf

refuse "enable what does not exist" "nosuch: no such module" suture enable nosuch
[ ! -e /etc/suture/enabled ] && [ ! -e "$modules/updates/suture" ] && [ ! -e "$modules/updates/suture.new" ]
result "after a refusal all is as before" $? "$(ls "$modules/updates")"

check "enable e1000" suture enable e1000
! there e1000 && ! there suture
result "enable loads nothing" $?
check "what is prepared is up to date" sh -c 'suture enable | grep -qE "^e1000 .* prepared *$"'

# --- as udev loads it

check "modprobe by alias" /sbin/modprobe "$alias"
suture status -j | grep -q '"profile": "developer"'
result "and what the policy files say is in force" $? "$(suture policy show; dmesg | grep suture: | tail)"
guarded e1000 && interface
result "it is guarded and has its interface" $? "$(suture status; lsmod)"
[ "$(cat /sys/module/e1000/parameters/copybreak)" = 100 ]
result "options of modprobe.d apply" $? "$(cat /sys/module/e1000/parameters/copybreak)"
check "it can be unloaded" suture unload e1000
check "suture load makes its image anew" suture load e1000
guarded e1000
result "and that is guarded" $?
check "suture unload" suture unload e1000
check "all is unloaded" away

# --- nosuture

command_line nosuture
check "modprobe with nosuture" /sbin/modprobe "$alias" debug=1
there e1000 && ! there suture && interface
result "the stock driver is loaded, suture.ko is not" $? "$(lsmod)"
[ "$(cat /sys/module/e1000/parameters/copybreak)" = 100 ]
result "options apply to the stock driver, too" $? "$(cat /sys/module/e1000/parameters/copybreak)"
check "the log says so" logged "suture: e1000: loading the stock driver .nosuture."
command_line ''
check "the stock driver can be unloaded" away e1000

# --- suture.ko is refused

core=$modules/updates/suture.ko
cp "$core" /tmp/suture.ko
sed "s/mod_unload modversions/mod_unload modversionX/" /tmp/suture.ko >"$core"
check "modprobe with a suture.ko of another kind of kernel" /sbin/modprobe "$alias"
there e1000 && ! there suture && interface
result "the stock driver is loaded instead" $? "$(lsmod)"
check "the log has the reason" logged "suture: e1000: cannot be loaded guarded: .*; loading the stock driver"
check "the stock driver can be unloaded again" away e1000
# As the kernel and the initramfs call it: it says nothing, nor does what it runs.
check "the same with modprobe -q" /sbin/modprobe -q "$alias"
there e1000 && ! there suture
result "the stock driver is loaded then, too" $? "$(lsmod)"
check "and can be unloaded" away e1000
cp /tmp/suture.ko "$core"

# --- a driver that fails itself

check "enable it87_wdt" suture enable it87_wdt
refuse "its device is not there" "No such device" /sbin/modprobe it87_wdt
[ "$(dmesg | grep -c 'it87_wdt: no device')" = 1 ] && ! there it87_wdt
result "a driver's own failure is not tried again without guard" $? "$(dmesg | tail -n 5)"

# --- a driver of several modules

check "enable nvme" suture enable nvme
check "modprobe nvme" /sbin/modprobe nvme
guarded nvme && guarded nvme_core
result "the driver and its part are guarded" $? "$(suture status; lsmod)"
[ "$(suture -j status nvme | sed -n 's/^ *"group": "\(.*\)".*/\1/p' | head -n 1)" = \
	"$(suture -j status nvme_core | sed -n 's/^ *"group": "\(.*\)".*/\1/p' | head -n 1)" ]
result "as one driver" $? "$(suture -j status)"
i=0
while [ ! -b /dev/nvme0n1 ] && [ $i -lt 100 ]; do
	sleep 0.1
	i=$((i + 1))
done
check "its disk can be read" dd if=/dev/nvme0n1 of=/dev/null bs=64k count=16
check "all modules go" away nvme nvme_core
command_line nosuture
check "modprobe nvme with nosuture" /sbin/modprobe nvme
there nvme && there nvme_core && ! there suture
result "both are the stock ones" $? "$(lsmod)"
check "and go" away nvme nvme_core
command_line ''

# --- back to what it was

refuse "disable what is not enabled" "8139cp: is not enabled" suture disable 8139cp
check "disable" suture disable --all
[ ! -e /etc/modprobe.d/suture.conf ] && [ ! -e /etc/suture/enabled ] && [ ! -e "$modules/updates/suture" ]
result "nothing is left behind" $? "$(ls /etc/modprobe.d /etc/suture "$modules/updates")"
check "modprobe after disable" /sbin/modprobe "$alias"
there e1000 && ! there suture
result "the stock driver is loaded" $? "$(lsmod)"
finish
