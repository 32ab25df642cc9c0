#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
listing.py ORIGINAL.ko GUARDED.ko - say in text what the rewriter has done.

Everything that differs between the two files is in the output, in words that
do not depend on where the linker puts things in a file: a golden file of it
shows in a diff what a change of the rewriter changes.
"""
import struct
import sys

TYPES = {1: "64", 2: "PC32", 4: "PLT32", 10: "32", 11: "32S", 24: "PC64"}
KINDS = {0: "NOTYPE", 1: "OBJECT", 2: "FUNC", 3: "SECTION"}
FLAGS = {1: "W", 2: "A", 4: "X", 0x10: "M", 0x20: "S", 0x40: "I"}
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
RELA = struct.Struct("<QQq")
ENTRY = struct.Struct("<QQQQIBBHQQQ")
IMAGE = struct.Struct("<IHHQQQQIIIIQQI52s")


class Object:
    def __init__(self, path):
        with open(path, "rb") as f:
            self.data = f.read()
        at, = struct.unpack_from("<Q", self.data, 40)
        n, names = struct.unpack_from("<HH", self.data, 60)
        self.sections = [SECTION.unpack_from(self.data, at + 64 * i)
                         for i in range(n)]
        self.names = [self.string(names, s[0]) for s in self.sections]
        self.symtab = next(i for i, s in enumerate(self.sections)
                           if s[1] == 2)
        self.symbols = [SYMBOL.unpack_from(self.bytes(self.symtab), i)
                        for i in range(0, self.sections[self.symtab][5], 24)]

    def bytes(self, i):
        s = self.sections[i]
        return b"" if s[1] in (0, 8) else self.data[s[4]:s[4] + s[5]]

    def string(self, table, at):
        start = self.sections[table][4] + at
        return self.data[start:self.data.index(b"\0", start)].decode()

    def relocations(self, name):
        """[(offset, type, symbol, addend)] of the section NAME."""
        if name not in self.names:
            return []
        i = self.names.index(name)
        for rela in range(len(self.sections)):
            s = self.sections[rela]
            if s[1] == 4 and s[7] == i:
                return [(o, info & 0xffffffff, info >> 32, a)
                        for o, info, a in RELA.iter_unpack(self.bytes(rela))]
        return []

    def symbol(self, i):
        name, info, _, section, _, _ = self.symbols[i]
        if info & 15 == 3:
            return self.names[section]
        return self.string(self.sections[self.symtab][6], name)

    def show(self, r):
        offset, kind, symbol, addend = r
        return (f"R_X86_64_{TYPES.get(kind, kind)} {self.symbol(symbol)}"
                f"{f'{addend:+#x}' if addend else ''}")


def sections(old, new):
    print("sections")
    for i, s in enumerate(new.sections):
        name = new.names[i]
        grown = i < len(old.sections)
        if grown:
            was, now = old.bytes(i), new.bytes(i)
            rela = s[1] == 4
            if old.names[i] != name or s[1:4] != old.sections[i][1:4] or \
               s[6:] != old.sections[i][6:]:
                print(f"  {name}: CHANGED HEADER")
            if now[:len(was)] != was and not rela:
                print(f"  {name}: CHANGED BYTES")
            if len(now) != len(was):
                print(f"  {name}: {len(was):#x} bytes grew by "
                      f"{len(now) - len(was):#x}")
            continue
        flags = "".join(f for bit, f in FLAGS.items() if s[2] & bit)
        print(f"  {name}: new, type {s[1]}, flags {flags or '-'}, align {s[8]}, "
              f"{s[5]:#x} bytes" +
              (f", for {new.names[s[7]]}" if s[1] == 4 else ""))


def relocations(old, new):
    print("edited relocations")
    for name in old.names:
        a, b = old.relocations(name), new.relocations(name)
        for x, y in zip(a, b):
            if x != y:
                print(f"  {name}+{x[0]:#x}: {old.show(x)} -> {new.show(y)}")
    print("relocations left alone")
    for name in old.names:
        for x, y in zip(old.relocations(name), new.relocations(name)):
            if x == y:
                print(f"  {name}+{x[0]:#x}: {old.show(x)}")


def symbols(old, new):
    print("new symbols")
    for i in range(len(old.symbols), len(new.symbols)):
        _, info, other, section, value, size = new.symbols[i]
        where = f"{new.names[section]}+{value:#x}, {size} bytes" \
            if section else "imported"
        print(f"  {new.symbol(i)}: {KINDS[info & 15]}, bind {info >> 4}, "
              f"visibility {other}, {where}")


def tail_of(old, new, name):
    if name not in old.names:
        return b""
    i = old.names.index(name)
    return new.bytes(i)[len(old.bytes(i)):]


def loader(old, new):
    words = tail_of(old, new, ".modinfo").split(b"\0")
    print("added to .modinfo")
    print(f"  {b' '.join(w for w in words if w).decode()}")
    print("added to __versions")
    for crc, name in struct.iter_unpack("<Q56s", tail_of(old, new, "__versions")):
        print(f"  {crc:#x} {name.rstrip(bytes(1)).decode()}")


def orc(old, new):
    print("added to .orc_unwind")
    where = new.relocations(".orc_unwind_ip")[len(old.relocations(".orc_unwind_ip")):]
    added = tail_of(old, new, ".orc_unwind")
    for i, r in enumerate(where):
        sp, bp, regs, kind = struct.unpack_from("<hhBB", added, i * 6)
        print(f"  {r[0]:#x}: {new.show(r)}: sp {sp}, bp {bp}, regs {regs:#x}, "
              f"type {kind}")


def text(new):
    print(".suture.text")
    code = new.bytes(new.names.index(".suture.text"))
    relocs = {r[0]: r for r in new.relocations(".suture.text")}
    starts = {s[4]: new.symbol(i) for i, s in enumerate(new.symbols)
              if s[3] < len(new.names) and new.names[s[3]] == ".suture.text"}
    line = ""
    for at in range(len(code) + 1):
        if line and (at == len(code) or at in starts or at in relocs or
                     at - 4 in relocs):
            print(f"   {line}")
            line = ""
        if at in starts:
            print(f"  {starts[at]}:")
        if at in relocs:
            print(f"    {code[at:at + 4].hex(' ')}  {new.show(relocs[at])}")
        if at < len(code) and not any(at - i in relocs for i in range(4)):
            line += f" {code[at]:02x}"


def table(new):
    print(".suture.data")
    index = new.names.index(".suture.data")
    data = new.bytes(index)
    relocs = {r[0]: r for r in new.relocations(".suture.data")}
    names = new.bytes(new.names.index(".suture.str"))

    def address(at):
        if data[at:at + 8] != bytes(8):
            return f"NOT ZERO {data[at:at + 8].hex()}"
        return new.show(relocs.pop(at)) if at in relocs else "NO RELOCATION"

    def name(at):
        r = relocs.get(at)
        if not r or new.symbol(r[2]) != "suture_strings":
            return address(at)
        del relocs[at]
        return names[r[3]:names.index(b"\0", r[3])].decode()

    magic, abi, frame, *_ = head = IMAGE.unpack_from(data)
    nentries, ntails, ntaken, nwrapped = head[7:11]
    print(f"  magic {magic:#x}, abi {abi}, frame {frame}, domain {head[11]}, "
          f"reserved {any(head[14])}")
    for at, what in ((8, "module"), (16, "entries"), (24, "tails"), (32, "taken")):
        print(f"  {what}: {address(at)}")
    nchecks = head[13]
    if nchecks:
        print(f"  checks: {address(64)}")
    else:
        address(64)
    print(f"  {nchecks} checks" if nchecks else "  no checks")
    print(f"  {nentries} entries, {ntails} tails, {ntaken} taken, {nwrapped} "
          "calls wrapped")
    at = IMAGE.size
    for _ in range(nentries):
        f = ENTRY.unpack_from(data, at)
        print(f"  {at:#x} entry {name(at + 24)}: flags {f[4]:#x}, ret {f[5]}, "
              f"nargs {f[6]}, rest {any(f[7:])}")
        for offset in (0, 8, 16):
            print(f"      {address(at + offset)}")
        at += ENTRY.size
    for _ in range(nchecks):
        print(f"  {at:#x} check {name(at + 16)}: strong {data[at + 24]:#x}, weak "
              f"{data[at + 25]:#x}, fail {data[at + 26]}, rest {any(data[at + 27:at + 32])}")
        for offset in (0, 8):
            print(f"      {address(at + offset)}")
        at += 32
    for _ in range(ntails):
        print(f"  {at:#x} tail {address(at)}, at {address(at + 8)}")
        at += 16
    for _ in range(ntaken):
        print(f"  {at:#x} taken {name(at)}")
        at += 8
    if at != len(data) or relocs:
        print(f"  LEFT OVER: {data[at:].hex()} {sorted(relocs)}")


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: listing.py ORIGINAL.ko GUARDED.ko")
    old, new = Object(sys.argv[1]), Object(sys.argv[2])
    sections(old, new)
    relocations(old, new)
    symbols(old, new)
    loader(old, new)
    orc(old, new)
    text(new)
    table(new)


main()
