#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# recording.sh - makes tests/cli/recorded/story.json: what really happened in a guest with the
# stock e1000 and three bad drivers. Tests of what is made from events, and that need no
# kernel, read that file. `make -C tests/cli recording` records it anew.

# shellcheck source=tests/vm/guest.sh
. /t/guest.sh
# shellcheck source=tests/vm/net.sh
. /t/net.sh

hostname test-guest
modprobe suture || exit

check "e1000 is guarded" suture load e1000
wait_for 5 net_find pci e1000
check "link and address" net_up
for driver in lck_sleep mem_dfree cb_oops; do
	load $driver
done
ping -i 0.2 -c 30 10.0.2.2 >/tmp/ping 2>&1 &
i=0
while [ $i -lt 12 ]; do
	say lck_sleep short
	[ $((i % 4)) -ne 0 ] || say mem_dfree twice
	i=$((i + 1))
	sleep 0.1
done
suture rules set MEM-DFREE observe >/dev/null
suture rules set MEM-DFREE repair >/dev/null
check "a crash is armed" suture inject e1000 --crash e1000_clean
wait_for 20 sh -c 'suture status e1000 -j | grep -q "\"restarts\": 1"'
result "e1000 is restarted" $? "$(suture events)"
say cb_oops copy-task-mutex
sleep 2
wait
check "a crash on record" suture report --save /tmp/story.json
suture stats -j >/tmp/stats.json
for file in story stats; do
	echo "# recorded $file $(gzip -c <"/tmp/$file.json" | base64 | tr -d '\n')"
done
finish
