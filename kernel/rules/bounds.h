/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bounds.h - where a pointer lies in the memory that the driver holds.
 */
#ifndef SUTURE_RULES_BOUNDS_H
#define SUTURE_RULES_BOUNDS_H

#include <suture/ledger.h>
#include <suture/rule.h>

extern struct suture_rule suture_rule_uaf;

/* Repairs of MEM-UAF. */
enum { SUTURE_UAF_KEEP, SUTURE_UAF_REFUSE };

/* rules/memory.c */
bool suture_memory_at(const void *ptr, struct suture_record *record);
void suture_memory_forget(const void *ptr);

void suture_now(struct suture_visit *v, unsigned long info[2]);
bool suture_overruns(const void *ptr, size_t n, const struct suture_record *record,
		     size_t *room);

#endif /* SUTURE_RULES_BOUNDS_H */
