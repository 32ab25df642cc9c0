# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh - what the scripts that run in the guest have in common: TAP, events, bad
# drivers. Read by each of them with `. /t/guest.sh`.

count=0
failed=0

# result NAME STATUS [DETAIL]: one TAP line, with what was seen if it failed.
result() {
	count=$((count + 1))
	if [ "$2" -eq 0 ]; then
		echo "ok $count - $1"
		return 0
	fi
	failed=$((failed + 1))
	echo "not ok $count - $1"
	[ -z "$3" ] || echo "$3" | sed 's/^/# /'
	return 1
}

# check NAME COMMAND...: the command must succeed; its output is shown if it does not.
check() {
	check_name=$1
	shift
	check_out=$("$@" 2>&1)
	result "$check_name" $? "$check_out"
}

# refuse NAME TEXT COMMAND...: the command must fail and say TEXT (a regular expression).
refuse() {
	refuse_name=$1 refuse_text=$2
	shift 2
	if refuse_out=$("$@" 2>&1); then
		result "$refuse_name" 1 "it did not fail: $*
$refuse_out"
	else
		echo "$refuse_out" | grep -qE -- "$refuse_text"
		result "$refuse_name" $? "expected: $refuse_text
got: $refuse_out"
	fi
}

# The plan comes last: a script that stops half-way has none.
finish() {
	echo "1..$count"
	[ "$failed" -eq 0 ]
	exit
}

# --- events -----------------------------------------------------------------------

# Number of the next event.
next_event() {
	echo $(($(suture status -j | sed -n 's/^ *"events": \([0-9]*\),*$/\1/p' | head -n 1) + 1))
}

since=1

# news: the events since the last look, one a line. Their netlink order is their own.
news() {
	fresh=$(suture events --since "$since")
	[ -z "$fresh" ] || since=$(($(echo "$fresh" | tail -n 1 | cut -d' ' -f1) + 1))
}

# quiet NAME: there has been no event since the last look.
quiet() {
	news
	[ -z "$fresh" ]
	result "$1" $? "$fresh"
}

# --- bad drivers ------------------------------------------------------------------

# say DRIVER WORD: write the word; $said is "ok" or the error in the shell's words.
say() {
	if said=$( (echo "$2" >"/dev/bad_$1") 2>&1); then
		said=ok
	else
		said=${said##*: }
	fi
}

errno_name() {
	case $1 in
	ok) echo ok ;;
	"Input/output error" | "I/O error") echo EIO ;;
	"Device or resource busy" | "Resource busy") echo EBUSY ;;
	"Operation canceled") echo ECANCELED ;;
	"Cannot allocate memory" | "Out of memory") echo ENOMEM ;;
	*) echo "'$1'" ;;
	esac
}

# breaks DRIVER WORD RESULT RULE ACTION REPAIR CONTEXT ENTRY SITE [TEXT]
#
# Write WORD: it must end with RESULT (ok, or the name of an error); exactly one event
# must come, with this rule, action, repair (- for none), context, entry and function of the call
# site (FUNCTION@MODULE if it is in another module), saying TEXT; afterwards the driver must work
# as if nothing had been. RULE*N: N such events.
breaks() {
	b_name="$4: $1 $2" b_text=${10:-.*} b_times=${4##*\*} b_rule=${4%\**}
	[ "$b_times" != "$4" ] || b_times=1
	case $9 in
	*@*) b_site=${9%@*} b_module=${9#*@} ;;
	*) b_site=$9 b_module=$1 ;;
	esac
	case $6 in
	-) b_repair='' ;;
	*) b_repair="; repair: $6; gives up: .+" ;;
	esac
	b_line="^[0-9]+ [-0-9]+ [:.0-9]+ $1 $b_rule $5: $b_text \(at $b_site\+0x[0-9a-f]+/0x[0-9a-f]+ \[$b_module\], in $8, $7, cpu [0-9]+, .*\)$b_repair\$"
	say "$1" "$2"
	b_said=$(errno_name "$said")
	news
	b_lines=$(echo "$fresh" | grep -c .)
	b_right=$(echo "$fresh" | grep -cE -- "$b_line")
	b_seen=$fresh
	say "$1" ok
	b_then=$said
	news
	[ "$b_said" = "$3" ] && [ "$b_lines" = "$b_times" ] && [ "$b_right" = "$b_times" ] &&
		[ "$b_then" = ok ] && [ -z "$fresh" ]
	result "$b_name" $? "write: $b_said, expected $3; write of ok afterwards: $b_then
expected $b_times of: $b_line
events: $b_seen
events afterwards: $fresh"
}

load() { check "$1 is loaded guarded" suture load "/t/$1.ko"; }

unload() {
	check "$1 is unloaded" suture unload "$1"
	quiet "$1 leaves no event behind"
}
