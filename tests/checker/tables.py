# SPDX-License-Identifier: GPL-2.0-only
"""
tables.py - struct suture_image and what hangs on it, against the edges.

The structures are written down here a second time, from image.h and not from
the rewriter's code, so that a field at a wrong place is seen.
"""
import struct

import elf
import thunks

MAGIC = 0x75747573
IMAGE_PART = 1          # flag: one driver with the modules that import from it
ABI = 1
IMAGE = struct.Struct("<IHHQQQQIIIIQQIIQQQQQQ")
ENTRY = struct.Struct("<QQQQIBBHQQQ")
TAIL = struct.Struct("<QQ")
CHECK = struct.Struct("<QQQBBB5s")

FLAG_INIT = 1
FLAG_EXIT = 2
FLAG_EXPORT = 4
FLAG_WIDE = 8
NARGS_UNKNOWN = 0xff
RET_LAST = 7


class Data:
    """.suture.data with its relocations, and the strings of .suture.str."""

    def __init__(self, new, verdict):
        self.new, self.verdict = new, verdict
        self.section = new.find(".suture.data")
        self.strings = new.find(".suture.str")
        self.bytes = new.content(self.section)
        self.relocations = {}
        self.used = set()
        rela = new.rela_of(self.section)
        for offset, info, addend in new.relocations(rela) if rela else ():
            where = f".suture.data+{offset:#x}"
            kind = info & 0xffffffff
            if kind != elf.R_64:
                verdict.wrong("relocation", where,
                              f"has type {elf.type_name(kind)}")
            if offset in self.relocations:
                verdict.wrong("relocation", where, "is relocated twice")
            if self.bytes[offset:offset + 8] != bytes(8):
                verdict.wrong("relocation", where, "the field is not zero, "
                              "which the kernel's loader refuses")
            self.relocations[offset] = (info >> 32, addend)

    def pointer(self, offset):
        """(section, value) that the field at OFFSET will point to, or None."""
        r = self.relocations.get(offset)
        if not r or r[0] >= len(self.new.sym_shndx):
            return None
        self.used.add(offset)
        return (self.new.sym_shndx[r[0]], self.new.sym_value[r[0]] + r[1])

    def string(self, offset):
        goal = self.pointer(offset)
        if not goal or not self.strings or goal[0] != self.strings.index:
            return None
        try:
            return self.new.string(goal[0], goal[1])
        except (elf.ElfError, struct.error):
            return None

    def table(self, offset, count, size, what):
        """Where the table begins that the field at OFFSET names."""
        goal = self.pointer(offset)
        if not count and goal is None:
            return 0
        if not goal or goal[0] != self.section.index or \
           not 0 <= goal[1] <= len(self.bytes) - count * size:
            self.verdict.wrong("image", what, f"no room for {count} in "
                               ".suture.data at its address")
            return None
        if goal[1] % 8:
            self.verdict.wrong("image", what, f"begins at {goal[1]:#x}, which "
                               "is not aligned")
        return goal[1]

    def check_rest(self):
        for offset in sorted(set(self.relocations) - self.used):
            self.verdict.wrong("relocation", f".suture.data+{offset:#x}",
                               "belongs to no field that holds an address")


def find_symbol(new, old, name):
    """Index of the symbol NAME among those that were added."""
    for i in range(len(old.sym_name), len(new.sym_name)):
        if new.name(i) == name:
            return i
    return None


def find_value(image, name):
    """(section, value) of a defined symbol of the driver, or None."""
    for i, shndx in enumerate(image.sym_shndx):
        if shndx and image.sym_name[i] and image.name(i) == name:
            return (shndx, image.sym_value[i])
    return None


class Image:
    """The header and the three tables."""

    def __init__(self, old, new, verdict):
        self.old, self.new, self.verdict = old, new, verdict
        self.data = Data(new, verdict)
        self.entries = []       # (offset, fields)
        self.tails = []         # (stub, site)
        self.taken = []
        self.checks = []        # (offset, stub, function's symbol, name, fields)
        self.nwrapped = 0
        self.ok = self._read_header()

    def _read_header(self):
        verdict, data, new = self.verdict, self.data, self.new
        i = find_symbol(new, self.old, "suture_image")
        if i is None:
            verdict.wrong("image", "suture_image", "has no symbol")
        elif (new.sym_info[i] & 15 != elf.STT_OBJECT or new.sym_value[i] or
              new.sym_shndx[i] != data.section.index):
            verdict.wrong("image", "suture_image", "its symbol is not an "
                          "object at the start of .suture.data")
        if len(data.bytes) < IMAGE.size:
            verdict.wrong("image", ".suture.data",
                          f"has {len(data.bytes)} bytes")
            return False
        fields = IMAGE.unpack_from(data.bytes)
        magic, abi, frame = fields[:3]
        nentries, ntails, ntaken, self.nwrapped = fields[7:11]
        for name, got, want in (("magic", magic, MAGIC), ("abi", abi, ABI),
                                ("frame_size", frame, thunks.FRAME_SIZE)):
            if got != want:
                verdict.wrong("image", name, f"is {got:#x}, not {want:#x}")
        nchecks = fields[13]
        if any(fields[11:13]) or fields[14] & ~IMAGE_PART or any(fields[15:]):
            verdict.wrong("image", "domain, flags, reserved",
                          "are not zero, but for the flag of a part")
        module = find_value(self.old, "__this_module")
        if not module or data.pointer(8) != module:
            verdict.wrong("image", "module", "is not __this_module")
        tables = (data.table(16, nentries, ENTRY.size, "entries"),
                  data.table(24, ntails, TAIL.size, "tails"),
                  data.table(32, ntaken, 8, "taken"),
                  data.table(64, nchecks, CHECK.size, "checks"))
        if None in tables:
            return False
        self._read_tables(tables, nentries, ntails, ntaken, nchecks)
        return True

    def _read_tables(self, tables, nentries, ntails, ntaken, nchecks):
        data = self.data
        for i in range(nentries):
            at = tables[0] + i * ENTRY.size
            self.entries.append((at, ENTRY.unpack_from(data.bytes, at)))
        for i in range(ntails):
            at = tables[1] + i * TAIL.size
            self.tails.append((data.pointer(at), data.pointer(at + 8)))
        for i in range(ntaken):
            self.taken.append(data.string(tables[2] + 8 * i))
        for i in range(nchecks):
            at = tables[3] + i * CHECK.size
            symbol, addend = data.relocations.get(at + 8, (0, 0))
            function = None
            if data.pointer(at + 8) and not addend and \
               self.new.sym_shndx[symbol] == elf.SHN_UNDEF:
                function = self.new.name(symbol)
            self.checks.append((at, data.pointer(at), function,
                                data.string(at + 16),
                                CHECK.unpack_from(data.bytes, at)[3:]))
        spans = sorted((start, start + n * size) for start, n, size in (
            (0, 1, IMAGE.size), (tables[0], nentries, ENTRY.size),
            (tables[1], ntails, TAIL.size), (tables[2], ntaken, 8),
            (tables[3], nchecks, CHECK.size)) if n)
        for (_, end), (start, _) in zip(spans, spans[1:]):
            if start < end:
                self.verdict.wrong("image", f".suture.data+{start:#x}",
                                   "two tables overlap")

    def check_entries(self, text, edges):
        """Decode the thunk of each entry; returns the pieces."""
        verdict, data = self.verdict, self.data
        pieces, last = [], -1
        text_index = edges.text_index
        roots = {name: find_value(self.old, name)
                 for name in ("init_module", "cleanup_module")}
        by_thunk, by_function = {}, {}
        for number, (at, fields) in enumerate(self.entries):
            name = data.string(at + 24)
            where = f"entry {number} ({name})"
            thunk = data.pointer(at + 16)
            function = data.pointer(at + 8)
            if data.pointer(at) != (self.data.section.index, 0):
                verdict.wrong("entry", where, "image is not suture_image")
            if not thunk or thunk[0] != text_index:
                verdict.wrong("entry", where, "thunk is not in .suture.text")
                continue
            if thunk[1] <= last:
                verdict.wrong("image", where, "entries are not ordered by "
                              "thunk")
            last = thunk[1]
            if thunk[1] % thunks.THUNK_ALIGN:
                verdict.wrong("thunk", where, f"begins at {thunk[1]:#x}")
            try:
                piece = text.decode_thunk(thunk[1])
            except thunks.Mismatch as e:
                verdict.wrong("thunk", where, str(e))
                continue
            pieces.append(piece)
            if piece.entry != at:
                verdict.wrong("thunk", where, "lea names .suture.data+"
                              f"{piece.entry:#x}, the entry is at +{at:#x}")
            if piece.function != function:
                verdict.wrong("thunk", where, "calls another function than "
                              "its entry names")
            if function in by_function:
                verdict.wrong("entry", where, "its function has two entries")
            by_thunk[thunk[1]] = function
            by_function[function] = thunk[1]
            self._check_fields(where, name, fields, function, piece, edges,
                               roots)
        self._check_edges(edges, by_thunk, by_function)
        return pieces

    def _check_fields(self, where, name, fields, function, piece, edges,
                      roots):
        verdict = self.verdict
        flags, ret, nargs, reserved = fields[4:8]
        if any(fields[8:]) or reserved:
            verdict.wrong("entry", where, "run-time fields are not zero")
        f = edges.functions.get(function)
        if not f:
            verdict.wrong("entry", where, "its function is none whose address "
                          "the driver takes")
            return
        if name not in f.names:
            verdict.wrong("entry", where, f"its function is {f.name}")
        want = 0
        if function == roots["init_module"]:
            want |= FLAG_INIT
        if function == roots["cleanup_module"]:
            want |= FLAG_EXIT
        if "export" in f.flags:
            want |= FLAG_EXPORT
        if piece.copies:
            want |= FLAG_WIDE
        if flags != want:
            verdict.wrong("entry", where, f"flags are {flags:#x}, not "
                          f"{want:#x}")
        if ret > RET_LAST:
            verdict.wrong("entry", where, f"ret is {ret}")
        if nargs == NARGS_UNKNOWN:
            if ret:
                verdict.wrong("entry", where, f"ret is {ret} though the "
                              "prototype is not known")
            if piece.copies != thunks.WIDE_WORDS:
                verdict.wrong("entry", where, f"thunk copies {piece.copies} "
                              "words though the prototype is not known")
        elif piece.copies < nargs - 6 or (piece.copies and nargs < 1):
            verdict.wrong("entry", where, f"thunk copies {piece.copies} words "
                          f"for {nargs} arguments")

    def _check_edges(self, edges, by_thunk, by_function):
        """Rule: all sites of a function go to its one thunk, or none does."""
        verdict = self.verdict
        sites = 0
        for key, f in edges.functions.items():
            for place, goal in f.moved:
                if by_thunk.get(goal) != key:
                    names = edges.functions.get(by_thunk.get(goal))
                    other = names.name if names else "no thunk"
                    verdict.wrong("edge", place, f"address of {f.name} became "
                                  f".suture.text+{goal:#x}, which belongs to "
                                  f"{other}")
                else:
                    sites += 1
            if f.kept and (f.moved or key in by_function):
                for place in f.kept:
                    verdict.wrong("edge", place, f"address of {f.name} is left "
                                  "though the function has a thunk")
        verdict.figures["edges_in"] = sites
        verdict.figures["entries"] = len(self.entries)

    def check_checks(self, text, edges):
        """Decode the check of each function that has a contract and is called."""
        verdict, pieces, last, named = self.verdict, [], -1, set()
        for at, stub, function, name, fields in self.checks:
            where = f"check of {name}"
            if not stub or stub[0] != edges.text_index:
                verdict.wrong("check", where, "stub is not in .suture.text")
                continue
            if stub[1] <= last:
                verdict.wrong("image", where, "checks are not ordered by stub")
            last = stub[1]
            if stub[1] % thunks.THUNK_ALIGN:
                verdict.wrong("check", where, f"begins at {stub[1]:#x}")
            contract = edges.contracts.get(name)
            if not contract or name in named or \
               (*contract, bytes(5)) != fields:
                verdict.wrong("check", where, f"its record says {fields}, the "
                              f"contract {contract}")
                continue
            named.add(name)
            if edges.checks.get(name, stub[1]) != stub[1]:
                verdict.wrong("check", where, "is not where the calls go")
            try:
                piece = text.decode_check(stub[1], *fields[:2])
            except thunks.Mismatch as e:
                verdict.wrong("check", where, str(e))
                continue
            pieces.append(piece)
            want = edges.wrappers.get(name, name)
            if piece.wrapper != want or function != want:
                verdict.wrong("check", where, f"goes on to {piece.wrapper}, its "
                              f"record to {function}, not {want}")
            if piece.entry != at:
                verdict.wrong("check", where, "has the record of another")
        for name in sorted(set(edges.checks) - named):
            verdict.wrong("check", f"check of {name}", "has no record")
        self.check_starts = {name: stub[1] for _, stub, _, name, _ in self.checks
                             if stub}
        return pieces

    def check_tails(self, text, edges):
        verdict = self.verdict
        pieces, last, seen = [], -1, set()
        for number, (stub, site) in enumerate(self.tails):
            where = f"tail {number}"
            if not stub or stub[0] != edges.text_index:
                verdict.wrong("stub", where, "stub is not in .suture.text")
                continue
            if stub[1] <= last:
                verdict.wrong("image", where, "tails are not ordered by stub")
            last = stub[1]
            if stub[1] % thunks.THUNK_ALIGN:
                verdict.wrong("stub", where, f"begins at {stub[1]:#x}")
            try:
                piece = text.decode_stub(stub[1])
            except thunks.Mismatch as e:
                verdict.wrong("stub", where, str(e))
                continue
            pieces.append(piece)
            api, sites = edges.tails.get(stub[1], (None, []))
            seen.add(stub[1])
            if site not in sites:
                verdict.wrong("tail", where, "its site is not the jump that "
                              "goes to its stub")
            if api in edges.contracts:
                if piece.check != self.check_starts.get(api, -1):
                    verdict.wrong("tail", where, "does not call the check of "
                                  f"{api}")
            elif api and piece.wrapper != edges.wrappers[api]:
                verdict.wrong("tail", where, f"calls {piece.wrapper} for a "
                              f"jump to {api}")
        for goal in sorted(set(edges.tails) - seen):
            verdict.wrong("tail", f".suture.text+{goal:#x}", "a jump to "
                          f"{edges.tails[goal][0]} goes here, but no tail "
                          "says so")
        verdict.figures["tails"] = len(self.tails)
        jumps = len(self.tails) + edges.straight
        verdict.figures["calls_out"] = edges.calls + jumps
        if self.nwrapped != edges.calls + jumps:
            verdict.wrong("image", "nwrapped", f"is {self.nwrapped}, but "
                          f"{edges.calls} calls and {jumps} jumps go to a "
                          "wrapper")
        return pieces

    def check_taken(self, edges):
        want = sorted(edges.taken)
        if sorted(n or "?" for n in self.taken) != want:
            self.verdict.wrong("taken", "taken", f"is {self.taken}, but the "
                               f"driver takes the address of {want}")
