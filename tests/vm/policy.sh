#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# policy.sh - what the policy files say holds: at once for drivers that are loaded, from their first
# instruction on for others; and a wrong line changes nothing.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

conf=/etc/suture/suture.conf
drop=/etc/suture/suture.conf.d

# does DRIVER WORD EVENT...: write the word; these events must come, and no other. An event is
# "RULE ACTION" or "RULE ACTION REPAIR".
does() {
	d_word=$2 d_driver=$1
	shift 2
	say "$d_driver" "$d_word"
	news
	d_want=$(printf '%s\n' "$@" | sed '/^$/d')
	d_got=$(echo "$fresh" | sed -nE 's/^[0-9]+ [-0-9]+ [:.0-9]+ [^ ]+ ([^ ]+) ([^ ]+): .*; repair: ([^;]*);.*/\1 \2 \3/p
t
s/^[0-9]+ [-0-9]+ [:.0-9]+ [^ ]+ ([^ ]+) ([^ ]+): .*/\1 \2/p')
	[ "$d_want" = "$d_got" ]
	result "$d_driver $d_word: ${*:-no event}" $? "write: $said
expected: $d_want
events: $fresh"
}

# set SECTION KEY VALUE
set_to() { check "policy set $1: $2 = $3" suture policy set "$1" "$2" "$3"; }
unset_() { check "policy unset $1: $2" suture policy unset "$1" "$2"; }
shows() { suture policy show | grep -qE -- "$1"; }
says() { suture policy show "$1" | grep -E "^ *$2 " | grep -qE -- "$3"; }

# ------------------------------------------------------------ without a file

rm -rf /etc/suture
check "suture.ko is loaded" modprobe suture
check "no file: the profile is server" shows '^profile +server \(no file says otherwise\)'
check "nothing is in force yet" shows '^in force +no: suture.ko has got no policy yet'
check "mem_gfp is loaded guarded" suture load /t/mem_gfp.ko
check "now it is" shows '^in force +yes$'
refuse "server: no crash is injected" "policy allows no faults" suture inject mem_gfp --crash bad_write
refuse "server: no call is made to fail" "policy allows no faults" suture inject mem_gfp misc_register --error EIO
does mem_gfp locked "MEM-GFP repair atomic"

# ---------------------------------------------------------------- at once

set_to "rule MEM-GFP" action observe
check "policy show says so, and where from" says mem_gfp MEM-GFP "observe .*$drop/90-policy-set.conf:[0-9]+"
does mem_gfp locked "MEM-GFP observe"
set_to "rule MEM-GFP" action off
does mem_gfp locked ""
set_to "driver mem_* rule MEM-GFP" action observe
does mem_gfp locked "MEM-GFP observe"
set_to "driver mem_gfp function alloc_sized rule MEM-GFP" action repair
does mem_gfp sized "MEM-GFP repair atomic"
does mem_gfp locked "MEM-GFP observe"
set_to "function alloc_irqoff" action off
does mem_gfp irqoff ""
check "policy show DRIVER lists the exceptions" sh -c \
	'suture policy show mem_gfp | sed 1,/exceptions/d | grep -q "driver mem_gfp function alloc_sized rule MEM-GFP"'
check "and what holds in a function" sh -c "suture policy show mem_gfp alloc_sized | grep -qE '^ *MEM-GFP +repair'"
unset_ "driver mem_* rule MEM-GFP" action
does mem_gfp locked ""
does mem_gfp sized "MEM-GFP repair atomic"
unset_ "rule MEM-GFP" action
does mem_gfp locked "MEM-GFP repair atomic"

# --------------------------------------------------------------- ceilings

set_to "class memory" ceiling observe
does mem_gfp locked "MEM-GFP observe"
refuse "rules set: not above the ceiling" "above the ceiling" suture rules set MEM-GFP repair
unset_ "class memory" ceiling
check "rules set: below it" suture rules set MEM-GFP observe
does mem_gfp locked "MEM-GFP observe"
check "policy show says who did" says mem_gfp MEM-GFP "observe .*suture rules set"
check "apply: as the files say" suture policy apply
does mem_gfp locked "MEM-GFP repair atomic"

set_to "driver lck_unbal" escalate_repairs 2
set_to "driver lck_unbal" ceiling unwind
check "lck_unbal is loaded guarded" suture load /t/lck_unbal.ko
for _ in 1 2 3; do echo plain >/dev/bad_lck_unbal; done
news
check "three repairs, and the ceiling is unwind: nothing more" sh -c \
	"echo '$fresh' | grep -q 'RESTART observe: repaired too often; policy allows no more than unwind'"
check "it is live" sh -c "suture status lck_unbal | grep -q live"
set_to "driver lck_unbal" ceiling quarantine
for _ in 1 2 3; do echo plain >/dev/bad_lck_unbal; done
news
check "the ceiling is quarantine" sh -c "suture status lck_unbal | grep -qE 'quarantined|detaching'"
check "lck_unbal is unloaded" suture unload lck_unbal
news

# ----------------------------------------------------- an abandoned visit

# Budgets are in steps of 20 ms.
set_to "driver cb_time" budget_task_ms 200
set_to "driver cb_time rule CB-TIME" action unwind
check "cb_time is loaded guarded" suture load /t/cb_time.ko
say cb_time task
news
check "cb_time: its budget is its own" sh -c "echo '$fresh' | grep -qE 'CB-TIME unwind: ran for (200|220|240) ms'"
set_to "driver cb_time function bad_write" budget_task_ms 600
say cb_time task
news
check "cb_time: and that of an entry" sh -c "echo '$fresh' | grep -qE 'CB-TIME unwind: ran for 6[0-4]0 ms'"
check "cb_time is unloaded" suture unload cb_time
news

# ---------------------------------------------------- repairs, their order

check "irq_bal is loaded guarded" suture load /t/irq_bal.ko
does irq_bal wrong "IRQ-BAL repair argument"
set_to "rule IRQ-BAL" repairs "drop argument release"
does irq_bal wrong "IRQ-BAL repair drop"
refuse "a repair that the rule has not" '"skip" is no repair of IRQ-BAL; one or more of: .*drop' \
	suture policy set "rule IRQ-BAL" repairs skip
check "irq_bal is unloaded" suture unload irq_bal
news

# ------------------------------------------------------------ wrong lines

sum() { cat $conf $drop/* 2>/dev/null | md5sum; }
before=$(sum)
refuse "set: a rule that is not there" 'there is no "MEM-GFPP"; perhaps MEM-GFP' \
	suture policy set "rule MEM-GFPP" action off
refuse "set: no action" '"fix" will not do; one of off, observe' suture policy set "rule MEM-GFP" action fix
refuse "set: no key" '"acton" is no key; one of profile, action' suture policy set "rule MEM-GFP" acton off
check "the files are as they were" [ "$before" = "$(sum)" ]
does mem_gfp locked "MEM-GFP repair atomic"
printf '[rule MEM-GFP]\naction = off\n[drvier e1000]\naction = off\n' >$drop/95-wrong.conf
refuse "check: a wrong file" "$drop/95-wrong.conf:3: \"drvier\" is no kind of section" suture policy check
refuse "apply: is refused" "95-wrong.conf:3" suture policy apply
refuse "load: is refused" "95-wrong.conf:3" suture load /t/mem_size.ko
check "nothing was loaded" [ ! -e /sys/module/mem_size ]
does mem_gfp locked "MEM-GFP repair atomic"
rm $drop/95-wrong.conf
mkdir $drop/95-wrong.conf
refuse "check: a directory" "95-wrong.conf: cannot be read: Is a directory" suture policy check
rmdir $drop/95-wrong.conf

# ------------------------------------------------------ for a driver to come

printf '[driver ctx_longdelay]\naction = repair\n' >$drop/10-delay.conf
check "the files have changed" shows '^in force +no: the files have changed'
check "ctx_longdelay is loaded guarded" suture load /t/ctx_longdelay.ko
does ctx_longdelay task "CTX-LONGDELAY repair sleep"
check "ctx_longdelay is unloaded" suture unload ctx_longdelay

# ------------------------------------------------------- as much as there may be

# In all 512 sections, with the longest words.
many() {
	awk -v n="$1" -v long="$(printf '%040d' 0)" 'BEGIN { for (i = 0; i < n; i++)
		printf "[driver d%s%d function f%s%d rule MEM-GFP]\naction = off\nceiling = observe\nrepairs = atomic\nescalate_ms = 5\n", long, i, long, i }'
}
have=$(cat $drop/*.conf | grep -c '^\[')
many $((512 - have)) >$drop/20-many.conf
check "512 sections are put into force" suture policy apply
does mem_gfp locked "MEM-GFP repair atomic"
many $((513 - have)) >$drop/20-many.conf
refuse "513 are refused" "conf:[0-9]+: more than 512 sections" suture policy apply
rm $drop/20-many.conf

# ---------------------------------------------------------------- profiles

set_to suture profile developer
check "developer: a crash is injected" suture inject mem_gfp --crash bad_write
does mem_gfp ok "CB-OOPS unwind"
check "developer: one more" suture inject mem_gfp --crash bad_write
check "developer: and a call fails" suture inject mem_gfp misc_register --error EIO
set_to suture profile server
check "server: the call does not fail any more" [ "$(suture inject)" = none ]
does mem_gfp ok ""
set_to suture profile observe
does mem_gfp locked "MEM-GFP observe"
check "observe: a fault may be injected" suture inject mem_gfp misc_register --error EIO
set_to suture profile desktop
check "desktop: budgets" sh -c "suture policy show mem_gfp | grep -qE 'budget_task_ms +2000 +profile desktop'"
refuse "desktop: no crash is injected" "policy allows no faults" suture inject mem_gfp --crash bad_write
check "mem_gfp is unloaded" suture unload mem_gfp
check "suture.ko is unloaded" core_gone

finish
