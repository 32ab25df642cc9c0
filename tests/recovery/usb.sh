#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# usb.sh - drivers of USB host controllers, with a disk behind them, under the work of files.sh.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh
# shellcheck source=tests/recovery/cell.sh
. /t/cell.sh
# shellcheck source=tests/recovery/files.sh
. /t/files.sh

class_faults() {
	case $2 in
	urb_enqueue | hcd_irq | irq_handler | hrtimer | timer) echo crash crash-locked ;;
	hcd* | hub_control | work) echo crash ;;
	*) ;;
	esac
}

cells
