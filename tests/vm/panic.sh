#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# panic.sh - without guard, a crash in an interrupt is the end of the machine.

# shellcheck source=tests/vm/guest.sh
. /t/guest.sh
insmod /t/cb_oops.ko
say cb_oops null-softirq-none
# Not reached.
say cb_oops ok
finish
