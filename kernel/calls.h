/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.h - the last calls of guarded drivers into the kernel, for the records of crashes.
 */
#ifndef SUTURE_CALLS_H
#define SUTURE_CALLS_H

#include <linux/types.h>

struct suture_group;

#define SUTURE_CALLS_KEPT	16

/**
 * struct suture_call - one call
 * @site:	where the driver called from
 * @function:	what it called, or that function's wrapper
 * @time:	when, of the monotonic clock
 */
struct suture_call {
	unsigned long site;
	unsigned long function;
	u64 time;
};

unsigned int suture_calls_get(const struct suture_group *group, struct suture_call *call);
void suture_calls_adopt(void);
int suture_calls_start(void);
void suture_calls_stop(void);

#endif /* SUTURE_CALLS_H */
