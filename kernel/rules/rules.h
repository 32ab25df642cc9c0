/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rules.h - rules that suture.ko itself refers to, and the rule files' checks
 * that are not wrappers.
 */
#ifndef SUTURE_RULES_H
#define SUTURE_RULES_H

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include <suture/block.h>
#include <suture/rule.h>

struct timer_list;

/* rules/callback.c */
extern struct suture_rule suture_rule_cb_oops;
extern struct suture_rule suture_rule_cb_time;
void suture_check_return(struct suture_visit *visit);
int suture_rules_callback_start(void);
void suture_rules_callback_stop(void);

/* rules/probe.c, driver.c, reference.c, wait.c */
int suture_rules_probe_start(void);
void suture_rules_probe_stop(void);
void suture_drivers_close(struct suture_domain *domain);
int suture_rules_driver_start(void);
void suture_rules_driver_stop(void);
int suture_rules_reference_start(void);
void suture_rules_reference_stop(void);
void suture_waits_end(struct suture_visit *visit);
int suture_rules_wait_start(void);
void suture_rules_wait_stop(void);

/* rules/context.c; for other wrappers: suture/block.h */
int suture_rules_context_start(void);
void suture_rules_context_stop(void);

/* rules/locking.c */
int suture_rules_locking_start(void);
void suture_rules_locking_stop(void);

/* rules/softirq.c */
int suture_rules_softirq_start(void);
void suture_rules_softirq_stop(void);

/* rules/semaphore.c: locks that sleep, tried where the caller must not */
bool suture_may_try(unsigned long site);
void suture_tried(unsigned long site, const char *api);

/**
 * SUTURE_TRY_OR_BLOCK_AT() - take a lock that sleeps
 * @site:	call site
 * @name:	name of the function, for the event
 * @try:	expression that takes it if it is free
 * @call:	statement that takes it
 * @taken:	statement that says that @try did
 */
#define SUTURE_TRY_OR_BLOCK_AT(site, name, try, call, taken) do {		\
	if (likely(!suture_must_not_block())) {					\
		call;								\
	} else if (suture_may_try(site) && (try)) {				\
		suture_tried(site, name);					\
		taken;								\
	} else {								\
		SUTURE_MAY_BLOCK_AT(site, name, call);				\
	}									\
} while (0)

/* The same, from a wrapper's own frame. */
#define SUTURE_TRY_OR_BLOCK(name, try, call, taken)				\
	SUTURE_TRY_OR_BLOCK_AT(SUTURE_SITE, name, try, call, taken)

int suture_rules_semaphore_start(void);
void suture_rules_semaphore_stop(void);

/* rules/mutex.c */
struct mutex;
bool suture_mutex_mine(const struct mutex *lock);
int suture_rules_mutex_start(void);
void suture_rules_mutex_stop(void);

/* rules/pointer.c */
void suture_bad_pointer(const void *ptr, unsigned long site, const char *api);
int suture_rules_pointer_start(void);
void suture_rules_pointer_stop(void);

/**
 * suture_pointer_bad() - can nothing be at an address?
 * @ptr:	the address
 *
 * The upper seven bits of kernel addresses are ones; the error pointers, the last page of them,
 * wrap around to zeroes. It is the test that the rewriter puts before calls.
 */
static __always_inline bool suture_pointer_bad(const void *ptr)
{
	return ((unsigned long)ptr + PAGE_SIZE) >> 57 != 0x7f;
}

/**
 * suture_check_pointer() - a pointer that the call cannot do without
 * @ptr:	the pointer
 * @site:	call site
 * @api:	function that is to get it
 *
 * To be called first in a wrapper, while that holds nothing.
 */
static __always_inline void suture_check_pointer(const void *ptr, unsigned long site,
						 const char *api)
{
	if (unlikely(suture_pointer_bad(ptr)))
		suture_bad_pointer(ptr, site, api);
}

/* rules/bounds.c, usercopy.c, fortify.c, list.c, cache.c */
int suture_rules_fortify_start(void);
void suture_rules_fortify_stop(void);
int suture_rules_bounds_start(void);
void suture_rules_bounds_stop(void);
int suture_rules_usercopy_start(void);
void suture_rules_usercopy_stop(void);
int suture_rules_list_start(void);
void suture_rules_list_stop(void);
int suture_rules_cache_start(void);
void suture_rules_cache_stop(void);
void suture_cache_forget(const void *ptr);

/* rules/memory.c */
extern struct suture_rule suture_rule_livefree;
gfp_t suture_gfp_repair(gfp_t gfp, unsigned long site, const char *api);

/**
 * suture_gfp_check() - allocation flags that the context allows
 * @gfp:	flags that the driver gives
 * @site:	call site
 * @api:	function that is to get them
 *
 * Context: any.
 * Return: flags to use.
 */
static __always_inline gfp_t suture_gfp_check(gfp_t gfp, unsigned long site, const char *api)
{
	if (unlikely((gfp & __GFP_DIRECT_RECLAIM) && suture_must_not_block()))
		return suture_gfp_repair(gfp, site, api);
	return gfp;
}

struct suture_rule *suture_starved(const struct suture_visit *v, unsigned long address,
				   char *text, size_t n);
void suture_free_late(const void *ptr, unsigned long site);
int suture_rules_memory_start(void);
void suture_rules_memory_stop(void);

/* rules/dma.c */
bool suture_dma_holds(const void *ptr, unsigned long how, unsigned long site, const char *api);
int suture_rules_dma_start(void);
void suture_rules_dma_stop(void);

/* rules/pci.c */
int suture_rules_pci_start(void);
void suture_rules_pci_stop(void);

/* rules/mmio.c */
int suture_rules_mmio_start(void);
void suture_rules_mmio_stop(void);

/* rules/chardev.c, rules/entry.c */
int suture_rules_chardev_start(void);
void suture_rules_chardev_stop(void);
int suture_rules_entry_start(void);
void suture_rules_entry_stop(void);

/* rules/interrupt.c, rules/timer.c, rules/work.c */
bool suture_work_pending(struct suture_domain *domain);
bool suture_timer_linked(const struct timer_list *timer);
int suture_rules_handler_start(void);
void suture_rules_handler_stop(void);
int suture_rules_interrupt_start(void);
void suture_rules_interrupt_stop(void);
int suture_rules_timer_start(void);
void suture_rules_timer_stop(void);
int suture_rules_work_start(void);
void suture_rules_work_stop(void);

/* All rules, in the order of registration; hold suture_rules_lock. */
extern struct list_head suture_rules;
extern struct mutex suture_rules_lock;
struct suture_rule *suture_rule_find(const char *id);

#endif /* SUTURE_RULES_H */
