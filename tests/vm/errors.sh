#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# errors.sh - what is refused, and in which words; what survives; and that everything
# can be taken out again.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

gone() { ! [ -e "/sys/module/$1" ]; }

refuse "status without suture.ko" "suture" suture status
check "loading a driver brings suture.ko along" suture load /t/lck_sleep.ko
check "the driver is guarded" sh -c 'suture status | grep -q lck_sleep'
refuse "loading it a second time" "loaded and guarded already" suture load /t/lck_sleep.ko
refuse "a second time by insmod" "File exists" insmod /t/lck_sleep.ko
refuse "rmmod suture while a driver is guarded" "in use|unavailable" rmmod suture
check "the driver is still guarded" sh -c 'suture status | grep -q lck_sleep'

refuse "a file that is not there" "no such|No such|not found" suture load /t/absent.ko
refuse "a file that is no module" "/t/guest.sh" suture load /t/guest.sh
head -c 3000 /t/lck_dbl.ko >/tmp/short.ko
refuse "a module that is cut off" "/tmp/short.ko" suture load /tmp/short.ko
refuse "an unknown command" "no-such-command" suture no-such-command
refuse "an unknown rule" "unknown rule|no rule|NO-SUCH" suture rules set NO-SUCH off
refuse "an unknown action" "unknown action|one of off" suture rules set LCK-SLEEP explode
refuse "an unknown driver" "no_such_driver" suture unload no_such_driver
refuse "an unguarded module" "not guarded" suture unload suture
refuse "restart of a driver without a device that can be" "no device of a class" suture restart lck_sleep
refuse "inject into an entry that is not there" "no such entry" suture inject lck_sleep --crash no_such_entry
refuse "inject into a driver that is not there" "no guarded driver|not guarded|not loaded" \
	suture inject no_such_driver --crash bad_write
refuse "inject at call 0" "counted from 1|1" suture inject lck_sleep --crash bad_write --nth 0

# As another user: what changes something is refused.
echo nobody:x:65534:65534:nobody:/:/bin/sh >>/etc/passwd
as_nobody() { su -s /bin/sh nobody -c "$*"; }
check "there is another user" [ "$(as_nobody id -u)" = 65534 ]
refuse "rules set without the right to" "permitted|ermission|root" as_nobody suture rules set LCK-SLEEP off
refuse "load without the right to" "permitted|ermission|root" as_nobody suture load /t/lck_dbl.ko
refuse "unload without the right to" "permitted|ermission|root" as_nobody suture unload lck_sleep
check "rules can be read by anyone" as_nobody suture rules
check "rules set" suture rules set LCK-SLEEP off
check "the new action is shown" sh -c 'suture rules LCK-SLEEP | grep -qw off'
check "rules set back" suture rules set LCK-SLEEP repair
quiet "none of this was an event"

# A parameter that a module does not know is, to the kernel, only worth a line in the log.
check "an unknown parameter does not hinder" suture load /t/lck_dbl.ko no_such_parameter=1
check "and is said in the kernel log" sh -c "dmesg | grep -q \"lck_dbl: unknown parameter 'no_such_parameter' ignored\""
check "it is guarded" sh -c 'suture status | grep -q lck_dbl'

# A device that is open holds its driver.
exec 5>/dev/bad_lck_dbl
refuse "unload of a driver whose device is open" "in use|busy" suture unload lck_dbl
exec 5>&-
say lck_dbl plain
check "it is still guarded" [ "$said" = ok ]
check "unload when it is closed" suture unload lck_dbl
check "it is gone" gone lck_dbl

# An injected fault: at the call that was asked for, once.
check "a crash at the third call" suture inject lck_sleep --crash bad_write --nth 3
calls=
for i in 1 2 3 4 5; do
	say lck_sleep ok
	calls="$calls $(errno_name "$said")"
done
same() { echo "expected:$1, got:$2"; [ "$1" = "$2" ]; }
check "is a crash at the third call" same " ok ok EIO ok ok" "$calls"
check "a fault that is armed" suture inject lck_sleep --crash bad_write
check "can be disarmed" suture inject lck_sleep --none bad_write
say lck_sleep ok
check "and does not strike" [ "$said" = ok ]

# Events outlive the driver, and each has a number of its own.
news
check "events of two drivers" sh -c "suture events | grep -q ' lck_dbl LCK-DBL ' && suture events | grep -q ' lck_sleep CB-OOPS '"
check "unload of the last driver" suture unload lck_sleep
check "events survive their driver" sh -c "suture events lck_dbl | grep -q LCK-DBL"
numbers() { suture events | cut -d' ' -f1 | awk 'NR != $1 { exit 1 } END { exit NR < 2 }'; }
check "events are numbered without a gap" numbers
json() { suture events -j | grep -c '"seq":'; }
check "the same number in JSON" [ "$(json)" -eq "$(suture events | grep -c .)" ]

# More events than are kept: the oldest go, and that is said.
suture load /t/lck_unbal.ko >/dev/null
i=0
while [ $i -lt 300 ]; do
	echo plain
	i=$((i + 1))
done | while read -r word; do echo "$word" >/dev/bad_lck_unbal; done
check "256 events are kept" [ "$(suture events | grep -c .)" -eq 256 ]
last() { suture events | tail -n 1 | cut -d' ' -f1; }
check "the last one is the last one" [ "$(last)" -eq "$(($(next_event) - 1))" ]
check "rules count them all" sh -c 'suture rules -j LCK-UNBAL | grep -q "\"hits\": 300"'
check "unload" suture unload lck_unbal
check "suture.ko can be removed" core_gone
check "it is gone" gone suture
check "and loaded again" modprobe suture
check "with no events" [ -z "$(suture events)" ]
check "a driver can be guarded again" suture load /t/lck_sleep.ko
say lck_sleep short
check "and is repaired again" sh -c "suture events | grep -q '^1 .* lck_sleep CTX-DELAY repair: '"
check "all out" sh -c 'suture unload lck_sleep && rmmod suture'

# The drivers still work, or fail, as they ever did, without any of this.
check "the same file without guard" insmod /t/lck_sleep.ko
say lck_sleep ok
check "works" [ "$said" = ok ]
check "rmmod" rmmod lck_sleep
finish
