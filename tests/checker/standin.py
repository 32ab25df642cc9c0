# SPDX-License-Identifier: GPL-2.0-only
"""
standin.py - an object that looks to the rewriter like suture.ko.

For a sweep on a machine where suture.ko was not built for the kernel: its
wrappers are of frequent API functions, its CRCs are made up, and nothing that
was made for it can be loaded. Whoever uses it says so in the results.
"""
import os
import subprocess
import zlib

API = """
kfree kmalloc_trace __kmalloc __kmalloc_node kmem_cache_alloc kmem_cache_free
krealloc kvfree kvmalloc_node vmalloc vzalloc vfree kstrdup kmemdup
devm_kmalloc devm_kfree mutex_lock mutex_unlock mutex_trylock
mutex_lock_interruptible __mutex_init _raw_spin_lock _raw_spin_unlock
_raw_spin_lock_bh _raw_spin_unlock_bh _raw_spin_lock_irq _raw_spin_unlock_irq
_raw_spin_lock_irqsave _raw_spin_unlock_irqrestore _raw_spin_trylock
_raw_read_lock _raw_read_unlock _raw_write_lock _raw_write_unlock
__rcu_read_lock __rcu_read_unlock synchronize_rcu down up down_read up_read
down_write up_write msleep msleep_interruptible usleep_range_state schedule
schedule_timeout wait_for_completion wait_for_completion_timeout complete
flush_work cancel_work_sync cancel_delayed_work_sync timer_delete_sync
mod_timer queue_work_on request_threaded_irq free_irq dma_alloc_attrs
dma_free_attrs dma_map_page_attrs dma_unmap_page_attrs consume_skb
kfree_skb_reason __dev_kfree_skb_any register_netdev unregister_netdev
napi_disable _copy_from_user _copy_to_user
""".split()

HEAD = """
	.macro export name, crc
	.text
	.globl	\\name
	.type	\\name, @function
\\name:
	ret
	.size	\\name, . - \\name
	.section __ksymtab_gpl, "a"
__ksymtab_\\name:
	.long	\\name - ., .Lempty - ., .Lnamespace - .
	.section __kcrctab_gpl, "a"
__crc_\\name:
	.long	\\crc
	.endm

	.section __ksymtab_strings, "a"
.Lempty:
	.asciz	""
.Lnamespace:
	.asciz	"SUTURE"
"""


def make(path, vermagic):
    """Assemble the stand-in for a kernel with that vermagic."""
    lines = [HEAD]

    def export(name):
        lines.append(f"\texport {name}, {zlib.crc32(name.encode()):#x}")

    for name in ("suture_enter", "suture_leave", "suture_tail_return"):
        export(name)
    for api in API:
        export(f"suture_wrap_{api}")
        lines += ['\t.section .suture.wrappers, "a"', f'\t.asciz "{api}"',
                  f'\t.asciz "suture_wrap_{api}"']
    lines += ['\t.section .modinfo, "a"', '\t.asciz "license=GPL"',
              '\t.asciz "name=suture"', f'\t.asciz "vermagic={vermagic}"',
              '\t.section .gnu.linkonce.this_module, "aw"',
              '\t.globl __this_module', '\t.type __this_module, @object',
              '__this_module:', '\t.zero 1024', '\t.size __this_module, 1024',
              '\t.section .note.GNU-stack, "", @progbits', ""]
    os.makedirs(os.path.dirname(path), exist_ok=True)
    subprocess.run(["gcc", "-c", "-x", "assembler", "-", "-o", path],
                   input="\n".join(lines), text=True, check=True)
