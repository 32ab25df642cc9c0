# SPDX-License-Identifier: GPL-2.0-only
"""
core.py - what suture.ko and its rule packs offer: wrappers and the CRCs of their exports.
"""
import struct

import elf

KSYMTAB_ENTRY = 12      # three 32-bit offsets: value, name, namespace


FAILURES = ["none", "void", "errno", "false", "null", "error"]


class Core:
    def __init__(self, path, packs=(), contracts=None):
        image = elf.Elf(path)
        self.path = str(path)
        self.wrappers = self._read_wrappers(image)
        self.exports, self.crcs = self._read_exports(image)
        self.checked = self._read_checked(image)
        for pack in packs:
            self._add(elf.Elf(pack), pack)
        self.contracts = {}
        if contracts:
            self._read_contracts(contracts)

    def _add(self, image, path):
        wrappers = self._read_wrappers(image)
        twice = wrappers.keys() & self.wrappers.keys()
        if twice:
            raise elf.ElfError(f"{path} wraps {min(twice)}, which has a wrapper")
        self.wrappers.update(wrappers)
        exports, crcs = self._read_exports(image)
        self.exports |= exports
        self.crcs.update(crcs)
        self.checked |= self._read_checked(image)

    @staticmethod
    def _read_checked(image):
        """Functions whose wrappers look at their pointers themselves."""
        section = image.find(".suture.checked")
        names = image.content(section).split(b"\0") if section else ()
        return {n.decode("latin-1") for n in names if n}

    def _read_contracts(self, path):
        """{API: (strong, weak, failure)} of what has to be checked before calls."""
        with open(path, encoding="ascii") as f:
            head, *lines = f.read().splitlines()
        if not head.startswith("suture-contracts 1 "):
            raise elf.ElfError(f"{path} is no file of contracts")
        for line in lines:
            if line.startswith("#"):
                continue
            name, arguments, failure = line.split()
            if name in self.checked:
                continue
            strong = sum(1 << i for i, c in enumerate(arguments) if c == "S")
            weak = sum(1 << i for i, c in enumerate(arguments) if c == "w")
            self.contracts[name] = (strong, weak, FAILURES.index(failure))

    @staticmethod
    def _read_wrappers(image):
        """{API: wrapper}; empty strings between the pairs are padding."""
        section = image.find(".suture.wrappers")
        if not section:
            raise elf.ElfError("has no section .suture.wrappers")
        words = []
        wrappers = {}
        for raw in image.content(section).split(b"\0"):
            if not raw and not words:
                continue
            words.append(raw.decode("latin-1"))
            if len(words) == 2:
                if not words[1] or words[0] in wrappers:
                    raise elf.ElfError(f".suture.wrappers names {words[0]} "
                                       "twice or without a wrapper")
                wrappers[words[0]] = words[1]
                words = []
        if words:
            raise elf.ElfError(f".suture.wrappers ends after {words[0]}")
        return wrappers

    @staticmethod
    def _read_exports(image):
        """Names that it exports, and their CRCs when it has any.

        __crc_NAME is a label in __kcrctab* (kernels from 5.19 on) or an
        absolute symbol (before); without these symbols the position in
        __ksymtab* is the position in __kcrctab*.
        """
        exports, crcs = set(), {}
        for i, shndx in enumerate(image.sym_shndx):
            if not 0 < shndx or not image.sym_name[i]:
                continue
            name = image.name(i)
            if shndx == elf.SHN_ABS:
                if name.startswith("__crc_"):
                    crcs[name[6:]] = image.sym_value[i] & 0xffffffff
                continue
            if shndx >= image.shnum:
                continue
            section = image.sections[shndx]
            value = image.sym_value[i]
            if name.startswith("__ksymtab_"):
                exports.add(name[10:])
                table = image.find(section.name.replace("__ksymtab",
                                                        "__kcrctab", 1))
                at = value // KSYMTAB_ENTRY * 4
                if table and at + 4 <= table.size:
                    crcs.setdefault(name[10:], struct.unpack_from(
                        "<I", image.content(table), at)[0])
            elif name.startswith("__crc_") and value + 4 <= section.size:
                crcs[name[6:]] = struct.unpack_from(
                    "<I", image.content(section), value)[0]
        return exports, crcs
