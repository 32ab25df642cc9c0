// SPDX-License-Identifier: GPL-2.0-only
/*
 * fault.c - calls into the kernel that a tester makes fail, for one driver.
 *
 * Error paths are where drivers break. A kprobe stands on the function, and on its wrapper if
 * there is one; it looks where the call will return to. If that is the driver, and
 * the plan says so, the function is not run: in its place fault_struck() reports, and
 * returns what the function returns when it fails. Nobody else's calls change, and what
 * nobody asks for costs nothing.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/hash.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "domain.h"
#include "fault.h"
#include "rules/rules.h"

static LIST_HEAD(faults);
static DEFINE_MUTEX(faults_lock);

static struct suture_rule rule_inject = {
	.id = "INJECT",
	.class = "recovery",
	.contract = "A tester has made a call fail: no contract is broken, the event says where the driver has to cope.",
	.source = "docs/design.md",
	.example = "/* suture inject e1000 dma_alloc_attrs --nth 1 */\n"
		   "ring->desc = dma_alloc_coherent(dev, size, &dma, GFP_KERNEL);\t/* gets NULL */\n",
	.action = SUTURE_OBSERVE,
};

static struct suture_rule *const rules[] = { &rule_inject, NULL };

/* Is it this call's turn? Context: that of a kprobe. */
static bool turn(struct suture_fault *fault)
{
	u64 call;

	if (time_before(jiffies, fault->from))
		return false;
	call = atomic64_inc_return(&fault->calls);
	if (fault->plan.nth)
		return call == fault->plan.nth;
	/* Scattered, and the same from run to run: what was found can be seen again. */
	return hash_64(call, 32) % SUTURE_FAULT_ALWAYS < fault->plan.rate;
}

/* Runs in place of the function, on its frame: it returns to the driver. */
static noinline u64 fault_struck(struct suture_fault *fault)
{
	u64 value = fault->plan.value;

	atomic64_inc(&fault->struck);
	if (rule_inject.action != SUTURE_OFF)
		suture_report(&rule_inject, SUTURE_OBSERVE, SUTURE_NO_REPAIR, SUTURE_SITE,
			      "%s made to fail: returns %#llx", fault->api, value);
	return value;
}

static int fault_hit(struct kprobe *kp, struct pt_regs *regs, unsigned int i)
{
	struct suture_fault *fault = container_of(kp, struct suture_fault, kp[i]);
	struct suture_domain *domain = suture_domain_of(*(unsigned long *)regs->sp);

	if (!domain || domain != READ_ONCE(fault->domain) || !turn(fault))
		return 0;
	regs->di = (unsigned long)fault;
	regs->ip = (unsigned long)fault_struck;
	return 1;
}

static int hit_function(struct kprobe *kp, struct pt_regs *regs)
{
	return fault_hit(kp, regs, 0);
}

static int hit_wrapper(struct kprobe *kp, struct pt_regs *regs)
{
	return fault_hit(kp, regs, 1);
}

/* Its presence keeps the kprobe from being optimised into a jump, which cannot go elsewhere. */
static void hit_after(struct kprobe *kp, struct pt_regs *regs, unsigned long flags)
{
}

static void fault_remove(struct suture_fault *fault)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fault->kp); i++)
		if (fault->kp[i].addr)
			unregister_kprobe(&fault->kp[i]);
	list_del(&fault->node);
	/* A task that was about to run fault_struck() still reads it. */
	synchronize_rcu_tasks();
	kfree(fault);
}

/* Return: 0 if a kprobe stands on one of the two; else why there is none on the function. */
static int fault_register(struct suture_fault *fault)
{
	static const kprobe_pre_handler_t handlers[] = { hit_function, hit_wrapper };
	const char *const names[] = { fault->api, fault->wrapper };
	int err[ARRAY_SIZE(names)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		fault->kp[i].symbol_name = names[i];
		fault->kp[i].pre_handler = handlers[i];
		fault->kp[i].post_handler = hit_after;
		err[i] = register_kprobe(&fault->kp[i]);
		if (err[i])
			fault->kp[i].addr = NULL;
	}
	/* Most functions have no wrapper, and that is no failure. */
	return err[1] ? err[0] : 0;
}

/* It counts from now on. */
static void fault_begin(struct suture_fault *fault, struct suture_domain *domain)
{
	fault->from = jiffies + msecs_to_jiffies(fault->plan.after);
	WRITE_ONCE(fault->domain, domain);
}

/**
 * suture_fault_set() - let a function fail for a driver
 * @driver:	name of the driver; if it is not loaded yet, calls count from its load on
 * @api:	exported kernel function that it calls
 * @plan:	which calls fail, and how; a former plan is replaced
 *
 * Context: task.
 * Return: 0; -ENOENT: the kernel has no such function now; -EINVAL or another error of
 * register_kprobe(): no kprobe may stand there; -ENOMEM.
 */
int suture_fault_set(const char *driver, const char *api, const struct suture_fault_plan *plan)
{
	struct suture_domain *domain;
	struct suture_fault *fault;
	int err;

	suture_fault_clear(driver, api);
	fault = kzalloc(sizeof(*fault), GFP_KERNEL);
	if (!fault)
		return -ENOMEM;
	strscpy(fault->driver, driver, sizeof(fault->driver));
	strscpy(fault->api, api, sizeof(fault->api));
	snprintf(fault->wrapper, sizeof(fault->wrapper), "suture_w_%s", api);
	fault->plan = *plan;

	/* Who comes and who goes takes the same lock, so the domain stays meanwhile. */
	mutex_lock(&faults_lock);
	err = fault_register(fault);
	if (!err) {
		rcu_read_lock();
		domain = suture_domain_find(driver);
		rcu_read_unlock();
		fault_begin(fault, domain);
		list_add_tail(&fault->node, &faults);
	}
	mutex_unlock(&faults_lock);
	if (err)
		kfree(fault);
	return err;
}

/**
 * suture_fault_clear() - let a function work again
 * @driver:	name of the driver
 * @api:	function; NULL: all of this driver
 *
 * Context: task.
 * Return: 0, or -ENOENT if there was none.
 */
int suture_fault_clear(const char *driver, const char *api)
{
	struct suture_fault *fault, *next;
	int err = -ENOENT;

	mutex_lock(&faults_lock);
	list_for_each_entry_safe(fault, next, &faults, node) {
		if (strcmp(fault->driver, driver) || (api && strcmp(fault->api, api)))
			continue;
		fault_remove(fault);
		err = 0;
	}
	mutex_unlock(&faults_lock);
	return err;
}

/* suture_fault_clear_all() - let all functions work again, for all drivers. Context: task. */
void suture_fault_clear_all(void)
{
	struct suture_fault *fault, *next;

	mutex_lock(&faults_lock);
	list_for_each_entry_safe(fault, next, &faults, node)
		fault_remove(fault);
	mutex_unlock(&faults_lock);
}

/**
 * suture_fault_adopt() - a driver has come, perhaps one with faults that wait for it
 * @domain:	the driver, before its first instruction runs
 *
 * Context: task.
 */
void suture_fault_adopt(struct suture_domain *domain)
{
	struct suture_fault *fault;

	mutex_lock(&faults_lock);
	list_for_each_entry(fault, &faults, node)
		if (!fault->domain && !strcmp(fault->driver, domain->name))
			fault_begin(fault, domain);
	mutex_unlock(&faults_lock);
}

/**
 * suture_fault_forget() - a driver is going, and its faults with it
 * @domain:	the driver; not to be found by its name any more
 *
 * Context: task.
 */
void suture_fault_forget(struct suture_domain *domain)
{
	struct suture_fault *fault, *next;

	mutex_lock(&faults_lock);
	list_for_each_entry_safe(fault, next, &faults, node)
		if (fault->domain == domain)
			fault_remove(fault);
	mutex_unlock(&faults_lock);
}

/**
 * suture_fault_walk() - look at all of them
 * @show:	called for each; what it returns but 0 ends the walk
 * @data:	for @show
 *
 * Context: task.
 * Return: what @show returned last.
 */
int suture_fault_walk(int (*show)(const struct suture_fault *fault, void *data), void *data)
{
	struct suture_fault *fault;
	int ret = 0;

	mutex_lock(&faults_lock);
	list_for_each_entry(fault, &faults, node) {
		ret = show(fault, data);
		if (ret)
			break;
	}
	mutex_unlock(&faults_lock);
	return ret;
}

int suture_fault_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_fault_stop(void)
{
	struct suture_fault *fault, *next;

	/* Those that waited for a driver that never came. */
	mutex_lock(&faults_lock);
	list_for_each_entry_safe(fault, next, &faults, node)
		fault_remove(fault);
	mutex_unlock(&faults_lock);
	suture_rules_remove(rules);
}
