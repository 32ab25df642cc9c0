# SPDX-License-Identifier: GPL-2.0-only
"""
breakage.py - the ways in which the selftest breaks a guarded image.

Each function changes the parts of a fixture.Guard. The decorator says which
check has to notice and what was done, in words.
"""
import struct

import elf
import fixture

BREAKAGES = []


def breaks(check, text):
    def register(function):
        BREAKAGES.append((check, text, function))
        return function
    return register


def flip(part, at, mask=0xff):
    part.content[at] ^= mask


def change(g, section, number, **fields):
    """Replace fields of relocation NUMBER of a section."""
    at, info, addend = g.obj.relocations(section)[number]
    new = {"offset": at, "symbol": info >> 32, "kind": info & 0xffffffff,
           "addend": addend, **fields}
    g.obj.set_relocation(section, number, **new)


def restore(g, section, number):
    """Put back the original's relocation."""
    rela = g.old.find(".rela" + section)
    g.obj[".rela" + section].content[number * 24:number * 24 + 24] = \
        g.old.content(rela)[number * 24:number * 24 + 24]


def number_of(g, section, at):
    return [r[0] for r in g.obj.relocations(section)].index(at)


def number_of_import(g, section, name, kind):
    want = g.obj.find_symbol(name) << 32 | kind
    return [r[1] for r in g.obj.relocations(section)].index(want)


def thunk(g, name):
    return next(g.thunks[k] for k, v in g.functions.items() if v[0] == name)


def text_relocation(g, at):
    return number_of(g, ".suture.text", at)


def data(g):
    return g.obj[".suture.data"].content


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
    section, n, _, _, goal = g.jumps[0]
    change(g, section, n, symbol=goal, addend=-4)


@breaks("tail", "a tail call to the stub of another function")
def _(g):
    section, n = g.jumps[0][:2]
    change(g, section, n, addend=g.stubs[1][0] - 4)


@breaks("tail", "a tail's site is wrong")
def _(g):
    n = number_of(g, ".suture.data", g.tail_at + 8)
    change(g, ".suture.data", n, addend=1)


@breaks("tail", "a stub calls another wrapper")
def _(g):
    n = text_relocation(g, g.stubs[0][0] + 1)
    change(g, ".suture.text", n, symbol=g.imports["suture_wrap_kmalloc"])


# --- thunks.py -------------------------------------------------------------------

for _what, _at in (("endbr64", 0), ("sub", 4), ("the frame's size", 7),
                   ("lea", 11), ("call suture_enter", 18),
                   ("the call of the function", 23), ("the jump", 28)):
    @breaks("thunk", f"{_what} of a thunk changed")
    def _(g, at=_at):
        flip(g.obj[".suture.text"], thunk(g, "fx_open") + at, 1)


@breaks("thunk", "suture_enter replaced by suture_leave")
def _(g):
    change(g, ".suture.text", text_relocation(g, thunk(g, "fx_open") + 19),
           symbol=g.imports["suture_leave"])


@breaks("thunk", "suture_leave replaced by suture_enter")
def _(g):
    change(g, ".suture.text", text_relocation(g, thunk(g, "fx_open") + 29),
           symbol=g.imports["suture_enter"])


@breaks("thunk", "thunk calls another function")
def _(g):
    change(g, ".suture.text", text_relocation(g, thunk(g, "fx_open") + 24),
           symbol=g.obj.find_symbol("fx_close"))


@breaks("thunk", "thunk calls its function one byte too far")
def _(g):
    change(g, ".suture.text", text_relocation(g, thunk(g, "fx_open") + 24),
           addend=-3)


@breaks("thunk", "lea names another entry")
def _(g):
    change(g, ".suture.text", text_relocation(g, thunk(g, "fx_open") + 14),
           addend=g.entry_at["fx_close"] - 4)


@breaks("thunk", "a push copies the wrong word")
def _(g):
    flip(g.obj[".suture.text"], thunk(g, "fx_wide") + 23 + 3, 8)


@breaks("thunk", "the copies are not dropped")
def _(g):
    # the add behind the call: two pushes of seven bytes, then the call
    flip(g.obj[".suture.text"], thunk(g, "fx_wide") + 23 + 14 + 5 + 3, 24)


@breaks("thunk", "a thunk's relocation is absolute")
def _(g):
    change(g, ".suture.text", text_relocation(g, thunk(g, "fx_open") + 24),
           kind=elf.R_32S)


@breaks("thunk", "code between two thunks")
def _(g):
    flip(g.obj[".suture.text"], thunk(g, "fx_open") + 33, 1)


@breaks("thunk", "a thunk that is not aligned")
def _(g):
    n = number_of(g, ".suture.data", g.entry_at["fx_open"] + 16)
    change(g, ".suture.data", n, addend=thunk(g, "fx_open") + 8)


@breaks("stub", "a byte of a stub changed")
def _(g):
    flip(g.obj[".suture.text"], g.stubs[0][0] + 5, 1)


@breaks("stub", "a stub jumps to suture_leave")
def _(g):
    n = text_relocation(g, g.stubs[0][0] + 6)
    change(g, ".suture.text", n, symbol=g.imports["suture_leave"])


@breaks("relocation", "a relocated field of a thunk is not zero")
def _(g):
    g.obj[".suture.text"].content[thunk(g, "fx_open") + 24] = 1


@breaks("relocation", "a relocation that belongs to no thunk")
def _(g):
    g.obj.relocate(".suture.text", thunk(g, "fx_open") + 34,
                   g.imports["suture_enter"], elf.R_PC32, -4)


@breaks("symbol", "a thunk without a symbol")
def _(g):
    i = g.obj.find_symbol("suture_thunk_fx_open")
    g.obj[".symtab"].content[i * 24 + 4] = 0


@breaks("symbol", "a thunk's symbol at the wrong place")
def _(g):
    i = g.obj.find_symbol("suture_thunk_fx_open")
    g.obj[".symtab"].content[i * 24 + 8] += 4


# --- tables.py -------------------------------------------------------------------

@breaks("image", "wrong magic")
def _(g):
    data(g)[0] ^= 1


@breaks("image", "wrong ABI")
def _(g):
    data(g)[4] ^= 2


@breaks("image", "wrong frame size")
def _(g):
    data(g)[6] ^= 1


@breaks("edge", "one entry too few")
def _(g):
    data(g)[40] -= 1


@breaks("image", "nwrapped wrong")
def _(g):
    data(g)[52] += 1


@breaks("image", "domain not zero")
def _(g):
    data(g)[56] = 1


@breaks("image", "no symbol suture_image")
def _(g):
    i = g.obj.find_symbol("suture_image")
    at = struct.unpack_from("<I", g.obj[".symtab"].content, i * 24)[0]
    g.obj[".strtab"].content[at] ^= 1


@breaks("image", "suture_image not at the start")
def _(g):
    i = g.obj.find_symbol("suture_image")
    g.obj[".symtab"].content[i * 24 + 8] = 8


@breaks("image", "module is not __this_module")
def _(g):
    change(g, ".suture.data", number_of(g, ".suture.data", 8), addend=8)


@breaks("image", "entries behind the section")
def _(g):
    change(g, ".suture.data", number_of(g, ".suture.data", 16), addend=1 << 20)


@breaks("image", "two entries in the wrong order")
def _(g):
    a, b = g.entry_at["fx_open"], g.entry_at["fx_close"]
    for field in (8, 16, 24):
        i, j = (number_of(g, ".suture.data", at + field) for at in (a, b))
        (_, x, p), (_, y, q) = (g.obj.relocations(".suture.data")[k]
                                for k in (i, j))
        change(g, ".suture.data", i, symbol=y >> 32, addend=q)
        change(g, ".suture.data", j, symbol=x >> 32, addend=p)


@breaks("image", "two tails in the wrong order")
def _(g):
    a, b = g.tail_at, g.tail_at + 16
    for at, goal in ((a, g.stubs[1]), (b, g.stubs[0])):
        change(g, ".suture.data", number_of(g, ".suture.data", at),
               addend=goal[0])


@breaks("entry", "an entry names another function")
def _(g):
    n = number_of(g, ".suture.data", g.entry_at["fx_open"] + 8)
    change(g, ".suture.data", n, symbol=g.obj.find_symbol("fx_close"))


@breaks("entry", "an entry has another's name")
def _(g):
    n = number_of(g, ".suture.data", g.entry_at["fx_open"] + 24)
    m = number_of(g, ".suture.data", g.entry_at["fx_close"] + 24)
    change(g, ".suture.data", n,
           addend=g.obj.relocations(".suture.data")[m][2])


@breaks("entry", "an entry's image is not suture_image")
def _(g):
    n = number_of(g, ".suture.data", g.entry_at["fx_open"])
    change(g, ".suture.data", n, addend=8)


@breaks("entry", "the flag of module init is missing")
def _(g):
    data(g)[g.entry_at["init_module"] + 32] = 0


@breaks("entry", "the flag of module exit at another entry")
def _(g):
    data(g)[g.entry_at["fx_open"] + 32] = 2


@breaks("entry", "the flag of an export is missing")
def _(g):
    data(g)[g.entry_at["fx_export"] + 32] = 0


@breaks("entry", "the flag of copied words is missing")
def _(g):
    data(g)[g.entry_at["fx_wide"] + 32] = 0


@breaks("entry", "a run-time field is not zero")
def _(g):
    data(g)[g.entry_at["fx_open"] + 48] = 1


@breaks("entry", "prototype unknown, but no words copied")
def _(g):
    data(g)[g.entry_at["fx_open"] + 37] = 0xff


@breaks("prototype", "number of arguments wrong")
def _(g):
    data(g)[g.entry_at["fx_open"] + 37] = 1


@breaks("prototype", "result kind wrong")
def _(g):
    data(g)[g.entry_at["fx_open"] + 36] = 6


@breaks("taken", "the name in the list of taken functions is wrong")
def _(g):
    n = number_of(g, ".suture.data", g.taken_at)
    change(g, ".suture.data", n, addend=0)


@breaks("taken", "the list of taken functions is empty")
def _(g):
    data(g)[48] = 0


@breaks("relocation", "a relocation in .suture.data that no field wants")
def _(g):
    g.obj.relocate(".suture.data", g.entry_at["fx_open"] + 40,
                   g.sections[g.text], elf.R_64, 0)


@breaks("relocation", "a relocation of .suture.data of 32 bits")
def _(g):
    change(g, ".suture.data", 0, kind=elf.R_32)


# --- imports.py ------------------------------------------------------------------

@breaks("version", "a __versions entry is missing")
def _(g):
    del g.obj["__versions"].content[-64:]


@breaks("version", "a wrong CRC")
def _(g):
    flip(g.obj["__versions"], len(g.obj["__versions"].content) - 64, 1)


@breaks("version", "a __versions entry twice")
def _(g):
    g.obj["__versions"].content += g.obj["__versions"].content[-64:]


@breaks("version", "half a __versions entry")
def _(g):
    g.obj["__versions"].content += bytes(32)


@breaks("import", "an import that the core does not export")
def _(g):
    g.obj.symbol("suture_surprise", 0x10, 0)


@breaks("import", "an import twice")
def _(g):
    g.obj.symbol("suture_enter", 0x10, 0)


@breaks("symbol", "an original symbol changed")
def _(g):
    g.obj[".symtab"].content[24 * g.obj.find_symbol("fx_open") + 8] ^= 1


@breaks("symbol", "a global symbol added")
def _(g):
    g.obj.symbol("fx_new", 0x12, g.obj.index(".text"))


@breaks("modinfo", "import_ns=SUTURE is missing")
def _(g):
    del g.obj[".modinfo"].content[-17:]


@breaks("modinfo", "another word was added to .modinfo")
def _(g):
    g.obj[".modinfo"].content += b"license=Proprietary\0"


# --- orc.py ----------------------------------------------------------------------

@breaks("orc", "a wrong stack depth")
def _(g):
    content = g.obj[".orc_unwind"].content
    content[len(content) - 6] ^= 8


@breaks("orc", "wrong flags")
def _(g):
    content = g.obj[".orc_unwind"].content
    content[len(content) - 2] ^= 1


@breaks("orc", "the last entry is missing")
def _(g):
    del g.obj[".orc_unwind"].content[-6:]
    del g.obj[".orc_unwind_ip"].content[-4:]
    del g.obj[".rela.orc_unwind_ip"].content[-24:]


@breaks("orc", "an entry without its address")
def _(g):
    del g.obj[".orc_unwind_ip"].content[-4:]


@breaks("orc", "an entry one byte too late")
def _(g):
    last = len(g.obj.relocations(".orc_unwind_ip")) - 1
    addend = g.obj.relocations(".orc_unwind_ip")[last][2]
    change(g, ".orc_unwind_ip", last, addend=addend + 1)


# --- left.py ---------------------------------------------------------------------

@breaks("left", "a function forgotten altogether")
def _(g):
    """All sites of fx_unknown on the function, and its entry made fx_open's."""
    restore(g, ".rodata", number_of(g, ".rodata", 0x28))
    at = g.entry_at["fx_unknown"] + 8
    change(g, ".suture.data", number_of(g, ".suture.data", at),
           symbol=g.obj.find_symbol("fx_open"))
