#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-net.sh - the rules about NAPI, packets, interfaces and the log: each is broken in each
# way by a driver that is guarded. Before and after, the network driver sends packets to itself.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit
load netcard
say netcard ok
[ "$said" = ok ]
result "netcard works" $? "write of ok: $said"
quiet "and breaks no rule"

while read -r word result rule action repair context entry site text; do
	[ -z "$word" ] || breaks netcard "$word" "$result" "$rule" "$action" "$repair" "$context" "$entry" "$site" "$text"
done <<END
enable-twice ok NAPI-ENBAL repair skip task card_open enable_twice napi_enable of a NAPI instance that is enabled
disable-twice ok NAPI-ENBAL repair skip task card_stop disable_twice napi_disable of a NAPI instance disabled at disable_twice.*
delete-enabled ok NAPI-ENBAL repair disable task bad_write delete_enabled an enabled NAPI instance is deleted
free-enabled ok NAPI-ENBAL repair disable task bad_write free_enabled an enabled NAPI instance is deleted
poll-full ok NAPI-POLL repair clamp softirq card_poll card_poll completed, but returned 64 of a budget of 64
poll-idle ok NAPI-POLL repair skip task bad_write complete_idle napi_complete_done of a NAPI instance that is not scheduled
put ok SKB-PUT repair grow task bad_write put_past skb_put of [0-9]+ bytes past the end of a packet of [0-9]+
put-wild EIO SKB-PUT unwind - task bad_write put_past skb_put of 16777[0-9]+ bytes past the end of a packet of [0-9]+
put-fragments EIO SKB-PUT unwind - task bad_write put_fragments skb_put of 10 bytes to a packet in fragments
push ok SKB-PUT repair grow task bad_write push_past skb_push of [0-9]+ bytes with room for [0-9]+
pull ok SKB-PUT repair gather task bad_write pull_fragments skb_pull of 60 bytes, of which 40 lie in fragments
xmit-busy ok NET-XMIT repair consumed task card_xmit busy_freed NETDEV_TX_BUSY for a packet that is freed
skb-twice ok SKB-DFREE repair drop task card_xmit free_twice kfree_skb of a packet freed at free_twice.*
skb-deliver ok SKB-DFREE repair drop task card_xmit free_deliver netif_rx of a packet freed at free_deliver.*
skb-later ok SKB-DFREE repair drop softirq card_poll free_later dev_kfree_skb_any of a packet freed at card_xmit.*
free-registered ok NET-FREE repair unregister task bad_write free_registered free_netdev of a registered interface
free-locked ok NET-FREE repair keep task bad_write free_locked free_netdev of a registered interface
free-twice ok NET-FREE repair drop task bad_write free_again free_netdev of an interface freed at card_free.*
unregister-twice ok NET-FREE repair drop task bad_write unregister_again unregister_netdev of an interface that is not registered
unregister-never ok NET-FREE repair drop task bad_write unregister_again unregister_netdev of an interface that is not registered
unregister-freed ok NET-FREE repair drop task bad_write unregister_again unregister_netdev of an interface freed at card_free.*
dead-schedule ok NET-DEADCALL repair skip task bad_write schedule_dead __napi_schedule of a NAPI instance disabled at schedule_dead.*
dead-carrier ok NET-DEADCALL repair skip task bad_write carrier_dead netif_carrier_off for an interface freed at card_free.*
dead-deliver ok NET-DEADCALL repair skip task bad_write deliver_dead netif_rx for an interface that is unregistered
END

# An interface that the driver has left behind goes before its code does.
say netcard leave
ls /sys/class/net/card0 >/dev/null 2>&1
result "netcard leaves an interface" $? "$(ls /sys/class/net)"
off_removal netcard NET-FREE "netcard removed with an interface" ||
	check "netcard is unloaded" suture unload netcard
news
echo "$fresh" | grep -qE ' netcard NET-FREE repair: card0 is still registered after removal.*; repair: unregister; '
result "NET-FREE: netcard removed with an interface" $? "$fresh"
[ ! -e /sys/class/net/card0 ]
result "the interface is gone" $? "$(ls /sys/class/net)"

# A list of some hundred lines is none of Suture's business.
load log_flood
dmesg -n 5 # not for the console: that takes longer than the rule allows
while read -r word result rule action repair context entry site text; do
	[ -z "$word" ] || breaks log_flood "$word" "$result" "$rule" "$action" "$repair" "$context" "$entry" "$site" "$text"
done <<END
printk ok LOG-FLOOD repair drop task bad_write flood_printk printk floods the log
device ok LOG-FLOOD repair drop task bad_write flood_device _dev_info floods the log
END
dmesg -n 7
unload log_flood
dmesg -n 5 # not for the console: that takes longer than the rule allows
[ "$(dmesg | grep -c 'a line of the list of 7 6 5 4 3 2 1 0')" = 300 ]
result "lines of six arguments and more are whole" $? "$(dmesg | grep 'line of the list' | head -n 3)"
dmesg -n 8

finish
