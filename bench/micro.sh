#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: instructions per crossing, by the driver micro.ko.
#
# Environment: PASSES over all configurations.

set -eu

all="unguarded entries rules"

modprobe caller
pass=1
while [ $pass -le "$PASSES" ]; do
	order=$all
	[ $((pass % 2)) = 1 ] || order="rules entries unguarded"
	for configuration in $order; do
		case $configuration in
		unguarded) modprobe micro ;;
		entries) suture load --entries-only micro >/dev/null ;;
		rules) suture load micro >/dev/null ;;
		esac
		# NAME CALLS SHORTEST MIDDLE LONGEST
		while read -r line; do
			echo "micro $configuration $pass $line"
		done </sys/kernel/debug/bench
		if [ "$configuration" = unguarded ]; then
			rmmod micro
		else
			events=$(suture events)
			[ -z "$events" ] || { echo "failed micro: events: $events"; exit 1; }
			suture unload micro >/dev/null
			rmmod suture
		fi
	done
	pass=$((pass + 1))
done
