# SPDX-License-Identifier: GPL-2.0-only
"""A QEMU machine for a laboratory guest: its command line, its turn, its two ports.

The console is the first serial port, the script's output the second. At most two
machines run at a time, however many callers there are: a machine's turn is a lock
that QEMU itself inherits, so that it is held exactly as long as QEMU lives.
"""

import fcntl
import json
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from initramfs import Refused

SLOTS = 2
PROBE_SECONDS = 25


def cache_dir():
    return os.environ.get("SUTURE_CACHE") or os.path.expanduser("~/.cache/suture")


def take_slot(tell=True):
    """Wait for one of the two turns, in the order of coming; returns the open lock file."""
    os.makedirs(cache_dir(), exist_ok=True)
    queue = lock_file("vm-queue", wait=False)
    if not queue:
        if tell:
            print("vm: others wait for a turn, too", file=sys.stderr, flush=True)
        # The kernel wakes those that wait in the order in which they came.
        queue = lock_file("vm-queue")
    with queue:
        while True:
            for number in range(SLOTS):
                lock = lock_file(f"vm-slot-{number}", wait=False)
                if lock:
                    return lock
            if tell:
                print("vm: two machines are running, waiting for one to end", file=sys.stderr,
                      flush=True)
            tell = False
            time.sleep(0.25)


def lock_file(name, wait=True):
    """Open and lock a file of the cache; None if another has it and we do not wait."""
    lock = open(os.path.join(cache_dir(), name), "w", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        return lock
    except BlockingIOError:
        lock.close()
        return None


def check_extra(words):
    """A guest talks to its host at most: user networking must be restricted."""
    for word in words:
        if re.match(r"user\b", word) and not re.search(r"\brestrict=(on|y|yes)\b", word):
            raise Refused(f"--qemu {word}: add restrict=on: guests do not reach the network")
        if re.search(r"hostfwd=\w*:(?!127\.)", word):
            raise Refused(f"--qemu {word}: forward from 127.0.0.1 only: hostfwd=tcp:127.0.0.1:PORT-:PORT")


class Machine:
    """One run of QEMU."""

    def __init__(self, kernel_image, initramfs, options):
        self.image = kernel_image
        self.initramfs = initramfs
        self.o = options
        self.ports = tempfile.mkdtemp(prefix="lab-")
        self.process = None
        self.seconds = 0.0
        self.script_port = None

    def command(self, accel):
        o = self.o
        smp = o.smp
        args = ["qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none",
                "-machine", "pc", "-cpu", o.cpu, "-m", o.memory,
                "-kernel", self.image, "-initrd", self.initramfs]
        if o.icount:
            accel, smp = "tcg", 1
            args += ["-icount", "shift=0,sleep=off"]
        args += ["-accel", accel, "-smp", str(smp)]
        for number, name in enumerate(("console", "script")):
            args += ["-chardev", f"socket,id={name},path={self.ports}/{name}",
                     "-device", f"isa-serial,chardev={name},index={number}"]
        if o.screens:
            args += ["-qmp", f"unix:{self.ports}/monitor,server=on,wait=off"]
        line = ["console=ttyS0", "panic=-1", f"loglevel={o.loglevel}", "printk.devkmsg=on",
                # On a busy host an emulated CPU may stand still for long; that is no lockup.
                "watchdog_thresh=30", "rcupdate.rcu_cpu_stall_timeout=120", "no_timer_check"]
        if o.expect_crash:
            line += ["oops=panic", "softlockup_panic=1", "hung_task_panic=1"]
        args += ["-append", " ".join(line + o.append)]
        for extra in o.qemu:
            words = extra.split()
            check_extra(words)
            args += words
        return args

    def run(self, accel, console, script, stdin=None):
        """Run to the end; feeds bytes to console and script. How it ended, in words."""
        if not shutil.which("qemu-system-x86_64"):
            raise Refused("qemu-system-x86_64: not found; run lab/packages.sh")
        servers = {}
        try:
            for name in ("console", "script"):
                servers[name] = socket.socket(socket.AF_UNIX)
                servers[name].bind(os.path.join(self.ports, name))
                servers[name].listen(1)
            with take_slot() as slot:
                start = time.monotonic()
                args = self.command(accel)
                # Should this program die, the machine ends with it; should it hang, later.
                guard = ["setpriv", "--pdeathsig", "TERM", "timeout", "--foreground", "-k", "5", str(self.o.timeout + 30)]
                self.process = subprocess.Popen(
                    guard + args, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE, pass_fds=[slot.fileno()])
                try:
                    return self._serve(servers, console, script, stdin, start + self.o.timeout)
                finally:
                    self.seconds = time.monotonic() - start
        finally:
            self.stop()
            for server in servers.values():
                server.close()
            shutil.rmtree(self.ports, ignore_errors=True)

    def _serve(self, servers, console, script, stdin, deadline):
        sinks = {}
        accept = {servers["console"]: console, servers["script"]: script}
        port = None
        words = b""
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                self.stop()
                return f"stopped after {self.o.timeout} s"
            watch = list(accept) + list(sinks) + [self.process.stderr]
            if stdin is not None and port is not None:
                watch.append(stdin)
            ready, _, _ = select.select(watch, [], [], min(left, 0.5))
            for item in ready:
                if item in accept:
                    sink = accept.pop(item)
                    connection, _ = item.accept()
                    sinks[connection] = sink
                    if item is servers["script"]:
                        port = self.script_port = connection
                elif item in sinks:
                    try:
                        data = item.recv(65536)
                    except ConnectionResetError:
                        data = b""
                    if data:
                        sinks[item](data)
                    else:
                        del sinks[item]
                        port = None if item is port else port
                elif item is stdin:
                    data = os.read(stdin.fileno(), 4096)
                    if not data or b"\x1d" in data:
                        self.stop()
                        return "stopped by the user"
                    port.sendall(data)
                else:
                    words += os.read(self.process.stderr.fileno(), 4096)
            if self.process.poll() is not None and not sinks:
                status = self.process.returncode
                if status == 0:
                    return "exit"
                rest = (words + (self.process.stderr.read() or b"")).decode(errors="replace").strip()
                return f"qemu left with status {status}" + (f": {rest}" if rest else "")

    def monitor(self, command, **arguments):
        """One command to QEMU's monitor (docs/interop/qmp-spec); raises what it complains of."""
        with socket.socket(socket.AF_UNIX) as qmp:
            qmp.settimeout(20)
            qmp.connect(os.path.join(self.ports, "monitor"))
            with qmp.makefile("rw", encoding="utf-8") as lines:
                lines.readline()
                for name, values in (("qmp_capabilities", {}), (command, arguments)):
                    lines.write(json.dumps({"execute": name, "arguments": values}) + "\n")
                    lines.flush()
                    answer = {}
                    # Between command and answer there may be events.
                    while not {"return", "error"} & set(answer):
                        answer = json.loads(lines.readline())
                    if "error" in answer:
                        raise OSError(f"{name}: {answer['error']['desc']}")

    def say(self, text):
        """A line to the script's port."""
        self.script_port.sendall(text.encode() + b"\n")

    def stop(self):
        """End QEMU, if it still runs."""
        if self.process and self.process.poll() is None:
            # timeout --foreground hands the signal on to qemu.
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(8)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def accelerator(wanted, probe):
    """kvm or tcg. A machine can have a /dev/kvm on which a guest hangs, so it is tried
    once for each start of this machine; probe(seconds) boots a guest under KVM."""
    if wanted != "auto":
        return wanted
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as f:
        boot = f.read().strip()
    os.makedirs(cache_dir(), exist_ok=True)
    path = os.path.join(cache_dir(), "accelerator")
    with open(path, "a+", encoding="ascii") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        f.seek(0)
        known = f.read().split()
        if len(known) == 2 and known[0] == boot:
            return known[1]
        print(f"vm: trying once whether a stock kernel boots under KVM (at most {PROBE_SECONDS} s)",
              file=sys.stderr, flush=True)
        found = "kvm" if probe(PROBE_SECONDS) else "tcg"
        print(f"vm: using {found}", file=sys.stderr, flush=True)
        f.seek(0)
        f.truncate()
        f.write(f"{boot} {found}\n")
    return found
