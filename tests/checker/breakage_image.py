# SPDX-License-Identifier: GPL-2.0-only
"""
breakage_image.py - damage to what was added: thunks, stubs, tables, imports, ORC.
"""
import struct

import elf

from breakage import breaks, flip, change, restore, number_of, thunk, \
    text_relocation, data

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


# --- checks of arguments ---------------------------------------------------------

for _what, _at in (("lea of a strong argument", 2), ("and", 14), ("not", 17),
                   ("lea of a weak argument", 20), ("xor", 24), ("or", 27),
                   ("the shift", 33), ("the test", 34), ("the jump", 36)):
    @breaks("check", f"{_what} of a check changed")
    def _(g, at=_at):
        flip(g.obj[".suture.text"], g.checks["device_add"] + at, 1)


@breaks("check", "a check goes on to another function")
def _(g):
    change(g, ".suture.text", text_relocation(g, g.checks["device_add"] + 37),
           symbol=g.imports["suture_wrap_kfree"])


@breaks("check", "a check goes past the wrapper")
def _(g):
    change(g, ".suture.text",
           text_relocation(g, g.checks["mutex_unlock"] + 17),
           symbol=g.obj.find_symbol("mutex_unlock"))


@breaks("check", "a check names the record of another")
def _(g):
    change(g, ".suture.text", text_relocation(g, g.checks["device_add"] + 44),
           addend=g.check_at["mutex_unlock"] - 4)


@breaks("check", "a check ends in suture_leave")
def _(g):
    change(g, ".suture.text", text_relocation(g, g.checks["device_add"] + 49),
           symbol=g.imports["suture_leave"])


for _what, _at in (("strong", 24), ("weak", 25), ("failure", 26),
                   ("reserved", 31)):
    @breaks("check", f"a record has another {_what}")
    def _(g, at=_at):
        data(g)[g.check_at["device_add"] + at] ^= 2


@breaks("call", "a call goes past its check")
def _(g):
    restore(g, *g.checked[0][:2])


@breaks("check", "a call goes to the check of another function")
def _(g):
    section, n, at, kind, _ = g.checked[0]
    g.obj.set_relocation(section, n, at, g.sections[g.text], kind,
                         g.checks["mutex_unlock"] - 4)


@breaks("tail", "a stub calls the wrapper past the check")
def _(g):
    at = next(s for s, j in zip(g.stubs, g.jumps) if j[4] == "mutex_unlock")[0]
    change(g, ".suture.text", text_relocation(g, at + 1), addend=-4,
           symbol=g.imports["suture_wrap_mutex_unlock"])


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


@breaks("image", "a flag that is not known")
def _(g):
    data(g)[64] = 2


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


@breaks("symbol", "an import hidden")
def _(g):
    g.obj[".symtab"].content[24 * g.obj.find_symbol("suture_enter") + 5] = 2


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


@breaks("orc", "an entry that is no terminator at the end")
def _(g):
    ip = g.obj[".orc_unwind_ip"].content
    g.obj.relocate(".orc_unwind_ip", len(ip), g.sections[g.text], elf.R_PC32,
                   len(g.obj[".suture.text"].content))
    ip += bytes(4)
    g.obj[".orc_unwind"].content += struct.pack("<hhH", 8, 0, 5)


# --- left.py ---------------------------------------------------------------------

@breaks("left", "a function forgotten altogether")
def _(g):
    """All sites of fx_unknown on the function, and its entry made fx_open's."""
    restore(g, ".rodata", number_of(g, ".rodata", 0x28))
    at = g.entry_at["fx_unknown"] + 8
    change(g, ".suture.data", number_of(g, ".suture.data", at),
           symbol=g.obj.find_symbol("fx_open"))
