# SPDX-License-Identifier: GPL-2.0-only
"""
judge.py - one original, one guarded image, one core: all checks in order.
"""
import struct

import btf
import edges
import elf
import frame
import imports
import left
import orc
import tables
import thunks
import verdict


def judge(original, guarded, core, kernel_types=None, reasons=None,
          entries_only=False):
    """Verdict on GUARDED, a path or an elf.Elf. Unreadable input is a
    finding if it is the guarded file, and an elf.ElfError otherwise."""
    v = verdict.Verdict()
    old = original if isinstance(original, elf.Elf) else elf.Elf(original)
    try:
        new = guarded if isinstance(guarded, elf.Elf) else elf.Elf(guarded)
        _judge(old, new, core, kernel_types, reasons or {}, entries_only, v)
    except elf.ElfError as e:
        v.wrong("file", "guarded file", str(e))
    except (struct.error, IndexError) as e:
        v.wrong("file", "guarded file", f"has a value out of range: {e}")
    return v


def _judge(old, new, core, kernel_types, reasons, entries_only, v):
    if not frame.check(old, new, v) or not new.find(".suture.data"):
        return
    wrappers = {} if entries_only else core.wrappers
    contracts = {} if entries_only else core.contracts
    prototypes = btf.Prototypes(old, kernel_types)
    image = tables.Image(old, new, v)
    starts = {stub[1] for _, stub, *_ in image.checks if stub}
    walk = edges.Edges(old, new, wrappers, contracts, starts, prototypes, v)
    text = thunks.Text(new, v)
    if image.ok:
        pieces = image.check_entries(text, walk)
        prototypes.check(image, walk, pieces, v)
        pieces += image.check_checks(text, walk)
        pieces += image.check_tails(text, walk)
        image.check_taken(walk)
        text.check_rest(pieces)
        thunks.check_function_symbols(new, pieces, v)
        image.data.check_rest()
        orc.check(old, new, walk.starts, pieces, v)
    imports.check(old, new, core, v)
    left.check(walk, prototypes, reasons, v)
