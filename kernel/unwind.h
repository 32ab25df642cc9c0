/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unwind.h - abandon a visit.
 */
#ifndef SUTURE_UNWIND_H
#define SUTURE_UNWIND_H

#include "visit.h"

struct suture_rule;

bool suture_unwind_regs(struct pt_regs *regs, unsigned long site, struct suture_rule *rule,
			const char *what);
int suture_unwind_faults(const struct suture_visit *visit);
unsigned long suture_fault_site(struct pt_regs *regs, bool fetch);

int suture_unwind_start(void);
void suture_unwind_stop(void);

#endif /* SUTURE_UNWIND_H */
