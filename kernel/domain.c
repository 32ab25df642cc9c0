// SPDX-License-Identifier: GPL-2.0-only
/*
 * domain.c - guarded drivers come and go.
 *
 * The module loader tells of each module before its first instruction runs. A
 * guarded image has the symbol "suture_image"; at that moment the loader still
 * has the module's whole symbol table in memory (struct mod_kallsyms).
 */
#define pr_fmt(fmt) "suture: " fmt

#include <linux/bsearch.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "binding.h"
#include "calls.h"
#include "classes/net.h"
#include "crash.h"
#include "domain.h"
#include "compat.h"
#include "data.h"
#include "fault.h"
#include "patient.h"
#include "quarantine.h"
#include "release.h"
#include "restart.h"
#include "role.h"
#include "rules/rules.h"
#include "running.h"
#include "watch.h"

LIST_HEAD(suture_domains);
static DEFINE_MUTEX(domains_lock);
static DEFINE_MUTEX(going_lock);
/* Modules that are going, and whose memory is to stay. */
#define KEPT_MAX 16
static struct module *kept[KEPT_MAX];

static struct suture_image *image_of(struct module *mod)
{
	struct mod_kallsyms *syms;
	struct suture_image *image = NULL;
	unsigned int i;

	rcu_read_lock();
	syms = rcu_dereference(mod->kallsyms);
	for (i = 0; syms && i < syms->num_symtab; i++) {
		const Elf_Sym *sym = &syms->symtab[i];

		if (sym->st_shndx != SHN_UNDEF &&
		    !strcmp(syms->strtab + sym->st_name, SUTURE_IMAGE_SYMBOL)) {
			image = (void *)sym->st_value;
			break;
		}
	}
	rcu_read_unlock();
	return image;
}

/* Whatever wrote the image, what it says must hold before it is believed. */
static int image_check(struct module *mod, struct suture_image *image)
{
	const struct suture_entry *entry;
	const struct suture_check *check;
	const struct suture_tail *tail;
	u32 i;

	if (!within_module((unsigned long)image, mod) || image->magic != SUTURE_IMAGE_MAGIC) {
		pr_err("%s: no guarded image at symbol %s; load the driver with `suture load`\n",
		       mod->name, SUTURE_IMAGE_SYMBOL);
		return -ENOEXEC;
	}
	if (image->abi != SUTURE_IMAGE_ABI || image->frame_size != SUTURE_FRAME_SIZE) {
		pr_err("%s: image of ABI %u with frames of %u bytes, this is %u with %u; prepare it again with this version of suture\n",
		       mod->name, image->abi, image->frame_size, SUTURE_IMAGE_ABI,
		       SUTURE_FRAME_SIZE);
		return -ENOEXEC;
	}
	if ((struct module *)image->module != mod)
		goto corrupt;
	for (i = 0; i < image->nentries; i++) {
		entry = (struct suture_entry *)image->entries + i;
		if (!within_module((unsigned long)entry, mod) ||
		    !within_module(entry->func, mod) || !within_module(entry->thunk, mod) ||
		    !within_module(entry->name, mod) ||
		    entry->image != (unsigned long)image ||
		    (i && entry[-1].thunk >= entry->thunk))
			goto corrupt;
	}
	for (i = 0; i < image->ntails; i++) {
		tail = (struct suture_tail *)image->tails + i;
		if (!within_module((unsigned long)tail, mod) ||
		    (i && tail[-1].stub >= tail->stub))
			goto corrupt;
	}
	for (i = 0; i < image->nchecks; i++) {
		check = (struct suture_check *)image->checks + i;
		if (!within_module((unsigned long)check, mod) ||
		    !within_module(check->stub, mod) || !within_module(check->name, mod) ||
		    !check->function)
			goto corrupt;
	}
	return 0;
corrupt:
	pr_err("%s: the guarded image is not consistent; prepare it again\n", mod->name);
	return -ENOEXEC;
}

/* The entries whose role the image itself tells. */
static void roles_set(struct suture_domain *domain)
{
	u32 i;

	for (i = 0; i < domain->nentries; i++) {
		struct suture_entry *entry = &domain->entries[i];

		if (entry->flags & SUTURE_ENTRY_INIT) {
			entry->role = (unsigned long)&suture_role_init;
			entry->flags |= SUTURE_ENTRY_WATCHED;
		} else if (entry->flags & SUTURE_ENTRY_EXIT) {
			entry->role = (unsigned long)&suture_role_exit;
		}
	}
}

static int domain_coming(struct module *mod)
{
	struct suture_image *image = image_of(mod);
	struct suture_domain *domain;
	int err;

	if (!image) {
		suture_group_outsider(mod);
		return 0;
	}
	err = image_check(mod, image);
	if (err)
		return err;
	domain = kzalloc(sizeof(*domain), GFP_KERNEL);
	if (!domain)
		return -ENOMEM;
	domain->module = mod;
	domain->image = image;
	domain->entries = (struct suture_entry *)image->entries;
	domain->nentries = image->nentries;
	domain->helped = suture_ledger_helped(mod);
	strscpy(domain->name, mod->name, sizeof(domain->name));
	err = suture_ledger_init(&domain->ledger);
	if (err)
		goto free;
	err = suture_group_join(domain);
	if (err)
		goto ledger;
	roles_set(domain);
	WRITE_ONCE(image->domain, (unsigned long)domain);
	mutex_lock(&domains_lock);
	list_add_tail_rcu(&domain->node, &suture_domains);
	mutex_unlock(&domains_lock);
	suture_fault_adopt(domain);
	suture_calls_adopt();
	suture_watch_get();
	pr_info("%s: guarded, %u entries, %u call sites\n", domain->name, image->nentries,
		image->nwrapped);
	return 0;
ledger:
	suture_ledger_exit(&domain->ledger);
free:
	kfree(domain);
	return err;
}

/* How long a task may take to leave a module that goes. */
#define KEEP_WAIT_MS 2000

/*
 * A module goes, but the kernel may still come back to its code: its exit function did not come to
 * the end, so nobody knows what it has left registered; or a task is still in it. Its memory
 * stays for good then, its entries refuse, and what it calls stays, too.
 */
static void domain_keep(struct suture_domain *domain, const char *why)
{
	struct suture_entry *entry;
	struct module_use *use;
	unsigned int i;

	for (entry = domain->entries; entry < domain->entries + domain->nentries; entry++) {
		suture_entry_mark(entry, SUTURE_ENTRY_GATED, true);
		/* It may be a rule pack's. */
		WRITE_ONCE(entry->role, 0);
	}
	list_for_each_entry(use, &domain->module->target_list, target_list)
		__module_get(use->target);
	pr_warn("%s: its code stays in memory: %s; suture.ko cannot be unloaded any more\n",
		domain->name, why);
	for (i = 0; i < KEPT_MAX; i++)
		if (!cmpxchg(&kept[i], NULL, domain->module))
			return;
}

static const char *why_keep(struct suture_domain *domain)
{
	if (domain->broken)
		return "it did not come to its end";
	if (domain->silent && suture_release_unsure(domain->group))
		return "nobody knows all that it holds";
	if (suture_running(NULL, domain->module) &&
	    !suture_running_wait(NULL, domain->module, KEEP_WAIT_MS))
		return "a task is still in it";
	return NULL;
}

/* After all others that look at a module that goes. */
static int keep_notify(struct notifier_block *nb, unsigned long what, void *data)
{
	unsigned int i;

	for (i = 0; what == MODULE_STATE_GOING && i < KEPT_MAX; i++)
		if (READ_ONCE(kept[i]) == data) {
			suture_module_keep(data);
			WRITE_ONCE(kept[i], NULL);
		}
	return NOTIFY_DONE;
}

static struct notifier_block keep_nb = {
	.notifier_call = keep_notify,
	.priority = INT_MIN,
};

static void domain_going(struct module *mod)
{
	struct suture_domain *domain, *found = NULL;
	const char *why;

	mutex_lock(&domains_lock);
	list_for_each_entry(domain, &suture_domains, node)
		if (domain->module == mod)
			found = domain;
	mutex_unlock(&domains_lock);
	if (!found)
		return;
	/* One at a time: what one member of a group held is handed to another. */
	mutex_lock(&going_lock);
	suture_restart_cancel(found);
	suture_quarantine_cancel(found->group);
	found->silent = READ_ONCE(found->group->distrusted);
	/* First of all: they bring the driver's own remove functions. */
	suture_drivers_close(found);
	suture_net_forget(found);
	suture_bindings_close(found);
	suture_patients_forget(found);
	suture_ledger_close(found);
	suture_coredump_forget(found);
	suture_release_end(found);
	why = why_keep(found);
	if (why)
		domain_keep(found, why);
	mutex_lock(&domains_lock);
	list_del_rcu(&found->node);
	mutex_unlock(&domains_lock);
	suture_fault_forget(found);
	mutex_unlock(&going_lock);
	WRITE_ONCE(found->image->domain, 0);
	synchronize_rcu();
	suture_group_leave(found);
	suture_watch_put();
	suture_ledger_exit(&found->ledger);
	suture_data_forget(found);
	kfree(found);
}

static int domain_notify(struct notifier_block *nb, unsigned long what, void *data)
{
	struct module *mod = data;

	if (what == MODULE_STATE_COMING)
		return notifier_from_errno(domain_coming(mod));
	if (what == MODULE_STATE_GOING)
		domain_going(mod);
	return NOTIFY_DONE;
}

static struct notifier_block domain_nb = {
	.notifier_call = domain_notify,
};

/**
 * suture_domain_of() - the guarded driver that an address belongs to
 * @addr:	address of code or data
 *
 * Context: any; the caller holds RCU or a visit of that driver.
 * Return: the domain, or NULL.
 */
struct suture_domain *suture_domain_of(unsigned long addr)
{
	struct suture_domain *domain;

	list_for_each_entry_rcu(domain, &suture_domains, node, true)
		if (within_module(addr, domain->module))
			return domain;
	return NULL;
}
EXPORT_SYMBOL_GPL(suture_domain_of);

/**
 * suture_domain_find() - the guarded driver of a name
 * @name:	name of the module
 *
 * Context: the caller holds RCU.
 * Return: the domain, or NULL.
 */
struct suture_domain *suture_domain_find(const char *name)
{
	struct suture_domain *domain;

	list_for_each_entry_rcu(domain, &suture_domains, node)
		if (!strcmp(domain->name, name))
			return domain;
	return NULL;
}

static int entry_cmp(const void *key, const void *elt)
{
	unsigned long thunk = (unsigned long)key;
	const struct suture_entry *entry = elt;

	return thunk < entry->thunk ? -1 : thunk > entry->thunk;
}

/**
 * suture_entry_of() - the entry behind a function pointer
 * @domain:	guarded driver
 * @thunk:	pointer as the kernel got it
 *
 * Context: any.
 * Return: the entry, or NULL if @thunk is not one of its thunks.
 */
struct suture_entry *suture_entry_of(struct suture_domain *domain, unsigned long thunk)
{
	return bsearch((void *)thunk, domain->entries, domain->nentries,
		       sizeof(*domain->entries), entry_cmp);
}

/**
 * suture_entry_find() - an entry by the name of the driver's function
 * @domain:	guarded driver
 * @name:	name
 *
 * Context: any.
 * Return: the entry, or NULL.
 */
struct suture_entry *suture_entry_find(struct suture_domain *domain, const char *name)
{
	u32 i;

	for (i = 0; i < domain->nentries; i++)
		if (!strcmp(suture_entry_name(&domain->entries[i]), name))
			return &domain->entries[i];
	return NULL;
}

/**
 * suture_callback_name() - the name behind a function pointer, for events
 * @thunk:	pointer as the kernel got it
 *
 * Context: any; the driver that it belongs to must not be able to go away.
 * Return: name of the driver's function, or words for one that is not guarded.
 */
const char *suture_callback_name(unsigned long thunk)
{
	struct suture_domain *domain = suture_domain_of(thunk);
	struct suture_entry *entry = domain ? suture_entry_of(domain, thunk) : NULL;

	return entry ? suture_entry_name(entry) : "a function that is not guarded";
}

/* Length of a tail-call stub with its padding. */
#define STUB_SIZE 16

static int tail_cmp(const void *key, const void *elt)
{
	unsigned long addr = (unsigned long)key;
	const struct suture_tail *tail = elt;

	if (addr <= tail->stub)
		return -1;
	return addr - tail->stub > STUB_SIZE;
}

/**
 * suture_site() - the driver's own address for a call site
 * @addr:	return address that a wrapper saw
 *
 * A tail call returns into its stub; the stub's record names the jump.
 *
 * Context: any; the caller holds RCU or a visit of that driver.
 * Return: an address in the driver's own code.
 */
unsigned long suture_site(unsigned long addr)
{
	struct suture_domain *domain = suture_domain_of(addr);
	const struct suture_tail *tail = NULL;

	if (domain && domain->image->ntails)
		tail = bsearch((void *)addr, (void *)domain->image->tails,
			       domain->image->ntails, sizeof(*tail), tail_cmp);
	return tail ? tail->site : addr;
}

/* suture_domain_start() - begin to notice guarded drivers. Context: task. */
int suture_domain_start(void)
{
	int err = register_module_notifier(&domain_nb);

	if (!err)
		err = register_module_notifier(&keep_nb);
	if (err)
		unregister_module_notifier(&domain_nb);
	return err;
}

/* suture_domain_stop() - no guarded driver is left: they hold suture.ko. */
void suture_domain_stop(void)
{
	unregister_module_notifier(&keep_nb);
	unregister_module_notifier(&domain_nb);
}
