# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# guest.sh - what the scripts that run in the guest have in common: TAP, events, bad
# drivers. Read by each of them with `. /t/guest.sh`.

count=0
failed=0

# result NAME STATUS [DETAIL]: one TAP line, with what was seen if it failed.
result() {
	if [ -n "$OFF" ]; then
		[ "$2" -eq 0 ] || echo "# $1"
		return "$2"
	fi
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
	off_skips && return
	check_out=$("$@" 2>&1)
	result "$check_name" $? "$check_out"
}

# refuse NAME TEXT COMMAND...: the command must fail and say TEXT (a regular expression).
refuse() {
	refuse_name=$1 refuse_text=$2
	shift 2
	[ -z "$OFF" ] || return 0
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
	[ -z "$OFF" ] || echo "# off: done"
	echo "1..$count"
	[ "$failed" -eq 0 ]
	exit
}

# background NAME COMMAND...: it goes on beside the script; what it says goes to /tmp/NAME, and at
# its end its status to /tmp/NAME.status.
background() {
	background_name=$1
	shift
	rm -f "/tmp/$background_name.status"
	{
		"$@" >"/tmp/$background_name" 2>&1
		echo $? >"/tmp/$background_name.status"
	} </dev/null >/dev/null 2>&1 &
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

# restart_count DRIVER; restarted DRIVER COUNT: more often than that, and it is live again
restart_count() { suture status "$1" -j | sed -n 's/^ *"restarts": \([0-9]*\),*$/\1/p'; }
restarted() {
	[ "$(restart_count "$1")" -gt "$2" ] && suture status "$1" -j | grep -q '"state": "live"'
}

# --- bad drivers ------------------------------------------------------------------

# say DRIVER WORD: write the word; $said is "ok" or the error in the shell's words.
say() {
	if [ ! -c "/dev/bad_$1" ] && [ -n "$OFF" ] && ! off_skips; then
		suture load "/t/$1.ko" >/dev/null
	fi
	if [ ! -c "/dev/bad_$1" ]; then
		said="no such device"
	elif said=$( (echo "$2" >"/dev/bad_$1") 2>&1); then
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
	"No such device") echo ENODEV ;;
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
	if [ -n "$OFF" ]; then
		off_line "$@"
		return
	fi
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

load() {
	[ -n "$OFF" ] || check "$1 is loaded guarded" suture load "/t/$1.ko"
}

unload() {
	if [ -n "$OFF" ]; then
		[ ! -e "/sys/module/$1" ] || patiently suture unload "$1" || off_stuck
		news
		return
	fi
	check "$1 is unloaded" suture unload "$1"
	quiet "$1 leaves no event behind"
}

# each_line DRIVER: one call of breaks() for each line of standard input.
each_line() {
	while read -r word result rule action repair context entry site text; do
		[ -z "$word" ] || breaks "$1" "$word" "$result" "$rule" "$action" "$repair" "$context" "$entry" "$site" "$text"
	done
}

# table DRIVER: the same, and the driver is loaded before and unloaded afterwards.
table() {
	load "$1"
	each_line "$1"
	unload "$1"
}

# The rule packs hold suture.ko.
core_gone() {
	for pack in /sys/module/suture_*; do
		[ ! -e "$pack" ] || rmmod "${pack##*/}" || return
	done
	rmmod suture
}

# --- with rules switched off --------------------------------------------------------
#
# OFF=1: what breaks a rule is tried with that rule switched off, and must not pass then: an
# event that comes all the same, or a test that does not need one, is "not ok". What a driver does
# to the kernel meanwhile is only told. What is tried is named first: if the guest does not live to say
# more, the host boots another one that goes on behind it (SKIP). Drivers are loaded when they
# are needed.

tried=0

# Is the next try one that an earlier guest has made?
off_skips() { [ -n "$OFF" ] && [ "$tried" -lt "${SKIP:-0}" ]; }

# patiently COMMAND...: run it, but wait for no more than 10 s. Status: that of the command, 124.
patiently() {
	"$@" >/tmp/patiently 2>&1 &
	patience=100
	while kill -0 $! 2>/dev/null; do
		patience=$((patience - 1))
		[ $patience -gt 0 ] || return 124
		sleep 0.1
	done
	wait $!
}

# This guest is of no use any more.
off_stuck() {
	echo "# off: stuck"
	exit 0
}

say_aloud() {
	say "$1" "$2"
	echo "$said" >/tmp/said
}

# off_begin RULE NAME: switch the rule off; 1 if an earlier guest has tried this.
off_begin() {
	tried=$((tried + 1))
	[ "$tried" -gt "${SKIP:-0}" ] || return 1
	echo "# off: try $tried $2"
	off_rule=$1 off_name=$2
	off_action=$(suture rules "$1" | sed -n 's/^  action *//p')
	suture rules set "$1" off >/dev/null
	news
}

# off_end WHAT: what happened instead; $fresh has the events.
off_end() {
	off_events=$(echo "$fresh" | sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]* \\([^ ]*\\) .*/\\1/p" | sort -u | tr '\n' ' ')
	count=$((count + 1))
	case " $off_events" in
	*" $off_rule "*)
		failed=$((failed + 1))
		echo "not ok $count - $off_name # an event though the rule is off"
		echo "$fresh" | sed 's/^/# /'
		;;
	*) echo "ok $count - $off_name # no event${off_events:+ but ${off_events% }}$1" ;;
	esac
	suture rules set "$off_rule" "$off_action" >/dev/null
}

# off_line: breaks() in this mode.
off_line() {
	off_begin "${4%\**}" "${4%\**}: $1 $2" || return 0
	[ -c "/dev/bad_$1" ] || suture load "/t/$1.ko" >/dev/null
	off_wanted=$3
	if ! patiently say_aloud "$1" "$2"; then
		fresh=
		off_end ", and the write never returns"
		off_stuck
	fi
	off_said=$(errno_name "$(cat /tmp/said)")
	[ "$off_said" != "''" ] || off_said='killed'
	[ "$off_said" = "$off_wanted" ] && off_said='' || off_said=", write: $off_said"
	news
	off_seen=$fresh
	if ! patiently say_aloud "$1" ok; then
		fresh=$off_seen
		off_end "$off_said, and the driver is stuck afterwards"
		off_stuck
	fi
	off_then=$(cat /tmp/said)
	[ "$off_then" = ok ] || off_said="$off_said, the driver afterwards: $(errno_name "$off_then")"
	news
	fresh=$off_seen
	off_end "$off_said"
}

# off_removal DRIVER RULE NAME [WORD]: the same for what a driver leaves behind (after WORD) when it is
# unloaded. Does nothing, and says so, without OFF.
off_removal() {
	[ -n "$OFF" ] || return 1
	off_begin "$2" "$2: $3" || return 0
	[ -z "$4" ] || say "$1" "$4"
	if ! patiently suture unload "$1"; then
		fresh=
		off_end ", and the driver cannot be unloaded"
		off_stuck
	fi
	sleep 0.5
	news
	off_end ""
}
