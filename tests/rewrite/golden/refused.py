#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""
refused.py OUT - give the rewriter each input that it must refuse; print what it
says.

Inputs that an assembler can make stand in ../refused/. Those with numbers that
no tool writes are made here from fixtures, by changing fields of a good one.
The output is a golden file: one line for each input. After a refusal there must
be no output file, nor anything else that was not there before.
"""
import os
import struct
import subprocess
import sys
import zlib

OUT = sys.argv[1]
WORK = os.path.join(OUT, "golden", "work")
EHDR = {"type": (16, "H"), "machine": (18, "H"), "shoff": (40, "Q"),
        "shentsize": (58, "H"), "shnum": (60, "H"), "shstrndx": (62, "H"),
        "class": (4, "B")}
SHDR = {"name": (0, "I"), "type": (4, "I"), "flags": (8, "Q"),
        "offset": (24, "Q"), "size": (32, "Q"), "link": (40, "I"),
        "info": (44, "I"), "align": (48, "Q"), "entsize": (56, "Q")}
SYM = {"name": (0, "I"), "info": (4, "B"), "shndx": (6, "H"),
       "value": (8, "Q"), "size": (16, "Q")}
RELA = {"offset": (0, "Q"), "type": (8, "I"), "symbol": (12, "I"),
        "addend": (16, "q")}
SHF_COMPRESSED = 1 << 11
ELFCOMPRESS_ZLIB = 1


class Damage:
    """A fixture whose fields can be set."""

    def __init__(self, name):
        with open(os.path.join(OUT, name), "rb") as f:
            self.data = bytearray(f.read())
        self.shoff, = struct.unpack_from("<Q", self.data, 40)
        self.shnum, names = struct.unpack_from("<HH", self.data, 60)
        self.shstrtab = names

    def get(self, base, field):
        at, code = field
        return struct.unpack_from("<" + code, self.data, base + at)[0]

    def put(self, base, table, **fields):
        for key, value in fields.items():
            at, code = table[key]
            struct.pack_into("<" + code, self.data, base + at, value)

    def header(self, **fields):
        self.put(0, EHDR, **fields)

    def shdr(self, name):
        names = self.get(self.shoff + 64 * self.shstrtab, SHDR["offset"])
        for i in range(self.shnum):
            at = self.shoff + 64 * i
            start = names + self.get(at, SHDR["name"])
            if self.data[start:self.data.index(0, start)] == name.encode():
                return at
        raise KeyError(name)

    def index(self, name):
        return (self.shdr(name) - self.shoff) // 64

    def section(self, name, /, **fields):
        self.put(self.shdr(name), SHDR, **fields)

    def offset(self, name):
        return self.get(self.shdr(name), SHDR["offset"])

    def symbol(self, name, /, **fields):
        strings = self.offset(".strtab")
        base = self.offset(".symtab")
        size = self.get(self.shdr(".symtab"), SHDR["size"])
        for at in range(base, base + size, 24):
            start = strings + self.get(at, SYM["name"])
            if self.data[start:self.data.index(0, start)] == name.encode():
                self.put(at, SYM, **fields)
                return
        raise KeyError(name)

    def rela(self, section, number, /, **fields):
        self.put(self.offset(".rela" + section) + 24 * number, RELA, **fields)

    def compress(self, name):
        """As a linker would do it with debugging information."""
        at, size = self.offset(name), self.get(self.shdr(name), SHDR["size"])
        packed = struct.pack("<IIQQ", ELFCOMPRESS_ZLIB, 0, size, 1) + \
            zlib.compress(self.data[at:at + size])
        self.data += bytes(-len(self.data) % 8)
        self.section(name, offset=len(self.data), size=len(packed),
                     flags=SHF_COMPRESSED)
        self.data += packed

    def replace(self, old, new):
        at = self.data.index(old)
        self.data[at:at + len(old)] = new.ljust(len(old), b"\0")


CASES = []


def case(name, of="driver.ko"):
    def register(function):
        CASES.append((name, of, function))
    return register


def simple(name, how, of="driver.ko"):
    CASES.append((name, of, how))


# --- elf.c -----------------------------------------------------------------------

@case("empty")
def _(d):
    d.data = bytearray()


@case("text")
def _(d):
    d.data = bytearray(b"#!/bin/sh\n" + bytes(100))


simple("elf-32-bit", lambda d: d.header(**{"class": 1}))
simple("elf-arm64", lambda d: d.header(machine=183))
simple("elf-header-size", lambda d: d.header(shentsize=40))
simple("elf-no-sections", lambda d: d.header(shnum=0))
simple("elf-name-section", lambda d: d.header(shstrndx=9999))
simple("elf-headers-outside", lambda d: d.header(shoff=1 << 63))
simple("elf-executable", lambda d: d.header(type=2))
simple("section-outside", lambda d: d.section(".text", offset=1 << 40))
simple("section-size-wraps", lambda d: d.section(".text", size=(1 << 64) - 1))
simple("section-alignment", lambda d: d.section(".data", align=24))
simple("section-alignment-large", lambda d: d.section(".data", align=1 << 40))
simple("section-name-outside", lambda d: d.section(".data", name=1 << 30))
simple("section-overlap", lambda d: d.section(".data", offset=d.offset(".text")))
simple("section-overlaps-header", lambda d: d.section(".data", offset=0))
simple("names-no-strings", lambda d: d.header(shstrndx=d.index(".text")))
simple("names-compressed", lambda d: d.compress(".shstrtab"))
simple("symtab-missing", lambda d: d.section(".symtab", type=1))
simple("symtab-twice", lambda d: d.section(".data", type=2))
simple("symtab-shndx", lambda d: d.section(".data", type=18))
simple("symtab-entry-size", lambda d: d.section(".symtab", entsize=16))
simple("symtab-size", lambda d: d.section(
    ".symtab", size=d.get(d.shdr(".symtab"), SHDR["size"]) - 1))
simple("symtab-strings", lambda d: d.section(".symtab", link=d.index(".text")))
simple("symtab-strings-compressed", lambda d: d.compress(".strtab"))
simple("symtab-strings-no-end", lambda d: d.section(
    ".strtab", size=d.get(d.shdr(".strtab"), SHDR["size"]) - 1))
simple("symtab-link", lambda d: d.section(".symtab", link=9999))
simple("symbol-name", lambda d: d.symbol("fx_open", name=1 << 30))
simple("symbol-section", lambda d: d.symbol("fx_open", shndx=9999))
simple("symbol-common", lambda d: d.symbol("fx_open", shndx=0xfff2))
simple("symbol-value", lambda d: d.symbol("fx_open", value=1 << 40))
simple("symbol-size", lambda d: d.symbol("fx_open", size=1 << 40))
simple("rela-section", lambda d: d.section(".rela.text", info=9999))
simple("rela-no-addends", lambda d: d.section(".rela.text", type=9))
simple("rela-entry-size", lambda d: d.section(".rela.text", entsize=16))
simple("rela-size", lambda d: d.section(
    ".rela.text", size=d.get(d.shdr(".rela.text"), SHDR["size"]) - 1))
simple("rela-symbols", lambda d: d.section(".rela.text", link=1))
simple("rela-twice",
       lambda d: d.section(".rela.exit.text", info=d.index(".text")))
simple("rela-type", lambda d: d.rela(".text", 0, type=9))
simple("rela-offset", lambda d: d.rela(".text", 0, offset=1 << 40))
simple("rela-offset-end",
       lambda d: d.rela(".text", 0, offset=d.get(d.shdr(".text"), SHDR["size"]) - 3))
simple("rela-symbol", lambda d: d.rela(".text", 0, symbol=9999))

# --- module.c and rewrite.c --------------------------------------------------------

simple("vermagic-other", lambda d: d.replace(b"6.1.0-fixture", b"6.2.0-fixture"))
simple("vermagic-none", lambda d: d.replace(b"vermagic=", b"vermagik="))
simple("vermagic-no-end", lambda d: d.replace(b"modversions \0", b"modversions !!"[:13]))
simple("orc-lengths", lambda d: d.section(".orc_unwind", size=12))
simple("orc-alone", lambda d: d.replace(b".orc_unwind_ip\0", b".orc_unwind_xx\0"))
simple("orc-template", lambda d: d.data.__setitem__(
    slice(d.offset(".orc_unwind"), d.offset(".orc_unwind") + 2), b"\x10\0"))
simple("versions-length", lambda d: d.section("__versions", size=100))


@case("signature-length")
def _(d):
    d.data += bytes(8) + b"\xff" * 4 + b"~Module signature appended~\n"


# --- edge.c ----------------------------------------------------------------------

simple("branch-type", lambda d: d.rela(".init.text", 5, type=10, addend=0))
simple("branch-addend", lambda d: d.rela(".exit.text", 0, addend=4))
simple("undecodable", lambda d: d.data.__setitem__(d.offset(".init.text"), 0x06))


# --- core.c: damage to suture.ko ---------------------------------------------------

CORES = []


def core(name, how):
    CORES.append((name, "core.ko", how))


core("core-text", lambda d: setattr(d, "data", bytearray(b"text")))
core("core-no-wrappers", lambda d: d.replace(b".suture.wrappers\0", b".suture.wrapperz\0"))
core("core-no-end", lambda d: d.section(".suture.wrappers",
     size=d.get(d.shdr(".suture.wrappers"), SHDR["size"]) - 1))
core("core-half-pair", lambda d: d.replace(b"wrapped_api_unused", b""))
core("core-two-wrappers", lambda d: d.replace(b"api_unused\0", b"api_free\0"))
core("core-untouchable", lambda d: d.replace(b"api_unused\0", b"__fentry__\0"))
core("core-untouchable-thunk", lambda d: d.replace(b"api_unused\0", b"__x86_xyz\0"))
core("core-crc-outside", lambda d: d.symbol("__crc_suture_enter", value=1 << 20))
core("core-crc-missing", lambda d: d.symbol("__crc_wrapped_api_free", shndx=0))
core("core-no-vermagic", lambda d: d.replace(b"vermagic=", b"vermagik="))

# --- prototype.c and kernel.c: damage to the kernel's types ---------------------------

TYPES = []


def types(name, how, of="kernel.btf"):
    TYPES.append((name, of, how))


types("types-text", lambda d: d.data.__delitem__(slice(0, 40)))
types("types-damaged", lambda d: d.data.__delitem__(slice(40, None)))
types("types-no-btf", lambda d: None, "plain.ko")


def bad_vmlinuz(d):
    """A boot header whose payload is said to be beyond the end."""
    d.data = bytearray(0x202) + b"HdrS\x0f\x02" + b"\xff" * 0x100


types("types-vmlinuz", bad_vmlinuz)


@case("gzip-damaged", "plain.ko.gz")
def _(d):
    d.data[50] ^= 0xff


@case("xz-damaged", "plain.ko.xz")
def _(d):
    d.data[100] ^= 0xff


@case("zstd-damaged", "plain.ko.zst")
def _(d):
    del d.data[100:]


# -----------------------------------------------------------------------------------

class Raw(Damage):
    """A file that is not ELF."""

    def __init__(self, name):
        with open(os.path.join(OUT, name), "rb") as f:
            self.data = bytearray(f.read())


def attempt(name, module, core_path, types_path):
    image = os.path.join(WORK, "image")
    before = sorted(os.listdir(WORK))
    # Relative names, so that messages are the same everywhere.
    done = subprocess.run([os.path.join(OUT, "suture-rewrite"), module, image,
                           "--core", core_path, "--btf", types_path],
                          cwd=WORK, capture_output=True, text=True,
                          timeout=60, check=False)
    said = done.stderr.strip()
    print(f"{name}: {said}")
    if done.returncode != 1 or said.count("\n") or \
       sorted(os.listdir(WORK)) != before:
        print(f"  WRONG: exit status {done.returncode}, files "
              f"{sorted(set(os.listdir(WORK)) - set(before))}")
        return False
    return True


def make(name, of, how):
    d = (Damage if of.endswith(".ko") else Raw)(of)
    how(d)
    with open(os.path.join(WORK, name), "wb") as f:
        f.write(d.data)
    return name


def main():
    os.makedirs(WORK)
    for of in ("driver.ko", "core.ko", "kernel.btf"):
        make(of, of, lambda d: None)
    good = True
    for name, of, how in CASES:
        good &= attempt(name, make(name, of, how), "core.ko", "kernel.btf")
    for name, of, how in CORES:
        good &= attempt(name, "driver.ko", make(name, of, how), "kernel.btf")
    for name, of, how in TYPES:
        good &= attempt(name, "driver.ko", "core.ko", make(name, of, how))
    folder = os.path.join(OUT, "refused")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".ko"):
            make(name, os.path.join("refused", name), lambda d: None)
            good &= attempt(name[:-3], name, "core.ko", "kernel.btf")
    good &= attempt("missing", "missing.ko", "core.ko", "kernel.btf")
    return 0 if good else 1


sys.exit(main())
