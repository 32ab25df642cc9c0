# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# expect.sh - what the tests of the built command have in common: calling it, and looking at its answer.
# They define functions test_NAME and end with `main "$@"`.
#
# usage of each: --list | SUTURE NAME

set -euo pipefail

die() { echo "$*" >&2; exit 1; }

# expect STATUS ARGUMENTS...: runs the command; output is left in $out and $err.
expect() {
	local want=$1 got=0
	shift
	"$suture" "$@" >"$work/out" 2>"$work/err" || got=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
	[ "$got" -eq "$want" ] || die "suture $*: status $got, not $want; said: $out $err"
}

# Is standard output one JSON object with the schema, and does this hold of it? A second word: it has
# a form of its own.
json() {
	python3 -c '
import json, sys
o = json.load(sys.stdin)
assert o.get("schema") == 1 or sys.argv[2:], o
assert eval(f"({sys.argv[1]})", {"o": o}), o' "$@" <<<"$out"
}

# A message belongs to standard error, alone.
complains() {
	[ -z "$out" ] || die "standard output: $out"
	case $err in
	"suture: "*"$1"*) ;;
	*) die "\"$1\" is not in: $err" ;;
	esac
}

main() {
	if [ "${1:-}" = --list ]; then
		declare -F | sed -n 's/^declare -f test_//p'
		exit 0
	fi
	[ $# -eq 2 ] || die "usage: $0 --list | $0 SUTURE NAME"
	suture=$(realpath "$1")
	cd "$(dirname "$0")"
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	"test_$2"
}
