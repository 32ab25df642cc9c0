#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Is the wave that soundtest plays in what QEMU has recorded, in one piece?"""

import array
import sys

FRAMES = 4096


def expected():
    state, frames = 1, array.array("H")
    for _ in range(FRAMES):
        state = (state * 1664525 + 1013904223) & 0xffffffff
        frames.append(state >> 16)
        frames.append(~(state >> 16) & 0xffff)
    return frames.tobytes()


def main(path):
    with open(path, "rb") as f:
        data = f.read()
    # QEMU may have been stopped before it could write the sizes into the head.
    times = data.count(expected(), data.find(b"data") + 8)
    print(f"the wave was played {times} times in {len(data)} bytes")
    return 0 if times else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
