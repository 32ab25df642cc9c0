// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupt.c - interrupt lines: requested and released once, by the same name,
 * and before what they depend on goes.
 *
 * What is attached to a line is always asked of the line itself: drivers have their
 * interrupts released by the kernel, too (devm, pci_request_irq()). The notes kept
 * here say which line is whose, and where it was requested.
 */
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/irqdesc.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include <suture/ledger.h>
#include "../binding.h"
#include "../domain.h"
#include "handler.h"
#include "rules.h"

enum { REPAIR_DROP, REPAIR_ARGUMENT, REPAIR_RELEASE };

static struct suture_rule rule_balance = {
	.id = "IRQ-BAL",
	.class = "interrupts",
	.contract = "An interrupt is released once, with the dev_id of its request, before the driver goes.",
	.source = "Documentation/core-api/genericirq.rst; kernel/irq/manage.c free_irq(); Klever; SDV Init_RegisterInterrupt",
	.example = "err = request_irq(pdev->irq, card_interrupt, IRQF_SHARED, \"card\", card);\n"
		   "free_irq(pdev->irq, pdev);\t/* another dev_id: the handler stays */\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: no handler of that dev_id is attached" },
		{
			.name = "argument",
			.gives_up = "nothing: the driver has one handler on that line, and that one is released",
		},
		{ "release", "nothing: the code of the handler is about to go" },
	},
};

enum { REPAIR_ORDER, REPAIR_VECTORS };

static struct suture_rule rule_vectors = {
	.id = "IRQ-VEC",
	.class = "interrupts",
	.contract = "Interrupts are released before the MSI vectors that they came from, and vectors before the driver goes.",
	.source = "Documentation/PCI/msi-howto.rst",
	.example = "pci_free_irq_vectors(pdev);\t/* before its interrupts */\n"
		   "free_irq(card->irq, card);\n",
	.action = SUTURE_REPAIR,
	.repairs = {
		{
			.name = "release",
			.gives_up = "nothing: the interrupts are released first, and the driver's own release is skipped",
		},
		{ "free", "nothing: the device has no driver any more" },
	},
};

static struct suture_rule *const rules[] = { &rule_balance, &rule_vectors, NULL };

static void irq_left(struct suture_domain *domain, const struct suture_record *record,
		     bool sole);
static bool irq_of(const struct suture_record *record, const struct suture_unbound *left);
static enum suture_remains irq_held(const struct suture_record *record,
				    const struct suture_unbound *left);
static void irq_undo(const struct suture_record *record, const struct suture_unbound *left);
static void irq_bury(const struct suture_record *record);
static bool vectors_of(const struct suture_record *record, const struct suture_unbound *left);
static enum suture_remains vectors_held(const struct suture_record *record,
					const struct suture_unbound *left);
static void vectors_undo(const struct suture_record *record, const struct suture_unbound *left);
static void cookie_inside(const struct suture_record *record, unsigned long site,
			  const char *api);
static void vectors_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole);

/* The key is the address of the note, info[1] the device that the line belongs to. */
static const struct suture_kind kind_irq = {
	.name = "interrupt",
	.order = SUTURE_ORDER_INTERRUPT,
	.function = 1,
	.left = irq_left,
	.of = irq_of,
	.held = irq_held,
	.undo = irq_undo,
	.early = true,
	.bury = irq_bury,
};

/* The key is the dev_id, one for all lines that it is known to. */
static const struct suture_kind kind_cookie = {
	.name = "interrupt's data",
	.order = SUTURE_ORDER_INTERRUPT,
	.inside = cookie_inside,
};

/* The key is the PCI device. */
static const struct suture_kind kind_vectors = {
	.name = "MSI vectors",
	.order = SUTURE_ORDER_REGION,
	.left = vectors_left,
	.of = vectors_of,
	.held = vectors_held,
	.undo = vectors_undo,
	.early = true,
};

/**
 * struct note - an interrupt that a driver has requested
 * @node:	list of all
 * @irq:	its number
 * @dev_id:	the driver's name for it
 * @function:	handler and threaded handler, as the kernel got them
 */
struct note {
	struct list_head node;
	unsigned int irq;
	void *dev_id;
	irq_handler_t function[2];
};

static LIST_HEAD(notes);
static DEFINE_RAW_SPINLOCK(notes_lock);

/*
 * The last releases. One by Suture (@site is 0) is followed by the driver's own,
 * of which nothing needs to be said.
 */
#define PAST_RELEASES 64
static struct {
	unsigned int irq;
	void *dev_id;
	unsigned long site;
	bool used;
} past[PAST_RELEASES];
static unsigned int past_next;

static void past_add(unsigned int irq, void *dev_id, unsigned long site)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&notes_lock, flags);
	past[past_next].irq = irq;
	past[past_next].dev_id = dev_id;
	past[past_next].site = site;
	past[past_next].used = true;
	past_next = (past_next + 1) % PAST_RELEASES;
	raw_spin_unlock_irqrestore(&notes_lock, flags);
}

/* Was this released a while ago? Then forget it, and say where. */
static bool past_take(unsigned int irq, const void *dev_id, unsigned long *site)
{
	unsigned long flags;
	bool found = false;
	unsigned int i;

	raw_spin_lock_irqsave(&notes_lock, flags);
	for (i = 0; i < PAST_RELEASES; i++) {
		if (!past[i].used || past[i].irq != irq || past[i].dev_id != dev_id)
			continue;
		if (!found || !past[i].site)
			*site = past[i].site;
		past[i].used = false;
		found = true;
	}
	raw_spin_unlock_irqrestore(&notes_lock, flags);
	return found;
}

/* ----------------------------------------------- what the lines say */

/*
 * Is a handler attached to @irq with @dev_id, or, if @mine, with any dev_id and
 * code of that driver? *@dev_id gets the dev_id, *@n how many there are.
 */
static bool attached(unsigned int irq, void **dev_id, const struct note *note,
		     const struct suture_domain *mine, unsigned int *n)
{
	const struct irqaction *action;
	struct irq_desc *desc;
	struct irq_data *data;
	unsigned long flags;
	bool found = false;

	rcu_read_lock();
	data = irq_get_irq_data(irq);
	if (!data) {
		rcu_read_unlock();
		return false;
	}
	desc = irq_data_to_desc(data);
	raw_spin_lock_irqsave(&desc->lock, flags);
	for (action = desc->action; action; action = action->next) {
		if (mine) {
			const struct suture_group *group = suture_domain_group(mine);

			if (!suture_group_owns(group, (unsigned long)action->handler) &&
			    !suture_group_owns(group, (unsigned long)action->thread_fn))
				continue;
			*dev_id = action->dev_id;
			if (n)
				++*n;
		} else if (action->dev_id != *dev_id) {
			continue;
		} else if (note && action->handler != note->function[0] &&
			   action->thread_fn != note->function[0] &&
			   action->thread_fn != note->function[1]) {
			continue;
		}
		found = true;
	}
	raw_spin_unlock_irqrestore(&desc->lock, flags);
	rcu_read_unlock();
	return found;
}

static bool note_attached(const struct note *note)
{
	void *dev_id = note->dev_id;

	return attached(note->irq, &dev_id, note, NULL, NULL);
}

/* ------------------------------------------------------------- notes */

static struct note *note_find(unsigned int irq, const void *dev_id)
{
	struct note *note;

	list_for_each_entry(note, &notes, node)
		if (note->irq == irq && note->dev_id == dev_id)
			return note;
	return NULL;
}

/* The note on @irq and @dev_id, out of the list; the caller frees it. */
static struct note *note_take(unsigned int irq, void *dev_id)
{
	struct note *note, *other;
	unsigned long flags;
	bool last = true;

	raw_spin_lock_irqsave(&notes_lock, flags);
	note = note_find(irq, dev_id);
	if (note) {
		list_del(&note->node);
		list_for_each_entry(other, &notes, node)
			if (other->dev_id == dev_id)
				last = false;
	}
	raw_spin_unlock_irqrestore(&notes_lock, flags);
	if (!note)
		return NULL;
	suture_ledger_take(&kind_irq, (unsigned long)note, NULL);
	if (last)
		suture_ledger_take(&kind_cookie, (unsigned long)dev_id, NULL);
	return note;
}

/* Is @irq the line that a device of PCI or of the platform has? */
static bool line_of(const struct device *dev, unsigned long irq)
{
	const struct platform_device *pdev = to_platform_device(dev);
	unsigned int i;

	if (dev_is_pci(dev))
		return to_pci_dev(dev)->irq == irq;
	if (dev->bus != &platform_bus_type)
		return false;
	for (i = 0; i < pdev->num_resources; i++)
		if (resource_type(&pdev->resource[i]) == IORESOURCE_IRQ &&
		    pdev->resource[i].start == irq)
			return true;
	return false;
}

/* The device that an interrupt belongs to; NULL if that is not certain. */
static struct device *irq_device(unsigned int irq, unsigned long site)
{
	struct irq_data *data = irq_get_irq_data(irq);
	struct msi_desc *desc = data ? irq_data_get_msi_desc(data) : NULL;
	struct suture_domain *domain;
	struct device *dev = NULL;

	if (desc)
		return desc->dev;
	rcu_read_lock();
	domain = suture_domain_of(site);
	if (domain)
		dev = suture_binding_find(domain, line_of, irq);
	rcu_read_unlock();
	return dev;
}

static void requested(unsigned int irq, irq_handler_t handler, irq_handler_t thread,
		      void *dev_id, unsigned long site)
{
	struct suture_record record = { .site = site };
	unsigned long flags, was;
	struct note *note;

	past_take(irq, dev_id, &was);
	/* One that the kernel released behind the driver's back. */
	kfree(note_take(irq, dev_id));
	note = kzalloc(sizeof(*note), GFP_KERNEL);
	if (!note) {
		suture_ledger_missed(site);
		return;
	}
	note->irq = irq;
	note->dev_id = dev_id;
	note->function[0] = handler;
	note->function[1] = thread ?: handler;
	raw_spin_lock_irqsave(&notes_lock, flags);
	list_add(&note->node, &notes);
	raw_spin_unlock_irqrestore(&notes_lock, flags);
	record.key = (unsigned long)note;
	record.size = irq;
	record.info[0] = (unsigned long)(handler ?: thread);
	record.info[1] = (unsigned long)irq_device(irq, site);
	suture_ledger_add(&kind_irq, &record);
	suture_exhume((unsigned long)dev_id);
	if (dev_id) {
		record.info[0] = irq;
		record.info[1] = 0;
		record.key = (unsigned long)dev_id;
		suture_ledger_note(&kind_cookie, &record);
	}
}

/*
 * Release for the driver what it will want to release itself, or should have. Not
 * where there is no note: devm would release it once more.
 */
static bool release(unsigned int irq, void *dev_id)
{
	struct note *note = note_take(irq, dev_id);

	if (!note)
		return false;
	kfree(note);
	past_add(irq, dev_id, 0);
	free_irq(irq, dev_id);
	return true;
}

/*
 * ----------------------------------------------------------- requests
 * devm_request_threaded_irq() has more arguments than registers, pci_request_irq()
 * any number of them; so these leave no note.
 */

SUTURE_DEFINE(int, request_threaded_irq,
	      unsigned int irq, irq_handler_t handler, irq_handler_t thread,
	      unsigned long flags, const char *name, void *dev)
{
	int err;

	suture_handler_roles(handler, thread);
	err = request_threaded_irq(irq, handler, thread, flags, name, dev);
	if (!err)
		requested(irq, handler, thread, dev, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(request_threaded_irq);

SUTURE_DEFINE(int, request_any_context_irq,
	      unsigned int irq, irq_handler_t handler, unsigned long flags, const char *name,
	      void *dev)
{
	int err;

	suture_handler_roles(handler, NULL);
	err = request_any_context_irq(irq, handler, flags, name, dev);
	if (err >= 0)
		requested(irq, handler, NULL, dev, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(request_any_context_irq);

/* Only the roles: what it requests it also names by itself, and pci_free_irq() frees that. */
SUTURE_DEFINE(int, pci_request_irq,
	      struct pci_dev *dev, unsigned int nr, irq_handler_t handler, irq_handler_t thread,
	      void *dev_id, const char *fmt, ...)
{
	va_list args;
	char *name;
	int err;

	suture_handler_roles(handler, thread);
	va_start(args, fmt);
	name = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	if (!name)
		return -ENOMEM;
	err = pci_request_irq(dev, nr, handler, thread, dev_id, "%s", name);
	kfree(name);
	return err;
}
SUTURE_WRAPPER(pci_request_irq);

/* ---------------------------------------------------------- releases */

/*
 * Nothing is attached to @irq under *@dev_id. Return: true if the release shall go
 * ahead, maybe with another *@dev_id.
 */
static noinline bool bad_release(unsigned int irq, void **dev_id, unsigned long site,
				 const char *api)
{
	bool repair = suture_may(&rule_balance, REPAIR_DROP, site);
	struct suture_domain *domain;
	unsigned int candidates = 0;
	unsigned long was;
	void *right;
	int how;

	if (past_take(irq, *dev_id, &was)) {
		if (!was)
			return false;
		/* Once more, and the answer is the same. */
		past_add(irq, *dev_id, was);
		if (rule_balance.action == SUTURE_OFF)
			return true;
		suture_report(&rule_balance, SUTURE_DID(rule_balance, REPAIR_DROP), site,
			      "%s of interrupt %u, released at %pS", api, irq, (void *)was);
		return !repair;
	}
	/* No line of that number: the kernel ignores it, too. */
	if (!irq_get_irq_data(irq) || rule_balance.action == SUTURE_OFF)
		return true;
	rcu_read_lock();
	domain = suture_domain_of(site);
	if (domain)
		attached(irq, &right, NULL, domain, &candidates);
	rcu_read_unlock();
	if (candidates != 1) {
		suture_report(&rule_balance, SUTURE_DID(rule_balance, REPAIR_DROP), site,
			      "%s of interrupt %u with a dev_id that is not attached to it", api,
			      irq);
		return !repair;
	}
	how = suture_choose(&rule_balance, REPAIR_ARGUMENT, REPAIR_DROP, site);
	suture_report(&rule_balance, SUTURE_DID(rule_balance, how), site,
		      "%s of interrupt %u with a dev_id other than that of its request", api, irq);
	if (suture_may(&rule_balance, how, site)) {
		if (how == REPAIR_DROP)
			return false;
		*dev_id = right;
	}
	return true;
}

SUTURE_DEFINE(const void *, free_irq, unsigned int irq, void *dev_id)
{
	const void *name;

	if (unlikely(!attached(irq, &dev_id, NULL, NULL, NULL)) &&
	    !bad_release(irq, &dev_id, SUTURE_SITE, "free_irq"))
		return NULL;
	kfree(note_take(irq, dev_id));
	past_add(irq, dev_id, SUTURE_SITE);
	SUTURE_MAY_BLOCK("free_irq", name = free_irq(irq, dev_id));
	return name;
}
SUTURE_WRAPPER(free_irq);

SUTURE_DEFINE(void, devm_free_irq, struct device *dev, unsigned int irq, void *dev_id)
{
	if (unlikely(!attached(irq, &dev_id, NULL, NULL, NULL)) &&
	    !bad_release(irq, &dev_id, SUTURE_SITE, "devm_free_irq"))
		return;
	kfree(note_take(irq, dev_id));
	past_add(irq, dev_id, SUTURE_SITE);
	devm_free_irq(dev, irq, dev_id);
}
SUTURE_WRAPPER(devm_free_irq);

SUTURE_DEFINE(void, pci_free_irq, struct pci_dev *dev, unsigned int nr, void *dev_id)
{
	int irq = pci_irq_vector(dev, nr);

	if (irq < 0) {
		pci_free_irq(dev, nr, dev_id);
		return;
	}
	if (unlikely(!attached(irq, &dev_id, NULL, NULL, NULL)) &&
	    !bad_release(irq, &dev_id, SUTURE_SITE, "pci_free_irq"))
		return;
	kfree(note_take(irq, dev_id));
	past_add(irq, dev_id, SUTURE_SITE);
	pci_free_irq(dev, nr, dev_id);
}
SUTURE_WRAPPER(pci_free_irq);

/* The driver is gone. */
static void irq_left(struct suture_domain *domain, const struct suture_record *record,
		     bool sole)
{
	unsigned int irq = record->size;
	struct note *note = NULL, *each;
	unsigned long flags;

	raw_spin_lock_irqsave(&notes_lock, flags);
	list_for_each_entry(each, &notes, node)
		if (each == (struct note *)record->key) {
			note = each;
			list_del(&note->node);
			break;
		}
	raw_spin_unlock_irqrestore(&notes_lock, flags);
	if (!note)
		return;
	if (rule_balance.action != SUTURE_OFF && note_attached(note)) {
		suture_report_for(domain, &rule_balance,
				  SUTURE_DID(rule_balance, REPAIR_RELEASE), record->site,
				  "interrupt %u still requested after removal", irq);
		if (suture_may_for(domain, &rule_balance, REPAIR_RELEASE, record->site))
			free_irq(irq, note->dev_id);
	}
	kfree(note);
}

/* A copy of the note that a record is about. */
static bool note_of(const struct suture_record *record, struct note *copy)
{
	unsigned long flags;
	struct note *note;
	bool found = false;

	raw_spin_lock_irqsave(&notes_lock, flags);
	list_for_each_entry(note, &notes, node)
		if (note == (struct note *)record->key) {
			*copy = *note;
			found = true;
			break;
		}
	raw_spin_unlock_irqrestore(&notes_lock, flags);
	return found;
}

static bool irq_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return record->info[1] == (unsigned long)left->dev;
}

static enum suture_remains irq_held(const struct suture_record *record,
				    const struct suture_unbound *left)
{
	struct note note;

	return note_of(record, &note) && note_attached(&note) ? SUTURE_REMAINS_SURE :
	       SUTURE_REMAINS_NO;
}

static void irq_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	struct note note;

	if (note_of(record, &note))
		release(note.irq, note.dev_id);
}

static void irq_bury(const struct suture_record *record)
{
	struct note note;

	if (note_of(record, &note))
		suture_bury((unsigned long)note.function[0], 1, (unsigned long)note.dev_id);
}

/*
 * The memory that a handler knows as its dev_id is being released. A threaded handler
 * may wait for a mutex that the caller holds, so that is not waited for.
 */
static void cookie_inside(const struct suture_record *record, unsigned long site,
			  const char *api)
{
	void *dev_id = (void *)record->key;
	struct suture_visit *v = suture_visit_current();
	bool repair = !suture_atomic() && !(v && v->ntaken) &&
		      suture_may(&suture_rule_livefree, 1, site);
	struct note *note, found;
	unsigned long flags;
	bool any;

	while (suture_rule_livefree.action != SUTURE_OFF) {
		any = false;
		raw_spin_lock_irqsave(&notes_lock, flags);
		list_for_each_entry(note, &notes, node)
			if (note->dev_id == dev_id) {
				found = *note;
				any = true;
				break;
			}
		raw_spin_unlock_irqrestore(&notes_lock, flags);
		if (!any)
			return;
		if (!note_attached(&found)) {
			kfree(note_take(found.irq, dev_id));
			continue;
		}
		suture_report(&suture_rule_livefree, repair ? SUTURE_REPAIR : SUTURE_OBSERVE,
			      repair ? 1 : SUTURE_NO_REPAIR, site,
			      "%s of memory that the handler of interrupt %u gets", api,
			      found.irq);
		if (!repair || !release(found.irq, dev_id))
			return;
	}
}

/* ------------------------------------------------------------ vectors */

/*
 * The kernel's own record of the messages is a managed resource, made with the first of them.
 * This one is made after it, so it goes before it.
 */
static void vectors_release(struct device *dev, void *res)
{
	suture_binding_early(dev);
}

static void vectors_noted(struct pci_dev *dev, unsigned long site)
{
	struct suture_record record = { .key = (unsigned long)dev, .site = site };
	void *res;

	if (!suture_ledger_note(&kind_vectors, &record) || !suture_bound(site, &dev->dev) ||
	    devres_find(&dev->dev, vectors_release, NULL, NULL))
		return;
	res = devres_alloc(vectors_release, 1, GFP_KERNEL);
	if (res)
		devres_add(&dev->dev, res);
}

/* The vectors of @dev are about to go: what is still attached to them? */
static void vectors_going(struct pci_dev *dev, unsigned long site, const char *api)
{
	struct suture_domain *domain;
	bool repair;
	void *dev_id;
	int i, irq;

	if (suture_ledger_take(&kind_vectors, (unsigned long)dev, NULL))
		devres_destroy(&dev->dev, vectors_release, NULL, NULL);
	if ((!dev->msi_enabled && !dev->msix_enabled) || rule_vectors.action == SUTURE_OFF)
		return;
	rcu_read_lock();
	domain = suture_domain_of(site);
	rcu_read_unlock();
	for (i = 0; domain && (irq = pci_irq_vector(dev, i)) >= 0; i++) {
		if (likely(!attached(irq, &dev_id, NULL, domain, NULL)))
			continue;
		repair = suture_may(&rule_vectors, REPAIR_ORDER, site) && release(irq, dev_id);
		suture_report(&rule_vectors, repair ? SUTURE_REPAIR : SUTURE_OBSERVE,
			      repair ? REPAIR_ORDER : SUTURE_NO_REPAIR, site,
			      "%s while interrupt %d of vector %d is requested", api, irq, i);
	}
}

SUTURE_DEFINE(int, pci_alloc_irq_vectors_affinity,
	      struct pci_dev *dev, unsigned int min_vecs, unsigned int max_vecs,
	      unsigned int flags, struct irq_affinity *affd)
{
	int n = pci_alloc_irq_vectors_affinity(dev, min_vecs, max_vecs, flags, affd);

	if (n > 0 && (dev->msi_enabled || dev->msix_enabled))
		vectors_noted(dev, SUTURE_SITE);
	return n;
}
SUTURE_WRAPPER(pci_alloc_irq_vectors_affinity);

#ifdef SUTURE_HAVE_PCI_ALLOC_IRQ_VECTORS
SUTURE_DEFINE(int, pci_alloc_irq_vectors,
	      struct pci_dev *dev, unsigned int min_vecs, unsigned int max_vecs,
	      unsigned int flags)
{
	int n = pci_alloc_irq_vectors(dev, min_vecs, max_vecs, flags);

	if (n > 0 && (dev->msi_enabled || dev->msix_enabled))
		vectors_noted(dev, SUTURE_SITE);
	return n;
}
SUTURE_WRAPPER(pci_alloc_irq_vectors);
#endif

SUTURE_DEFINE(int, pci_enable_msi, struct pci_dev *dev)
{
	int err = pci_enable_msi(dev);

	if (!err)
		vectors_noted(dev, SUTURE_SITE);
	return err;
}
SUTURE_WRAPPER(pci_enable_msi);

SUTURE_DEFINE(int, pci_enable_msix_range,
	      struct pci_dev *dev, struct msix_entry *entries, int minvec, int maxvec)
{
	int n = pci_enable_msix_range(dev, entries, minvec, maxvec);

	if (n > 0)
		vectors_noted(dev, SUTURE_SITE);
	return n;
}
SUTURE_WRAPPER(pci_enable_msix_range);

#define VECTORS_FREE(api)							\
	SUTURE_DEFINE(void, api, struct pci_dev *dev)				\
	{									\
		suture_check_pointer(dev, SUTURE_SITE, #api);			\
		vectors_going(dev, SUTURE_SITE, #api);				\
		api(dev);							\
	}									\
	SUTURE_WRAPPER(api);							\
	SUTURE_CHECKED(api)

VECTORS_FREE(pci_free_irq_vectors);
VECTORS_FREE(pci_disable_msi);
VECTORS_FREE(pci_disable_msix);

/* The driver is gone; the device may be gone, too, or have another driver. */
static void vectors_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole)
{
	struct pci_dev *dev = NULL;

	if (rule_vectors.action == SUTURE_OFF)
		return;
	for_each_pci_dev(dev)
		if (dev == (struct pci_dev *)record->key)
			break;
	if (!dev)
		return;
	if (!device_trylock(&dev->dev))
		goto out;
	if (!dev->dev.driver && (dev->msi_enabled || dev->msix_enabled)) {
		suture_report_for(domain, &rule_vectors,
				  SUTURE_DID(rule_vectors, REPAIR_VECTORS), record->site,
				  "%s has MSI vectors after removal", pci_name(dev));
		if (suture_may_for(domain, &rule_vectors, REPAIR_VECTORS, record->site))
			pci_free_irq_vectors(dev);
	}
	device_unlock(&dev->dev);
out:
	pci_dev_put(dev);
}

static bool vectors_of(const struct suture_record *record, const struct suture_unbound *left)
{
	return &((struct pci_dev *)record->key)->dev == left->dev;
}

/*
 * Those of a managed device the kernel releases by itself, right after this. With a handler
 * on them it would not let them go.
 */
static enum suture_remains vectors_held(const struct suture_record *record,
					const struct suture_unbound *left)
{
	struct pci_dev *dev = to_pci_dev(left->dev);
	int i, irq;

	if ((!dev->msi_enabled && !dev->msix_enabled) || !dev->dev.msi.data || pci_is_managed(dev))
		return SUTURE_REMAINS_NO;
	for (i = 0; (irq = pci_irq_vector(dev, i)) >= 0; i++)
		if (irq_has_action(irq))
			return SUTURE_REMAINS_SEEN;
	return SUTURE_REMAINS_SURE;
}

static void vectors_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	pci_free_irq_vectors(to_pci_dev(left->dev));
}

int suture_rules_interrupt_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_interrupt_stop(void)
{
	struct note *note, *next;

	suture_rules_remove(rules);
	list_for_each_entry_safe(note, next, &notes, node)
		kfree(note);
}
