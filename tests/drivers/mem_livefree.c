// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem_livefree.c - frees memory with timers, work items and interrupt data in it.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "bad.h"

struct object {
	char before[600];
	struct timer_list timer;
	struct hrtimer precise;
	struct work_struct work;
	struct delayed_work later;
	char after[6000];
};

static struct object *object;
static unsigned int calls, strikes;
static int irq = -1;

static void tick(struct timer_list *unused)
{
	calls++;
}

static enum hrtimer_restart tick_precise(struct hrtimer *unused)
{
	calls++;
	return HRTIMER_NORESTART;
}

static void work(struct work_struct *unused)
{
	calls++;
}

static irqreturn_t handler(int number, void *dev_id)
{
	strikes++;
	return IRQ_HANDLED;
}

static struct object *fresh(bool large)
{
	struct object *o = large ? vzalloc(sizeof(*o)) : kzalloc(sizeof(*o), GFP_KERNEL);

	if (!o)
		return NULL;
	timer_setup(&o->timer, tick, 0);
	hrtimer_init(&o->precise, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	o->precise.function = tick_precise;
	INIT_WORK(&o->work, work);
	INIT_DELAYED_WORK(&o->later, work);
	return o;
}

static noinline void free_timer(void)
{
	mod_timer(&object->timer, jiffies + 5);
	kfree(object);
}

static noinline void free_vmalloc(void)
{
	mod_timer(&object->timer, jiffies + 5);
	vfree(object);
}

static noinline void free_precise(void)
{
	hrtimer_start(&object->precise, ns_to_ktime(5 * NSEC_PER_MSEC), HRTIMER_MODE_REL);
	kfree(object);
}

static noinline void free_later(void)
{
	schedule_delayed_work(&object->later, 5);
	kfree(object);
}

static void hold(struct work_struct *unused)
{
	msleep(BAD_MOMENT_MS);
}

static DECLARE_WORK(holder, hold);

/* Pending, as the one before it on the queue has not ended. */
static noinline int free_work(void)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("mem_livefree", 0);

	if (!wq)
		return -ENOMEM;
	queue_work(wq, &holder);
	queue_work(wq, &object->work);
	kfree(object);
	destroy_workqueue(wq);
	return 0;
}

static noinline void free_locked(void)
{
	static DEFINE_SPINLOCK(lock);

	mod_timer(&object->timer, jiffies + 5);
	spin_lock(&lock);
	kfree(object);
	spin_unlock(&lock);
}

static noinline void free_both(void)
{
	mod_timer(&object->timer, jiffies + 5);
	schedule_delayed_work(&object->later, 5);
	kfree(object);
}

/* Not as large as a page, and not at the start of one. */
static noinline int free_small(void)
{
	struct timer_list *small[2];
	int i;

	for (i = 0; i < 2; i++) {
		small[i] = kmalloc(sizeof(*small[i]), GFP_KERNEL);
		if (!small[i])
			return -ENOMEM;
		timer_setup(small[i], tick, 0);
	}
	mod_timer(small[0], jiffies + 5);
	mod_timer(small[1], jiffies + 5);
	kfree(small[0]);
	del_timer_sync(small[1]);
	kfree(small[1]);
	kfree(object);
	return 0;
}

/* In the private data of a network device. */
static noinline int free_device(void)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct object));
	struct object *o;

	kfree(object);
	if (!dev)
		return -ENOMEM;
	o = netdev_priv(dev);
	timer_setup(&o->timer, tick, 0);
	mod_timer(&o->timer, jiffies + 5);
	free_netdev(dev);
	return 0;
}

/* The memory first, then the interrupt that knows it: the usual wrong order. */
static noinline int free_irq_data(void)
{
	int err = request_irq(irq, handler, 0, "mem_livefree", object);

	kfree(object);
	if (err)
		return err;
	strikes = 0;
	local_irq_disable();
	generic_handle_irq(irq);
	local_irq_enable();
	free_irq(irq, object);
	return strikes ? -EPROTO : 0;
}

static int line(void)
{
	if (irq < 0) {
		irq = irq_alloc_desc(NUMA_NO_NODE);
		if (irq < 0)
			return irq;
		irq_set_chip_and_handler(irq, &dummy_irq_chip, handle_simple_irq);
		irq_clear_status_flags(irq, IRQ_NOREQUEST);
	}
	return 0;
}

static int bad_do(const char *word)
{
	int err = line();

	object = fresh(bad_is(word, "vmalloc"));
	if (err || !object)
		return -ENOMEM;
	calls = 0;
	if (bad_is(word, "timer"))
		free_timer();
	else if (bad_is(word, "vmalloc"))
		free_vmalloc();
	else if (bad_is(word, "hrtimer"))
		free_precise();
	else if (bad_is(word, "delayed"))
		free_later();
	else if (bad_is(word, "work"))
		err = free_work();
	else if (bad_is(word, "locked"))
		free_locked();
	else if (bad_is(word, "both"))
		free_both();
	else if (bad_is(word, "small"))
		err = free_small();
	else if (bad_is(word, "device"))
		err = free_device();
	else if (bad_is(word, "irq"))
		err = free_irq_data();
	else
		return -EINVAL;
	msleep(3 * BAD_MOMENT_MS);
	return calls ? -EPROTO : err;
}

/* A timer's callback, and a work item, may free the memory that they lie in. */
static void free_self(struct timer_list *timer)
{
	calls++;
	kfree(container_of(timer, struct object, timer));
}

static void free_self_work(struct work_struct *work)
{
	calls++;
	kfree(container_of(work, struct object, work));
}

static int bad_ok(void)
{
	struct object *o[4];
	int i, err = line();

	calls = 0;
	for (i = 0; i < ARRAY_SIZE(o); i++) {
		o[i] = fresh(i == 3);
		if (!o[i])
			return -ENOMEM;
	}
	timer_setup(&o[0]->timer, free_self, 0);
	INIT_WORK(&o[1]->work, free_self_work);
	mod_timer(&o[0]->timer, jiffies + 1);
	schedule_work(&o[1]->work);
	for (i = 2; i < 4; i++) {
		mod_timer(&o[i]->timer, jiffies + 1);
		schedule_delayed_work(&o[i]->later, 1);
		schedule_work(&o[i]->work);
	}
	if (!err)
		err = request_irq(irq, handler, 0, "mem_livefree", o[2]);
	msleep(BAD_MOMENT_MS);
	for (i = 2; i < 4; i++) {
		del_timer_sync(&o[i]->timer);
		cancel_delayed_work_sync(&o[i]->later);
		flush_work(&o[i]->work);
	}
	if (!err)
		free_irq(irq, o[2]);
	kfree(o[2]);
	vfree(o[3]);
	return err || calls != 8 ? -EBUSY : 0;
}

MODULE_DESCRIPTION("Test: frees memory with timers and work items in it");
