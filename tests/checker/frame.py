# SPDX-License-Identifier: GPL-2.0-only
"""
frame.py - nothing of the driver's own sections may have changed or moved.

Compares the two files section by section, without regard to what the new
sections mean. Relocations are compared by edges.py, which knows which of them
may differ.
"""
import elf

# Old content stays as a prefix; the rest may be appended.
MAY_GROW = {".modinfo", "__versions", ".symtab", ".strtab", ".shstrtab",
            ".orc_unwind", ".orc_unwind_ip", ".rela.orc_unwind_ip"}

NEW_SECTIONS = {
    # name: (type, flags, least alignment)
    ".suture.text": (elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR, 16),
    ".suture.data": (elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE, 64),
    ".suture.str": (elf.SHT_PROGBITS, elf.SHF_ALLOC, 1),
    ".rela.suture.text": (elf.SHT_RELA, elf.SHF_INFO_LINK, 8),
    ".rela.suture.data": (elf.SHT_RELA, elf.SHF_INFO_LINK, 8),
}

SIGNATURE_MARK = b"~Module signature appended~\n"

# ELF header fields that appending sections changes: e_shoff and e_shnum.
EHDR_MAY_DIFFER = {6, 12}


def file_end(image):
    """Where the last section or the section headers end."""
    ends = [s.offset + s.size for s in image.sections
            if s.type not in (elf.SHT_NULL, elf.SHT_NOBITS)]
    return max(ends + [image.shoff + image.shnum * elf.SHDR.size])


def check_header(old, new, verdict):
    for i, (a, b) in enumerate(zip(old.ehdr, new.ehdr)):
        if a != b and i not in EHDR_MAY_DIFFER:
            verdict.wrong("file", "ELF header", f"field {i} is {b}, was {a}")
    if new.data.endswith(SIGNATURE_MARK) and \
       old.data.endswith(SIGNATURE_MARK) and \
       new.data[file_end(new):] == old.data[file_end(old):]:
        verdict.wrong("signature", "end of file", "still has the original's "
                      "signature, which the kernel will find to be bad")


def check_overlap(new, verdict):
    """No two sections may share bytes of the file."""
    spans = sorted((s.offset, s.offset + s.size, s.name) for s in new.sections
                   if s.type not in (elf.SHT_NULL, elf.SHT_NOBITS) and s.size)
    spans.append((new.shoff, new.shoff + new.shnum * elf.SHDR.size,
                  "section headers"))
    spans.sort()
    for (_, end, a), (start, _, b) in zip(spans, spans[1:]):
        if start < end:
            verdict.wrong("section", b, f"shares bytes of the file with {a}")


def check_section_header(a, b, verdict):
    for field in ("name", "name_offset", "type", "flags", "addr", "link",
                  "align", "entsize", "info"):
        x, y = getattr(a, field), getattr(b, field)
        if x == y:
            continue
        # sh_info of .symtab is the index of the first global symbol; the
        # kernel does not read it, and symbols appended behind the globals
        # leave no right value.
        if field == "info" and a.type == elf.SHT_SYMTAB:
            continue
        verdict.wrong("section", f"{a.index} {a.name}",
                      f"{field} is {y!r}, was {x!r}")


def first_difference(a, b):
    for i in range(0, len(a), 4096):
        if a[i:i + 4096] != b[i:i + 4096]:
            for j in range(i, min(i + 4096, len(a))):
                if j >= len(b) or a[j] != b[j]:
                    return j
    return len(a)


def check_content(old, new, a, b, verdict):
    where = f"{a.index} {a.name}"
    grows = a.name in MAY_GROW
    if b.size < a.size or (b.size > a.size and not grows):
        verdict.wrong("growth", where, f"has {b.size} bytes, had {a.size}")
        return
    if a.type in (elf.SHT_NULL, elf.SHT_NOBITS, elf.SHT_RELA):
        return
    x, y = old.content(a), new.content(b)
    if not y.startswith(x) if grows else x != y:
        at = first_difference(x, y)
        verdict.wrong("symbol" if a.type == elf.SHT_SYMTAB else "bytes", where,
                      f"byte {at:#x} is {y[at]:#04x}, was {x[at]:#04x}")


def check_new_sections(old, new, verdict):
    seen = set()
    for s in new.sections[old.shnum:]:
        where = f"{s.index} {s.name}"
        want = NEW_SECTIONS.get(s.name)
        if not want or s.name in seen:
            verdict.wrong("section", where, "is not expected")
            continue
        seen.add(s.name)
        kind, flags, align = want
        if s.type != kind or (s.flags | elf.SHF_INFO_LINK) != \
           (flags | elf.SHF_INFO_LINK):
            verdict.wrong("section", where, f"has type {s.type} and flags "
                          f"{s.flags:#x}, not {kind} and {flags:#x}")
        # The loader lays out core sections by these; a page is its limit.
        if not align <= s.align <= 4096 or s.align & (s.align - 1):
            verdict.wrong("section", where,
                          f"has alignment {s.align}, not {align}")
        if s.addr:
            verdict.wrong("section", where, f"has address {s.addr:#x}")
        if s.type == elf.SHT_RELA:
            target = s.name[len(".rela"):]
            goal = new.sections[s.info].name if s.info < new.shnum else "?"
            if goal != target:
                verdict.wrong("section", where, f"applies to {goal}")
            if not new.symtab or s.link != new.symtab.index:
                verdict.wrong("section", where,
                              f"names symbol table {s.link}")
            if s.entsize != elf.RELA.size:
                verdict.wrong("section", where, f"entsize is {s.entsize}")
        elif s.link or s.info or s.entsize:
            verdict.wrong("section", where, f"link, info and entsize are "
                          f"{s.link}, {s.info} and {s.entsize}, not 0")
    for name in (".suture.data", ".suture.str"):
        if name not in seen:
            verdict.wrong("section", name, "is missing")


def check(old, new, verdict):
    """All of the above; False when there is no sense in going on."""
    check_header(old, new, verdict)
    if new.shnum < old.shnum:
        verdict.wrong("section", "section headers",
                      f"are {new.shnum}, were {old.shnum}")
        return False
    check_overlap(new, verdict)
    for a, b in zip(old.sections, new.sections):
        check_section_header(a, b, verdict)
        if a.name != b.name or a.type != b.type:
            return False
        check_content(old, new, a, b, verdict)
    check_new_sections(old, new, verdict)
    return True
