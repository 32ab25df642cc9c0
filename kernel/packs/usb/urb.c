// SPDX-License-Identifier: GPL-2.0-only
/*
 * urb.c - USB requests: freed once, and not pulled away while they are in flight.
 *
 * What is in flight is known exactly: while a URB is submitted, its completion function is
 * landing() in here, and it is in the table of flights; landing() takes it out, puts the
 * driver's function back and calls that. So as long as a URB is found in the table, usbcore
 * has not given it back, and holds a reference to it.
 *
 * Its buffer, and a URB that was not allocated as one, stand in the ledger meanwhile, so that a
 * free of the memory finds them.
 */
#include <linux/hash.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <suture/ledger.h>

#include "domain.h"
#include "role.h"
#include "rules/bounds.h"
#include "rules/rules.h"
#include "usb.h"

struct suture_rule suture_usb_rule_urb = {
	.id = "USB-URB",
	.class = "USB",
	.contract = "A URB is freed once and not used after that, and none is held when the driver is removed.",
	.source = "Documentation/driver-api/usb/URB.rst; Klever usb:core:urb; LDV 68",
	.example = "err = usb_submit_urb(urb, GFP_KERNEL);\n"
		   "if (err)\n"
		   "\tusb_free_urb(urb);\n"
		   "usb_free_urb(urb);\t/* after an error for the second time */\n",
	.look = "A URB may be freed while it is in flight: usbcore has a reference of its own. Of URBs that others hold, too, only this is known: no driver may drop the reference that usbcore took at submission. What is left at removal is said only if the driver leans on no module that is not guarded, other than usbcore.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the URB has been given back already" },
		{ "refuse", "nothing: the URB has been given back, and the driver gets -EINVAL" },
		{ "free", "nothing: the driver is gone, and its reference is dropped for it" },
	},
};

struct suture_rule suture_usb_rule_inflight = {
	.id = "USB-INFLIGHT",
	.class = "USB",
	.contract = "A URB that is submitted is not submitted again, and neither its memory nor its buffer is freed.",
	.source = "Documentation/driver-api/usb/URB.rst; WARN 'submitted while active' in drivers/usb/core/urb.c; DCUAF (USENIX ATC 2019)",
	.example = "usb_submit_urb(card->in, GFP_KERNEL);\n"
		   "if (!wait_for_completion_timeout(&card->done, HZ))\n"
		   "\tkfree(card->buffer);\t/* usb_kill_urb(card->in) first */\n",
	.look = "Judged at kfree(), vfree() and their like, too, and at usb_free_coherent(). Buffers of scatter lists and of packets (skb) are not followed. Freed where nobody may wait, the memory stays in quarantine for a while and the URB is unlinked.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "kill",
			.gives_up = "the transfer: it is stopped and its completion has run before the memory is freed",
		},
		{
			.name = "unlink",
			.gives_up = "the transfer: it is being stopped; the quarantine keeps the memory until it ends",
		},
		{
			.name = "refuse",
			.gives_up = "nothing: the driver gets -EBUSY, and the first transfer goes on",
		},
	},
};

enum { URB_DROP, URB_REFUSE, URB_FREE };
enum { INFLIGHT_KILL, INFLIGHT_UNLINK, INFLIGHT_REFUSE };

/* Nothing is owed for an abandoned one: what usbcore does after it, it does anyway. */
static const struct suture_role role_complete = {
	.name = "urb_complete",
};

static void urb_left(struct suture_domain *domain, const struct suture_record *record,
		     bool sole);

static void urb_release(const struct suture_record *record)
{
	usb_free_urb((struct urb *)record->key);
}

static const struct suture_kind kind_urb = {
	.name = "URB",
	.order = SUTURE_ORDER_REFERENCE,
	.left = urb_left,
	.release = urb_release,
};

static void flight_left(struct suture_domain *domain, const struct suture_record *record,
			bool sole);
static void flight_inside(const struct suture_record *record, unsigned long site,
			  const char *api);

/* Memory that a URB in flight uses; info[0] is the URB. */
static const struct suture_kind kind_flight = {
	.name = "URB in flight",
	.order = SUTURE_ORDER_INTERRUPT,
	.left = flight_left,
	.inside = flight_inside,
};

/* ------------------------------------------------------------ flights */

/**
 * struct flight - a URB from its submission to its completion
 * @node:	bucket
 * @urb:	the URB
 * @complete:	the driver's completion function
 * @site:	call site that submitted it
 * @udev:	device
 * @key:	under which it is in the ledger, or 0
 * @urb_key:	the same for the URB itself
 * @bounce:	buffers in place of the driver's
 */
struct flight {
	struct hlist_node node;
	struct urb *urb;
	usb_complete_t complete;
	unsigned long site;
	const struct usb_device *udev;
	unsigned long key;
	unsigned long urb_key;
	struct suture_bounce bounce;
};

#define FLIGHT_BITS 8

static struct {
	raw_spinlock_t lock;
	struct hlist_head head;
} buckets[1 << FLIGHT_BITS];
static struct kmem_cache *cache;

static void landing(struct urb *urb);

static struct flight *flight_find(const struct urb *urb)
{
	struct flight *f;

	hlist_for_each_entry(f, &buckets[hash_ptr(urb, FLIGHT_BITS)].head, node)
		if (f->urb == urb)
			return f;
	return NULL;
}

static void flight_free(struct flight *f)
{
	if (f->key)
		suture_ledger_take(&kind_flight, f->key, NULL);
	if (f->urb_key)
		suture_ledger_take(&kind_flight, f->urb_key, NULL);
	kmem_cache_free(cache, f);
}

/* Into the table; one of the same URB that is there still was never seen to end. */
static void flight_add(struct flight *f)
{
	u32 b = hash_ptr(f->urb, FLIGHT_BITS);
	unsigned long flags;
	struct flight *old;

	raw_spin_lock_irqsave(&buckets[b].lock, flags);
	old = flight_find(f->urb);
	if (old)
		hlist_del(&old->node);
	hlist_add_head(&f->node, &buckets[b].head);
	raw_spin_unlock_irqrestore(&buckets[b].lock, flags);
	if (!old)
		return;
	/* What is noted under the same keys is the new one's. */
	if (old->key == f->key)
		old->key = 0;
	if (old->urb_key == f->urb_key)
		old->urb_key = 0;
	flight_free(old);
}

static struct flight *flight_take(const struct urb *urb)
{
	u32 b = hash_ptr(urb, FLIGHT_BITS);
	unsigned long flags;
	struct flight *f;

	raw_spin_lock_irqsave(&buckets[b].lock, flags);
	f = flight_find(urb);
	if (f)
		hlist_del(&f->node);
	raw_spin_unlock_irqrestore(&buckets[b].lock, flags);
	return f;
}

/* Will landing() be called for it? A driver may have written another function there. */
static bool flight_true(const struct flight *f)
{
	usb_complete_t complete;

	return !copy_from_kernel_nofault(&complete, &f->urb->complete, sizeof(complete)) &&
	       complete == landing;
}

/* The URB of @record, if it is in flight and uses the memory, with a reference. */
static struct urb *flight_hold(const struct suture_record *record)
{
	struct urb *urb = (struct urb *)record->info[0];
	u32 b = hash_ptr(urb, FLIGHT_BITS);
	struct urb *held = NULL;
	unsigned long flags;
	struct flight *f;

	raw_spin_lock_irqsave(&buckets[b].lock, flags);
	f = flight_find(urb);
	if (f && (f->key == record->key || f->urb_key == record->key) && flight_true(f))
		held = usb_get_urb(urb);
	raw_spin_unlock_irqrestore(&buckets[b].lock, flags);
	return held;
}

static bool flight_known(const struct urb *urb)
{
	u32 b = hash_ptr(urb, FLIGHT_BITS);
	unsigned long flags;
	struct flight *f;
	bool known;

	raw_spin_lock_irqsave(&buckets[b].lock, flags);
	f = flight_find(urb);
	known = f && flight_true(f);
	raw_spin_unlock_irqrestore(&buckets[b].lock, flags);
	return known;
}

/*
 * In place of the driver's completion function.
 * Context: that of a completion.
 */
static void landing(struct urb *urb)
{
	struct flight *f = flight_take(urb);
	usb_complete_t complete;

	if (!f)
		return;
	complete = f->complete;
	urb->complete = complete;
	suture_usb_bounce_end(urb, &f->bounce, true);
	flight_free(f);
	complete(urb);
}

static unsigned long flight_note(const struct urb *urb, const void *ptr, size_t size,
				 unsigned long site)
{
	struct suture_record record = {
		.key = (unsigned long)ptr, .size = size, .info = { (unsigned long)urb },
		.site = site,
	};

	return suture_ledger_add(&kind_flight, &record) ? record.key : 0;
}

/* ------------------------------------------------------------- submit */

/* Completion functions that have their role, by hash. */
#define LABELLED_BITS 6
static unsigned long labelled[1 << LABELLED_BITS];

static void complete_label(usb_complete_t complete)
{
	unsigned long *slot = &labelled[hash_ptr(complete, LABELLED_BITS)];

	if (READ_ONCE(*slot) == (unsigned long)complete)
		return;
	suture_role_set((unsigned long)complete, &role_complete);
	WRITE_ONCE(*slot, (unsigned long)complete);
}

/**
 * suture_usb_complete_forget() - a module has come: addresses mean something else now
 *
 * Context: any.
 */
void suture_usb_complete_forget(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(labelled); i++)
		WRITE_ONCE(labelled[i], 0);
}

/*
 * Is this submission wrong in itself?
 * Return: 0, or what the driver gets.
 */
static int submit_wrong(struct urb *urb, unsigned long site, bool *known)
{
	struct suture_record record;

	*known = suture_ledger_get(&kind_urb, (unsigned long)urb, &record);
	if (unlikely(*known && record.freed) && suture_usb_rule_urb.action != SUTURE_OFF) {
		suture_report(&suture_usb_rule_urb, SUTURE_DID(suture_usb_rule_urb, URB_REFUSE),
			      site, "usb_submit_urb of a URB freed at %pS",
			      (void *)record.freed);
		if (suture_may(&suture_usb_rule_urb, URB_REFUSE, site))
			return -EINVAL;
	}
	/* As usbcore asks. */
	if (unlikely(urb->hcpriv) && suture_usb_rule_inflight.action != SUTURE_OFF) {
		suture_report(&suture_usb_rule_inflight,
			      SUTURE_DID(suture_usb_rule_inflight, INFLIGHT_REFUSE), site,
			      "usb_submit_urb of a URB that is submitted");
		if (suture_may(&suture_usb_rule_inflight, INFLIGHT_REFUSE, site))
			return -EBUSY;
	}
	if (suture_usb_disconnected(urb->dev, site, "usb_submit_urb"))
		return -ENODEV;
	return 0;
}

static struct flight *flight_begin(struct urb *urb, unsigned long site, bool known)
{
	struct flight *f = kmem_cache_alloc(cache, GFP_NOWAIT | __GFP_NOWARN);

	if (!f)
		return NULL;
	memset(f, 0, sizeof(*f));
	f->urb = urb;
	f->complete = urb->complete;
	f->site = site;
	f->udev = urb->dev;
	if (urb->transfer_buffer && urb->transfer_buffer_length && !urb->num_sgs)
		f->key = flight_note(urb, urb->transfer_buffer, urb->transfer_buffer_length, site);
	if (!known || !f->key)
		f->urb_key = flight_note(urb, urb, sizeof(*urb), site);
	return f;
}

SUTURE_DEFINE(int, usb_submit_urb, struct urb *urb, gfp_t gfp)
{
	struct suture_bounce bounce = {};
	struct flight *f;
	bool known;
	int err;

	if (!urb)
		return usb_submit_urb(urb, gfp);
	suture_check_pointer(urb, SUTURE_SITE, "usb_submit_urb");
	gfp = suture_gfp_check(gfp, SUTURE_SITE, "usb_submit_urb");
	err = submit_wrong(urb, SUTURE_SITE, &known);
	if (unlikely(err))
		return err;
	if (unlikely(!urb->complete || urb->hcpriv || urb->complete == landing))
		return usb_submit_urb(urb, gfp);
	complete_label(urb->complete);
	/* From here on the buffer is usbcore's to free. */
	if (urb->transfer_flags & URB_FREE_BUFFER)
		suture_memory_forget(urb->transfer_buffer);
	f = flight_begin(urb, SUTURE_SITE, known);
	if (unlikely(!f))
		return usb_submit_urb(urb, gfp);
	err = suture_usb_bounce(urb, &bounce, gfp, SUTURE_SITE);
	if (unlikely(err)) {
		flight_free(f);
		return err;
	}
	f->bounce = bounce;
	flight_add(f);
	urb->complete = landing;
	err = usb_submit_urb(urb, gfp);
	if (unlikely(err)) {
		/* It has not taken off. */
		f = flight_take(urb);
		if (f) {
			urb->complete = f->complete;
			suture_usb_bounce_end(urb, &f->bounce, false);
			flight_free(f);
		}
	}
	return err;
}
SUTURE_WRAPPER(usb_submit_urb);

/* ------------------------------------------------- allocate and free */

SUTURE_DEFINE(struct urb *, usb_alloc_urb, int packets, gfp_t gfp)
{
	struct suture_record record = {
		.size = struct_size((struct urb *)NULL, iso_frame_desc, max(packets, 0)),
		.site = SUTURE_SITE,
	};
	struct urb *urb;

	urb = usb_alloc_urb(packets, suture_gfp_check(gfp, SUTURE_SITE, "usb_alloc_urb"));
	if (urb) {
		record.key = (unsigned long)urb;
		suture_ledger_add(&kind_urb, &record);
	}
	return urb;
}
SUTURE_WRAPPER(usb_alloc_urb);

/* Does the caller run in the completion of @urb, so that usbcore still holds it? */
static bool in_completion(const struct urb *urb)
{
	const struct suture_visit *v;

	for (v = *suture_visit_head(); v; v = v->prev)
		if (v->entry && suture_role_of(v->entry) == &role_complete &&
		    v->arg[0] == (unsigned long)urb)
			return true;
	return false;
}

/*
 * The last reference goes: into quarantine, so that a second one is known. The buffer
 * goes at once: its owner may count on that.
 */
static bool urb_keep(struct urb *urb, unsigned long site)
{
	void *buffer = urb->transfer_flags & URB_FREE_BUFFER ? urb->transfer_buffer : NULL;

	if (suture_usb_rule_urb.action == SUTURE_OFF ||
	    suture_ledger_free(&kind_urb, (unsigned long)urb, site, true, NULL) !=
	    SUTURE_FREE_KEPT) {
		suture_memory_forget(buffer);
		return false;
	}
	if (buffer) {
		urb->transfer_flags &= ~URB_FREE_BUFFER;
		urb->transfer_buffer = NULL;
		suture_free_late(buffer, site);
	}
	return true;
}

/* Return: true if there is nothing left to do. */
static bool urb_free(struct urb *urb, unsigned long site)
{
	struct suture_record record;

	if (suture_ledger_get(&kind_urb, (unsigned long)urb, &record) && record.freed) {
		suture_report(&suture_usb_rule_urb, SUTURE_DID(suture_usb_rule_urb, URB_DROP),
			      site, "usb_free_urb of a URB freed at %pS", (void *)record.freed);
		/* Even if the rule only observes: the quarantine owns it. */
		return true;
	}
	if (kref_read(&urb->kref) > 1) {
		/* Whoever holds it may free it for good: nothing is known of it any more. */
		suture_ledger_take(&kind_urb, (unsigned long)urb, NULL);
		return false;
	}
	if (!in_completion(urb) && !flight_known(urb))
		return urb_keep(urb, site);
	if (suture_usb_rule_urb.action == SUTURE_OFF)
		return false;
	suture_report(&suture_usb_rule_urb, SUTURE_DID(suture_usb_rule_urb, URB_DROP), site,
		      "usb_free_urb of a URB to which only usbcore holds a reference");
	return suture_may(&suture_usb_rule_urb, URB_DROP, site);
}

SUTURE_DEFINE(void, usb_free_urb, struct urb *urb)
{
	if (!urb)
		return;
	suture_check_pointer(urb, SUTURE_SITE, "usb_free_urb");
	if (!urb_free(urb, SUTURE_SITE))
		usb_free_urb(urb);
}
SUTURE_WRAPPER(usb_free_urb);

/* A second owner, who may free it. */
SUTURE_DEFINE(struct urb *, usb_get_from_anchor, struct usb_anchor *anchor)
{
	struct urb *urb = usb_get_from_anchor(anchor);

	suture_check_pointer(anchor, SUTURE_SITE, "usb_get_from_anchor");
	if (urb)
		suture_ledger_take(&kind_urb, (unsigned long)urb, NULL);
	return urb;
}
SUTURE_WRAPPER(usb_get_from_anchor);

/* --------------------------------------------------- pulled away, left */

/* Memory is being freed that a URB in flight uses, or in which it lies. */
static void flight_inside(const struct suture_record *record, unsigned long site,
			  const char *api)
{
	bool wait = !suture_must_not_block();
	struct urb *urb;

	if (suture_usb_rule_inflight.action == SUTURE_OFF)
		return;
	urb = flight_hold(record);
	if (!urb)
		return;
	suture_report(&suture_usb_rule_inflight,
		      SUTURE_DID(suture_usb_rule_inflight, wait ? INFLIGHT_KILL : INFLIGHT_UNLINK),
		      site, "%s of %s of a URB in flight, submitted at %pS", api,
		      record->key == (unsigned long)urb ? "the memory" : "the buffer",
		      (void *)record->site);
	if (suture_may(&suture_usb_rule_inflight, wait ? INFLIGHT_KILL : INFLIGHT_UNLINK, site)) {
		if (wait)
			usb_kill_urb(urb);
		else
			usb_unlink_urb(urb);
	}
	usb_free_urb(urb);
}

/* The driver's code is about to go, with the completion function. */
static void flight_left(struct suture_domain *domain, const struct suture_record *record,
			bool sole)
{
	struct urb *urb;

	if (suture_usb_rule_disconnect.action == SUTURE_OFF)
		return;
	urb = flight_hold(record);
	if (!urb)
		return;
	suture_report_for(domain, &suture_usb_rule_disconnect,
			  SUTURE_DID(suture_usb_rule_disconnect, 1), record->site,
			  "URB in flight after removal");
	if (suture_may_for(domain, &suture_usb_rule_disconnect, 1, record->site))
		usb_kill_urb(urb);
	usb_free_urb(urb);
}

/*
 * Only the driver drops what it allocated, or usbcore, after a driver's usb_free_urb() that
 * was seen.
 */
static void urb_left(struct suture_domain *domain, const struct suture_record *record,
		     bool sole)
{
	if (!sole || suture_usb_rule_urb.action == SUTURE_OFF)
		return;
	suture_report_for(domain, &suture_usb_rule_urb, SUTURE_DID(suture_usb_rule_urb, URB_FREE),
			  record->site, "URB held after removal");
	if (suture_may_for(domain, &suture_usb_rule_urb, URB_FREE, record->site))
		usb_free_urb((struct urb *)record->key);
}

/* Any URB in flight to @udev that @mod has submitted, with a reference. */
static struct urb *flight_of(const struct usb_device *udev, const struct module *mod,
			     unsigned long *site)
{
	struct urb *urb = NULL;
	unsigned long flags;
	struct flight *f;
	u32 b;

	for (b = 0; b < ARRAY_SIZE(buckets) && !urb; b++) {
		if (hlist_empty(&buckets[b].head))
			continue;
		raw_spin_lock_irqsave(&buckets[b].lock, flags);
		hlist_for_each_entry(f, &buckets[b].head, node)
			if (f->udev == udev && within_module(f->site, mod) && flight_true(f)) {
				urb = usb_get_urb(f->urb);
				*site = f->site;
				break;
			}
		raw_spin_unlock_irqrestore(&buckets[b].lock, flags);
	}
	return urb;
}

/**
 * suture_usb_kill_left() - a driver was disconnected: kill what it has in flight
 * @udev:	device that it has nothing to do with any more
 * @mod:	the driver's module
 *
 * Context: task.
 */
void suture_usb_kill_left(const struct usb_device *udev, const struct module *mod)
{
	struct suture_rule *rule = &suture_usb_rule_disconnect;
	struct suture_domain *domain;
	unsigned long site;
	struct urb *urb;
	bool kill;

	while (rule->action != SUTURE_OFF && (urb = flight_of(udev, mod, &site))) {
		rcu_read_lock();
		domain = suture_domain_of(site);
		rcu_read_unlock();
		if (domain)
			suture_report_for(domain, rule, SUTURE_DID(*rule, 1), site,
					  "URB in flight after disconnect");
		kill = suture_may_for(domain, rule, 1, site);
		if (kill)
			usb_kill_urb(urb);
		usb_free_urb(urb);
		if (!kill)
			break;
	}
}

int suture_usb_urb_start(void)
{
	u32 b;

	for (b = 0; b < ARRAY_SIZE(buckets); b++)
		raw_spin_lock_init(&buckets[b].lock);
	cache = kmem_cache_create("suture_usb_flight", sizeof(struct flight), 0, 0, NULL);
	return cache ? 0 : -ENOMEM;
}

/*
 * No guarded driver is left. If USB-DISC may not kill, a URB of one can be in flight whose
 * completion is another module's: it must find that.
 */
void suture_usb_urb_stop(void)
{
	struct hlist_node *next;
	struct flight *f;
	u32 b;

	for (b = 0; b < ARRAY_SIZE(buckets); b++)
		hlist_for_each_entry_safe(f, next, &buckets[b].head, node) {
			if (flight_true(f))
				WRITE_ONCE(f->urb->complete, f->complete);
			kmem_cache_free(cache, f);
		}
	kmem_cache_destroy(cache);
}
