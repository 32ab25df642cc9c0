// SPDX-License-Identifier: GPL-2.0-only
/*
 * entry.c - entries of /proc and debugfs: removed once, and none left behind.
 *
 * An entry goes with its folder, whoever removes that. So only entries that stand at the root are
 * known to be there as long as their driver has not removed them, and only of these
 * it is said that they are left.
 */
#include <linux/dcache.h>
#include <linux/debugfs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/stringhash.h>
#include <linux/uaccess.h>

#include <suture/ledger.h>
#include "../classes/file.h"
#include "gone.h"
#include "rules.h"

enum { REPAIR_DROP, REPAIR_REMOVE };

static struct suture_rule rule_entry = {
	.id = "DEV-PROC",
	.class = "files",
	.contract = "An entry of /proc or debugfs is removed once, and none is left when the driver is removed.",
	.source = "Documentation/filesystems/debugfs.rst; fs/proc/generic.c remove_proc_entry(); smatch check_proc_create",
	.example = "static void __exit card_exit(void)\n"
		   "{\n"
		   "\tkfree(card);\t/* debugfs_remove(card->folder) is missing */\n"
		   "}\n",
	.look = "Of what is left only entries at the root are spoken of: others go with their folder.",
	.action = SUTURE_REPAIR,
	.repairs = {
		{ "drop", "nothing: the entry is gone already" },
		{ "remove", "nothing: the code behind the entry is about to go" },
	},
};

static struct suture_rule *const rules[] = { &rule_entry, NULL };

static bool left_one(struct suture_domain *domain, const struct suture_record *record,
		     const char *what)
{
	if (rule_entry.action == SUTURE_OFF)
		return false;
	suture_report_for(domain, &rule_entry, SUTURE_DID(rule_entry, REPAIR_REMOVE), record->site,
			  "entry of %s left after removal", what);
	return suture_may_for(domain, &rule_entry, REPAIR_REMOVE, record->site);
}

/* The entry was removed at @gone before. Return: whether the call is to be dropped. */
static bool again(unsigned long gone, unsigned long site, const char *api)
{
	if (!gone || rule_entry.action == SUTURE_OFF)
		return false;
	suture_report(&rule_entry, SUTURE_DID(rule_entry, REPAIR_DROP), site,
		      "%s of an entry removed at %pS", api, (void *)gone);
	return suture_may(&rule_entry, REPAIR_DROP, site);
}

/* ---------------------------------------------------------------------- /proc */

/* Entries are removed by address or by name: each has two records, and each knows the other. */
static void proc_left(struct suture_domain *domain, const struct suture_record *record, bool sole)
{
	if (left_one(domain, record, "/proc"))
		proc_remove((struct proc_dir_entry *)record->key);
}

/* Nothing is said of one that is there when a device has gone: it may be for others, too. */
static enum suture_remains proc_held(const struct suture_record *record,
				     const struct suture_unbound *left)
{
	return left->distrust ? SUTURE_REMAINS_SURE : SUTURE_REMAINS_NO;
}

static void proc_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	proc_remove((struct proc_dir_entry *)record->key);
}

static const struct suture_kind kind_proc = {
	.name = "entry of /proc",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = proc_left,
	.held = proc_held,
	.undo = proc_undo,
};

static const struct suture_kind kind_name = {
	.name = "name in /proc",
	.order = SUTURE_ORDER_REGISTRATION,
};

SUTURE_GONE_TABLE(entries_gone, 6);
SUTURE_GONE_TABLE(names_gone, 6);

/* Is it a name in /proc or /proc/driver, and not one in a folder that may be the driver's own? */
static bool at_root(const char *name)
{
	if (!strncmp(name, "driver/", strlen("driver/")))
		name += strlen("driver/");
	return !strchr(name, '/');
}

void suture_proc_made(const struct proc_dir_entry *entry, const char *name,
		      const struct proc_dir_entry *parent, unsigned long site)
{
	struct suture_record record = {
		.key = (unsigned long)entry, .site = site,
	};

	if (IS_ERR_OR_NULL(entry))
		return;
	suture_gone_clear(entries_gone, record.key);
	if (parent || !at_root(name)) {
		/* It may have a name from the root, too. */
		memset(names_gone, 0, sizeof(names_gone));
		return;
	}
	record.info[0] = hashlen_string(NULL, name);
	suture_gone_clear(names_gone, record.info[0]);
	suture_ledger_add(&kind_proc, &record);
	swap(record.key, record.info[0]);
	suture_ledger_add(&kind_name, &record);
}

/* Forget the entry of that name at the root. Return: where it has been removed before, or 0. */
static unsigned long name_goes(const char *name, unsigned long site)
{
	unsigned long key = hashlen_string(NULL, name);
	struct suture_record record;

	if (!suture_ledger_take(&kind_name, key, &record))
		return suture_gone_site(names_gone, key);
	suture_ledger_take(&kind_proc, record.info[0], NULL);
	suture_gone_add(entries_gone, record.info[0], site);
	suture_gone_add(names_gone, key, site);
	return 0;
}

SUTURE_DEFINE(void, proc_remove, struct proc_dir_entry *entry)
{
	struct suture_record record;

	if (entry) {
		if (suture_ledger_take(&kind_proc, (unsigned long)entry, &record)) {
			suture_ledger_take(&kind_name, record.info[0], NULL);
			suture_gone_add(names_gone, record.info[0], SUTURE_SITE);
		} else if (again(suture_gone_site(entries_gone, (unsigned long)entry), SUTURE_SITE,
				 "proc_remove")) {
			return;
		}
		suture_gone_add(entries_gone, (unsigned long)entry, SUTURE_SITE);
	}
	proc_remove(entry);
}
SUTURE_WRAPPER(proc_remove);

SUTURE_DEFINE(void, remove_proc_entry, const char *name, struct proc_dir_entry *parent)
{
	if (parent || !again(name_goes(name, SUTURE_SITE), SUTURE_SITE, "remove_proc_entry"))
		remove_proc_entry(name, parent);
}
SUTURE_WRAPPER(remove_proc_entry);

SUTURE_DEFINE(int, remove_proc_subtree, const char *name, struct proc_dir_entry *parent)
{
	if (!parent && again(name_goes(name, SUTURE_SITE), SUTURE_SITE, "remove_proc_subtree"))
		return -ENOENT;
	return remove_proc_subtree(name, parent);
}
SUTURE_WRAPPER(remove_proc_subtree);

/* An entry that @call makes. */
#define MADE(call, name, parent) ({						\
	struct proc_dir_entry *made_ = call;					\
										\
	suture_proc_made(made_, name, parent, SUTURE_SITE);			\
	made_;									\
})

SUTURE_DEFINE(struct proc_dir_entry *, proc_mkdir, const char *name, struct proc_dir_entry *parent)
{
	return MADE(proc_mkdir(name, parent), name, parent);
}
SUTURE_WRAPPER(proc_mkdir);

SUTURE_DEFINE(struct proc_dir_entry *, proc_mkdir_data,
	      const char *name, umode_t mode, struct proc_dir_entry *parent, void *data)
{
	return MADE(proc_mkdir_data(name, mode, parent, data), name, parent);
}
SUTURE_WRAPPER(proc_mkdir_data);

SUTURE_DEFINE(struct proc_dir_entry *, proc_mkdir_mode,
	      const char *name, umode_t mode, struct proc_dir_entry *parent)
{
	return MADE(proc_mkdir_mode(name, mode, parent), name, parent);
}
SUTURE_WRAPPER(proc_mkdir_mode);

SUTURE_DEFINE(struct proc_dir_entry *, _proc_mkdir,
	      const char *name, umode_t mode, struct proc_dir_entry *parent, void *data,
	      bool force)
{
	return MADE(_proc_mkdir(name, mode, parent, data, force), name, parent);
}
SUTURE_WRAPPER(_proc_mkdir);

SUTURE_DEFINE(struct proc_dir_entry *, proc_symlink,
	      const char *name, struct proc_dir_entry *parent, const char *to)
{
	return MADE(proc_symlink(name, parent, to), name, parent);
}
SUTURE_WRAPPER(proc_symlink);

SUTURE_DEFINE(struct proc_dir_entry *, proc_create_mount_point, const char *name)
{
	return MADE(proc_create_mount_point(name), name, NULL);
}
SUTURE_WRAPPER(proc_create_mount_point);

SUTURE_DEFINE(struct proc_dir_entry *, proc_create_seq_private,
	      const char *name, umode_t mode, struct proc_dir_entry *parent,
	      const struct seq_operations *ops, unsigned int size, void *data)
{
	suture_seq_roles(ops);
	return MADE(proc_create_seq_private(name, mode, parent, ops, size, data), name, parent);
}
SUTURE_WRAPPER(proc_create_seq_private);

SUTURE_DEFINE(struct proc_dir_entry *, proc_create_net_data,
	      const char *name, umode_t mode, struct proc_dir_entry *parent,
	      const struct seq_operations *ops, unsigned int size, void *data)
{
	suture_seq_roles(ops);
	return MADE(proc_create_net_data(name, mode, parent, ops, size, data), name, parent);
}
SUTURE_WRAPPER(proc_create_net_data);

SUTURE_DEFINE(struct proc_dir_entry *, proc_create_net_single,
	      const char *name, umode_t mode, struct proc_dir_entry *parent,
	      int (*show)(struct seq_file *seq, void *data), void *data)
{
	return MADE(proc_create_net_single(name, mode, parent, show, data), name, parent);
}
SUTURE_WRAPPER(proc_create_net_single);

/* -------------------------------------------------------------------- debugfs */

/* What stands in the entry while it is there. */
enum { INFO_PARENT, INFO_INODE };

/* A module that is not guarded may have removed it, and the memory be something else by now. */
static bool debugfs_there(const struct suture_record *record)
{
	const struct dentry *dentry = (const struct dentry *)record->key;
	struct dentry *parent;
	struct inode *inode;

	return !get_kernel_nofault(parent, &dentry->d_parent) &&
	       !get_kernel_nofault(inode, &dentry->d_inode) && inode &&
	       (unsigned long)parent == record->info[INFO_PARENT] &&
	       (unsigned long)inode == record->info[INFO_INODE];
}

static void debugfs_left(struct suture_domain *domain, const struct suture_record *record,
			 bool sole)
{
	if (debugfs_there(record) && left_one(domain, record, "debugfs"))
		debugfs_remove((struct dentry *)record->key);
}

static enum suture_remains debugfs_held(const struct suture_record *record,
					const struct suture_unbound *left)
{
	return left->distrust && debugfs_there(record) ? SUTURE_REMAINS_SURE : SUTURE_REMAINS_NO;
}

static void debugfs_undo(const struct suture_record *record, const struct suture_unbound *left)
{
	debugfs_remove((struct dentry *)record->key);
}

static const struct suture_kind kind_debugfs = {
	.name = "entry of debugfs",
	.order = SUTURE_ORDER_REGISTRATION,
	.left = debugfs_left,
	.held = debugfs_held,
	.undo = debugfs_undo,
};

SUTURE_GONE_TABLE(dentries_gone, 6);

void suture_debugfs_made(const struct dentry *dentry, const struct dentry *parent,
			 unsigned long site)
{
	struct suture_record record = { .key = (unsigned long)dentry, .site = site };

	if (IS_ERR_OR_NULL(dentry))
		return;
	suture_gone_clear(dentries_gone, record.key);
	if (parent)
		return;
	record.info[INFO_PARENT] = (unsigned long)dentry->d_parent;
	record.info[INFO_INODE] = (unsigned long)d_inode(dentry);
	suture_ledger_add(&kind_debugfs, &record);
}

#define MADE_DEBUGFS(call, parent) ({						\
	struct dentry *made_ = call;						\
										\
	suture_debugfs_made(made_, parent, SUTURE_SITE);			\
	made_;									\
})

SUTURE_DEFINE(struct dentry *, debugfs_create_dir, const char *name, struct dentry *parent)
{
	return MADE_DEBUGFS(debugfs_create_dir(name, parent), parent);
}
SUTURE_WRAPPER(debugfs_create_dir);

SUTURE_DEFINE(struct dentry *, debugfs_create_file_unsafe,
	      const char *name, umode_t mode, struct dentry *parent, void *data,
	      const struct file_operations *fops)
{
	suture_file_roles(fops);
	return MADE_DEBUGFS(debugfs_create_file_unsafe(name, mode, parent, data, fops), parent);
}
SUTURE_WRAPPER(debugfs_create_file_unsafe);

SUTURE_DEFINE(struct dentry *, debugfs_create_symlink,
	      const char *name, struct dentry *parent, const char *to)
{
	return MADE_DEBUGFS(debugfs_create_symlink(name, parent, to), parent);
}
SUTURE_WRAPPER(debugfs_create_symlink);

SUTURE_DEFINE(struct dentry *, debugfs_create_blob,
	      const char *name, umode_t mode, struct dentry *parent,
	      struct debugfs_blob_wrapper *blob)
{
	return MADE_DEBUGFS(debugfs_create_blob(name, mode, parent, blob), parent);
}
SUTURE_WRAPPER(debugfs_create_blob);

/* Not new, but a live one, whatever was known of the address. */
SUTURE_DEFINE(struct dentry *, debugfs_lookup, const char *name, struct dentry *parent)
{
	struct dentry *dentry = debugfs_lookup(name, parent);

	suture_gone_clear(dentries_gone, (unsigned long)dentry);
	return dentry;
}
SUTURE_WRAPPER(debugfs_lookup);

SUTURE_DEFINE(void, debugfs_remove, struct dentry *dentry)
{
	unsigned long gone;

	if (IS_ERR_OR_NULL(dentry))
		return;
	if (!suture_ledger_take(&kind_debugfs, (unsigned long)dentry, NULL)) {
		gone = suture_gone_site(dentries_gone, (unsigned long)dentry);
		/* The place may have another one by now that somebody gave to the driver. */
		if (gone && (d_unhashed(dentry) || d_really_is_negative(dentry)) &&
		    again(gone, SUTURE_SITE, "debugfs_remove"))
			return;
	}
	suture_gone_add(dentries_gone, (unsigned long)dentry, SUTURE_SITE);
	debugfs_remove(dentry);
}
SUTURE_WRAPPER(debugfs_remove);

SUTURE_DEFINE(void, debugfs_lookup_and_remove, const char *name, struct dentry *parent)
{
	struct dentry *dentry = debugfs_lookup(name, parent);

	if (!IS_ERR_OR_NULL(dentry)) {
		suture_ledger_take(&kind_debugfs, (unsigned long)dentry, NULL);
		dput(dentry);
	}
	debugfs_lookup_and_remove(name, parent);
}
SUTURE_WRAPPER(debugfs_lookup_and_remove);

int suture_rules_entry_start(void)
{
	suture_rules_add(rules);
	return 0;
}

void suture_rules_entry_stop(void)
{
	suture_rules_remove(rules);
}
