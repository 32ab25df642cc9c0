# SPDX-License-Identifier: GPL-2.0-only
"""
fixture.py - a module and a guarded image of it, made for the selftest.

The image is put together by hand from image.h, so that the checker can be
tested before, and without, a rewriter. Object holds the parts of a file as
lists that a test can change before they are written.
"""
import os
import struct
import subprocess

import elf

HERE = os.path.dirname(os.path.realpath(__file__))

WRAP = "suture_wrap_"
CRCS = {"suture_enter": 0xa1, "suture_leave": 0xa2, "suture_tail_return": 0xa3,
        "suture_bad_argument": 0xa4,
        WRAP + "kmalloc": 0xb1, WRAP + "kfree": 0xb2, WRAP + "mutex_lock": 0xb3,
        WRAP + "mutex_unlock": 0xb4, WRAP + "netlink_dump": 0xb5}

# What the kernel's BTF says of API functions: name to number of arguments.
API = {"kfree": 1, "mutex_unlock": 1, "netlink_dump": 7}

# API: (strong, weak, failure), and the instructions that look at the arguments.
CONTRACTS = {"device_add": (5, 8, 2), "mutex_unlock": (1, 0, 1)}
LOOKS = {"device_add": ("4c8d9f00100000", "4c8d9200100000", "4d21d3", "49f7d3",
                    "4c8d1409", "4931ca", "4d09d3"),
         "mutex_unlock": ("4c8d9f00100000", "49f7d3")}

# name: (nargs, enum suture_ret, stack words)
UNKNOWN = 0xff
PROTOTYPES = {
    "fx_open": (2, 2, 0), "fx_close": (1, 1, 0), "fx_poll": (1, 6, 0),
    "fx_wide": (8, 3, 2), "fx_unknown": (UNKNOWN, 0, 6),
    "fx_export": (0, 4, 0), "init_module": (0, 2, 0),
    "cleanup_module": (0, 1, 0),
}


class Part:
    """A section that can be changed: header fields and content."""

    def __init__(self, name, kind, flags, content=b"", align=1, entsize=0,
                 link=0, info=0, size=None):
        self.name, self.type, self.flags = name, kind, flags
        self.content = bytearray(content)
        self.align, self.entsize, self.link, self.info = (align, entsize, link,
                                                          info)
        self.size = size        # only for a section without content
        self.name_offset = None


class Object:
    """All sections of a relocatable file."""

    def __init__(self, image):
        self.ehdr = list(image.ehdr)
        self.parts = []
        self.trailer = b""
        for s in image.sections:
            p = Part(s.name, s.type, s.flags, image.content(s), s.align,
                     s.entsize, s.link, s.info, s.size)
            p.name_offset = s.name_offset
            self.parts.append(p)

    def __getitem__(self, name):
        return next(p for p in self.parts if p.name == name)

    def index(self, name):
        return next(i for i, p in enumerate(self.parts) if p.name == name)

    def add(self, part):
        self.parts.append(part)
        return len(self.parts) - 1

    def string(self, text, table=".strtab"):
        content = self[table].content
        at = len(content)
        content += text.encode() + b"\0"
        return at

    def symbol(self, name, info, shndx, value=0, size=0):
        table = self[".symtab"].content
        table += elf.SYM.pack(self.string(name), info, 0, shndx, value, size)
        return len(table) // elf.SYM.size - 1

    def relocate(self, section, offset, symbol, kind, addend):
        self[".rela" + section].content += elf.RELA.pack(
            offset, symbol << 32 | kind, addend)

    def relocations(self, section):
        return list(elf.RELA.iter_unpack(self[".rela" + section].content))

    def set_relocation(self, section, number, offset, symbol, kind, addend):
        elf.RELA.pack_into(self[".rela" + section].content,
                           number * elf.RELA.size, offset, symbol << 32 | kind,
                           addend)

    def find_symbol(self, name):
        table, strings = self[".symtab"].content, self[".strtab"].content
        for i, s in enumerate(elf.SYM.iter_unpack(table)):
            end = strings.index(b"\0", s[0])
            if s[0] and strings[s[0]:end].decode() == name:
                return i
        raise KeyError(name)

    def bytes(self):
        for p in self.parts:
            if p.name_offset is None:
                p.name_offset = self.string(p.name, ".shstrtab")
        out = bytearray(64)
        headers = bytearray()
        for p in self.parts:
            if p.type != elf.SHT_NULL:
                out += bytes(-len(out) % max(p.align, 1))
            at = len(out) if p.type != elf.SHT_NULL else 0
            size = p.size if p.type == elf.SHT_NOBITS else len(p.content)
            headers += elf.SHDR.pack(p.name_offset, p.type, p.flags, 0, at,
                                     size, p.link, p.info, p.align, p.entsize)
            if p.type not in (elf.SHT_NOBITS, elf.SHT_NULL):
                out += p.content
        out += bytes(-len(out) % 8)
        self.ehdr[6], self.ehdr[12] = len(out), len(self.parts)
        out[:64] = elf.EHDR.pack(*self.ehdr)
        return bytes(out + headers) + self.trailer


def assemble(source, output, *options):
    subprocess.run(["gcc", "-c", *options, os.path.join(HERE, source), "-o",
                    output], check=True)


class BtfWriter:
    """Enough of BTF for a few prototypes."""

    def __init__(self, first, strings_from):
        self.types, self.strings = bytearray(), bytearray()
        self.next, self.strings_from = first, strings_from

    def name(self, text):
        at = self.strings_from + len(self.strings)
        self.strings += text.encode() + b"\0"
        return at

    def add(self, name, kind, size, vlen=0, extra=b""):
        offset = self.name(name) if name else 0
        self.types += struct.pack("<III", offset, kind << 24 | vlen,
                                  size) + extra
        self.next += 1
        return self.next - 1

    def bytes(self):
        return struct.pack("<HBBIIIII", 0xeb9f, 1, 0, 24, 0, len(self.types),
                           len(self.types), len(self.strings)) + \
            bytes(self.types + self.strings)


def make_btf():
    """(the kernel's BTF, the module's BTF)."""
    base = BtfWriter(1, 0)
    base.strings += b"\0"
    kinds = {2: base.add("int", 1, 4, extra=struct.pack("<I", 1 << 24 | 32)),
             3: base.add("long", 1, 8, extra=struct.pack("<I", 1 << 24 | 64)),
             4: base.add("u32", 1, 4, extra=struct.pack("<I", 32)),
             6: base.add("", 2, 0), 1: 0}
    for name, nargs in API.items():
        proto = base.add("", 13, 0, nargs, struct.pack("<II", 0, kinds[3]) *
                         nargs)
        base.add(name, 12, proto)
    own = BtfWriter(base.next, len(base.strings))
    for name, (nargs, ret, _) in list(PROTOTYPES.items()) + \
            [("fx_printk", (2, 2, 0))]:
        if nargs == UNKNOWN:
            continue
        parameters = [kinds[3]] * nargs
        if name == "fx_printk":
            parameters[-1] = 0
        proto = own.add("", 13, kinds[ret], len(parameters), b"".join(
            struct.pack("<II", 0, t) for t in parameters))
        own.add(name, 12, proto)
    return base.bytes(), own.bytes()


def contracts():
    """CONTRACTS as the file that `suture learn` would write."""
    return ("suture-contracts 1 fixture\ndevice_add S-Sw errno\n"
            "mutex_unlock S void\n")


def make_original(folder):
    """Assemble module and core; returns their paths and the kernel's BTF."""
    original = os.path.join(folder, "fixture.ko")
    core = os.path.join(folder, "core.ko")
    base, own = make_btf()
    assemble("fixture.S", original, f"-DBTF_BYTES={len(own)}")
    assemble("fixture-core.S", core)
    image = elf.Elf(original)
    obj = Object(image)
    obj[".BTF"].content[:] = own
    with open(original, "wb") as f:
        f.write(obj.bytes() + b"signature" + b"~Module signature appended~\n")
    return original, core, base


class Guard:
    """Guarded image of the fixture; .obj can be changed before .obj.bytes()."""

    def __init__(self, original):
        self.old = elf.Elf(original)
        self.obj = obj = Object(self.old)
        self.thunks, self.stubs, self.orc = {}, [], []
        self.entry_at, self.tail_at = {}, 0
        symtab = obj.index(".symtab")
        self.text = obj.add(Part(".suture.text", 1, 6, align=16))
        self.data = obj.add(Part(".suture.data", 1, 3, align=64))
        self.str = obj.add(Part(".suture.str", 1, 2))
        for name, info in ((".suture.text", self.text),
                           (".suture.data", self.data)):
            obj.add(Part(".rela" + name, 4, elf.SHF_INFO_LINK, align=8,
                         entsize=24, link=symtab, info=info))
        self.sections = {i: obj.symbol("", elf.STT_SECTION, i)
                         for i in (self.text, self.data, self.str)}
        self.imports = {name: obj.symbol(name, 0x10, 0) for name in CRCS}
        obj.symbol("suture_image", elf.STT_OBJECT, self.data, 0, 128)
        self.find_functions()
        self.redirect_calls()
        self.make_thunks()
        self.make_checks()
        self.make_stubs()
        self.make_data()
        self.redirect_edges()
        self.make_orc()
        obj[".modinfo"].content += b"import_ns=SUTURE\0"
        for name, crc in CRCS.items():
            obj["__versions"].content += struct.pack("<Q56s", crc,
                                                     name.encode())

    def find_functions(self):
        self.functions = {}
        for name in PROTOTYPES:
            i = self.obj.find_symbol(name)
            self.functions[(self.old.sym_shndx[i],
                            self.old.sym_value[i])] = (name, i)

    def emit(self, code, depth, goal=None):
        """Append an instruction, with a relocated field if GOAL is given."""
        content = self.obj[".suture.text"].content
        self.orc.append((len(content), depth))
        content += code
        if goal is not None:
            symbol, addend = goal
            self.obj.relocate(".suture.text", len(content), symbol,
                              elf.R_PLT32, addend - 4)
            content += bytes(4)

    def align(self):
        content = self.obj[".suture.text"].content
        content += b"\xcc" * (-len(content) % 16)
        return len(content)

    def make_thunks(self):
        for number, (key, (name, symbol)) in enumerate(self.functions.items()):
            start = self.thunks[key] = self.align()
            self.entry_at[name] = 128 + 64 * number
            words = PROTOTYPES[name][2]
            self.emit(bytes.fromhex("f30f1efa"), 8)
            self.emit(bytes.fromhex("4881eca0000000"), 8)
            self.emit(bytes.fromhex("4c8d15"), 168,
                      (self.sections[self.data], self.entry_at[name]))
            self.emit(b"\xe8", 168, (self.imports["suture_enter"], 0))
            for i in range(words):
                self.emit(bytes.fromhex("ffb424") +
                          struct.pack("<I", 160 + 8 * words), 168 + 8 * i)
            self.emit(b"\xe8", 168 + 8 * words, (symbol, 0))
            if words:
                self.emit(bytes.fromhex("4883c4") + bytes([8 * words]),
                          168 + 8 * words)
            self.emit(b"\xe9", 168, (self.imports["suture_leave"], 0))
            self.obj.symbol("suture_thunk_" + name, elf.STT_FUNC, self.text,
                            start,
                            len(self.obj[".suture.text"].content) - start)

    def redirect_calls(self):
        """Point calls at wrappers; keep the jumps for make_stubs()."""
        self.jumps, self.checked = [], []
        for section in (".text", ".text.unlikely", ".init.text", ".exit.text"):
            code = self.obj[section].content
            for n, (at, info, addend) in enumerate(
                    self.obj.relocations(section)):
                api = self.old.name(info >> 32)
                if api in CONTRACTS and code[at - 1] == 0xe8:
                    self.checked.append((section, n, at, info & 0xffffffff, api))
                    continue
                goal = self.imports.get(WRAP + api)
                if goal is None or info & 0xffffffff not in (2, 4):
                    continue
                if code[at - 1] == 0xe8 or API.get(api, 0) > 6:
                    self.obj.set_relocation(section, n, at, goal,
                                            info & 0xffffffff, addend)
                else:
                    self.jumps.append((section, n, at, info & 0xffffffff, api))
        self.calls = 6

    def make_checks(self):
        self.checks, self.check_at = {}, {}
        base = 128 + 64 * len(self.functions)
        for number, api in enumerate(CONTRACTS):
            start = self.checks[api] = self.align()
            at = self.check_at[api] = base + 32 * number
            for code in LOOKS[api]:
                self.emit(bytes.fromhex(code), 8)
            self.emit(bytes.fromhex("49c1eb39"), 8)
            self.emit(bytes.fromhex("7505"), 8)
            self.emit(b"\xe9", 8, (self.function_of(api), 0))
            self.emit(bytes.fromhex("4c8d15"), 8,
                      (self.sections[self.data], at))
            self.emit(b"\xe9", 8, (self.imports["suture_bad_argument"], 0))
            self.obj.symbol("suture_check_" + api, elf.STT_FUNC, self.text,
                            start,
                            len(self.obj[".suture.text"].content) - start)
        for section, n, at, kind, api in self.checked:
            self.obj.set_relocation(section, n, at, self.sections[self.text],
                                    kind, self.checks[api] - 4)

    def function_of(self, api):
        return self.imports.get(WRAP + api) or self.obj.find_symbol(api)

    def make_stubs(self):
        for section, n, at, kind, api in self.jumps:
            start = self.align()
            if api in self.checks:
                goal = (self.sections[self.text], self.checks[api])
            else:
                goal = (self.imports[WRAP + api], 0)
            self.emit(b"\xe8", 8, goal)
            self.emit(b"\xe9", 8, (self.imports["suture_tail_return"], 0))
            self.obj.symbol(f"suture_tail_{at:x}", elf.STT_FUNC, self.text,
                            start, 10)
            self.obj.set_relocation(section, n, at, self.sections[self.text],
                                    kind, start - 4)
            opcode = 1 if self.obj[section].content[at - 1] == 0xe9 else 2
            self.stubs.append((start, section, at - opcode))
        self.align()

    def string(self, text):
        content = self.obj[".suture.str"].content
        at = len(content)
        content += text.encode() + b"\0"
        return (self.sections[self.str], at)

    def make_data(self):
        obj = self.obj
        data = obj[".suture.data"].content
        pointers = []
        text, own = self.sections[self.text], self.sections[self.data]
        checks_at = 128 + 64 * len(self.functions)
        self.tail_at = checks_at + 32 * len(CONTRACTS)
        self.taken_at = self.tail_at + 16 * len(self.stubs)
        data += struct.pack("<IHHQQQQIIII9Q", 0x75747573, 1, 160, 0, 0, 0, 0,
                            len(self.functions), len(self.stubs), 1,
                            self.calls + len(self.stubs), 0, 0,
                            len(CONTRACTS), *[0] * 6)
        pointers += [(8, (obj.find_symbol("__this_module"), 0)),
                     (16, (own, 128)), (24, (own, self.tail_at)),
                     (32, (own, self.taken_at)), (64, (own, checks_at))]
        for key, (name, symbol) in self.functions.items():
            at = self.entry_at[name]
            nargs, ret, words = PROTOTYPES[name]
            flags = {"init_module": 1, "cleanup_module": 2,
                     "fx_export": 4}.get(name, 0) | (8 if words else 0)
            data += struct.pack("<QQQQIBBHQQQ", 0, 0, 0, 0, flags, ret, nargs,
                                *[0] * 4)
            pointers += [(at, (own, 0)), (at + 8, (symbol, 0)),
                         (at + 16, (text, self.thunks[key])),
                         (at + 24, self.string(name))]
        for api, fields in CONTRACTS.items():
            at = self.check_at[api]
            data += struct.pack("<QQQBBB5x", 0, 0, 0, *fields)
            pointers += [(at, (text, self.checks[api])),
                         (at + 8, (self.function_of(api), 0)),
                         (at + 16, self.string(api))]
        section_symbols = {}
        for i, info in enumerate(self.old.sym_info):
            if info & 15 == elf.STT_SECTION:
                section_symbols[self.old.name(i)] = i
        for start, section, site in self.stubs:
            at = len(data)
            data += bytes(16)
            pointers += [(at, (text, start))]
            if section in section_symbols:
                goal = (section_symbols[section], site)
            else:
                goal = (obj.find_symbol("cleanup_module"), site)
            pointers += [(at + 8, goal)]
        pointers += [(len(data), self.string("kfree"))]
        data += bytes(8)
        for at, (symbol, addend) in pointers:
            obj.relocate(".suture.data", at, symbol, elf.R_64, addend)

    def redirect_edges(self):
        """Point every address of a function at its thunk."""
        self.edges = []
        for section in (".text", ".init.text", ".rodata", ".data", "__ksymtab",
                        ".gnu.linkonce.this_module"):
            code = self.obj[section].content
            for n, (at, info, addend) in enumerate(
                    self.obj.relocations(section)):
                kind, symbol = info & 0xffffffff, info >> 32
                if symbol >= len(self.old.sym_info):
                    continue
                lea = "text" in section and kind == elf.R_PC32
                if kind == elf.R_PLT32 or (lea and code[at - 2] != 0x8d):
                    continue
                bias = 4 if lea else 0
                key = (self.old.sym_shndx[symbol],
                       self.old.sym_value[symbol] + addend + bias)
                if key in self.thunks:
                    self.obj.set_relocation(section, n, at,
                                            self.sections[self.text], kind,
                                            self.thunks[key] - bias)
                    self.edges.append((section, n, at))

    def make_orc(self):
        obj = self.obj
        last = None
        for at, depth in self.orc:
            if depth == last:
                continue
            last = depth
            ip = obj[".orc_unwind_ip"].content
            obj.relocate(".orc_unwind_ip", len(ip), self.sections[self.text],
                         elf.R_PC32, at)
            ip += bytes(4)
            obj[".orc_unwind"].content += struct.pack("<hhH", depth, 0, 5)
