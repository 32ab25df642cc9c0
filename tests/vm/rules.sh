#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules.sh - each rule is broken once in each way by a bad driver that is guarded: the event
# must be right, the repair must hold, and the driver must be usable afterwards.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit
echo 300 >/sys/module/suture/parameters/budget_task_ms
echo 200 >/sys/module/suture/parameters/budget_softirq_ms

# ---------------------------------------------------------------- locks and context

table lck_sleep <<END
short ok CTX-DELAY repair delay task bad_write sleep_short msleep of 2000 us .*
long ok LCK-SLEEP repair reorder task bad_write sleep_long msleep called with 1 spinlock held
irqsave ok LCK-SLEEP repair reorder task bad_write sleep_irqsave schedule_timeout_uninterruptible called with 1 spinlock held
bh ok LCK-SLEEP repair reorder task bad_write sleep_bh schedule_timeout_uninterruptible called with 1 spinlock held
two ok LCK-SLEEP repair reorder task bad_write sleep_two usleep_range called with 2 spinlocks held
END

table ctx_irqoff <<END
irq-short ok CTX-DELAY repair delay task bad_write off_irq_short msleep .*
irq-long ok CTX-IRQOFF repair reorder task bad_write off_irq_long msleep called with interrupts off
preempt-short ok CTX-DELAY repair delay task bad_write off_preempt_short usleep_range .*
preempt-long ok CTX-IRQOFF repair reorder task bad_write off_preempt_long schedule_timeout_uninterruptible called with preemption off
bh ok CTX-IRQOFF repair reorder task bad_write off_bh schedule_timeout_uninterruptible called with bottom halves off
END

table ctx_irq <<END
softirq-short ok CTX-DELAY repair delay softirq timer_short timer_short msleep .*
softirq-long ECANCELED CTX-IRQ unwind - softirq timer_long timer_long msleep called in softirq context
softirq-mutex ECANCELED CTX-IRQ unwind - softirq timer_mutex timer_mutex mutex_lock called in softirq context
softirq-locked ECANCELED CTX-IRQ unwind - softirq timer_locked timer_locked schedule_timeout_uninterruptible called .*
hardirq-short ok CTX-DELAY repair delay hardirq hrtimer_short hrtimer_short usleep_range .*
hardirq-long ECANCELED CTX-IRQ unwind - hardirq hrtimer_long hrtimer_long schedule_timeout_uninterruptible called in hardirq context
END

table lck_dbl <<END
plain ok LCK-DBL repair skip task bad_write double_plain lock taken twice, first at double_plain.*
irqsave ok LCK-DBL repair skip task bad_write double_irqsave lock taken twice, first at double_irqsave.*
deep ok LCK-DBL repair skip task bad_write double_deep lock taken twice, first at double_deep.*
write ok LCK-DBL repair skip task bad_write double_write lock taken twice, first at double_write.*
callee ok LCK-DBL*2 repair skip task bad_write double_twice lock taken twice, first at double_callee.*
END

table lck_unbal <<END
plain ok LCK-UNBAL repair drop task bad_write unlock_plain unlock of a lock that nobody holds
again ok LCK-UNBAL repair drop task bad_write unlock_again unlock of a lock that nobody holds
bh ok LCK-UNBAL repair drop task bad_write unlock_bh unlock of a lock that nobody holds
irq ok LCK-UNBAL repair drop task bad_write unlock_irq unlock of a lock that nobody holds
read ok LCK-UNBAL repair drop task bad_write unlock_read unlock of a lock that nobody holds
write ok LCK-UNBAL repair drop task bad_write unlock_write unlock of a lock that nobody holds
END

table mtx_dbl <<END
plain ok MTX-DBL repair skip task bad_write double_plain mutex_lock on a mutex that the task owns
interruptible ok MTX-DBL repair skip task bad_write double_interruptible mutex_lock_interruptible on .*
killable ok MTX-DBL repair skip task bad_write double_killable mutex_lock_killable on .*
END

table mtx_unbal <<END
free ok MTX-UNBAL repair drop task bad_write unlock_free mutex_unlock of a mutex that is not locked
others ok MTX-UNBAL repair drop task bad_write unlock_others mutex_unlock by a task that does not own the mutex
END

# ------------------------------------------------------------- returns to the kernel

table cb_lock <<END
plain ok CB-LOCK repair release task bad_write keep_plain bad_write returned with a spinlock held
irqsave ok CB-LOCK repair release task bad_write keep_irqsave bad_write returned with a spinlock held
bh ok CB-LOCK repair release task bad_write keep_bh bad_write returned with a spinlock held
two ok CB-LOCK*2 repair release task bad_write keep_two bad_write returned with a spinlock held
read ok CB-LOCK repair release task bad_write keep_read bad_write returned with a .*lock held
mutex ok CB-LOCK repair release task bad_write (bad_write|keep_mutex) bad_write returned with a mutex held
softirq ok CB-LOCK repair release softirq keep_softirq keep_softirq keep_softirq returned with a spinlock held
hardirq ok CB-LOCK repair release hardirq keep_hardirq keep_hardirq keep_hardirq returned with a spinlock held
END

table cb_irq <<END
irq ok CB-IRQ repair restore task bad_write bad_write bad_write returned with interrupts off .*
preempt ok CB-IRQ repair restore task bad_write bad_write bad_write returned with interrupts on .*
bh ok CB-IRQ repair restore task bad_write bad_write bad_write returned with .*
preempt-more ok CB-IRQ repair restore task bad_write bad_write bad_write returned with .*
softirq-irq ok CB-IRQ repair restore softirq timer_off timer_off timer_off returned with interrupts off .*
softirq-preempt ok CB-IRQ repair restore softirq timer_preempt timer_preempt timer_preempt returned with .*
hardirq-on ok CB-IRQ repair restore hardirq hrtimer_on hrtimer_on hrtimer_on returned with interrupts on .*
END

table lck_bh <<END
irqoff ok LCK-BH repair later task bad_write enable_irqoff local_bh_enable with interrupts off
twice ok LCK-BH repair drop task bad_write enable_twice local_bh_enable without local_bh_disable
END

table arg_ptr <<END
null EIO ARG-PTR unwind - task bad_write lock_null _raw_spin_lock called with an offset from NULL
null-locked EIO ARG-PTR unwind - task bad_write lock_null _raw_spin_lock called with an offset from NULL
error EIO ARG-PTR unwind - task bad_write mutex_error mutex_lock called with an error pointer
user EIO ARG-PTR unwind - task bad_write mutex_user mutex_unlock called with no kernel address
unlock-null EIO ARG-PTR unwind - task bad_write unlock_null _raw_spin_unlock called with NULL
void-null ok ARG-PTR repair refuse task bad_write call_void complete called with NULL .* as argument 1
void-offset ok ARG-PTR repair refuse task bad_write call_void complete called with an offset from NULL .0x10. as argument 1
errno-error ok ARG-PTR repair refuse task bad_write call_errno cdev_add called with an error pointer .* as argument 1
bool-user ok ARG-PTR repair refuse task bad_write call_bool try_wait_for_completion called with a user address .0x7f0000001000. as argument 1
null-poison ok ARG-PTR repair refuse task bad_write call_null rb_first called with a poison value .0xdead000000000100. as argument 1
error-null ok ARG-PTR repair refuse task bad_write call_error eventfd_ctx_fileget called with NULL .* as argument 1
number-null EIO ARG-PTR unwind - task bad_write call_number wait_for_completion_timeout called with NULL .* as argument 1
variadic-poison ok ARG-PTR repair refuse task bad_write call_variadic _dev_err called with a poison value .* as argument 1
weak-odd EIO ARG-PTR unwind - task bad_write call_weak device_create called with no canonical address .0x1234567890abcdef. as argument 2
tail-user ok ARG-PTR repair refuse task bad_write call_tail complete_all called with a user address .0x1000. as argument 1
END

table rcu_bal <<END
one ok RCU-BAL repair restore task bad_write bad_write bad_write returned with RCU depth 1, entered with 0
three ok RCU-BAL repair restore task bad_write bad_write bad_write returned with RCU depth 3, entered with 0
more ok RCU-BAL repair restore task bad_write bad_write bad_write returned with RCU depth -1, entered with 0
softirq ok RCU-BAL repair restore softirq timer_keep timer_keep timer_keep returned with RCU depth 1, entered with 0
END

# ------------------------------------------------------------------------- memory

table mem_gfp <<END
locked ok MEM-GFP repair atomic task bad_write alloc_locked kmalloc may block in task context with preemption off
sized ok MEM-GFP repair atomic task bad_write alloc_sized kmalloc may block .*
irqoff ok MEM-GFP repair atomic task bad_write alloc_irqoff kmalloc may block in task context with interrupts off
dup ok MEM-GFP repair atomic task bad_write alloc_dup kmemdup may block .*
softirq ok MEM-GFP repair atomic softirq alloc_timer alloc_timer kmalloc may block in softirq context.*
hardirq ok MEM-GFP repair atomic hardirq alloc_hrtimer alloc_hrtimer kmalloc may block in hardirq context.*
END

table mem_dfree <<END
twice ok MEM-DFREE repair drop task bad_write free_twice kfree of memory freed at free_twice.*
later ok MEM-DFREE repair drop task bad_write free_later kfree of memory freed at free_later.*
other ok MEM-DFREE repair drop task bad_write free_other kfree_sensitive of memory freed at free_other.*
grow ok MEM-DFREE repair drop task bad_write free_grow krealloc of memory freed at free_grow.*
softirq ok MEM-DFREE repair drop softirq free_callback free_callback kfree of memory freed at free_softirq.*
END

table mem_badfree <<END
static ok MEM-BADFREE repair drop task bad_write free_static kfree of .*a static, stack or vmalloc address
stack ok MEM-BADFREE repair drop task bad_write free_stack kfree of .*a static, stack or vmalloc address
error ok MEM-BADFREE repair drop task bad_write free_error kfree of .*an error pointer
user ok MEM-BADFREE repair drop task bad_write free_user kfree of .*a user address
inside ok MEM-BADFREE repair drop task bad_write free_inside kfree of an address (that is not aligned|inside an object)
END

table mem_wrongfree <<END
vmalloc ok MEM-WRONGFREE repair substitute task bad_write free_vmalloc kfree of memory from vmalloc
kmalloc ok MEM-WRONGFREE repair substitute task bad_write free_kmalloc vfree of memory from kmalloc
kvmalloc ok MEM-WRONGFREE repair substitute task bad_write free_kvmalloc kfree of memory from vmalloc
END

# Only what is left at the end is a leak, and it is freed: nothing of it can be seen later.
load mem_leak
for word in ok kmalloc ok vmalloc; do
	say mem_leak "$word"
	quiet "mem_leak $word is no leak yet ($said)"
done
holds() { suture status "$1" -j | grep -q "\"objects\": $2,"; }
# The two, and the misc device that the words are written to.
check "status counts 3 objects" holds mem_leak 3
# By itself the rule only observes.
check "MEM-LEAK may repair" suture rules set MEM-LEAK repair
off_removal mem_leak MEM-LEAK "mem_leak at removal" || check "mem_leak is unloaded" suture unload mem_leak
news
leak() {
	echo "$fresh"
	[ "$(echo "$fresh" | grep -c .)" = 2 ] &&
		echo "$fresh" | grep -qE "mem_leak MEM-LEAK repair: $1 bytes held after removal \(at $2\+0x.*; repair: free"
}
check "MEM-LEAK: mem_leak kmalloc" leak 48 leak_kmalloc
check "MEM-LEAK: mem_leak vmalloc" leak 5000 leak_vmalloc
check "MEM-LEAK observes again" suture rules set MEM-LEAK observe

# -------------------------------------------------------------------- time and crashes

table cb_time <<END
task EIO CB-TIME unwind - task bad_write spin ran for [0-9]+ ms
delay EIO CB-TIME unwind - task bad_write spin_delay .*
locked EIO CB-TIME unwind - task bad_write spin ran for [0-9]+ ms
mutex EIO CB-TIME unwind - task bad_write spin ran for [0-9]+ ms
softirq ok CB-TIME unwind - softirq spin_timer spin ran for [0-9]+ ms
softirq-locked ok CB-TIME unwind - softirq spin_timer_locked spin ran for [0-9]+ ms
END

# -------------------------------------------------------------- what the owner has set

# Only what does no harm where nothing is done about it. Off: not even an event.
policy() {
	check "$1 set to $2" suture rules set "$1" "$2"
}

# silent DRIVER WORD RULE: nothing is said, and what the driver does is what it always does.
silent() {
	say "$1" "$2"
	silent_said=$said
	news
	[ "$silent_said" = ok ] && [ -z "$fresh" ]
	result "$3 off: $1 $2 is no event" $? "$silent_said
$fresh"
}

load mem_gfp
load mtx_unbal
load mem_dfree
load cb_time
for rule in MEM-GFP MTX-UNBAL MEM-DFREE CB-TIME; do policy $rule observe; done
breaks mem_gfp locked ok MEM-GFP observe - task bad_write alloc_locked 'kmalloc may block .*'
breaks mem_gfp hardirq ok MEM-GFP observe - hardirq alloc_hrtimer alloc_hrtimer 'kmalloc may block .*'
breaks mtx_unbal free ok MTX-UNBAL observe - task bad_write unlock_free '.*'
breaks mem_dfree twice ok MEM-DFREE observe - task bad_write free_twice 'kfree of memory freed at free_twice.*'
breaks cb_time while ok CB-TIME observe - task bad_write '(spin_while|bad_write)' 'ran for [0-9]+ ms'
for rule in MEM-GFP MTX-UNBAL CB-TIME; do policy $rule off; done
silent mem_gfp locked MEM-GFP
silent mtx_unbal free MTX-UNBAL
silent cb_time while CB-TIME
policy MEM-GFP repair
policy MTX-UNBAL repair
policy MEM-DFREE repair
policy CB-TIME restart
breaks mem_gfp locked ok MEM-GFP repair atomic task bad_write alloc_locked 'kmalloc may block .*'
for driver in mem_gfp mtx_unbal mem_dfree cb_time; do unload $driver; done

# --------------------------------------------------------- ways into and out of a driver

table tail <<END
sleep ok CTX-DELAY repair delay task bad_write tail_sleep msleep .*
unlock ok LCK-UNBAL repair drop task bad_write tail_unlock unlock of a lock that nobody holds
mutex ok MTX-UNBAL repair drop task bad_write tail_unlock_mutex mutex_unlock of a mutex that is not locked
free ok MEM-DFREE repair drop task bad_write tail_free kfree of memory freed at bad_free.*
alloc ok MEM-GFP repair atomic task bad_write tail_alloc kmalloc may block .*
END

table nested <<END
crash ok CB-OOPS unwind - task compare deed_crash .*
crash-locked ok CB-OOPS unwind - task compare deed_crash .*
keep ok CB-LOCK repair release task notified deed_keep notified returned with a spinlock held
l:crash ok CB-OOPS unwind - task compare deed_crash .*
l:crash-locked ok CB-OOPS unwind - task compare deed_crash .*
l:sleep ok CTX-DELAY repair delay task compare deed_sleep msleep .*
l:block ok CTX-IRQ unwind - task compare deed_block msleep called in task context
END

table kthread <<END
sleep ok CTX-DELAY repair delay task thread thread_sleep msleep .*
keep ok CB-LOCK repair release task thread thread thread returned with a spinlock held
crash ok CB-OOPS unwind - task thread thread_crash .*
END

# Each of the two is a driver of its own: the crash of one is the other's failed call.
load wide_export
load wide_import
say wide_export ok
check "eight arguments from within" [ "$said" = ok ]
say wide_import ok
check "eight arguments from another driver" [ "$said" = ok ]
quiet "eight arguments break no rule"
say wide_import crash
news
wide() {
	echo "$said: $fresh"
	[ "$said" = "Input/output error" ] && [ "$(echo "$fresh" | grep -c .)" = 1 ] &&
		echo "$fresh" | grep -q ' wide_export CB-OOPS unwind: .* in wide_digits, task'
}
check "a crash behind eight arguments" wide
say wide_import ok
check "eight arguments afterwards" [ "$said" = ok ]
refuse "wide_export is in use" "in use|wide_import" suture unload wide_export
unload wide_import
unload wide_export

finish
