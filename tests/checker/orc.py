# SPDX-License-Identifier: GPL-2.0-only
"""
orc.py - what the kernel's unwinder will find for each added instruction.

It looks up as the kernel does: the entry with the greatest address that is
not above the instruction's. Which bits mean "a call frame counted from the
stack pointer" differs between kernel versions; the driver's own entries for the
first byte of its functions say it.
"""
import bisect
import collections
import struct

import elf

ORC = struct.Struct("<hhH")
TERMINATOR = (0, 0, 0)
AT_ENTRY = 8        # sp_offset before the first instruction of a function


def own_flags(old, orc, ip, starts):
    """The flag word that holds for the first byte of the driver's functions.

    Not every function has an entry there: with padding in front of functions
    (__pfx_ symbols) the entry of the padding holds for both.
    """
    entries = ORC.iter_unpack(old.content(orc))
    per_section = {}
    for entry, (_, info, addend) in zip(entries, old.relocations(
            old.rela_of(ip))):
        index = info >> 32
        if index < len(old.sym_shndx):
            per_section.setdefault(old.sym_shndx[index], []).append(
                (old.sym_value[index] + addend, entry))
    count = collections.Counter()
    for shndx, values in starts.items():
        table = sorted(per_section.get(shndx, ()))
        keys = [at for at, _ in table]
        for value in values:
            i = bisect.bisect_right(keys, value) - 1
            if i >= 0 and table[i][1][0] == AT_ENTRY:
                count[table[i][1][2]] += 1
    return count.most_common(1)[0][0] if count else None


def read_added(old, new, verdict):
    """[(offset in .suture.text, entry)] of the added entries."""
    orc, ip = old.find(".orc_unwind"), old.find(".orc_unwind_ip")
    if not orc or not ip:
        return None
    new_orc, new_ip = new.sections[orc.index], new.sections[ip.index]
    old_rela = old.rela_of(ip)
    if not old_rela:
        verdict.wrong("orc", ".orc_unwind_ip", "has no relocations")
        return None
    relocations = new.relocations(new.sections[old_rela.index])
    entries = list(ORC.iter_unpack(new.content(new_orc)[
        :new_orc.size // ORC.size * ORC.size]))
    if new_orc.size % ORC.size or new_ip.size != 4 * len(entries) or \
       len(relocations) != len(entries):
        verdict.wrong("orc", ".orc_unwind", f"{new_orc.size} bytes do not "
                      f"agree with {new_ip.size} of .orc_unwind_ip and "
                      f"{len(relocations)} relocations")
        return None
    had = orc.size // ORC.size
    if any(new.content(new_ip)[ip.size:]):
        verdict.wrong("orc", ".orc_unwind_ip", "an added field is not zero, "
                      "which the kernel's loader refuses")
    text = new.find(".suture.text")
    added = []
    for i in range(had, len(entries)):
        offset, info, addend = relocations[i]
        where = f".orc_unwind_ip+{offset:#x}"
        index, kind = info >> 32, info & 0xffffffff
        if kind != elf.R_PC32 or offset != 4 * i:
            verdict.wrong("orc", where, f"relocation {i} has type "
                          f"{elf.type_name(kind)} and offset {offset:#x}")
            continue
        if index >= len(new.sym_shndx) or not text or \
           new.sym_shndx[index] != text.index:
            verdict.wrong("orc", where, "an added entry is not for "
                          ".suture.text")
            continue
        value = new.sym_value[index] + addend
        # The end of a section has an entry that says "unknown from here on",
        # as objtool gives it to every section.
        if value == text.size and entries[i] == TERMINATOR:
            continue
        if not 0 <= value < text.size:
            verdict.wrong("orc", where, "an added entry is for an address "
                          "outside .suture.text")
        added.append((value, entries[i]))
    return added


def check(old, new, starts, pieces, verdict):
    if not pieces:
        return
    added = read_added(old, new, verdict)
    if added is None:
        if not old.find(".orc_unwind"):
            verdict.wrong("orc", ".orc_unwind", "the module has no ORC tables, "
                          "but code was added to it")
        return
    flags = own_flags(old, old.find(".orc_unwind"), old.find(".orc_unwind_ip"),
                      starts)
    if flags is None:
        verdict.wrong("orc", ".orc_unwind", "says nothing of the driver's own "
                      "functions, so the added entries cannot be judged")
        return
    added.sort(key=lambda a: a[0])
    keys = [a[0] for a in added]
    for a, b in zip(keys, keys[1:]):
        if a == b:
            verdict.wrong("orc", f".suture.text+{a:#x}", "has two entries")
    for p in pieces:
        for start, end, depth in p.depths:
            # The unwinder looks one byte before a return address, that is
            # inside the call; an interrupt finds the first byte.
            for at in (start, end - 1):
                i = bisect.bisect_right(keys, at) - 1
                entry = added[i][1] if i >= 0 else None
                if not entry or entry[0] != depth or entry[1] != 0 or \
                   entry[2] != flags:
                    verdict.wrong("orc", f".suture.text+{at:#x}",
                                  f"has entry {entry}, not sp_offset {depth} "
                                  f"with flags {flags}")
                    break
