# SPDX-License-Identifier: GPL-2.0-only
"""
elf.py - a reader of relocatable x86-64 ELF files, for the checker alone.

It knows nothing of Suture. Every range is checked against the file before it
is used, because the checker is also pointed at images that are wrong on
purpose; what does not hold raises ElfError with the value that is wrong.
"""
import lzma
import struct
import subprocess
import zlib

MAGIC = b"\x7fELF"

SHT_NULL = 0
SHT_PROGBITS = 1
SHT_SYMTAB = 2
SHT_STRTAB = 3
SHT_RELA = 4
SHT_NOTE = 7
SHT_NOBITS = 8

SHF_WRITE = 1
SHF_ALLOC = 2
SHF_EXECINSTR = 4
SHF_INFO_LINK = 0x40

SHN_UNDEF = 0
SHN_LORESERVE = 0xff00
SHN_ABS = 0xfff1

STB_LOCAL = 0
STB_GLOBAL = 1
STV_HIDDEN = 2
STT_NOTYPE = 0
STT_OBJECT = 1
STT_FUNC = 2
STT_SECTION = 3

R_NONE = 0
R_64 = 1
R_PC32 = 2
R_PLT32 = 4
R_32 = 10
R_32S = 11
R_PC64 = 24
TYPE_NAMES = {R_NONE: "NONE", R_64: "64", R_PC32: "PC32", R_PLT32: "PLT32",
              R_32: "32", R_32S: "32S", R_PC64: "PC64"}

RELA = struct.Struct("<QQq")
SYM = struct.Struct("<IBBHQQ")
SHDR = struct.Struct("<IIQQQQIIQQ")
EHDR = struct.Struct("<16sHHIQQQIHHHHHH")


class ElfError(Exception):
    """The file is not an object that can be read; the text says where."""


def type_name(kind):
    return "R_X86_64_" + TYPE_NAMES.get(kind, str(kind))


def unpack(data):
    """DATA without the packing that its first bytes tell of, if any.

    What follows the packed stream does not matter: a vmlinuz has four bytes
    more there.
    """
    try:
        if data[:6] == b"\xfd7zXZ\0":
            return lzma.LZMADecompressor().decompress(data)
        if data[:3] == b"\x1f\x8b\x08":
            return zlib.decompressobj(31).decompress(data)
    except (lzma.LZMAError, EOFError, zlib.error) as e:
        raise ElfError(f"cannot be unpacked: {e}") from e
    if data[:4] == b"\x28\xb5\x2f\xfd":
        # Python's library has no zstd. The program fails on the four bytes,
        # but only when it has written the whole content.
        done = subprocess.run(["zstd", "-dcq"], input=data,
                              capture_output=True, check=False)
        if not done.stdout:
            raise ElfError("cannot be unpacked with zstd: " +
                           done.stderr.decode("utf-8", "replace").strip())
        return done.stdout
    return data


def read_file(path):
    """The bytes of a module, unpacked."""
    with open(path, "rb") as f:
        return unpack(f.read())


class Section:
    """One section header, and its bytes through Elf.content()."""
    __slots__ = ("index", "name_offset", "name", "type", "flags", "addr",
                 "offset", "size", "link", "info", "align", "entsize")

    def __init__(self, index, fields):
        self.index = index
        (self.name_offset, self.type, self.flags, self.addr, self.offset,
         self.size, self.link, self.info, self.align, self.entsize) = fields
        self.name = ""

    @property
    def alloc(self):
        return bool(self.flags & SHF_ALLOC)

    @property
    def exec(self):
        return bool(self.flags & SHF_EXECINSTR)


class Elf:
    """A relocatable file: sections, one symbol table, relocations."""

    def __init__(self, path, data=None):
        self.path = str(path)
        self.data = read_file(path) if data is None else data
        self._read_header()
        self._read_sections()
        self._read_symbols()
        self._relas = None

    def _read_header(self):
        data = self.data
        if len(data) < EHDR.size or data[:4] != MAGIC:
            raise ElfError("is not an ELF file")
        fields = EHDR.unpack_from(data)
        ident, etype, machine = fields[0], fields[1], fields[2]
        if ident[4] != 2 or ident[5] != 1 or machine != 62:
            raise ElfError("is not a little-endian x86-64 file")
        if etype != 1:
            raise ElfError(f"is not relocatable (e_type {etype})")
        self.ehdr = fields
        self.shoff, self.shentsize = fields[6], fields[11]
        self.shnum, self.shstrndx = fields[12], fields[13]
        if self.shentsize != SHDR.size:
            raise ElfError(f"has section headers of {self.shentsize} bytes")
        if not self.shnum or self.shoff + self.shnum * SHDR.size > len(data):
            raise ElfError(f"has no room for {self.shnum} section headers")

    def _read_sections(self):
        self.sections = [
            Section(i, SHDR.unpack_from(self.data, self.shoff + i * SHDR.size))
            for i in range(self.shnum)]
        for s in self.sections:
            if s.type not in (SHT_NULL, SHT_NOBITS) and \
               s.offset + s.size > len(self.data):
                raise ElfError(f"section {s.index} ends behind the file")
        if self.shstrndx >= self.shnum:
            raise ElfError(f"e_shstrndx is {self.shstrndx}")
        self.by_name = {}
        for s in self.sections:
            s.name = self.string(self.shstrndx, s.name_offset)
            self.by_name.setdefault(s.name, s)

    def _read_symbols(self):
        tables = [s for s in self.sections if s.type == SHT_SYMTAB]
        if len(tables) > 1:
            raise ElfError(f"has {len(tables)} symbol tables")
        self.symtab = tables[0] if tables else None
        if not tables:
            columns = ((),) * 6
        else:
            raw = self.content(self.symtab)
            if len(raw) % SYM.size or not raw:
                raise ElfError(f".symtab has {len(raw)} bytes")
            if self.symtab.link >= self.shnum:
                raise ElfError(f".symtab names string table {self.symtab.link}")
            columns = tuple(zip(*SYM.iter_unpack(raw)))
        (self.sym_name, self.sym_info, self.sym_other, self.sym_shndx,
         self.sym_value, self.sym_size) = columns

    def content(self, section):
        """The bytes of a section; none for one without space in the file."""
        if section.type in (SHT_NULL, SHT_NOBITS):
            return b""
        return self.data[section.offset:section.offset + section.size]

    def string(self, table_index, offset):
        table = self.sections[table_index]
        if offset >= table.size:
            raise ElfError(f"string at {offset} is behind section "
                           f"{table_index}")
        start = table.offset + offset
        end = self.data.find(b"\0", start, table.offset + table.size)
        if end < 0:
            raise ElfError(f"string at {offset} of section {table_index} "
                           "does not end")
        return self.data[start:end].decode("latin-1")

    def name(self, index):
        """The name of symbol INDEX; that of its section for a section."""
        if index >= len(self.sym_name):
            raise ElfError(f"symbol {index} does not exist")
        if self.sym_info[index] & 15 == STT_SECTION:
            shndx = self.sym_shndx[index]
            return self.sections[shndx].name if shndx < self.shnum else "?"
        return self.string(self.symtab.link, self.sym_name[index])

    def find(self, name):
        """The section of that name, or None."""
        return self.by_name.get(name)

    def rela_of(self, section):
        """The relocation section that applies to SECTION, or None."""
        if self._relas is None:
            self._relas = {}
            for s in self.sections:
                if s.type == SHT_RELA:
                    self._relas.setdefault(s.info, s)
        return self._relas.get(section.index)

    def relocations(self, rela):
        """[(offset, info, addend)] of one SHT_RELA section."""
        raw = self.content(rela)
        if len(raw) % RELA.size:
            raise ElfError(f"{rela.name} has {len(raw)} bytes, not a multiple "
                           f"of {RELA.size}")
        return list(RELA.iter_unpack(raw))

    def undefined(self):
        """{name: symbol index} of what the module imports."""
        return {self.name(i): i for i, shndx in enumerate(self.sym_shndx)
                if shndx == SHN_UNDEF and i and self.sym_name[i]}
