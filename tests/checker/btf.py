# SPDX-License-Identifier: GPL-2.0-only
"""
btf.py - prototypes of a module's functions from its .BTF section.

A module's BTF is only the difference to the kernel's own: its type ids and its
string offsets go on where the kernel's end. So the kernel's BTF is needed to
read it; `sweep` takes it out of the kernel package's vmlinuz.
"""
import struct

import elf

INT, PTR, ARRAY, STRUCT, UNION, ENUM, FWD, TYPEDEF, VOLATILE, CONST, \
    RESTRICT, FUNC, FUNC_PROTO, VAR, DATASEC, FLOAT, DECL_TAG, TYPE_TAG, \
    ENUM64 = range(1, 20)
ALIASES = {TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG}

# Bytes behind struct btf_type: (fixed, for each of vlen).
EXTRA = {INT: (4, 0), ARRAY: (12, 0), STRUCT: (0, 12), UNION: (0, 12),
         ENUM: (0, 8), FUNC_PROTO: (0, 8), VAR: (4, 0), DATASEC: (0, 12),
         DECL_TAG: (4, 0), ENUM64: (0, 12)}

RET_UNKNOWN, RET_VOID, RET_INT, RET_LONG, RET_UNSIGNED, RET_BOOL, \
    RET_POINTER, RET_OTHER = range(8)

INT_SIGNED, INT_BOOL = 1, 4


class Btf:
    """Types of one .BTF section, on top of those of BASE."""

    def __init__(self, data, base=None):
        self.data, self.base = data, base
        magic, _, _, header, type_off, type_len, str_off, str_len = \
            struct.unpack_from("<HBBIIIII", data)
        if magic != 0xeb9f:
            raise elf.ElfError(f".BTF begins with {magic:#x}")
        self.first = base.next if base else 1
        self.str_start = base.str_end if base else 0
        self.str_at = header + str_off
        self.str_end = self.str_start + str_len
        self.offsets = offsets = []
        at, end = header + type_off, header + type_off + type_len
        while at < end:
            offsets.append(at)
            info, = struct.unpack_from("<I", data, at + 4)
            fixed, each = EXTRA.get(info >> 24 & 31, (0, 0))
            at += 12 + fixed + each * (info & 0xffff)
        self.next = self.first + len(offsets)
        self._functions = None

    def string(self, offset):
        if offset < self.str_start:
            return self.base.string(offset)
        at = self.str_at + offset - self.str_start
        return self.data[at:self.data.find(b"\0", at)].decode("latin-1")

    def type(self, number):
        """(kind, vlen, name offset, size or type, data, offset behind)."""
        if number < self.first:
            return self.base.type(number)
        if number >= self.next:
            raise elf.ElfError(f".BTF has no type {number}")
        at = self.offsets[number - self.first]
        name, info, size = struct.unpack_from("<III", self.data, at)
        return (info >> 24 & 31, info & 0xffff, name, size, self.data, at + 12)

    def functions(self):
        """{name: [number of its FUNC_PROTO]}, of this section alone."""
        if self._functions is None:
            self._functions = {}
            for at in self.offsets:
                name, info, proto = struct.unpack_from("<III", self.data, at)
                if info >> 24 & 31 == FUNC:
                    self._functions.setdefault(self.string(name),
                                               []).append(proto)
        return self._functions

    def resolve(self, number):
        """Without typedef, const and the like; None for void."""
        for _ in range(64):
            if not number:
                return None
            t = self.type(number)
            if t[0] not in ALIASES:
                return t
            number = t[3]
        raise elf.ElfError(".BTF has a loop of typedefs")

    def return_kinds(self, number):
        """The values of enum suture_ret that are right for a type."""
        t = self.resolve(number)
        if t is None:
            return {RET_VOID}
        kind, _, _, size, data, at = t
        if kind == PTR:
            return {RET_POINTER}
        if kind in (ENUM, ENUM64):
            return {RET_INT} if kind == ENUM else {RET_INT, RET_LONG}
        if kind != INT:
            return {RET_OTHER}
        encoding = struct.unpack_from("<I", data, at)[0] >> 24
        if encoding & INT_BOOL:
            return {RET_BOOL}
        if size > 8:
            return {RET_OTHER}
        if not encoding & INT_SIGNED:
            return {RET_UNSIGNED}
        if size == 8:
            return {RET_LONG}
        # image.h has no name for a signed result shorter than 32 bits.
        return {RET_INT} if size == 4 else {RET_INT, RET_OTHER, RET_UNKNOWN}

    def argument_words(self, number):
        """(words in integer registers, words on the stack if not there)."""
        t = self.resolve(number)
        if t is None:
            return 0, 0
        kind, _, _, size, _, _ = t
        if kind in (STRUCT, UNION):
            words = (size + 7) // 8
            return (words if words <= 2 else 0), words
        if kind == INT and size > 8:
            return 2, 2
        return 1, 1

    def is_large(self, number):
        t = self.resolve(number)
        return t is not None and t[0] in (STRUCT, UNION) and t[3] > 16

    def prototype(self, number):
        """(arguments, stack words, return kinds, variadic, whether a struct
        of more than 16 bytes is passed or returned by value)."""
        _, vlen, _, ret, data, at = self.type(number)
        arguments = [struct.unpack_from("<II", data, at + 8 * i)[1]
                     for i in range(vlen)]
        variadic = bool(arguments) and arguments[-1] == 0
        if variadic:
            arguments.pop()
        registers, stack = 6, 0
        large = self.is_large(ret)
        for a in arguments:
            inside, words = self.argument_words(a)
            large = large or self.is_large(a)
            if inside and inside <= registers:
                registers -= inside
            else:
                stack += words
        return len(arguments), stack, self.return_kinds(ret), variadic, large


class Prototypes:
    """What the module's BTF says of its functions, by name."""

    def __init__(self, image, base):
        self.base = base
        self.own = None
        section = image.find(".BTF")
        if base and section and section.size:
            self.own = Btf(image.content(section), base)

    def find(self, names):
        """[prototype] of each FUNC by one of the names, own ones first."""
        if not self.own:
            return []
        for btf in (self.own, self.base):
            numbers = {n for name in names
                       for n in btf.functions().get(name, ())}
            if numbers:
                return [self.own.prototype(n) for n in numbers]
        return []

    def stack_arguments(self, api):
        """Whether a function of the kernel finds arguments on the stack, or
        "variadic"; None when the kernel's BTF does not say, or says several
        things."""
        if not self.base:
            return None
        found = {"variadic" if p[3] else p[1] > 0 for p in map(
            self.base.prototype, self.base.functions().get(api, ()))}
        return found.pop() if len(found) == 1 else None

    def is_plain(self, names):
        """A function that is known to be given nothing on the stack."""
        found = self.find(names)
        return bool(found) and not any(p[1] > 0 or p[3] for p in found)

    def reason_to_leave(self, names):
        """Why a thunk cannot be right for a function; None if it can be."""
        found = self.find(names)
        if any(p[3] for p in found):
            return "variadic"
        return "struct by value" if any(p[4] for p in found) else None

    def check(self, image, edges, pieces, verdict):
        """Compare each entry with the prototype of its function."""
        if not self.own:
            return
        copies = {p.entry: p.copies for p in pieces if p.entry is not None}
        known = 0
        for number, (at, fields) in enumerate(image.entries):
            function = edges.functions.get(image.data.pointer(at + 8))
            if not function or at not in copies:
                continue
            ret, nargs = fields[5], fields[6]
            found = self.find(function.names)
            where = f"entry {number} ({function.name})"
            if any(p[3] for p in found):
                verdict.wrong("prototype", where, "is variadic, so its stack "
                              "words cannot be copied")
                continue
            if nargs == 0xff:
                continue
            known += 1
            if not any(nargs == p[0] and ret in p[2] and
                       copies[at] == p[1] for p in found):
                verdict.wrong("prototype", where, f"{nargs} arguments, "
                              f"{copies[at]} stack words and result kind "
                              f"{ret}; BTF says " + (", ".join(
                                  f"{p[0]}, {p[1]} and {sorted(p[2])}"
                                  for p in found) or "nothing"))
        verdict.figures["typed"] = known


def kernel_btf(path):
    """The kernel's own Btf: a .BTF file, a vmlinux, or a vmlinuz."""
    with open(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x9f\xeb":
        return Btf(data)
    if data[:4] != elf.MAGIC:
        data = unpack_vmlinuz(data)
    return Btf(section_of_vmlinux(data, b".BTF"))


def unpack_vmlinuz(data):
    """The vmlinux in a bzImage; its setup header says where it is."""
    if len(data) < 0x250 or data[0x202:0x206] != b"HdrS":
        raise elf.ElfError("is neither BTF, nor vmlinux, nor vmlinuz")
    offset, length = struct.unpack_from("<II", data, 0x248)
    at = (data[0x1f1] + 1) * 512 + offset
    return elf.unpack(data[at:at + length])


def section_of_vmlinux(data, wanted):
    """vmlinux is not relocatable, so elf.Elf does not read it."""
    shoff, = struct.unpack_from("<Q", data, 40)
    shnum, shstrndx = struct.unpack_from("<HH", data, 60)
    headers = [elf.SHDR.unpack_from(data, shoff + i * elf.SHDR.size)
               for i in range(shnum)]
    names = headers[shstrndx][4]
    for h in headers:
        end = data.find(b"\0", names + h[0])
        if data[names + h[0]:end] == wanted:
            return data[h[4]:h[4] + h[5]]
    raise elf.ElfError(f"has no section {wanted.decode()}")
