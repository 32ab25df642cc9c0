# SPDX-License-Identifier: GPL-2.0-only
"""
edges.py - every relocation of the driver, old against new.

A relocation may differ between the two files in two cases only: it takes the
address of a driver function (then it names the function's thunk), or it is a
branch to an API function that has a wrapper (then a call names the wrapper and
a jump names a stub). This file decides from the original alone which
relocations are such, and finds where the guarded file's go. What is at the far
end is checked by thunks.py.
"""
import elf

# Sections that describe code, not call it: the kernel compares what stands
# there with addresses in the driver's own text, or patches the text there.
TABLES = {
    ".orc_unwind", ".orc_unwind_ip", ".orc_header", "__mcount_loc",
    "__jump_table", "__bug_table", "__ex_table", ".return_sites",
    ".retpoline_sites", ".call_sites", ".static_call_sites",
    ".altinstructions", ".altinstr_replacement", ".parainstructions",
    ".smp_locks", "__patchable_function_entries", ".ibt_endbr_seal",
    ".cfi_sites", ".kcfi_traps",
}

# A static call's trampoline is code that the kernel patches: whoever takes
# its address means the trampoline itself.
TRAMPOLINES = {".static_call.text"}

PC_RELATIVE = {elf.R_PC32, elf.R_PLT32, elf.R_PC64}
KNOWN_TYPES = {elf.R_64, elf.R_PC32, elf.R_PLT32, elf.R_32, elf.R_32S,
               elf.R_PC64}

CALL, JUMP, ADDRESS, MEMORY, UNKNOWN = range(5)

# Byte before a disp32(%rip): mod 00, any register, r/m 101.
RIP_MODRM = {0x05 | reg << 3 for reg in range(8)}


def classify(text, offset, kind):
    """What the instruction does with the field at OFFSET.

    The sets cannot be confused: before a PC-relative field stands either the
    opcode of a branch or the ModRM byte of disp32(%rip).
    """
    if kind not in PC_RELATIVE:
        return ADDRESS
    before = text[offset - 1] if offset >= 1 else 0
    if before == 0xe8:
        return CALL
    if before == 0xe9:
        return JUMP
    opcode = text[offset - 2] if offset >= 2 else 0
    if opcode == 0x0f and 0x80 <= before <= 0x8f:
        return JUMP
    if before in RIP_MODRM:
        return ADDRESS if opcode == 0x8d else MEMORY
    return UNKNOWN


def is_clone_part(name):
    """Part of a function that GCC or objtool split off; never called."""
    return name.startswith("__pfx_") or ".cold" in name


class Function:
    """A driver function whose address is taken."""
    __slots__ = ("key", "names", "moved", "kept", "flags")

    def __init__(self, key, names):
        self.key = key
        self.names = names
        self.moved = []         # (place, offset in .suture.text)
        self.kept = []          # places
        self.flags = set()      # of "export"

    @property
    def name(self):
        return self.names[0]


class Edges:
    """Result of the walk: what goes where in the guarded file."""

    def __init__(self, old, new, wrappers, contracts, check_starts, prototypes,
                 verdict):
        self.contracts = contracts
        self.check_starts = check_starts    # offsets in .suture.text
        self.checks = {}        # {API: offset that its calls go to}
        self.old, self.new = old, new
        self.wrappers = wrappers
        self.prototypes = prototypes
        self.verdict = verdict
        self.functions = {}     # (section, value) -> Function
        self.calls = 0          # calls that go to a wrapper
        self.straight = 0       # jumps that go to one without a stub
        self.tails = {}         # stub offset -> (API, [(section, site)])
        self.taken = set()      # wrapped API functions with address taken
        self.imports = old.undefined()
        self.undefined_at = {i: name for name, i in self.imports.items()}
        text = new.find(".suture.text")
        self.text_index = text.index if text else -1
        self.starts = self._function_starts()
        self._walk()

    def _function_starts(self):
        """{section: {value: [names]}} of what counts as a function."""
        old, starts = self.old, {}
        for i, info in enumerate(old.sym_info):
            shndx = old.sym_shndx[i]
            if info & 15 != elf.STT_FUNC or \
               not 0 < shndx < min(elf.SHN_LORESERVE, old.shnum):
                continue
            section = old.sections[shndx]
            name = old.name(i)
            if section.name in TRAMPOLINES or is_clone_part(name):
                continue
            at = starts.setdefault(shndx, {}).setdefault(old.sym_value[i], [])
            # Global names first: they are the ones that the kernel knows.
            at.insert(0 if info >> 4 else len(at), name)
        return starts

    def _walk(self):
        for rela in self.old.sections:
            if rela.type != elf.SHT_RELA:
                continue
            if rela.info >= self.old.shnum:
                self.verdict.wrong("relocation", rela.name,
                                   f"applies to section {rela.info}")
                continue
            self._walk_section(rela, self.old.sections[rela.info])

    def _walk_section(self, rela, target):
        a = self.old.relocations(rela)
        b = self.new.relocations(self.new.sections[rela.index])
        if target.name == ".orc_unwind_ip":
            if b[:len(a)] != a:
                self.verdict.wrong("relocation", rela.name,
                                   "an original relocation has changed")
            return
        if len(a) != len(b):
            self.verdict.wrong("relocation", rela.name,
                               f"has {len(b)} entries, had {len(a)}")
            return
        if not target.alloc or target.name in TABLES:
            for x, y in zip(a, b):
                if x != y:
                    self._moved(target, x, y, "describes code or is not "
                                "loaded, so it must stay")
            return
        text = self.old.content(target) if target.exec else None
        for x, y in zip(a, b):
            self._relocation(target, text, x, y)

    def _place(self, target, offset):
        return f"{target.name}+{offset:#x}"

    def _moved(self, target, x, y, why):
        self.verdict.wrong(
            "relocation", self._place(target, x[0]),
            f"{self._show(self.old, x)} became {self._show(self.new, y)}, "
            f"but it {why}")

    @staticmethod
    def _show(image, r):
        offset, info, addend = r
        try:
            name = image.name(info >> 32)
        except elf.ElfError:
            name = f"symbol {info >> 32}"
        return (f"{elf.type_name(info & 0xffffffff)} {name}{addend:+#x} "
                f"at {offset:#x}")

    def _relocation(self, target, text, x, y):
        offset, info, addend = x
        index, kind = info >> 32, info & 0xffffffff
        old = self.old
        if index >= len(old.sym_shndx) or kind not in KNOWN_TYPES:
            if x != y:
                self._moved(target, x, y, "is of an unknown kind")
            return
        if text is None:
            use = ADDRESS
            bias = 0
        else:
            use = classify(text, offset, kind)
            bias = 4 if kind in PC_RELATIVE else 0
        shndx = old.sym_shndx[index]
        if shndx == elf.SHN_UNDEF:
            self._import(target, x, y, use)
            return
        if use in (ADDRESS, UNKNOWN):
            value = old.sym_value[index] + addend + bias
            names = self.starts.get(shndx, {}).get(value)
            if names:
                if use == UNKNOWN:
                    self.verdict.wrong(
                        "edge", self._place(target, offset),
                        f"refers to {names[0]} by an instruction that this "
                        "checker does not know")
                self._edge(target, x, y, (shndx, value), names, bias)
                return
        if x != y:
            self._moved(target, x, y, "neither takes the address of a driver "
                        "function nor calls a wrapped one")

    def _goal(self, y, bias):
        """Offset in .suture.text that a relocation of the new file names."""
        index = y[1] >> 32
        new = self.new
        if index >= len(new.sym_shndx) or \
           new.sym_shndx[index] != self.text_index:
            return None
        return new.sym_value[index] + y[2] + bias

    def _edge(self, target, x, y, key, names, bias):
        function = self.functions.get(key)
        if not function:
            function = self.functions[key] = Function(key, names)
        place = self._place(target, x[0])
        if target.name.startswith("__ksymtab"):
            function.flags.add("export")
        if x == y:
            function.kept.append(place)
            return
        if not self._same_field(target, x, y):
            return
        goal = self._goal(y, bias)
        if goal is None:
            self.verdict.wrong("edge", place, f"address of {function.name} "
                               f"became {self._show(self.new, y)}, which is "
                               "no thunk")
            return
        function.moved.append((place, goal))

    def _same_field(self, target, x, y):
        if x[0] != y[0] or (x[1] ^ y[1]) & 0xffffffff:
            self._moved(target, x, y, "must keep offset and type")
            return False
        return True

    def _import(self, target, x, y, use):
        """A relocation against a symbol that the driver imports."""
        api = self.undefined_at.get(x[1] >> 32)
        wrapper = self.wrappers.get(api)
        if api in self.contracts and use in (CALL, JUMP):
            self._checked(target, x, y, use, api)
            return
        if not wrapper:
            if x != y:
                self._moved(target, x, y, "names no function with a wrapper")
            return
        place = self._place(target, x[0])
        if use == CALL:
            self._call(target, x, y, api, wrapper)
        elif use == JUMP:
            if x == y:
                self.verdict.wrong("tail", place, f"jump to {api} does not "
                                   f"go to a stub for {wrapper}")
            elif self._same_field(target, x, y):
                self._tail(target, x, y, api, wrapper, place)
        else:
            self.taken.add(api)
            if x != y:
                self._moved(target, x, y, f"takes the address of {api}, "
                            "which must stay the kernel's own")

    def _checked(self, target, x, y, use, api):
        """A branch to a function whose arguments are checked before."""
        place = self._place(target, x[0])
        goal = self._goal(y, 4)
        if x == y or goal is None:
            self.verdict.wrong("call" if use == CALL else "tail", place,
                               f"branch to {api} does not go to its check")
        elif not self._same_field(target, x, y):
            return
        elif goal not in self.check_starts:
            if use == CALL:
                self.verdict.wrong("call", place, f"call of {api} goes to what "
                                   "is no check")
            else:
                self._tail(target, x, y, api, None, place)
        elif self.checks.setdefault(api, goal) != goal:
            self.verdict.wrong("check", place, f"branch to {api} goes to "
                               "another check than those before")
        elif use == CALL:
            self.calls += 1
        else:
            # See _tail(): only what may have arguments on the stack.
            if self.prototypes.stack_arguments(api) is False:
                self.verdict.wrong("tail", place, f"jump to {api} has no stub")
            self.straight += 1

    def _call(self, target, x, y, api, wrapper):
        place = self._place(target, x[0])
        if x == y:
            self.verdict.wrong("call", place,
                               f"call of {api} does not go to {wrapper}")
            return
        if not self._same_field(target, x, y):
            return
        new = self.new
        if not self._names_wrapper(x, y, wrapper):
            self.verdict.wrong("call", place, f"call of {api} became "
                               f"{self._show(new, y)}, not {wrapper}")
            return
        self.calls += 1

    def _names_wrapper(self, x, y, wrapper):
        new, index = self.new, y[1] >> 32
        return index < len(new.sym_shndx) and new.name(index) == wrapper and \
            new.sym_shndx[index] == elf.SHN_UNDEF and y[2] == x[2]

    def _plain_caller(self, target, offset):
        starts = self.starts.get(target.index, {})
        before = [value for value in starts if value <= offset]
        return bool(before) and self.prototypes.is_plain(starts[max(before)])

    def _tail(self, target, x, y, api, wrapper, place):
        """A stub puts a return address between the API function and arguments
        on the stack, so a jump to one that has such goes to the wrapper. What
        a variadic function is given there in a tail call must fit into what
        its caller was given there."""
        on_stack = self.prototypes.stack_arguments(api)
        if wrapper and on_stack is not False and \
           self._names_wrapper(x, y, wrapper):
            self.straight += 1
            return
        goal = self._goal(y, 4)
        if goal is None:
            self.verdict.wrong("tail", place, f"jump to {api} became "
                               f"{self._show(self.new, y)}, which is no stub")
            return
        if on_stack is True or \
                on_stack == "variadic" and not self._plain_caller(target, x[0]):
            self.verdict.wrong("tail", place, f"jump to {api} goes to a stub, "
                               f"but {api} has arguments on the stack")
        text = self.old.content(target)
        length = 1 if text[x[0] - 1] == 0xe9 else 2
        _, sites = self.tails.setdefault(goal, (api, []))
        if sites:
            self.verdict.wrong("tail", place, f"shares the stub at {goal:#x} "
                               "with another jump")
        sites.append((target.index, x[0] - length))
