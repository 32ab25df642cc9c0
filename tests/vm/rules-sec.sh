#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-sec.sh - as rules.sh, for the rules about bounds, sizes, freed memory, lists, slab
# caches, flags of locks, RCU sections and long delays.

. /t/guest.sh

modprobe suture || exit

table sec_copy <<END
to-fresh ok SEC-CTU repair refuse task bad_write to_user copy_to_user of 101 bytes at offset 0 of an object of 100 bytes from bad_write.*
to-middle ok SEC-CTU repair refuse task bad_write to_user copy_to_user of 37 bytes at offset 64 of an object of 100 bytes .*
to-slot ok SEC-CTU repair refuse task bad_write to_user copy_to_user of 129 bytes at offset 0 of an object of 100 bytes from allocate.*
to-constant ok SEC-CTU repair refuse task bad_write to_user_constant copy_to_user of 256 bytes .*
to-large ok SEC-CTU repair refuse task bad_write to_user copy_to_user of 32768 bytes at offset 4096 of an object of 20480 bytes .*
to-freed ok MEM-UAF repair refuse task bad_write to_user_freed copy_to_user with memory freed at to_user_freed.*
from-fresh ok SEC-CFU repair refuse task bad_write from_user.* copy_from_user of 101 bytes at offset 0 of an object of 100 bytes .*
from-middle ok SEC-CFU repair refuse task bad_write from_user.* copy_from_user of 37 bytes at offset 64 of an object of 100 bytes .*
from-slot ok SEC-CFU repair refuse task bad_write from_user.* copy_from_user of 129 bytes at offset 0 of an object of 100 bytes .*
from-freed ok MEM-UAF repair refuse task bad_write from_user_freed copy_from_user with memory freed at from_user_freed.*
iter-slot ok SEC-CTU repair refuse task bad_write to_iter copy_to_iter of 256 bytes .*
read-slot ok SEC-CTU repair refuse task bad_write read_buffer simple_read_from_buffer of 256 bytes .*
write-slot ok SEC-CFU repair refuse task bad_write write_buffer simple_write_to_buffer of 256 bytes .*
END

table mem_size <<END
negative ok MEM-SIZE repair refuse task bad_write size_negative kmalloc of -5 bytes
wrapped ok MEM-SIZE repair refuse task bad_write size_wrapped kmalloc of 4294967291 bytes, a number below 0 in 32 bits
less ok MEM-SIZE repair refuse task bad_write size_less kvmalloc of -16 bytes
huge ok MEM-SIZE repair refuse task bad_write size_huge vmalloc of 1125899906842624 bytes
grow ok MEM-SIZE repair refuse task bad_write size_grow krealloc of -1099511627776 bytes
END

table mem_bound <<END
memcpy ok MEM-COPYBOUND repair clamp task bad_write bound_memcpy memcpy of 32 bytes to offset 0 of an object of 20 bytes from bad_write.*
memmove ok MEM-COPYBOUND repair clamp task bad_write bound_memmove memmove of 20 bytes to offset 4 .*
memset ok MEM-COPYBOUND repair clamp task bad_write bound_memset memset of 20 bytes to offset 8 .*
read ok MEM-COPYBOUND repair clamp task bad_write bound_read memcpy of 32 bytes from offset 0 .*
strcpy ok MEM-COPYBOUND repair clamp task bad_write bound_strcpy strcpy of 33 bytes to offset 0 .*
strcat ok MEM-COPYBOUND repair clamp task bad_write bound_strcat str(cat|lcat|cpy) of 3[36] bytes to offset [03] .*
strncpy ok MEM-COPYBOUND repair clamp task bad_write bound_strncpy strncpy of 32 bytes to offset 0 .*
strscpy ok MEM-COPYBOUND repair clamp task bad_write bound_strscpy strscpy of 32 bytes to offset 0 .*
sprintf ok MEM-COPYBOUND repair clamp task bad_write bound_sprintf sprintf of 33 bytes to offset 0 .*
snprintf ok MEM-COPYBOUND repair clamp task bad_write bound_snprintf snprintf of 34 bytes to offset 0 .*
freed ok MEM-UAF repair keep task bad_write bound_freed memset to memory freed at bound_freed.*
END

table mem_fortify <<END
memcpy EIO MEM-FORTIFY unwind - task bad_write fortify_memcpy.* .*
user ok MEM-FORTIFY repair refuse task bad_write fortify_user user copy of 20 bytes with an object of 16 bytes
END

table list_corr <<END
del-twice ok LIST-CORR repair skip task bad_write list_del_twice list_del: the entry has been deleted already
add-twice ok LIST-CORR repair skip task bad_write list_add_twice list_add: the entry is in the list already
del-never ok LIST-CORR repair skip task bad_write list_del_never list_del: the entry was never in a list
add-blank ok LIST-CORR repair skip task bad_write list_add_blank list_add: the list is not initialised
del-broken ok LIST-CORR repair skip task bad_write list_del_broken list_del: the list is broken.*
softirq ok LIST-CORR repair skip softirq list_callback list_callback list_del: the entry has been deleted already
END

table lck_flags <<END
shared ok LCK-FLAGS repair recorded task bad_write flags_shared unlock_irqrestore with interrupts off in the flags, on when the lock was taken at flags_shared.*
hardirq ok LCK-FLAGS repair recorded hardirq flags_hardirq flags_hardirq unlock_irqrestore with interrupts on in the flags, off when .*
softirq ok LCK-FLAGS repair recorded softirq flags_softirq flags_softirq unlock_bh after lock at flags_softirq.*
bh ok LCK-FLAGS repair recorded task bad_write flags_bh unlock_bh after lock_irqsave at flags_bh.*
END

table lck_irqon <<END
hardirq ok LCK-IRQON repair keep hardirq irqon_hardirq irqon_hardirq unlock_irq of a lock taken at irqon_hardirq.*
inner ok LCK-IRQON repair keep task bad_write irqon_inner unlock_irq of a lock taken at irqon_inner.*
END

table mem_cache <<END
twice ok MEM-CACHE repair drop task cache_twice cache_twice kmem_cache_free of an object freed at cache_twice.*
wrong ok MEM-CACHE repair substitute task cache_wrong cache_wrong kmem_cache_free of an object from another cache, allocated at cache_wrong.*
atomic ok MEM-GFP repair atomic task cache_atomic cache_atomic kmem_cache_alloc may block in task context with preemption off
END

table rcu_sleep <<END
short ok CTX-DELAY repair delay task bad_write rcu_short msleep of 3000 us called in an RCU read-side section
long ok RCU-SLEEP repair reorder task bad_write rcu_long msleep called in an RCU read-side section
mutex ok RCU-SLEEP repair reorder task bad_write rcu_mutex mutex_lock called in an RCU read-side section
wait ok RCU-SLEEP repair reorder task bad_write rcu_wait synchronize_rcu called in an RCU read-side section
alloc ok MEM-GFP repair atomic task bad_write rcu_alloc kmalloc may block in task context in an RCU read-side section
END

table ctx_longdelay <<END
task ok CTX-LONGDELAY observe - task bad_write delay_task busy delays of 2[0-9]+ us in one call
preempt ok CTX-LONGDELAY observe - task bad_write delay_preempt busy delays of 4000 us in one call, in atomic context
softirq ok CTX-LONGDELAY observe - softirq delay_callback delay_callback busy delays of 4000 us in one call, in atomic context
loop ok CTX-LONGDELAY observe - task bad_write delay_loop busy delays of 20800 us in one call
END

# With the repair switched on, the delay sleeps.
load ctx_longdelay
check "CTX-LONGDELAY is set to repair" suture rules set CTX-LONGDELAY repair
breaks ctx_longdelay task ok CTX-LONGDELAY repair sleep task bad_write delay_task '.*'
check "CTX-LONGDELAY is set back" suture rules set CTX-LONGDELAY observe
unload ctx_longdelay

finish
