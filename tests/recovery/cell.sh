# shellcheck shell=sh disable=SC2154,SC2034
# SPDX-License-Identifier: GPL-2.0-only
#
# cell.sh - one fault after the other in the entries of a stock driver, while real work runs.
# Read by each CLASS.sh, after guest.sh, which defines:
#
#   class_start		load the driver guarded, put it to use, start the work; it sets
#			$members, the guarded modules whose entries are struck
#   class_stop		end the work, unload the driver
#   class_provoke ENTRY ROLE	make the kernel call this entry (its role is "-" if none is
#			known). Status 1: the class knows no way; 2: it will be called before long,
#			by the work that goes on or by a timer; 3: by a timer that is slow
#   class_settle	put back what class_provoke has changed
#   class_mark		remember how far the work is
#   class_moved		has it gone on since, rightly?
#   class_intact	no data was lost so far; says what was, if not
#   class_identity	prints what must stay as it is
#   class_surveyed ENTRY ROLE	would this entry be seen to be called if nothing is struck? If not, that
#			is tried out. Optional: all would
#   class_survey		provoke whatever can be, once. Optional: class_provoke for each role
#   class_faults ENTRY ROLE	which faults to try there: crash crash-locked hang; "none" if
#			the class has no way to make the kernel call it
#
# and then calls `cells`. For tests/recovery/run this prints
#
#   plan N			so many cells are due in this guest
#   begin ENTRY FAULT		a cell begins
#   cell key=value ... note=...	and how it went
#   done			there are no more
#
# Cells that are named in /t/done have been run by an earlier guest.

# Six restarts within a minute are quarantine, and a single cell may take three: take a fresh driver
# before that.
RESTARTS_MAX=2
MINUTE_MS=61000

# Milliseconds since boot.
now() { awk '{ printf "%d", $1 * 1000 }' /proc/uptime; }

# within SECONDS COMMAND...: as wait_for, but by the clock, however long the command takes
within() {
	within_end=$(($(now) + $1 * 1000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$(now)" -lt $within_end ] || return
		sleep 0.1
	done
}

# limited SECONDS COMMAND...: wait no longer for it. Status 124: it still runs.
limited() {
	limit=$(($1 * 10))
	shift
	"$@" >/tmp/limited 2>&1 &
	limited_pid=$!
	while kill -0 $limited_pid 2>/dev/null; do
		limit=$((limit - 1))
		[ $limit -gt 0 ] || return 124
		sleep 0.1
	done
	wait $limited_pid
}

# --- what Suture knows --------------------------------------------------------------

# "MODULE ENTRY ROLE ARMED" of each entry of the members, a line each
entries() {
	for member in $members; do
		suture status -v -j "$member" | awk -v module="$member" '
			{ gsub(/[",]/, "") }
			$1 == "entry:" { entry = $2; role = "-"; armed = "none" }
			$1 == "role:" { role = $2; for (i = 3; i <= NF; i++) role = role "_" $i }
			$1 == "inject:" { armed = $2 }
			$1 == "}" && entry { print module, entry, role, armed; entry = "" }'
	done
}

armed() { entries | awk -v m="$1" -v e="$2" '$1 == m && $2 == e { print $4 }' | grep -qv none; }

# state: of the driver that was struck
state() { suture status -j "$c_module" | sed -n 's/^ *"state": "\([a-z]*\)",*$/\1/p'; }

# Also in a function that the entry has called through a pointer: that is a visit of its own.
# The events of the restart may have pushed that of the crash out of the ring: the count is asked.
unwinds() {
	for member in $members; do
		suture status -j "$member"
	done | sed -n 's/^ *"unwinds": \([0-9]*\),*$/\1/p' | tr '\n' ' '
}
struck() { [ "$(unwinds)" != "$c_unwinds" ]; }
settled() {
	case $(state) in
	quarantined) return 0 ;;
	live) suture events --since "$c_since" | grep -qE ' RESTART (restart|power-cycle|failed): ' ;;
	*) return 1 ;;
	esac
}

# --- which entries are called at all ------------------------------------------------

class_surveyed() { :; }

class_survey() {
	awk '!seen[$3]++' /tmp/cells >/tmp/roles
	while read -r c_module c_entry c_role _ <&8; do
		class_surveyed "$c_entry" "$c_role" || continue
		limited 20 class_provoke "$c_entry" "$c_role"
		class_settle >/dev/null 2>&1
	done 8</tmp/roles
}

# A fault that strikes at a call that never comes counts the calls. /tmp/idle gets the entries
# that had none: striking each of them in vain would take most of the time.
SURVEY_NTH=1000000
survey() {
	c_unwinds=$(unwinds)
	awk '!seen[$1 " " $2]++' /tmp/cells >/tmp/survey
	while read -r module entry role _ <&8; do
		! class_surveyed "$entry" "$role" ||
			suture inject "$module" --crash "$entry" --nth $SURVEY_NTH >/dev/null
	done 8</tmp/survey
	class_survey
	sleep 3
	for member in $members; do
		suture status -v -j "$member" | awk -v module="$member" -v nth=$SURVEY_NTH '
			{ gsub(/[",]/, "") }
			$1 == "entry:" { entry = $2 }
			$1 == "nth:" && $2 == nth { idle = 1 }
			$1 == "}" && entry { if (idle) print module, entry; entry = ""; idle = 0 }'
	done >/tmp/idle
	while read -r module entry _ <&8; do
		suture inject "$module" --none "$entry" >/dev/null
	done 8</tmp/survey
}

# --- a cell -------------------------------------------------------------------------

# Something is wrong with this guest: another one goes on after this cell.
lost() {
	echo "lost $*"
	exit 1
}

# Restarts and power-cycles of the members, which may be in several groups.
restarts() {
	for member in $members; do
		restart_count "$member"
	done | sort -n | tail -n 1
}

# Was it restarted too often within a minute? $c_restarts are the times of those that were seen.
worn() {
	worn_count=$(restarts)
	# shellcheck disable=SC2086 # a number each
	set -- $c_restarts
	while [ $# -lt "${worn_count:-0}" ]; do
		set -- "$@" "$(now)"
	done
	c_restarts="$*"
	[ $# -ge $RESTARTS_MAX ] || return
	shift $(($# - RESTARTS_MAX))
	[ $(($(now) - $1)) -lt $MINUTE_MS ]
}

# A driver as new, if the one that is there has failed too often, or not recovered.
fresh() {
	if [ -n "$c_dirty" ] || [ "$(state)" != live ] || worn; then
		class_stop >/tmp/fresh 2>&1 || lost "the driver cannot be unloaded: $(tr '\n' ' ' </tmp/fresh)"
		class_start >/tmp/fresh 2>&1 || lost "the driver does not work after a reload: $(tr '\n' ' ' </tmp/fresh)"
		c_dirty='' c_restarts=''
	fi
}

# What the kernel said since the last look that it should not have.
trouble() {
	dmesg -c | grep -E 'BUG|WARNING:|Oops|Call Trace|general protection|stall|UBSAN|unregister_netdevice: waiting' |
		head -n 1
}

# Which rung of the ladder put it right.
rung() {
	if [ "$(state)" = quarantined ]; then
		echo quarantine
	elif echo "$fresh" | grep -q ' RESTART restart: '; then
		echo restart
	elif echo "$fresh" | grep -q ' RESTART power-cycle: '; then
		echo power-cycle
	elif echo "$fresh" | grep -q ' unwind: '; then
		echo unwind
	else
		echo repair
	fi
}

# Sets c_kernel, c_app, c_data, c_same, c_rung, c_ms, c_gap, c_note.
strike() {
	c_note='' c_app=0 c_data=0 c_same=0 c_kernel=1 c_ms=0 c_gap=0 c_rung=none
	dmesg -c >/dev/null
	c_before=$(class_identity)
	c_since=$(next_event) since=$c_since
	c_unwinds=$(unwinds)
	suture inject "$c_module" "--$c_fault" "$c_entry" >/dev/null || return 1
	limited 20 class_provoke "$c_entry" "$c_role"
	case $? in
	2) c_patience=5 ;;
	3) c_patience=20 ;;
	124) c_patience=1 c_note="what provoked it does not return; " ;;
	*) c_patience=1 ;;
	esac
	if ! within "$c_patience" struck; then
		if ! armed "$c_module" "$c_entry"; then
			news
			c_note="${c_note}called, but it did not use its argument; $(echo "$fresh" | cut -d' ' -f5- | tr '\n' ' ')"
		fi
		suture inject "$c_module" --none "$c_entry" >/dev/null
		class_settle >/dev/null 2>&1
		c_rung=unreached
		return
	fi
	c_start=$(now)
	# A restart begins at once, or not at all.
	within 1 settled || { [ "$(state)" = live ] || wait_for 30 settled; }
	class_settle >/dev/null 2>&1
	class_mark
	wait_for 40 class_moved && c_app=1
	c_gap=$(($(now) - c_start))
	class_intact >/tmp/intact 2>&1 && c_data=1
	c_after=$(class_identity)
	[ "$c_before" = "$c_after" ] && c_same=1
	news
	c_rung=$(rung)
	c_ms=$(echo "$fresh" | sed -n 's/.* in \([0-9]*\) ms.*/\1/p' | tail -n 1)
	[ "$c_data" = 1 ] || c_note="$c_note$(tr '\n' ' ' </tmp/intact); "
	[ "$c_same" = 1 ] || c_note="${c_note}changed: $(echo "$c_after" >/tmp/after
		echo "$c_before" | diff - /tmp/after | grep '^[-+<>] *[^-+ ]' | tr '\n' ' '); "
	c_note="$c_note$(echo "$fresh" | grep -vE " (RESTART restart: |$c_rules unwind: .* in $c_entry, )" |
		cut -d' ' -f5- | tr '\n' ' ')"
}

# one MODULE ENTRY ROLE FAULT
one() {
	c_module=$1 c_entry=$2 c_role=$3 c_fault=$4 c_rules='CB-OOPS'
	grep -qxF "$c_entry $c_fault" /t/done && return
	if [ "$c_fault" = none ]; then
		echo "cell module=$c_module entry=$c_entry role=$c_role fault=none rung=none result=unreached note=no way to call it"
		return
	fi
	# What one fault has not met, another one will not meet either, and looking takes its time.
	if [ "$c_module $c_entry" = "$c_missed" ]; then
		echo "cell module=$c_module entry=$c_entry role=$c_role fault=$c_fault rung=unreached result=unreached note=as above"
		return
	fi
	if grep -qxF "$c_module $c_entry" /tmp/idle; then
		echo "cell module=$c_module entry=$c_entry role=$c_role fault=$c_fault rung=unreached result=unreached note=neither the work nor what was provoked calls it"
		return
	fi
	[ "$c_fault" != hang ] || c_rules='CB-TIME'
	fresh
	echo "begin $c_entry $c_fault"
	if strike; then
		c_trouble=$(trouble)
		[ -z "$c_trouble" ] || c_kernel=0 c_note="$c_note the kernel says: $c_trouble"
		c_result=red
		if [ "$c_rung" = unreached ]; then
			c_result=unreached
			[ "$c_fault" != crash ] || c_missed="$c_module $c_entry"
			[ "$c_kernel" = 1 ] || c_result=red
		elif [ "$c_app$c_data$c_same$c_kernel" = 1111 ] && [ "$c_rung" != quarantine ]; then
			c_result=green
		fi
	else
		c_result=red c_note="suture inject failed"
	fi
	[ "$c_result" != red ] || c_dirty=1
	echo "cell module=$c_module entry=$c_entry role=$c_role fault=$c_fault rung=$c_rung kernel=$c_kernel" \
		"application=$c_app data=$c_data identity=$c_same ms=${c_ms:-0} gap=$c_gap result=$c_result note=$c_note"
}

# cells: strike each entry with each fault.
cells() {
	c_dirty='' c_missed='' c_restarts=''
	modprobe suture || lost "suture.ko cannot be loaded"
	class_start >/tmp/fresh 2>&1 || lost "the driver does not work: $(tr '\n' ' ' </tmp/fresh)"
	entries | while read -r module entry role _; do
		# shellcheck disable=SC2153,SC2254 # patterns, from tests/recovery/run
		case $entry in
		# Tracing calls these, and nobody traces here.
		__traceiter_* | __bpf_trace_* | perf_trace_* | trace_event_raw_* | trace_raw_output_*) continue ;;
		$ENTRY) ;;
		*) continue ;;
		esac
		# No main entry: what comes once in a driver's life, and what the kernel does not know.
		case $role in
		- | probe | remove | shutdown | module_* | param*) [ -n "$ALL" ] || continue ;;
		esac
		for fault in $(class_faults "$entry" "$role"); do
			# shellcheck disable=SC2153,SC2254
			case $fault in
			$FAULT) echo "$module $entry $role $fault" ;;
			esac
		done
	done >/tmp/cells
	echo "plan $(wc -l </tmp/cells)"
	survey
	while read -r module entry role fault <&9; do
		one "$module" "$entry" "$role" "$fault"
	done 9</tmp/cells
	c_module=${members%% *}
	class_stop >/tmp/fresh 2>&1 || lost "the driver cannot be unloaded: $(tr '\n' ' ' </tmp/fresh)"
	core_gone || lost "suture.ko cannot be unloaded"
	echo "done"
}
