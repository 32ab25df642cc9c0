# SPDX-License-Identifier: GPL-2.0-only
"""
breakage.py - the list of ways in which the selftest breaks a guarded image.

Each is a function that changes the parts of a fixture.Guard, under a decorator
that says which check has to notice and what was done, in words. They stand in
breakage_driver.py and breakage_image.py.
"""
BREAKAGES = []


def breaks(check, text):
    def register(function):
        BREAKAGES.append((check, text, function))
        return function
    return register


def flip(part, at, mask=0xff):
    part.content[at] ^= mask


def change(g, section, number, **fields):
    """Replace fields of relocation NUMBER of a section."""
    at, info, addend = g.obj.relocations(section)[number]
    new = {"offset": at, "symbol": info >> 32, "kind": info & 0xffffffff,
           "addend": addend, **fields}
    g.obj.set_relocation(section, number, **new)


def restore(g, section, number):
    """Put back the original's relocation."""
    rela = g.old.find(".rela" + section)
    g.obj[".rela" + section].content[number * 24:number * 24 + 24] = \
        g.old.content(rela)[number * 24:number * 24 + 24]


def number_of(g, section, at):
    return [r[0] for r in g.obj.relocations(section)].index(at)


def number_of_import(g, section, name, kind):
    want = g.obj.find_symbol(name) << 32 | kind
    return [r[1] for r in g.obj.relocations(section)].index(want)


def thunk(g, name):
    return next(g.thunks[k] for k, v in g.functions.items() if v[0] == name)


def text_relocation(g, at):
    return number_of(g, ".suture.text", at)


def data(g):
    return g.obj[".suture.data"].content
