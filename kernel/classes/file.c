// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - files that drivers offer to programs in /proc and debugfs: what their entries are
 * for. The rules about them, and more calls, are in rules/entry.c.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include <suture/rule.h>
#include "../role.h"
#include "file.h"

#define ROLE(ident, text, value, bits)						\
	static const struct suture_role ident = {				\
		.name = text, .failed = (value), .flags = (bits)		\
	}

ROLE(role_proc, "proc", -EIO, SUTURE_ROLE_TERMINAL);
ROLE(role_proc_open, "proc_open", -EIO, 0);
ROLE(role_proc_release, "proc_release", 0, 0);
ROLE(role_proc_poll, "proc_poll", 0, SUTURE_ROLE_TERMINAL);
ROLE(role_show, "seq_show", -EIO, SUTURE_ROLE_TERMINAL);

#define PROC(field, which) { offsetof(struct proc_ops, field), &(which) }
static const struct suture_role_slot proc_slots[] = {
	PROC(proc_open, role_proc_open),
	PROC(proc_read, role_proc),
	PROC(proc_read_iter, role_proc),
	PROC(proc_write, role_proc),
	PROC(proc_lseek, role_proc),
	PROC(proc_release, role_proc_release),
	PROC(proc_poll, role_proc_poll),
	PROC(proc_ioctl, role_proc),
#ifdef CONFIG_COMPAT
	PROC(proc_compat_ioctl, role_proc),
#endif
	PROC(proc_mmap, role_proc),
};

SUTURE_DEFINE(struct proc_dir_entry *, proc_create_data,
	      const char *name, umode_t mode, struct proc_dir_entry *parent,
	      const struct proc_ops *ops, void *data)
{
	struct proc_dir_entry *made;

	suture_role_set_ops(ops, proc_slots, ARRAY_SIZE(proc_slots));
	made = proc_create_data(name, mode, parent, ops, data);
	suture_proc_made(made, name, parent, SUTURE_SITE);
	return made;
}
SUTURE_WRAPPER(proc_create_data);

SUTURE_DEFINE(struct proc_dir_entry *, proc_create,
	      const char *name, umode_t mode, struct proc_dir_entry *parent,
	      const struct proc_ops *ops)
{
	struct proc_dir_entry *made;

	suture_role_set_ops(ops, proc_slots, ARRAY_SIZE(proc_slots));
	made = proc_create(name, mode, parent, ops);
	suture_proc_made(made, name, parent, SUTURE_SITE);
	return made;
}
SUTURE_WRAPPER(proc_create);

SUTURE_DEFINE(struct proc_dir_entry *, proc_create_single_data,
	      const char *name, umode_t mode, struct proc_dir_entry *parent,
	      int (*show)(struct seq_file *, void *), void *data)
{
	struct proc_dir_entry *made;

	suture_role_set((unsigned long)show, &role_show);
	made = proc_create_single_data(name, mode, parent, show, data);
	suture_proc_made(made, name, parent, SUTURE_SITE);
	return made;
}
SUTURE_WRAPPER(proc_create_single_data);

SUTURE_DEFINE(int, single_open,
	      struct file *file, int (*show)(struct seq_file *, void *), void *data)
{
	suture_role_set((unsigned long)show, &role_show);
	return single_open(file, show, data);
}
SUTURE_WRAPPER(single_open);

SUTURE_DEFINE(struct dentry *, debugfs_create_file,
	      const char *name, umode_t mode, struct dentry *parent, void *data,
	      const struct file_operations *fops)
{
	struct dentry *made;

	suture_file_roles(fops);
	made = debugfs_create_file(name, mode, parent, data, fops);
	suture_debugfs_made(made, parent, SUTURE_SITE);
	return made;
}
SUTURE_WRAPPER(debugfs_create_file);
