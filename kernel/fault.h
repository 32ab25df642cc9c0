/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fault.h - calls into the kernel that a tester makes fail, for one driver.
 */
#ifndef SUTURE_FAULT_H
#define SUTURE_FAULT_H

#include <linux/kprobes.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/types.h>

#define SUTURE_FAULT_API 64

/* suture_fault_plan.rate counts in these: 10000 is every call. */
#define SUTURE_FAULT_ALWAYS 10000

struct suture_domain;

/**
 * struct suture_fault_plan - which calls fail, and how
 * @value:	what the driver gets instead of an answer
 * @nth:	the nth call from now fails, 1 is the next; 0: see @rate
 * @rate:	of so many calls in SUTURE_FAULT_ALWAYS fail, chosen the same way each time
 * @after:	milliseconds from now during which no call fails, and none counts
 */
struct suture_fault_plan {
	u64 value;
	u64 nth;
	u32 rate;
	u64 after;
};

/**
 * struct suture_fault - one function that fails for one driver
 * @node:	list of all, under a mutex of fault.c
 * @kp:		on the function itself, and on its wrapper: a driver calls one of the two
 * @domain:	the driver; NULL while it is not loaded yet
 * @driver:	its name
 * @plan:	which calls
 * @from:	jiffies from which calls count
 * @calls:	calls seen since then
 * @struck:	calls that failed
 * @api:	the function
 * @wrapper:	name of its wrapper
 */
struct suture_fault {
	struct list_head node;
	struct kprobe kp[2];
	struct suture_domain *domain;
	char driver[MODULE_NAME_LEN];
	struct suture_fault_plan plan;
	unsigned long from;
	atomic64_t calls;
	atomic64_t struck;
	char api[SUTURE_FAULT_API];
	char wrapper[SUTURE_FAULT_API];
};

int suture_fault_set(const char *driver, const char *api, const struct suture_fault_plan *plan);
int suture_fault_clear(const char *driver, const char *api);
void suture_fault_clear_all(void);
void suture_fault_adopt(struct suture_domain *domain);
void suture_fault_forget(struct suture_domain *domain);
int suture_fault_walk(int (*show)(const struct suture_fault *fault, void *data), void *data);
int suture_fault_start(void);
void suture_fault_stop(void);

#endif /* SUTURE_FAULT_H */
