/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pack.h - a rule pack: rules in a module of their own.
 *
 * Rules that call another subsystem's exports cannot stand in suture.ko, which would then
 * need that subsystem on every machine. A pack is a module beside suture.ko, named
 * suture_NAME.ko, with wrappers (SUTURE_WRAPPER()) and rules like those of suture.ko. The
 * command reads the wrappers of all packs that lie there, and loads those that a driver
 * needs before the driver. The guarded driver imports from the pack, so the pack stays for as long
 * as the driver.
 */
#ifndef SUTURE_RULE_PACK_H
#define SUTURE_RULE_PACK_H

#include <linux/module.h>

#include <suture/rule.h>

#include "version.h"

/**
 * SUTURE_PACK() - the module around a pack's rules
 * @words:	what it is about, for modinfo
 * @list:	its rules, an array ended by NULL
 */
#define SUTURE_PACK(words, list)						\
	static int __init suture_pack_init(void)				\
	{									\
		suture_rules_add(list);						\
		return 0;							\
	}									\
	module_init(suture_pack_init);						\
										\
	static void __exit suture_pack_exit(void)				\
	{									\
		suture_rules_remove(list);					\
	}									\
	module_exit(suture_pack_exit);						\
										\
	MODULE_DESCRIPTION("Suture: rules about " words);			\
	MODULE_AUTHOR("The Suture developers");					\
	MODULE_LICENSE("GPL");							\
	MODULE_VERSION(SUTURE_VERSION)

#endif /* SUTURE_RULE_PACK_H */
