# SPDX-License-Identifier: GPL-2.0-only
"""
thunks.py - the code in .suture.text, byte by byte against image.h.

Decode does not search: it starts at an address that the image's own tables
name and expects exactly one sequence of instructions. Each relocation and each
byte that it passes is marked; at the end nothing may be left over.
"""
import struct

import elf

FRAME_SIZE = 160
WIDE_WORDS = 6
THUNK_ALIGN = 16

ENDBR64 = bytes.fromhex("f30f1efa")
SUB_FRAME = bytes.fromhex("4881ec") + struct.pack("<I", FRAME_SIZE)
LEA_R10 = bytes.fromhex("4c8d15")
CALL = b"\xe8"
JUMP = b"\xe9"
PUSH_DISP32 = bytes.fromhex("ffb424")
ADD_IMM8 = bytes.fromhex("4883c4")
ADD_IMM32 = bytes.fromhex("4881c4")

# What a check of arguments is made of. Registers by number: rdi, rsi, ...
REGISTERS = (7, 6, 2, 1, 8, 9)
R10, R11 = 10, 11
SHIFT = bytes.fromhex("49c1eb39")       # shr $57, %r11
SKIP = bytes.fromhex("7505")            # jnz over a jump


def plus_page(reg, to):
    """lea 0x1000(reg), to"""
    return bytes([0x48 | (to >> 3) << 2 | reg >> 3, 0x8d,
                  0x80 | (to & 7) << 3 | reg & 7]) + struct.pack("<I", 0x1000)


def twice(reg, to):
    """lea (reg,reg), to"""
    high = reg >> 3
    return bytes([0x48 | (to >> 3) << 2 | high << 1 | high, 0x8d,
                  4 | (to & 7) << 3, (reg & 7) << 3 | reg & 7])


def alu(opcode, source, to):
    """opcode source, to"""
    return bytes([0x48 | (source >> 3) << 2 | to >> 3, opcode,
                  0xc0 | (source & 7) << 3 | to & 7])


def check_code(strong, weak):
    """The instructions of a check up to the shift, with their names."""
    code, to = [], R11
    for i, reg in enumerate(REGISTERS):
        if strong >> i & 1:
            code.append((plus_page(reg, to), f"lea of argument {i + 1}"))
            if to == R10:
                code.append((alu(0x21, R10, R11), "and %r10, %r11"))
            to = R10
    if strong:
        code.append((bytes.fromhex("49f7d3"), "not %r11"))
    for i, reg in enumerate(REGISTERS):
        if weak >> i & 1:
            code.append((twice(reg, to), f"lea of argument {i + 1}"))
            code.append((alu(0x31, reg, to), f"xor of argument {i + 1}"))
            if to == R10:
                code.append((alu(0x09, R10, R11), "or %r10, %r11"))
            to = R10
    return code


# int3, and the no-operation sequences that assemblers pad with.
PADDING = [b"\xcc", b"\x90", b"\x66\x90", bytes.fromhex("0f1f00"),
           bytes.fromhex("0f1f4000"), bytes.fromhex("0f1f440000"),
           bytes.fromhex("660f1f440000"), bytes.fromhex("0f1f8000000000"),
           bytes.fromhex("0f1f840000000000"),
           bytes.fromhex("660f1f840000000000")]


class Mismatch(Exception):
    """The code at some address is not what image.h says."""


class Piece:
    """A decoded thunk or stub: its extent, targets and stack depths."""

    def __init__(self, start):
        self.start = start
        self.end = start
        self.depths = []        # (start, end, sp_offset) of each instruction
        self.entry = None       # offset in .suture.data
        self.function = None    # (section, value)
        self.copies = 0
        self.wrapper = None
        self.check = None       # offset of the check that a stub calls


class Text:
    """.suture.text of the guarded file, with its relocations."""

    def __init__(self, new, verdict):
        self.new, self.verdict = new, verdict
        self.section = new.find(".suture.text")
        self.bytes = new.content(self.section) if self.section else b""
        self.relocations = {}
        self.used = set()
        data = new.find(".suture.data")
        self.data_index = data.index if data else -1
        rela = new.rela_of(self.section) if self.section else None
        for offset, info, addend in new.relocations(rela) if rela else ():
            if offset in self.relocations:
                verdict.wrong("relocation", f".suture.text+{offset:#x}",
                              "is relocated twice")
            self.relocations[offset] = (info >> 32, info & 0xffffffff, addend)
            if offset + 4 > len(self.bytes):
                verdict.wrong("relocation", f".suture.text+{offset:#x}",
                              "is behind the section")
            elif self.bytes[offset:offset + 4] != bytes(4):
                verdict.wrong("relocation", f".suture.text+{offset:#x}",
                              "the field is not zero, which the kernel's "
                              "loader refuses")

    def _expect(self, piece, code, what, depth, field=0):
        """CODE and FIELD zero bytes behind it must stand at the cursor."""
        at = piece.end
        if self.bytes[at:at + len(code)] != code:
            got = self.bytes[at:at + len(code)].hex(" ")
            raise Mismatch(f"at +{at - piece.start:#x}: {got} is not {what}")
        piece.end = at + len(code) + field
        if piece.end > len(self.bytes):
            raise Mismatch(f"{what} ends behind the section")
        for inside in range(at, piece.end - field):
            if inside in self.relocations:
                raise Mismatch(f"a relocation covers the opcode of {what}")
        piece.depths.append((at, piece.end, depth))
        return at + len(code)

    def _target(self, offset, what):
        """(symbol index, section, value) that the field at OFFSET names."""
        r = self.relocations.get(offset)
        if not r:
            raise Mismatch(f"{what} has no relocation")
        index, kind, addend = r
        if kind not in (elf.R_PC32, elf.R_PLT32):
            raise Mismatch(f"{what} has a relocation of type "
                           f"{elf.type_name(kind)}")
        if index >= len(self.new.sym_shndx):
            raise Mismatch(f"{what} names symbol {index}")
        self.used.add(offset)
        return (index, self.new.sym_shndx[index],
                self.new.sym_value[index] + addend + 4)

    def _import(self, offset, what, name=None):
        index, shndx, value = self._target(offset, what)
        if shndx != elf.SHN_UNDEF or value != 0:
            raise Mismatch(f"{what} does not go to an import")
        got = self.new.name(index)
        if name and got != name:
            raise Mismatch(f"{what} goes to {got}")
        return got

    def decode_thunk(self, start):
        p = Piece(start)
        depth = 8
        self._expect(p, ENDBR64, "endbr64", depth)
        self._expect(p, SUB_FRAME, f"sub ${FRAME_SIZE}, %rsp", depth)
        depth += FRAME_SIZE
        field = self._expect(p, LEA_R10, "lea entry(%rip), %r10", depth, 4)
        _, shndx, p.entry = self._target(field, "lea")
        if shndx != self.data_index:
            raise Mismatch("lea does not point into .suture.data")
        field = self._expect(p, CALL, "call suture_enter", depth, 4)
        self._import(field, "first call", "suture_enter")
        displacement = None
        while self.bytes[p.end:p.end + 3] == PUSH_DISP32:
            field = self._expect(p, PUSH_DISP32, "push", depth, 4)
            if field in self.relocations:
                raise Mismatch("a relocation covers a push")
            value, = struct.unpack_from("<i", self.bytes, field)
            if displacement not in (None, value):
                raise Mismatch(f"push of {value:#x}(%rsp) after one of "
                               f"{displacement:#x}(%rsp)")
            displacement = value
            p.copies += 1
            depth += 8
        # The first push fetches the last word: over the frame, the return
        # address and the words before it. Each push moves %rsp down one word
        # and wants one word less, so all displacements are the same.
        want = FRAME_SIZE + 8 + 8 * (p.copies - 1)
        if p.copies and displacement != want:
            raise Mismatch(f"pushes copy {displacement:#x}(%rsp), not "
                           f"{want:#x}(%rsp)")
        field = self._expect(p, CALL, "call of the driver's function", depth,
                             4)
        _, shndx, value = self._target(field, "second call")
        p.function = (shndx, value)
        if p.copies:
            self._decode_drop(p, depth)
            depth = 8 + FRAME_SIZE
        field = self._expect(p, JUMP, "jmp suture_leave", depth, 4)
        self._import(field, "final jump", "suture_leave")
        return p

    def _decode_drop(self, p, depth):
        words = 8 * p.copies
        if self.bytes[p.end:p.end + 3] == ADD_IMM32:
            code = ADD_IMM32 + struct.pack("<I", words)
        elif words < 128:
            code = ADD_IMM8 + bytes([words])
        else:
            raise Mismatch(f"no add ${words}, %rsp")
        self._expect(p, code, f"add ${words}, %rsp", depth)

    def decode_stub(self, start):
        p = Piece(start)
        field = self._expect(p, CALL, "call of a wrapper or a check", 8, 4)
        _, shndx, value = self._target(field, "call")
        if shndx == self.section.index:
            p.check = value
        else:
            p.wrapper = self._import(field, "call")
        field = self._expect(p, JUMP, "jmp suture_tail_return", 8, 4)
        self._import(field, "jump", "suture_tail_return")
        return p

    def decode_check(self, start, strong, weak):
        """A check; its .wrapper is what it goes on to, its .entry its record."""
        p = Piece(start)
        for code, what in check_code(strong, weak):
            self._expect(p, code, what, 8)
        self._expect(p, SHIFT, "shr $57, %r11", 8)
        self._expect(p, SKIP, "jnz", 8)
        field = self._expect(p, JUMP, "jmp to the function", 8, 4)
        p.wrapper = self._import(field, "jump")
        field = self._expect(p, LEA_R10, "lea check(%rip), %r10", 8, 4)
        _, shndx, p.entry = self._target(field, "lea")
        if shndx != self.data_index:
            raise Mismatch("lea does not point into .suture.data")
        field = self._expect(p, JUMP, "jmp suture_bad_argument", 8, 4)
        self._import(field, "final jump", "suture_bad_argument")
        return p

    def check_rest(self, pieces):
        """No relocation unused, no byte outside the pieces but padding."""
        for offset in sorted(set(self.relocations) - self.used):
            self.verdict.wrong("relocation", f".suture.text+{offset:#x}",
                               "belongs to no thunk and no stub")
        at = 0
        ends = [(p.start, p.end) for p in pieces]
        for start, end in sorted(ends) + [(len(self.bytes),) * 2]:
            if start < at:
                self.verdict.wrong("thunk", f".suture.text+{start:#x}",
                                   "overlaps the one before")
            elif not self._is_padding(at, start):
                self.verdict.wrong("thunk", f".suture.text+{at:#x}",
                                   "code that belongs to no thunk and no stub: "
                                   + self.bytes[at:start][:16].hex(" "))
            at = max(at, end)

    def _is_padding(self, at, end):
        while at < end:
            for pad in PADDING:
                if self.bytes[at:min(end, at + len(pad))] == pad:
                    at += len(pad)
                    break
            else:
                return False
        return True


def check_function_symbols(new, pieces, verdict):
    """Every thunk and stub has a symbol, so that a stack trace reads well."""
    section = new.find(".suture.text")
    if not section:
        return
    named = {}
    for i, shndx in enumerate(new.sym_shndx):
        if shndx == section.index and new.sym_info[i] & 15 == elf.STT_FUNC:
            named[new.sym_value[i]] = new.sym_size[i]
    for p in pieces:
        size = named.pop(p.start, None)
        where = f".suture.text+{p.start:#x}"
        if size is None:
            verdict.wrong("symbol", where, "no function symbol names it")
        elif size < p.end - p.start:
            verdict.wrong("symbol", where, f"its symbol has {size} bytes, the "
                          f"code {p.end - p.start}")
    for value in sorted(named):
        verdict.wrong("symbol", f".suture.text+{value:#x}",
                      "a function symbol names neither thunk nor stub")
