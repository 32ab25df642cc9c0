#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Install the Debian packages that the project needs, by name.
#
# Does nothing, quickly, when all are there. Otherwise it says what it is about to
# install and why, and installs as root or through sudo. Stock kernels are not
# installed: lab/kernel unpacks them into a folder of their own.
#
# usage: packages.sh [--list]

set -euo pipefail

# One line for each purpose; a package stands where it is needed first.
needs=(
	"build programs|gcc libc6-dev make pkg-config git ca-certificates"
	"build modules|gcc-12 libelf1 pahole xz-utils zstd gzip dkms"
	"read and write modules|libelf-dev libdw-dev libzydis-dev libzycore-dev libbpf-dev"
	"read compressed modules|liblzma-dev libzstd-dev zlib1g-dev"
	"talk to the kernel, print JSON|libkmod-dev libmnl-dev libjansson-dev libsystemd-dev"
	"read configuration files|libinih-dev"
	"man pages|scdoc"
	"Debian packages|debhelper dh-dkms dpkg-dev fakeroot"
	"unit tests, sanitizers, fuzzing|libcmocka-dev clang libclang-rt-14-dev"
	"lint|clang-format shellcheck perl"
	"set up interfaces in guests|iproute2 ethtool"
	"trace and log events|trace-cmd systemd"
	"look at pages|chromium fonts-dejavu-core"
	"make file systems for guests|e2fsprogs"
	"make a Debian system for guests|debootstrap util-linux ovmf"
	"boot stock kernels|qemu-system-x86 qemu-utils busybox-static kmod cpio python3 socat"
	"fetch stock kernels|dpkg debian-archive-keyring util-linux"
)

say() { printf 'packages: %s\n' "$*"; }
die() { printf 'packages: %s\n' "$*" >&2; exit 1; }

if [ "${1:-}" = --list ]; then
	for line in "${needs[@]}"; do
		printf '%-34s %s\n' "${line%%|*}:" "${line#*|}"
	done
	exit 0
fi
[ $# -eq 0 ] || die "$1: unknown argument; usage: lab/packages.sh [--list]"

command -v dpkg-query >/dev/null ||
	die "dpkg-query: not found: this is not a Debian system; see lab/packages.sh --list for what is needed"

# dpkg-query fails when it does not know a name: that is a missing package, too.
# shellcheck disable=SC2046 # the words are package names
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' \
	$(printf '%s\n' "${needs[@]}" | cut -d'|' -f2) 2>/dev/null |
	awk '$2 == "installed" { print $1 }' || true)

missing=()
for line in "${needs[@]}"; do
	read -ra names <<<"${line#*|}"
	absent=()
	for name in "${names[@]}"; do
		grep -qxF "$name" <<<"$installed" || absent+=("$name")
	done
	[ ${#absent[@]} -eq 0 ] && continue
	[ ${#missing[@]} -eq 0 ] && say "installing these Debian packages (and what they depend on):"
	printf '  %-34s %s\n' "${line%%|*}:" "${absent[*]}"
	missing+=("${absent[@]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

root=()
if [ "$(id -u)" -ne 0 ]; then
	command -v sudo >/dev/null ||
		die "not root and no sudo: run as root: apt-get install --no-install-recommends ${missing[*]}"
	say "asking sudo for the right to install"
	root=(sudo)
fi

# Two runs at a time would fight for dpkg's lock: apt waits for it.
apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 -qq)
"${apt[@]}" update || say "apt-get update failed; trying with the package lists that are there"
"${apt[@]}" install --no-install-recommends -y -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null ||
	die "apt-get could not install: ${missing[*]}; look at the message above"
say "installed ${#missing[@]} packages"
