/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pointer.h - the rule ARG-PTR, for the files that check arguments.
 */
#ifndef SUTURE_RULES_POINTER_H
#define SUTURE_RULES_POINTER_H

#include <suture/rule.h>

extern struct suture_rule suture_rule_pointer;

/* Its repairs, by number. */
#define SUTURE_POINTER_REFUSE	0

#endif /* SUTURE_RULES_POINTER_H */
