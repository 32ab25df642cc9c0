#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# record.sh - what is on record of a crash: where it was, the stack, what was held, which rung
# was taken; that it stays when the driver goes; and that it is offered as devcoredump.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

dumps=/sys/class/devcoredump

# The lines of a section of the record in $record.
section() { echo "$record" | sed -n "/^  $1\$/,/^  [^ ]/{/^    /p}"; }

# A record has no outcome until its visit has returned.
look() {
	record=$(suture report --last "$@")
	[ -n "$record" ] && ! echo "$record" | grep -q 'outcome *not known yet'
}

# has NAME PATTERN [SECTION]: a line of the record, or of one of its sections.
has() {
	{ [ -n "$3" ] && section "$3" || echo "$record"; } | grep -qE -- "$2"
	result "$1" $? "expected: $2
$record"
}

# stack NAME FUNCTION...: the innermost frames of the stack, "?" before one that is not sure. The
# compiler may put crash() into its caller.
stack() {
	stack_name=$1
	shift
	stack_want=$*
	stack_got=$(section stack | sed 's/^ *[a-z]* *//; s/? /?/; s/+0x.*//; s/^memset_.*/memset/; /^?*crash$/d' | head -n $# |
		tr '\n' ' ')
	[ "$stack_got" = "$stack_want " ]
	result "$stack_name: stack" $? "expected: $stack_want
$record"
}

# crash WORD CONTEXT SITE ENTRY TEXT HELD [FRAME...]: $held is what the visit held, as a pattern;
# "-" is nothing.
crash() {
	c_name=$1 c_context=$2 c_site=$3 c_entry=$4 c_text=$5 c_held=$6
	shift 6
	say cb_oops "$c_name"
	wait_for 5 look cb_oops
	look cb_oops
	has "$c_name: what" "^  what +$c_text\$"
	has "$c_name: site" "^  site +$c_site\\+0x[0-9a-f]+/0x[0-9a-f]+ \\[cb_oops\\]\$"
	has "$c_name: entry" "^  entry +$c_entry \\("
	has "$c_name: context" "^  context +$c_context, cpu [01], "
	has "$c_name: unwound" '^    unwind +after 0 ns, took [0-9.]+ (us|ms): the visit has returned$' steps
	has "$c_name: outcome" '^  outcome +unwound; the driver goes on$'
	stack "$c_name" "$@"
	has "$c_name: the driver's entry in the stack" "^    entry +(\\? )?suture_$c_entry\\+.* \\[cb_oops\\]\$" stack
	has "$c_name: the kernel behind it" '^    kernel  ' stack
	if [ "$c_held" = - ]; then
		[ -z "$(section 'held by the visit')" ]
		result "$c_name: holds nothing" $? "$record"
	else
		has "$c_name: holds" "$c_held" "held by the visit"
	fi
}

spinlock='spinlock at 0xf[0-9a-f]*, taken at crash_held\+.* \[cb_oops\]$'

modprobe suture || exit
# 200 crashes at one place are no reason to quarantine the driver here.
echo 0 >/sys/module/suture/parameters/escalate_unwinds
check "there is no record at first" [ "$(suture report)" = "no crash is on record" ]
load cb_oops

crash null-task-lock task crash_null bad_write 'bad write at 0x0 \(#PF\)' "$spinlock" \
	crash_null crash_held bad_do bad_write
has "preemption is off because of the lock" '^    preemption off: 1$' "held by the visit"
has "address" '^  address +0x0$'
has "the instruction is marked" '^  code .*<c7> 00 01 00 00 00 c3 '
has "registers" '^    rip +ffffffff[0-9a-f]{8}  rsp +[0-9a-f]{16}  eflags ' registers
id=$(od -An -v -tx1 -j16 /sys/module/cb_oops/notes/.note.gnu.build-id | tr -d ' \n')
has "build id" "^  build id +$id\$"
has "kernel" "^  kernel +$(uname -r | sed 's/[.+]/\\&/g') #"
has "what the driver holds" '^    misc device: 1$' "held by the driver"

crash user-task-lockirq task crash_user bad_write 'bad write at 0x7000 \(#PF\)' 'interrupts off: 1$' \
	crash_user crash_held bad_do bad_write
has "and the lock" "$spinlock" "held by the visit"
crash bug-task-lockbh task crash_bug bad_write 'invalid instruction \(#UD\)' 'softirqs off: 1$' \
	crash_bug crash_held bad_do bad_write
crash copy-task-mutex task crash_copy bad_write 'bad write at 0x0 \(#PF\)' 'mutex at 0xf[0-9a-f]*$' \
	memset crash_copy crash_held bad_do bad_write
say cb_oops null-task-writer
look cb_oops
has "null-task-writer: holds" '^    semaphore for writing at 0xf[0-9a-f]*$' "held by the visit"
say cb_oops null-task-rtnl
look cb_oops
has "null-task-rtnl: holds" '^    rtnl lock$' "held by the visit"
say cb_oops null-task-pagefault
look cb_oops
has "null-task-pagefault: holds" '^    page faults off: 1$' "held by the visit"
say cb_oops null-task-fpu
look cb_oops
has "null-task-fpu: holds" '^    FPU in use: 1$' "held by the visit"
crash jump-task-preempt task crash_jump bad_write 'bad execution at 0x0 \(#PF\)' 'preemption off: 1$' \
	0x0 crash_jump crash_held bad_do bad_write
has "a jump into nothing is nobody's code" '^    nowhere +0x0$' stack
crash lost-task-rcu task crash_lost bad_write 'bad write at 0x0 \(#PF\)' 'RCU read-side sections: 1$' \
	crash_lost '?crash_held' '?bad_do' '?bad_write'
crash wild-softirq-rcu softirq crash_wild crash_timer 'bad address \(#GP\)' 'RCU read-side sections: 1$' \
	crash_wild crash_held
crash divide-hardirq-irqoff hardirq crash_divide crash_hrtimer 'divide error \(#DE\)' - \
	crash_divide crash_held crash_hrtimer

# A rule, or a watchdog, in place of a fault.
budget=/sys/module/suture/parameters/budget_task_ms
budget_was=$(cat $budget)
echo 300 >$budget
suture inject cb_oops --hang bad_write >/dev/null
say cb_oops ok
echo "$budget_was" >$budget
wait_for 5 look cb_oops
look cb_oops
has "hang: rule" '^crash 13: cb_oops, CB-TIME, '
has "hang: entry in the stack" '^    entry +suture_bad_write\+' stack
[ -z "$(section registers)" ]
result "hang: no registers without a fault" $? "$record"

# Calls are on record only if they are asked for.
[ -z "$(section 'calls, the last one first')" ]
result "no calls" $? "$record"
echo 1 >/sys/module/suture/parameters/record_calls
say cb_oops copy-task-mutex
look cb_oops
calls=$(section 'calls, the last one first' | sed 's/^ *//; s/, .* before, at / /; s/+0x.*//' | head -n 3 | tr '\n' ' ')
[ "$calls" = "memset crash_copy mutex_lock crash_held $(uname -r | grep -q '^6\.1\.' && echo strscpy || echo sized_strscpy) bad_do " ]
result "the last calls, when they are asked for" $? "$record"
echo 0 >/sys/module/suture/parameters/record_calls
say cb_oops null-task-none
look cb_oops
[ -z "$(section 'calls, the last one first')" ]
result "and no longer" $? "$record"

# Programs get the same, and one record is found by its number.
[ "$(suture report --id 1 -j | grep -cE '"(seq": 1|site": "crash_held.*|name": "(spinlock|unwind)"|rip": "0xffff.*)')" -ge 5 ]
result "JSON" $? "$(suture report --id 1 -j)"
refuse "a number that is not there" "no record 999" suture report --id 999

# Many: the newest ones stay.
first=$(suture report --list | sed -n '$s/^ *\([0-9]*\) .*/\1/p')
i=0
while [ $i -lt 200 ]; do
	say cb_oops null-task-lock
	i=$((i + 1))
done
list=$(suture report --list cb_oops)
want=$(i=$((first + 137)); while [ $i -le $((first + 200)) ]; do echo $i; i=$((i + 1)); done)
[ "$(echo "$list" | sed -n 's/^ *\([0-9]\{1,\}\) .*/\1/p')" = "$want" ]
result "of 200 crashes more, the last 64 are on record" $? "$list"
[ "$(echo "$list" | grep -c 'unwound; the driver goes on$')" -eq 64 ]
result "each with its outcome" $? "$list"
[ "$(suture report | grep -c '^    driver  crash_null+0x[0-9a-f]*/0x[0-9a-f]* \[cb_oops\]$')" -eq 64 ]
result "and its stack" $?

# A misc driver is on no device of a bus: no devcoredump.
! ls -d $dumps/devcd* >/dev/null 2>&1
result "no devcoredump without a device" $? "$(ls $dumps)"
say cb_oops ok
check "the driver works" [ "$said" = ok ]
check "cb_oops is unloaded" suture unload cb_oops
look cb_oops
stack "a driver that has gone" crash_null crash_held bad_do bad_write
has "a driver that has gone: its lock" "$spinlock" "held by the visit"

# A stock driver, on a device, with traffic.
dump() { cat $dumps/devcd*/data 2>/dev/null; }
dumped() { [ -n "$(dump)" ]; }
strike() {
	suture inject e1000 --crash e1000_clean >/dev/null
	ping -c 3 -i 0.2 -W 1 10.0.2.2 >/dev/null
	:
}
restarted() { look e1000 && echo "$record" | grep -qE '^  outcome +(recovered|quarantined)$'; }

check "e1000 is loaded guarded" suture load e1000
wait_for 5 net_find pci e1000
check "link and address" net_up
suture inject e1000 --crash e1000_clean --nth 20 >/dev/null
/t/stream bulk 10.0.2.100 7 2000000 >/tmp/bulk 2>&1
result "a TCP stream goes on" $? "$(cat /tmp/bulk)"
wait_for 20 restarted
look e1000
has "e1000: rule" '^crash [0-9]+: e1000, CB-OOPS, '
has "e1000: site" '^  site +e1000_clean\+0x'
has "e1000: entry" '^  entry +e1000_clean \(napi_poll\)$'
has "e1000: context" '^  context +softirq, '
has "e1000: device" "^  device +$device\$"
has "e1000: the unwinding" '^    unwind +after 0 ns, took [0-9.]+ (us|ms): the visit has returned$' steps
has "e1000: the restart" '^    restart +after [0-9.]+ [um]s, took [0-9.]+ m?s: 0000:.*: the driver is as new$' steps
has "e1000: outcome" '^  outcome +recovered$'
stack e1000 e1000_clean suture_e1000_clean __napi_poll
has "e1000: its ring is mapped" '^    DMA mapping: [0-9]{2,}$' "held by the driver"
has "e1000: its interrupt" '^    interrupt: 1$' "held by the driver"
check "e1000: devcoredump" wait_for 5 dumped
text=$(dump)
[ "$(basename "$(readlink -f $dumps/devcd*/failing_device)")" = "$device" ]
result "devcoredump: of this device" $? "$(ls -l $dumps/devcd*/)"
for line in '^driver: e1000$' '^outcome: recovered$' '^site: e1000_clean\+0x' "^device: $device\$" \
	'^\[steps\]$' '^restart: 0000:.*: the driver is as new, after ' '^driver: e1000_clean\+0x.* \[0xf' \
	'^kernel: __napi_poll\+0x' '^DMA mapping: [0-9]+$' '^rip: 0xffff'; do
	echo "$text" | grep -qE -- "$line"
	result "devcoredump: $line" $? "$text"
done

# The kernel keeps the first; when it has been read there is room for the next.
number=$(echo "$text" | sed -n 's/^number: //p')
for data in "$dumps"/devcd*/data; do echo >"$data"; done
check "suture restart" suture restart e1000
look e1000
has "asked for by its owner" '^  what +asked for by its owner'
has "asked for: the restart" '^    restart +after .*: the driver is as new$' steps
has "asked for: what was held before it" '^    interrupt: 1$' "held by the driver"
check "asked for: devcoredump" wait_for 5 dumped
[ "$(dump | sed -n 's/^number: //p')" -gt "$number" ]
result "asked for: a new one" $? "$(dump)"

# Too many crashes.
i=0
while [ $i -lt 8 ]; do
	strike
	wait_for 10 restarted
	! echo "$record" | grep -q '^  outcome *quarantined$' || break
	wait_for 10 net_ping 1
	i=$((i + 1))
done
has "too many crashes: outcome" '^  outcome +quarantined$'
has "too many crashes: the last rung" '^    quarantine +after .*: all entries are refused$' steps
ip link set "$net" down
check "e1000 is unloaded" suture unload e1000
look e1000
stack "e1000 has gone" e1000_clean suture_e1000_clean __napi_poll
check "suture.ko goes, too" core_gone
modprobe suture
check "and comes again, with nothing on record" [ "$(suture report)" = "no crash is on record" ]
finish
