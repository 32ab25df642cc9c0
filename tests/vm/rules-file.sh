#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-file.sh - as rules.sh, for character devices and for entries of /proc and debugfs. What a driver
# leaves behind is taken away when it is unloaded: a program that opened it would run into
# code that is gone.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit

# left DRIVER WORD RULE REPAIR SITE TEXT: after WORD, unloading brings one event, and a driver that is
# loaded anew finds all as it was.
left() {
	off_removal "$1" "$3" "$1 $2" "$2" && return
	load "$1"
	say "$1" "$2"
	l_said=$said
	quiet "$1 $2: nothing is wrong before it is unloaded"
	check "$1 $2: unloaded" suture unload "$1"
	news
	l_line=" $1 $3 repair: $6 \(at $5\+0x[0-9a-f]+/0x[0-9a-f]+ \[$1\].*\); repair: $4; gives up: .+\$"
	[ "$l_said" = ok ] && [ "$(echo "$fresh" | grep -c .)" = 1 ] && echo "$fresh" | grep -qE -- "$l_line"
	result "$3: $1 $2" $? "write: $l_said
expected: $l_line
got: $fresh"
	load "$1"
	say "$1" ok
	result "$1 works when loaded again" "$([ "$said" = ok ]; echo $?)" "$said"
	unload "$1"
}

table chr_reg <<END
misc-again ok CHR-REG repair drop task bad_write misc_up_twice misc_register of a device that is registered
misc-twice ok CHR-REG repair drop task bad_write misc_down_twice misc_deregister of a device that is not registered
misc-never ok CHR-REG repair drop task bad_write misc_down_never misc_deregister of a device that is not registered
cdev-twice ok CHR-REG repair drop task bad_write cdev_down_twice cdev_del of a device deleted at cdev_down_twice.*
END
left chr_reg leave-misc CHR-REG unregister misc_up "misc device 10:[0-9]+ still registered after removal"
left chr_reg leave-number CHR-REG unregister number_take "number [0-9]+:0 still registered after removal"
left chr_reg leave-whole CHR-REG unregister "(whole_up|bad_do|bad_write)" "chrdev [0-9]+:0 still registered after removal"

# The device goes before its number.
load chr_reg
off_removal chr_reg CHR-REG "chr_reg leave-cdev" leave-cdev || {
	say chr_reg leave-cdev
	check "chr_reg leave-cdev: unloaded" suture unload chr_reg
	news
	cdev() {
		echo "$fresh"
		[ "$(echo "$fresh" | grep -c .)" = 2 ] &&
			echo "$fresh" | head -n 1 | grep -qE ' CHR-REG repair: cdev [0-9]+:0 .*; repair: unregister; ' &&
			echo "$fresh" | tail -n 1 | grep -qE ' CHR-REG repair: number [0-9]+:0 .*; repair: unregister; '
	}
	check "CHR-REG: chr_reg leave-cdev" cdev
}
check "no number is left behind" sh -c '! grep chr_reg /proc/devices'

table dev_proc <<END
name-twice ok DEV-PROC repair drop task bad_write name_twice remove_proc_entry of an entry removed at name_twice.*
entry-twice ok DEV-PROC repair drop task bad_write entry_twice proc_remove of an entry removed at entry_twice.*
subtree-twice ok DEV-PROC repair drop task bad_write subtree_twice remove_proc_subtree of an entry removed at subtree_twice.*
debugfs-twice ok DEV-PROC repair drop task bad_write debugfs_twice debugfs_remove of an entry removed at debugfs_twice.*
END
left dev_proc leave-proc DEV-PROC remove proc_up "entry of /proc left after removal"
left dev_proc leave-debugfs DEV-PROC remove debugfs_up "entry of debugfs left after removal"
check "no entry is left behind" sh -c '[ ! -e /proc/dev_proc ] && [ ! -e /sys/kernel/debug/dev_proc ]'

finish
