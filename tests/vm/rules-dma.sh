#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# rules-dma.sh - the rules about DMA and PCI, broken by drivers of QEMU's "edu" device.

# shellcheck disable=SC2317 source=tests/vm/guest.sh
. /t/guest.sh

modprobe suture || exit
# What a driver leaves on a device is this rule's matter (rules-callback); here it is what the
# module leaves.
suture rules set CB-REMOVE off || exit

# table DRIVER: as in guest.sh, but the driver stays: see left().
table() {
	load "$1"
	each_line "$1"
}

# left DRIVER RULE REPAIR TEXT SITE [TEXT SITE]...: unloading brings these events and no others;
# afterwards the driver can be loaded and works.
left() {
	off_removal "$1" "$2" "$1 at removal" && return
	l_driver=$1 l_rule=$2 l_repair=$3 l_lines=0 l_right=0
	shift 3
	check "$l_driver is unloaded with what it left" suture unload "$l_driver"
	news
	l_lines=$(echo "$fresh" | grep -c .)
	l_want=$(($# / 2))
	while [ $# -gt 0 ]; do
		echo "$fresh" | grep -qE " $l_driver $l_rule repair: $1 \(at $2\+0x.*; repair: $l_repair; gives up: .+" &&
			l_right=$((l_right + 1))
		shift 2
	done
	[ "$l_lines" = "$l_want" ] && [ "$l_right" = "$l_want" ]
	result "$l_rule: $l_driver at removal" $? "expected $l_want of $l_rule, repair $l_repair; events: $fresh"
	load "$l_driver"
	say "$l_driver" ok
	check "$l_driver works when loaded again ($said)" [ "$said" = ok ]
	unload "$l_driver"
}

table dma_unmap <<END
twice ok DMA-UNMAP repair drop task bad_write unmap_twice unmap of what was unmapped at unmap_twice.*
third ok DMA-UNMAP repair drop task bad_write unmap_third unmap of what was unmapped at unmap_third.*
failed ok DMA-UNMAP repair drop task bad_write unmap_failed unmap of a mapping that had failed
size ok DMA-UNMAP repair correct task bad_write unmap_size unmap of 256, mapped at (map|unmap_)[a-z_]*.*: 512
direction ok DMA-UNMAP repair correct task bad_write unmap_direction unmap from device, mapped at (map|unmap_)[a-z_]*.* to device
list ok DMA-UNMAP repair drop task bad_write unmap_list unmap of what was unmapped at unmap_list.*
part ok DMA-UNMAP repair correct task bad_write unmap_part unmap of 1, mapped at .*(map_list|unmap_part).*: 3
END
unload dma_unmap

# All CPUs at once, and interrupts: the ledger has lost no record, or it would be silent now.
table dma_race <<END
race ok DMA-UNMAP repair drop task bad_write race_twice unmap of what was unmapped at (unmap|race_twice).*
END
unload dma_race

table dma_freemapped <<END
kfree ok DMA-FREEMAPPED repair defer task bad_write free_kmalloc kfree of memory mapped at (map|bad_do|bad_write).*
kvfree ok DMA-FREEMAPPED repair defer task bad_write free_kvmalloc kvfree of memory mapped at (map|bad_do|bad_write).*
page ok DMA-FREEMAPPED repair defer task bad_write free_whole free_pages of memory mapped at (map|bad_do|bad_write).*
END
unload dma_freemapped

load dma_leak
for word in ok page coherent ok; do
	say dma_leak "$word"
	quiet "dma_leak $word is no leak yet ($said)"
done
left dma_leak DMA-LEAK unmap "mapping of 1024 bytes held after removal" leak_page \
	"coherent buffer of 8192 bytes held after removal" leak_coherent

table pci_en <<END
twice ok PCI-EN repair drop task bad_write disable_twice .* disabled more often than enabled
END
say pci_en keep
quiet "pci_en keep is no leak yet ($said)"
left pci_en PCI-EN disable ".* left enabled after removal" enable_more

table pci_region <<END
twice ok PCI-REGION repair drop task bad_write release_twice .* regions released at release_twice.*
one ok PCI-REGION repair drop task bad_write release_one .* regions released at release_one.*
END
say pci_region keep
quiet "pci_region keep is no leak yet ($said)"
left pci_region PCI-REGION release ".* region 0 held after removal" "bad_(ok|write)"

table pci_map <<END
twice ok PCI-MAP repair drop task bad_write unmap_twice unmap of registers unmapped at unmap_twice.*
ioremap ok PCI-MAP repair drop task bad_write unmap_ioremap unmap of registers unmapped at unmap_ioremap.*
END
say pci_map keep
quiet "pci_map keep is no leak yet ($said)"
left pci_map PCI-MAP unmap "mapping of 8192 bytes of registers held after removal" keep_map

table pci_mmio <<END
read ok PCI-MMIO repair absorb task bad_write read_dead ioread32 of registers unmapped at bad_(do|write).*
write ok PCI-MMIO repair absorb task bad_write write_dead iowrite32 of registers unmapped at bad_(do|write).*
copy ok PCI-MMIO repair absorb task bad_write copy_dead memcpy_fromio of registers unmapped at bad_(do|write).*
END
unload pci_mmio

table pci_cfgwr <<END
bar ok PCI-CFGWR repair drop task bad_write move_bar .*0xfd000000 to configuration register 0x10, a BAR .*
size ok PCI-CFGWR repair drop task bad_write size_bar .*0xffff to configuration register 0x12, a BAR .*
message ok PCI-CFGWR repair drop task bad_write move_message .*0xfeeff000 to configuration register .*, the message of an MSI .*
END
unload pci_cfgwr

finish
