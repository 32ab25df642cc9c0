// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls.c - the last calls of guarded drivers into the kernel, on each processor.
 *
 * Off unless the parameter record_calls says otherwise. It adds nothing to the wrappers: ftrace
 * calls on_call() at the beginning of each of them, and of each kernel function that
 * a guarded driver has checks for, and as long as it is off the kernel has no-ops there, as in any
 * other function. While it is on, those functions are slower for everybody.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/timekeeping.h>

#include "calls.h"
#include "domain.h"

/**
 * struct calls - calls on one processor
 * @next:	number of the next one
 * @call:	a ring
 */
struct calls {
	unsigned int next;
	struct suture_call call[SUTURE_CALLS_KEPT];
};

static DEFINE_PER_CPU(struct calls, calls);
static DEFINE_MUTEX(calls_lock);
static bool wanted, ready, on;

/* Context: any. An interrupt takes a slot of its own. */
static void notrace on_call(unsigned long ip, unsigned long parent_ip, struct ftrace_ops *ops,
			    struct ftrace_regs *regs)
{
	struct suture_call *call;

	if (!suture_domain_of(parent_ip))
		return;
	preempt_disable_notrace();
	call = this_cpu_ptr(&calls.call[0]);
	call += (this_cpu_inc_return(calls.next) - 1) % SUTURE_CALLS_KEPT;
	call->site = parent_ip;
	call->function = ip;
	call->time = ktime_get_mono_fast_ns();
	preempt_enable_notrace();
}

static struct ftrace_ops calls_ops = {
	.func = on_call,
};

static void calls_off(void)
{
	if (on)
		unregister_ftrace_function(&calls_ops);
	on = false;
}

/* The functions whose arguments guarded drivers check, at most @room. Return: how many. */
static unsigned int checked(unsigned long *functions, unsigned int room)
{
	const struct suture_check *check;
	struct suture_domain *domain;
	unsigned int n = 0;
	u32 i;

	rcu_read_lock();
	list_for_each_entry_rcu(domain, &suture_domains, node) {
		check = (const struct suture_check *)domain->image->checks;
		for (i = 0; i < domain->image->nchecks; i++, n++)
			if (n < room)
				functions[n] = check[i].function;
	}
	rcu_read_unlock();
	return n;
}

/* For the guarded drivers that there are now. The caller holds the lock. */
static int calls_on(void)
{
	/* Taken apart by who reads it. */
	unsigned char wrappers[] = "suture_w_*";
	unsigned int i, n = checked(NULL, 0);
	unsigned long *functions;
	int err;

	functions = kvcalloc(n + 1, sizeof(*functions), GFP_KERNEL);
	if (!functions)
		return -ENOMEM;
	n = min(n, checked(functions, n));
	calls_off();
	err = ftrace_set_filter(&calls_ops, wrappers, sizeof(wrappers) - 1, 1);
	/* Some cannot be traced. */
	for (i = 0; !err && i < n; i++)
		ftrace_set_filter_ip(&calls_ops, functions[i], 0, 0);
	kvfree(functions);
	err = err ?: register_ftrace_function(&calls_ops);
	on = !err;
	if (err)
		pr_err("record_calls: error %d; is ftrace switched off?\n", err);
	return err;
}

static int calls_set(const char *value, const struct kernel_param *param)
{
	bool want;
	int err;

	err = kstrtobool(value, &want);
	if (err)
		return err;
	mutex_lock(&calls_lock);
	if (!want)
		calls_off();
	else if (ready)
		err = calls_on();
	if (!err)
		wanted = want;
	mutex_unlock(&calls_lock);
	return err;
}

static const struct kernel_param_ops calls_param = {
	.set = calls_set,
	.get = param_get_bool,
};

module_param_cb(record_calls, &calls_param, &wanted, 0644);
MODULE_PARM_DESC(record_calls, "keep each driver's last calls into the kernel for records of crashes");

/**
 * suture_calls_get() - the last calls of a driver on this processor
 * @group:	the driver
 * @call:	gets them, the newest first; room for SUTURE_CALLS_KEPT
 *
 * Context: any, an exception too.
 * Return: how many there are.
 */
unsigned int suture_calls_get(const struct suture_group *group, struct suture_call *call)
{
	const struct calls *from = raw_cpu_ptr(&calls);
	const struct suture_domain *domain;
	unsigned int next = from->next, i, n = 0;

	if (!READ_ONCE(on))
		return 0;
	for (i = 1; i <= SUTURE_CALLS_KEPT; i++) {
		call[n] = from->call[(next - i) % SUTURE_CALLS_KEPT];
		domain = suture_domain_of(call[n].site);
		if (domain && suture_domain_group(domain) == group)
			n++;
	}
	return n;
}

/* suture_calls_adopt() - a driver has come: see its calls, too. Context: task. */
void suture_calls_adopt(void)
{
	mutex_lock(&calls_lock);
	if (wanted && calls_on())
		wanted = false;
	mutex_unlock(&calls_lock);
}

/* suture_calls_start() - begin, if asked for at load. Context: task. Return: 0. */
int suture_calls_start(void)
{
	mutex_lock(&calls_lock);
	ready = true;
	mutex_unlock(&calls_lock);
	if (wanted)
		suture_calls_adopt();
	return 0;
}

/* suture_calls_stop() - the end of it. Context: task. */
void suture_calls_stop(void)
{
	mutex_lock(&calls_lock);
	ready = false;
	calls_off();
	mutex_unlock(&calls_lock);
	ftrace_free_filter(&calls_ops);
}
