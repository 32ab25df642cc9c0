#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# block.sh - drivers of disks, SCSI hosts, ATA ports and memory cards, under the work of files.sh.

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
	queue_rq | queuecommand | ata_command) echo crash crash-locked hang ;;
	irq_handler | blk_complete | virtqueue | urb_complete | scsi_eh) echo crash crash-locked ;;
	probe | remove | shutdown | module_* | param* | scsi_scan | scsi_device | queue) ;;
	-)
		case $1 in
		*init* | *exit* | *trace* | *probe* | *remove* | *show* | *store* | *_param* | __*) ;;
		*) echo crash ;;
		esac
		;;
	*) echo crash ;;
	esac
}

cells
