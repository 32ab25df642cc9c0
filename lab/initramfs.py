# SPDX-License-Identifier: GPL-2.0-only
"""An initramfs for a laboratory guest, written as a newc archive without root.

It holds busybox, kmod, the wanted stock modules with what they depend on, and any
file of the host; programs bring their shared libraries with them.
"""

import glob
import os
import re
import shutil
import stat
import subprocess
import tempfile


class Refused(Exception):
    """Something that was asked for is not there or is not right; says which."""


class Archive:
    """A newc cpio archive (Documentation/driver-api/early-userspace/buffer-format)."""

    def __init__(self, out):
        self.out = out
        self.inode = 0
        self.seen = set()

    def _entry(self, name, mode, data=b"", device=(0, 0)):
        self.inode += 1
        raw = name.encode() + b"\0"
        fields = (self.inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(raw), 0)
        head = b"070701" + b"".join(b"%08X" % f for f in fields)
        self.out.write(head + raw + b"\0" * (-(len(head) + len(raw)) % 4))
        self.out.write(data + b"\0" * (-len(data) % 4))

    def _new(self, name):
        """Make the folders above name; False when name is there already."""
        name = os.path.normpath(name).lstrip("/")
        if name in self.seen or name == ".":
            return None
        parent = os.path.dirname(name)
        if parent:
            self.folder(parent)
        self.seen.add(name)
        return name

    def folder(self, name):
        name = self._new(name)
        if name:
            self._entry(name, stat.S_IFDIR | 0o755)

    def link(self, name, target):
        name = self._new(name)
        if name:
            self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def node(self, name, mode, major, minor):
        name = self._new(name)
        if name:
            self._entry(name, mode, device=(major, minor))

    def data(self, name, content, mode=0o644):
        name = self._new(name)
        if name:
            self._entry(name, stat.S_IFREG | mode, content)

    def close(self):
        self._entry("TRAILER!!!", 0)


def _read(path):
    try:
        with open(path, "rb") as f:
            return f.read()
    except OSError as e:
        raise Refused(f"{path}: {e.strerror}") from e


def _libraries(path, content):
    """Shared libraries of an ELF program as (name in the guest, file on the host)."""
    # Relocatable objects (kernel modules, e_type 1) have no libraries.
    if content[:4] != b"\x7fELF" or content[16:18] == b"\x01\x00":
        return
    env = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
    done = subprocess.run(["ldd", path], capture_output=True, text=True, env=env, check=False)
    if done.returncode != 0:
        return  # "not a dynamic executable"
    for line in done.stdout.splitlines():
        if "not found" in line:
            raise Refused(f"{path}: library {line.split()[0]} is not found; run lab/packages.sh")
        found = re.search(r"(/\S+) \(0x", line)
        if found:
            yield found.group(1)


def add_file(archive, source, dest):
    """Put a file, a program with its libraries, or a whole folder into the archive."""
    if os.path.isdir(source):
        archive.folder(dest)
        for name in sorted(os.listdir(source)):
            add_file(archive, os.path.join(source, name), os.path.join(dest, name))
        return
    content = _read(source)
    archive.data(dest, content, stat.S_IMODE(os.stat(source).st_mode) | 0o444)
    for library in _libraries(source, content):
        archive.data(library, _read(library), 0o755)


def _add_tools(archive):
    busybox = shutil.which("busybox")
    kmod = shutil.which("kmod", path=_sbin()["PATH"])
    for name, path in (("busybox", busybox), ("kmod", kmod)):
        if not path:
            raise Refused(f"{name}: not found; run lab/packages.sh")
    for top in ("sbin", "usr/bin", "usr/sbin"):
        archive.link(top, "/bin")
    for name in ("proc", "sys", "dev", "tmp", "run", "root", "etc", "mnt"):
        archive.folder(name)
    archive.node("dev/console", stat.S_IFCHR | 0o600, 5, 1)
    archive.data("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n")
    archive.data("etc/group", b"root:x:0:\n")
    add_file(archive, busybox, "bin/busybox")
    add_file(archive, kmod, "bin/kmod")
    for name in ("modprobe", "insmod", "rmmod", "lsmod", "modinfo", "depmod"):
        archive.link(f"bin/{name}", "kmod")
    names = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True)
    for name in names.stdout.split():
        archive.link(f"bin/{name}", "busybox")


def _plain(name):
    return re.sub(r"\.ko(\.\w+)?$", "", os.path.basename(name)).replace("-", "_")


def _sbin():
    """kmod's tools are not in every user's PATH."""
    return dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")


def _module_files(tree, wanted):
    """Paths, relative to tree, of the wanted modules and of all that they need."""
    paths, needs, soft = {}, {}, {}
    with open(os.path.join(tree, "modules.dep"), encoding="ascii") as f:
        for line in f:
            path, _, rest = line.partition(":")
            paths[_plain(path)] = path
            needs[_plain(path)] = [_plain(p) for p in rest.split()]
    with open(os.path.join(tree, "modules.softdep"), encoding="ascii") as f:
        for line in f:
            words = line.split()
            if words and words[0] == "softdep":
                soft[_plain(words[1])] = [_plain(w) for w in words[2:] if not w.endswith(":")]
    with open(os.path.join(tree, "modules.builtin"), encoding="ascii") as f:
        builtin = {_plain(line.strip()) for line in f}

    chosen, queue = {}, []
    for name in wanted:
        plain = _plain(name)
        if name.endswith(".ko"):  # the project's own: only what it needs is stock
            depends = subprocess.run(["modinfo", "-F", "depends", name], capture_output=True,
                                     text=True, check=True, env=_sbin()).stdout.strip()
            own = {_plain(n) for n in wanted if n.endswith(".ko")}
            queue += [d for d in map(_plain, depends.split(",")) if d and d not in own]
            continue
        if plain not in paths and plain not in builtin:
            raise Refused(f"module {name}: this kernel has no such module")
        queue.append(plain)
    while queue:
        name = queue.pop()
        if name in chosen or name not in paths:
            continue
        chosen[name] = paths[name]
        queue += needs[name] + soft.get(name, [])
    return sorted(chosen.values())


def _add_modules(archive, kernel, release, wanted):
    for name in wanted:
        if name.endswith(".ko") and not os.path.exists(name):
            raise Refused(f"module {name}: no such file")
    tree = os.path.join(kernel, "lib/modules", release)
    inside = f"lib/modules/{release}"
    files = _module_files(tree, wanted)
    with tempfile.TemporaryDirectory(prefix="lab-") as stage:
        staged = os.path.join(stage, inside)
        os.makedirs(staged)
        for path in files:
            target = os.path.join(staged, path)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(os.path.join(tree, path), target)
        own = [name for name in wanted if name.endswith(".ko")]
        # The rule packs go with suture.ko. What they need comes with the driver that needs them.
        for name in own:
            if os.path.basename(name) == "suture.ko":
                own += sorted(glob.glob(os.path.join(os.path.dirname(name), "suture_*.ko")))
        for path in own:
            os.makedirs(os.path.join(staged, "updates"), exist_ok=True)
            shutil.copy(path, os.path.join(staged, "updates"))
        for name in ("modules.builtin", "modules.builtin.modinfo", "modules.order"):
            if os.path.exists(os.path.join(tree, name)):
                shutil.copyfile(os.path.join(tree, name), os.path.join(staged, name))
        # What was learnt from the kernel lies beside suture.ko, too: lab/contracts.
        for name in own:
            learnt = os.path.join(os.path.dirname(name), "contracts")
            if os.path.basename(name) == "suture.ko" and os.path.exists(learnt):
                add_file(archive, learnt, f"var/cache/suture/{release}/contracts")
        # Indexes of their own: with the full ones modprobe would look for absent files.
        subprocess.run(["depmod", "-b", stage, release], check=True, env=_sbin())
        add_file(archive, staged, inside)


def build(path, kernel, release, script, env, modules=(), files=()):
    """Write the initramfs for one run to path."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(path, "wb") as out:
        archive = Archive(out)
        # What the caller brings comes first: it may replace what the laboratory has.
        for source, dest in files:
            if dest.endswith("/"):
                dest += os.path.basename(source)
            if not os.path.exists(source):
                raise Refused(f"{source}: no such file (wanted in the guest as {dest})")
            add_file(archive, source, dest)
        archive.data("init", _read(os.path.join(here, "init")), 0o755)
        content = _read(script)
        if not content.startswith(b"#!"):
            content = b"#!/bin/sh\n" + content
        archive.data("lab/script", content, 0o755)
        lines = "".join(f"export {k}='{v}'\n" for k, v in env.items())
        archive.data("lab/env", lines.encode())
        _add_tools(archive)
        _add_modules(archive, kernel, release, modules)
        archive.close()
