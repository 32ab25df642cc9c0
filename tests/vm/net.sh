# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-only
#
# net.sh - network interfaces in the guest; read after guest.sh.
#
# One interface at a time has the address 10.0.2.15. The host is 10.0.2.2 and answers
# pings, 10.0.2.100 port 7 is tests/vm/peer.

# net_find BUS DRIVER: $device and $net, the first device of the driver and its interface.
net_find() {
	device='' net=''
	for net_path in "/sys/bus/$1/drivers/$2"/*/net/*; do
		[ -e "$net_path" ] || return 1
		net=${net_path##*/}
		device=${net_path%/net/*}
		device=${device##*/}
		return 0
	done
}

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
	wait_tenths=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		wait_tenths=$((wait_tenths - 1))
		[ $wait_tenths -gt 0 ] || return 1
		sleep 0.1
	done
}

has_carrier() { [ "$(cat "/sys/class/net/$net/carrier" 2>/dev/null)" = 1 ]; }

net_up() {
	ip link set "$net" up && wait_for 10 has_carrier &&
		{ ip -4 addr show dev "$net" | grep -q 10.0.2.15 || ip addr add 10.0.2.15/24 dev "$net"; }
}

net_ping() { ping -c "${1:-2}" -i 0.2 -W 5 10.0.2.2; }
net_bulk() { /t/stream bulk 10.0.2.100 7 "$1"; }
