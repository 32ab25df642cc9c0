# SPDX-License-Identifier: GPL-2.0-only
"""
imports.py - what was added to .symtab, __versions and .modinfo.

Old content is known to be a prefix (frame.py); this looks at what follows.
"""
import struct

import elf

VERSION = struct.Struct("<Q56s")
RUNTIME = {"suture_enter", "suture_leave", "suture_tail_return",
           "suture_bad_argument"}
NAMESPACE = b"import_ns=SUTURE"


def added_symbols(old, new, core, verdict):
    """Names of the new imports; what else was added must be local."""
    added = []
    names = set(old.undefined())
    allowed = RUNTIME | set(core.wrappers.values())
    own = {s.index for s in new.sections[old.shnum:]}
    for i in range(len(old.sym_name), len(new.sym_name)):
        name = new.name(i)
        shndx, info = new.sym_shndx[i], new.sym_info[i]
        hidden = new.sym_other[i] == elf.STV_HIDDEN
        if new.sym_other[i] and (not hidden or not shndx):
            verdict.wrong("symbol", name, f"has visibility "
                          f"{new.sym_other[i]}")
        if not shndx and (new.sym_value[i] or new.sym_size[i]):
            verdict.wrong("symbol", name, "is imported, but has a value or a "
                          "size")
        if shndx != elf.SHN_UNDEF:
            if info & 15 == elf.STT_SECTION and (new.sym_value[i] or
                                                 new.sym_size[i]):
                verdict.wrong("symbol", name, "stands for a section, but not "
                              "for its start")
            # Behind the driver's globals ELF allows no local symbol; a hidden
            # one is just as invisible to others.
            if info >> 4 != elf.STB_LOCAL and not hidden:
                verdict.wrong("symbol", name, "was added and is neither local "
                              "nor hidden")
            if shndx not in own:
                verdict.wrong("symbol", name, "was added and does not lie in a "
                              "section that was added")
            continue
        if name in names:
            verdict.wrong("import", name, "was there already or was added "
                          "twice")
            continue
        names.add(name)
        added.append(name)
        if info >> 4 != elf.STB_GLOBAL:
            verdict.wrong("import", name, "is not a global symbol")
        if name not in allowed:
            verdict.wrong("import", name, "is neither a wrapper nor an entry "
                          "point of the core")
        elif name not in core.exports:
            verdict.wrong("import", name, "is not exported by the core")
    return added


def versions(image, section, start=0):
    """[(name, CRC)] of a __versions section, the padding not cut off."""
    return [(name.rstrip(b"\0").decode("latin-1"), crc) for crc, name in
            VERSION.iter_unpack(image.content(section)[start:])]


def check_versions(old, new, added, core, verdict):
    section = old.find("__versions")
    if not section:
        return
    grown = new.sections[section.index]
    if grown.size % VERSION.size or section.size % VERSION.size:
        verdict.wrong("version", "__versions", f"has {grown.size} bytes")
        return
    was = {name for name, _ in versions(old, section)}
    seen = set()
    for name, crc in versions(new, grown, section.size):
        if name in was or name in seen:
            verdict.wrong("version", name, "has two entries")
        elif name not in added:
            verdict.wrong("version", name, "has an entry but is not imported")
        elif name not in core.crcs:
            verdict.wrong("version", name, "has an entry, but the core has no "
                          "CRC for it")
        elif crc != core.crcs[name]:
            verdict.wrong("version", name, f"has CRC {crc:#010x}, the core's is "
                          f"{core.crcs[name]:#010x}")
        seen.add(name)
    for name in added:
        if name not in seen:
            verdict.wrong("version", name, "is imported without an entry")


def check_modinfo(old, new, added, verdict):
    section = old.find(".modinfo")
    if not section:
        verdict.wrong("modinfo", ".modinfo", "is missing")
        return
    was = old.content(section)
    tail = new.content(new.sections[section.index])[len(was):]
    words = [w for w in tail.split(b"\0") if w]
    if words != [NAMESPACE] and (added or words):
        verdict.wrong("modinfo", ".modinfo", "was given "
                      f"{[w.decode('latin-1') for w in words]}, not "
                      f"{NAMESPACE.decode()}")
    if tail and not tail.endswith(b"\0"):
        verdict.wrong("modinfo", ".modinfo", "does not end with a NUL")
    if tail and was and not was.endswith(b"\0") and not tail.startswith(b"\0"):
        verdict.wrong("modinfo", ".modinfo", "the driver's last word runs into "
                      "the first that was added")


def check(old, new, core, verdict):
    added = added_symbols(old, new, core, verdict)
    check_versions(old, new, added, core, verdict)
    check_modinfo(old, new, added, verdict)
