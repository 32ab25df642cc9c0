#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-usb.sh - the rules about USB, broken by drivers of QEMU's "usb-serial" device.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

modprobe suture || exit
suture load ohci-pci
result "the host controller's driver is loaded guarded" $?
wait_for 20 sh -c 'grep -q 6001 /sys/bus/usb/devices/*/idProduct'
result "the device is there" $? "$(cat /sys/kernel/debug/usb/devices 2>/dev/null)"

# table DRIVER: as in guest.sh, but the driver stays, and works before anything is broken.
table() {
	load "$1"
	[ -n "$OFF" ] || say "$1" ok
	quiet "$1 ok breaks no rule ($said)"
	each_line "$1"
}

# event NAME LINE: the one event since the last look is this, a regular expression.
event() {
	news
	[ "$(echo "$fresh" | grep -c .)" = 1 ] && echo "$fresh" | grep -qE -- "$2"
	result "$1" $? "expected: $2
events: $fresh"
}

table usb_urb <<END
free-twice ok USB-URB repair drop task bad_write free_twice usb_free_urb of a URB freed at free_twice.*
free-flying ok USB-URB repair drop task bad_write free_flying usb_free_urb of a URB to which only usbcore holds a reference
free-completing ok USB-URB repair drop (soft|hard)irq free_in_completion free_in_completion usb_free_urb of a URB to which only usbcore holds a reference
submit-freed ok USB-URB repair refuse task bad_write submit_freed usb_submit_urb of a URB freed at submit_freed.*
submit-twice ok USB-INFLIGHT repair refuse task bad_write submit_twice usb_submit_urb of a URB that is submitted
free-buffer ok USB-INFLIGHT repair kill task bad_write free_buffer kfree of the buffer of a URB in flight, submitted at free_buffer.*
free-locked ok USB-INFLIGHT repair unlink task bad_write free_locked kfree of the buffer of a URB in flight, submitted at free_locked.*
free-around ok USB-INFLIGHT repair kill task bad_write free_around kfree of the memory of a URB in flight, submitted at free_around.*
free-coherent ok USB-INFLIGHT repair kill task bad_write free_coherent usb_free_coherent of the buffer of a URB in flight, submitted at free_coherent.*
submit-locked ok MEM-GFP repair atomic task bad_write submit_locked usb_submit_urb may block in task context with preemption off
kill-locked ok LCK-SLEEP repair reorder task bad_write kill_locked usb_kill_urb called with 1 spinlock held
kill-completing ok CTX-IRQ unwind - (soft|hard)irq kill_in_completion kill_in_completion usb_kill_urb called in (soft|hard)irq context
END
if ! off_removal usb_urb USB-URB "usb_urb at removal" leave-urb; then
	for word in leave-urb leave-memory ok; do
		say usb_urb "$word"
		quiet "usb_urb $word is no leak yet ($said)"
	done
	check "usb_urb is unloaded with what it left" suture unload usb_urb
	news
	[ "$(echo "$fresh" | grep -c .)" = 2 ] &&
		echo "$fresh" | grep -qE ' usb_urb USB-URB repair: URB held after removal \(at leave_urb\+.*; repair: free; ' &&
		echo "$fresh" | grep -qE ' usb_urb MEM-LEAK observe: 1000 bytes held after removal \(at leave_memory\+'
	result "USB-URB, MEM-LEAK: usb_urb at removal" $? "$fresh"
fi

table usb_buffer <<END
stack ok USB-STACKBUF repair bounce task bad_write (serial_descriptor|read_to_stack) usb_control_msg with a buffer on the stack
module ok USB-STACKBUF repair bounce task bad_write (serial_descriptor|read_to_module) usb_control_msg with a buffer in the data of a module
vmalloc ok USB-STACKBUF repair bounce task bad_write (serial_descriptor|read_to_vmalloc) usb_control_msg with a buffer from vmalloc\(\)
write ok USB-STACKBUF repair bounce task bad_write write_from_stack usb_bulk_msg with a buffer on the stack
submit-module ok USB-STACKBUF repair bounce task bad_write (sent|ask|submit_[a-z_]+) usb_submit_urb with a buffer in the data of a module
submit-setup ok USB-STACKBUF repair bounce task bad_write (sent|ask|submit_[a-z_]+) usb_submit_urb with a buffer in the data of a module
submit-stack ok USB-STACKBUF repair refuse task bad_write (sent|ask|submit_[a-z_]+) usb_submit_urb with a buffer on the stack
submit-stack-out ok USB-STACKBUF repair bounce task bad_write (sent|ask|submit_[a-z_]+) usb_submit_urb with a buffer on the stack
free-size ok USB-COH repair correct task bad_write free_size usb_free_coherent of 8192 bytes, allocated at (allocate|free_size).*: 4096
free-address ok USB-COH repair correct task bad_write free_address usb_free_coherent with another DMA address than allocated with at (allocate|free_address).*
free-twice ok USB-COH repair drop task bad_write free_twice usb_free_coherent of a buffer freed at free_twice.*
END
unload usb_buffer

table usb_disc <<END
control ok USB-DISC repair refuse task bad_write (serial_descriptor|ask_later) usb_control_msg for a device from which the driver was disconnected
bulk ok USB-DISC repair refuse task bad_write write_later usb_bulk_msg for a device from which the driver was disconnected
submit ok USB-DISC repair refuse task bad_write submit_later usb_submit_urb for a device from which the driver was disconnected
END
if [ -n "$OFF" ]; then
	! off_begin USB-DISC "USB-DISC: usb_disc leave" || {
		say usb_disc leave
		news
		off_end ", write: $said"
	}
	unload usb_disc
	finish
fi
say usb_disc leave
event "USB-DISC: usb_disc leave ($said)" ' usb_disc USB-DISC repair: URB in flight after disconnect \(at leave_flying\+.*; repair: kill; '
say usb_disc ok
quiet "usb_disc works afterwards ($said)"

# The interrupt is said to be none of its own, and comes again.
check "ohci_irq is to crash" suture inject ohci_hcd --crash ohci_irq
say usb_disc ok
[ "$said" = ok ]
result "the bus goes on after a crash of the host controller's driver" $? "$said"
power_cycled() { suture events --since "$since" | grep -q ' ohci_pci RESTART power-cycle: '; }
wait_for 10 power_cycled
news
crash=' ohci_hcd CB-OOPS unwind: bad address .* \(at ohci_irq\+.*, in ohci_irq.*, hardirq, '
echo "$fresh" | grep -qE -- "$crash" && [ "$(echo "$fresh" | grep -c .)" -eq 2 ]
result "CB-OOPS: ohci_irq" $? "$fresh"
unload usb_disc
unload ohci_pci
check "suture.ko goes, too" core_gone
finish
