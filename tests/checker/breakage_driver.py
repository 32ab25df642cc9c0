# SPDX-License-Identifier: GPL-2.0-only
"""
breakage_driver.py - damage to what is the driver's own: its sections, its edges
to the kernel and from it.
"""
import elf
import fixture

from breakage import breaks, flip, change, restore, number_of, \
    number_of_import, thunk, text_relocation

# --- frame.py --------------------------------------------------------------------

@breaks("file", "e_flags changed")
def _(g):
    g.obj.ehdr[7] = 1


@breaks("signature", "signature of the original kept")
def _(g):
    g.obj.trailer = b"signature" + b"~Module signature appended~\n"


@breaks("bytes", "a byte of .text flipped")
def _(g):
    flip(g.obj[".text"], 20)


@breaks("bytes", "a byte of .rodata flipped")
def _(g):
    flip(g.obj[".rodata"], 16)


@breaks("bytes", "a byte of the old __versions flipped")
def _(g):
    flip(g.obj["__versions"], 0)


@breaks("bytes", "an old word of .modinfo changed")
def _(g):
    flip(g.obj[".modinfo"], 9, 1)


@breaks("bytes", "an old ORC entry changed")
def _(g):
    flip(g.obj[".orc_unwind"], 0, 16)


@breaks("bytes", "debug information changed")
def _(g):
    flip(g.obj[".debug_info"], 0)


@breaks("growth", ".data has grown")
def _(g):
    g.obj[".data"].content += bytes(8)


@breaks("growth", ".bss has grown")
def _(g):
    g.obj[".bss"].size += 8


@breaks("growth", ".text has shrunk")
def _(g):
    del g.obj[".text"].content[-8:]


@breaks("section", "flags of .rodata changed")
def _(g):
    g.obj[".rodata"].flags |= elf.SHF_WRITE


@breaks("section", "alignment of .data changed")
def _(g):
    g.obj[".data"].align = 8


@breaks("section", "two original sections swapped")
def _(g):
    a, b = g.obj.index(".rodata"), g.obj.index("__bug_table")
    g.obj.parts[a], g.obj.parts[b] = g.obj.parts[b], g.obj.parts[a]


@breaks("section", "an unknown section added")
def _(g):
    g.obj.add(fixture.Part(".surprise", 1, 2, b"x"))


@breaks("section", ".suture.text writable")
def _(g):
    g.obj[".suture.text"].flags |= elf.SHF_WRITE


@breaks("section", ".suture.data aligned to 8")
def _(g):
    g.obj[".suture.data"].align = 8


@breaks("section", ".rela.suture.text applies to .text")
def _(g):
    g.obj[".rela.suture.text"].info = g.obj.index(".text")


# --- edges.py --------------------------------------------------------------------

@breaks("edge", "one of several sites left on the function")
def _(g):
    restore(g, ".rodata", 0)


@breaks("edge", "a site redirected to another function's thunk")
def _(g):
    goal = thunk(g, "fx_close")
    change(g, ".rodata", 0, addend=goal)


@breaks("edge", "a site redirected behind its thunk's start")
def _(g):
    change(g, ".rodata", 0, addend=thunk(g, "fx_open") + 4)


@breaks("edge", "a site redirected into .data")
def _(g):
    change(g, ".rodata", 0, symbol=g.obj.find_symbol("fx_table"), addend=0)


@breaks("edge", "a lea left on the function")
def _(g):
    restore(g, ".init.text", 1)


@breaks("edge", "module init left on the function though it has a thunk")
def _(g):
    for n in range(len(g.obj.relocations(".gnu.linkonce.this_module"))):
        restore(g, ".gnu.linkonce.this_module", n)


@breaks("edge", "an export left on the function though it has a thunk")
def _(g):
    restore(g, "__ksymtab", 0)


@breaks("relocation", "a site's type changed")
def _(g):
    change(g, ".rodata", 0, kind=elf.R_32)


@breaks("relocation", "a site's offset changed")
def _(g):
    change(g, ".rodata", 0, offset=0x10)


@breaks("relocation", "a reference into the middle of a function moved")
def _(g):
    change(g, ".rodata", 5, symbol=g.sections[g.text], addend=4)


@breaks("relocation", "the address of a kernel function moved to a wrapper")
def _(g):
    n = number_of_import(g, ".text", "kfree", elf.R_32S)
    change(g, ".text", n, symbol=g.imports["suture_wrap_kfree"])


@breaks("relocation", "the address of a .cold part moved to a thunk")
def _(g):
    change(g, ".data", 1, symbol=g.sections[g.text],
           addend=thunk(g, "fx_open"))


@breaks("relocation", "a static call's trampoline moved to a thunk")
def _(g):
    change(g, ".data", 2, symbol=g.sections[g.text],
           addend=thunk(g, "fx_open"))


@breaks("relocation", "a jump table entry moved to a thunk")
def _(g):
    change(g, "__jump_table", 0, symbol=g.sections[g.text],
           addend=thunk(g, "fx_open"))


@breaks("relocation", "a bug table entry moved to a thunk")
def _(g):
    change(g, "__bug_table", 0, symbol=g.sections[g.text],
           addend=thunk(g, "fx_poll"))


@breaks("relocation", "debug information moved to a thunk")
def _(g):
    change(g, ".debug_info", 0, symbol=g.sections[g.text],
           addend=thunk(g, "fx_open"))


@breaks("relocation", "an unwrapped call redirected")
def _(g):
    n = number_of_import(g, ".text", "printk", elf.R_PLT32)
    change(g, ".text", n, symbol=g.imports["suture_wrap_kmalloc"])


@breaks("relocation", "a plain data reference moved")
def _(g):
    change(g, ".data", 3, addend=0x4000)


@breaks("growth", "a relocation added to .data")
def _(g):
    g.obj.relocate(".data", 16, g.sections[g.text], elf.R_64, 0)


@breaks("relocation", "an original relocation of .orc_unwind_ip changed")
def _(g):
    change(g, ".orc_unwind_ip", 0, addend=1)


@breaks("call", "a call left on the API function")
def _(g):
    restore(g, ".text", 0)


@breaks("call", "a call redirected to another wrapper")
def _(g):
    change(g, ".text", 0, symbol=g.imports["suture_wrap_kfree"])


@breaks("call", "a call in .text.unlikely left on the API function")
def _(g):
    restore(g, ".text.unlikely", 0)


@breaks("call", "a call's addend changed")
def _(g):
    change(g, ".text", 0, addend=0)


@breaks("tail", "a tail call left on the API function")
def _(g):
    section, n = g.jumps[0][:2]
    restore(g, section, n)


@breaks("tail", "a tail call straight to the wrapper")
def _(g):
    section, n, _, _, api = g.jumps[0]
    change(g, section, n, symbol=g.function_of(api), addend=-4)


@breaks("tail", "a tail call to the stub of another function")
def _(g):
    section, n = g.jumps[0][:2]
    change(g, section, n, addend=g.stubs[1][0] - 4)


@breaks("tail", "a stub for a function with arguments on the stack")
def _(g):
    n = number_of_import(g, ".text", "suture_wrap_netlink_dump", elf.R_PLT32)
    change(g, ".text", n, symbol=g.sections[g.text],
           addend=g.stubs[0][0] - 4)


@breaks("tail", "a tail call straight to another wrapper")
def _(g):
    n = number_of_import(g, ".text", "suture_wrap_netlink_dump", elf.R_PLT32)
    change(g, ".text", n, symbol=g.imports["suture_wrap_kfree"])


@breaks("tail", "a tail's site is wrong")
def _(g):
    n = number_of(g, ".suture.data", g.tail_at + 8)
    change(g, ".suture.data", n, addend=1)


@breaks("tail", "a stub calls another wrapper")
def _(g):
    n = text_relocation(g, g.stubs[0][0] + 1)
    change(g, ".suture.text", n, symbol=g.imports["suture_wrap_kmalloc"])
