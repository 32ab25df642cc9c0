// SPDX-License-Identifier: GPL-2.0-only
/*
 * coredump.c - what is done with a record of a crash afterwards, in task context: names for
 * its addresses, what the driver holds, and a devcoredump for the device.
 *
 * A record is offered when nothing more is to be done for its driver, or when that takes
 * long. The kernel keeps one devcoredump a device, the first one, until it has been
 * read or some minutes have passed; `suture report` has them all.
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/devcoredump.h>
#include <linux/device.h>
#include <linux/kernfs.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include <linux/timekeeping.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#include "binding.h"
#include "crash.h"
#include "domain.h"

#define DUMP_SIZE	(24 * 1024)
/* A record whose driver is still being put right after this time is offered as it is. */
#define OFFER_NS	(10ULL * NSEC_PER_SEC)

static DEFINE_MUTEX(coredump_lock);
static struct suture_crash scratch;	/* under the lock */

static void coredump_work(struct work_struct *work);
static DECLARE_DELAYED_WORK(coredump_dwork, coredump_work);

/* ------------------------------------------------------------------ names */

static void names_free(struct suture_crash_names *names)
{
	if (names)
		put_device(names->dev);
	kvfree(names);
}

static void garbage_free(void)
{
	struct suture_crash_names *names = suture_crash_garbage(), *next;

	for (; names; names = next) {
		next = names->next;
		names_free(names);
	}
}

/* Offset in a note of its text: three words, and a name that is padded to words. */
#define NOTE_BUILD_ID	3

/*
 * The build id of a module: its note stands in /sys/module/NAME/notes, and in no structure
 * that modules can see. The attribute says where the note is in memory.
 */
static void build_id(struct module *mod, char *buf, size_t size)
{
	struct kernfs_node *notes, *node = NULL;
	const struct bin_attribute *attr;
	const u32 *note;

	notes = mod->mkobj.kobj.sd ?
		kernfs_find_and_get_ns(mod->mkobj.kobj.sd, "notes", NULL) : NULL;
	if (notes)
		node = kernfs_find_and_get_ns(notes, ".note.gnu.build-id", NULL);
	if (node) {
		attr = node->priv;
		note = attr->private;
		/* namesz, descsz, type, "GNU\0", then the id. */
		if (attr->size >= 16 && note[0] == 4 && note[2] == NOTE_BUILD_ID &&
		    note[1] <= attr->size - 16 && note[1] * 2 < size)
			*bin2hex(buf, note + 4, note[1]) = '\0';
	}
	kernfs_put(node);
	kernfs_put(notes);
}

/* A thunk with all the stack words that it may copy is not longer. */
#define THUNK_SIZE	128

static bool is_thunk(unsigned long addr, const struct suture_domain *domain)
{
	u32 i;

	for (i = 0; i < domain->nentries; i++)
		if (addr - domain->entries[i].thunk < THUNK_SIZE)
			return true;
	return false;
}

/* Return: whose code an address belongs to. */
static const char *name_address(char *buf, size_t size, unsigned long addr, bool exact)
{
	const struct suture_domain *domain;
	const char *where = "kernel";
	unsigned long site;

	rcu_read_lock();
	domain = suture_domain_of(addr);
	site = domain ? suture_site(addr) : addr;
	if (domain)
		where = site == addr && is_thunk(addr, domain) ? "entry" : "driver";
	else if (within_module(addr, THIS_MODULE))
		where = "suture";
	/* What a call returns to may be the beginning of the next function. */
	scnprintf(buf, size, exact || site != addr ? "%pS" : "%pB", (void *)site);
	rcu_read_unlock();
	/* An address without a name is nobody's code. */
	return strchr(buf, '+') ? where : "nowhere";
}

static void name_addresses(struct suture_crash_names *names, const struct suture_crash *crash)
{
	unsigned int i;
	bool exact;

	if (crash->site)
		name_address(names->site, sizeof(names->site), crash->site, true);
	for (i = 0; i < crash->stack.n; i++) {
		exact = !i && crash->state & SUTURE_CRASH_REGS;
		names->where[i] = name_address(names->frame[i], sizeof(names->frame[i]),
					       crash->stack.addr[i], exact);
	}
	for (i = 0; i < crash->nlocks; i++)
		if (crash->lock[i].site)
			name_address(names->lock[i], sizeof(names->lock[i]),
				     crash->lock[i].site, false);
	for (i = 0; i < crash->ncalls; i++) {
		name_address(names->call[i], sizeof(names->call[i]), crash->call[i].site, false);
		/* Without the module that it is in. */
		scnprintf(names->api[i], sizeof(names->api[i]), "%ps",
			  (void *)crash->call[i].function);
		strreplace(names->api[i], ' ', '\0');
	}
}

static void name_module(struct suture_crash_names *names, struct module *mod)
{
	strscpy(names->version, mod->version ?: "", sizeof(names->version));
	strscpy(names->srcversion, mod->srcversion ?: "", sizeof(names->srcversion));
	build_id(mod, names->build_id, sizeof(names->build_id));
}

/* The driver of @crash, if it is not on its way out: it stays while the lock is held. */
static struct suture_domain *driver_of(const struct suture_crash *crash)
{
	struct suture_domain *domain;

	rcu_read_lock();
	domain = suture_domain_find(crash->driver);
	if (domain && (domain->going || suture_domain_group(domain) != crash->group))
		domain = NULL;
	rcu_read_unlock();
	return domain;
}

/* Names for the record in @scratch; its number is @id. */
static void name_crash(u64 id)
{
	struct suture_domain *domain = driver_of(&scratch);
	struct suture_crash_names *names;

	names = kvzalloc(sizeof(*names), GFP_KERNEL);
	if (names) {
		name_addresses(names, &scratch);
		if (domain) {
			name_module(names, domain->module);
			names->nkinds = suture_ledger_holdings(scratch.group, names->kinds,
							       SUTURE_CRASH_KINDS);
			names->dev = suture_binding_sole(scratch.group);
		}
	}
	if (!suture_crash_name(id, names, names && names->dev ? dev_name(names->dev) : NULL))
		names_free(names);
}

static void name_all(bool open)
{
	u64 id = 0;

	while (suture_crash_copy(&id, &scratch))
		if (!(scratch.state & SUTURE_CRASH_NAMED) &&
		    (open || !(scratch.state & SUTURE_CRASH_OPEN)))
			name_crash(id - 1);
}

/* ---------------------------------------------------------- devcoredump */

static void offer(struct suture_crash *crash)
{
	struct device *dev = crash->names ? crash->names->dev : NULL;
	void *text;

	suture_crash_mark(crash->id, SUTURE_CRASH_OFFERED);
	if (!dev)
		return;
	crash->names->dev = NULL;
	text = device_is_registered(dev) ? vmalloc(DUMP_SIZE) : NULL;
	if (text)
		dev_coredumpv(dev, text, suture_crash_text(crash, text, DUMP_SIZE), GFP_KERNEL);
	put_device(dev);
}

/* Return: are there records that will be offered later? */
static bool offer_all(void)
{
	bool later = false;
	u64 id = 0;

	while (suture_crash_copy(&id, &scratch)) {
		if (scratch.state & SUTURE_CRASH_OFFERED || !(scratch.state & SUTURE_CRASH_NAMED))
			continue;
		if (!(scratch.state & (SUTURE_CRASH_OPEN | SUTURE_CRASH_PENDING)) ||
		    ktime_get_mono_fast_ns() - scratch.began > OFFER_NS)
			offer(&scratch);
		else
			later = true;
	}
	return later;
}

static void coredump_work(struct work_struct *work)
{
	bool later;

	mutex_lock(&coredump_lock);
	garbage_free();
	name_all(false);
	later = offer_all();
	mutex_unlock(&coredump_lock);
	if (later)
		queue_delayed_work(system_unbound_wq, &coredump_dwork, HZ);
}

/* suture_coredump_soon() - something has changed. Context: any but NMI. */
void suture_coredump_soon(void)
{
	mod_delayed_work(system_unbound_wq, &coredump_dwork, 0);
}

/* suture_coredump_now() - look at drivers before they are changed. Context: task. */
void suture_coredump_now(void)
{
	mutex_lock(&coredump_lock);
	name_all(false);
	mutex_unlock(&coredump_lock);
}

/**
 * suture_coredump_forget() - a module is going: its addresses get their names now
 * @domain:	the module's; none of its code runs any more
 *
 * Context: task.
 */
void suture_coredump_forget(struct suture_domain *domain)
{
	mutex_lock(&coredump_lock);
	name_all(true);
	domain->going = true;
	mutex_unlock(&coredump_lock);
	if (!suture_group_heir(domain))
		suture_crash_close(domain->group, "the driver was unloaded");
}

/**
 * suture_coredump_lock() - the next record, with its names
 * @id:		in: first number of interest; out: number after the record
 *
 * Context: task.
 * Return: the record, until suture_coredump_unlock(); NULL, and nothing to unlock, if
 * there is none from *@id on.
 */
const struct suture_crash *suture_coredump_lock(u64 *id)
{
	mutex_lock(&coredump_lock);
	if (suture_crash_copy(id, &scratch))
		return &scratch;
	mutex_unlock(&coredump_lock);
	return NULL;
}

void suture_coredump_unlock(void)
{
	mutex_unlock(&coredump_lock);
}

/* suture_coredump_stop() - no driver is guarded any more. Context: task. */
void suture_coredump_stop(void)
{
	cancel_delayed_work_sync(&coredump_dwork);
	garbage_free();
	suture_crash_stop(names_free);
}
