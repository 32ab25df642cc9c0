// SPDX-License-Identifier: GPL-2.0-only
/*
 * dev_proc.c - removes entries of /proc and debugfs twice, or never.
 */
#include <linux/debugfs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>

#include "bad.h"

static int proc_show(struct seq_file *seq, void *data)
{
	seq_puts(seq, "dev_proc\n");
	return 0;
}

DEFINE_SHOW_ATTRIBUTE(proc);

#define NAME "dev_proc"

static noinline struct proc_dir_entry *proc_up(void)
{
	return proc_create_single(NAME, 0400, NULL, proc_show);
}

static noinline struct dentry *debugfs_up(void)
{
	struct dentry *folder = debugfs_create_dir(NAME, NULL);

	debugfs_create_file("file", 0400, folder, NULL, &proc_fops);
	return folder;
}

static noinline void name_twice(void)
{
	proc_up();
	remove_proc_entry(NAME, NULL);
	remove_proc_entry(NAME, NULL);
}

static noinline void entry_twice(void)
{
	struct proc_dir_entry *entry = proc_up();

	proc_remove(entry);
	proc_remove(bad_unknown(entry));
}

static noinline void subtree_twice(void)
{
	struct proc_dir_entry *folder = proc_mkdir(NAME, NULL);

	proc_create_single("file", 0400, folder, proc_show);
	remove_proc_subtree(NAME, NULL);
	remove_proc_subtree(NAME, NULL);
}

static noinline void debugfs_twice(void)
{
	struct dentry *folder = debugfs_up();

	debugfs_remove(folder);
	debugfs_remove(bad_unknown(folder));
}

static int bad_do(const char *word)
{
	if (bad_is(word, "name-twice"))
		name_twice();
	else if (bad_is(word, "entry-twice"))
		entry_twice();
	else if (bad_is(word, "subtree-twice"))
		subtree_twice();
	else if (bad_is(word, "debugfs-twice"))
		debugfs_twice();
	else if (bad_is(word, "leave-proc"))
		return proc_up() ? 0 : -ENOMEM;
	else if (bad_is(word, "leave-debugfs"))
		return PTR_ERR_OR_ZERO(debugfs_up());
	else
		return -EINVAL;
	return 0;
}

/* Names are free again, and folders go with what is in them. */
static int bad_ok(void)
{
	struct proc_dir_entry *folder, *entry;
	struct dentry *dentry;

	entry = proc_up();
	if (!entry)
		return -EBUSY;
	proc_remove(entry);
	folder = proc_mkdir("driver/" NAME, NULL);
	if (!folder || !proc_create_single("driver/" NAME "/file", 0400, NULL, proc_show) ||
	    !proc_create_single("other", 0400, folder, proc_show))
		return -EBUSY;
	remove_proc_subtree("driver/" NAME, NULL);
	dentry = debugfs_up();
	if (IS_ERR(dentry))
		return -EBUSY;
	debugfs_remove(dentry);
	dentry = debugfs_up();
	debugfs_lookup_and_remove(NAME, NULL);
	return PTR_ERR_OR_ZERO(dentry);
}

MODULE_DESCRIPTION("Test: entries of /proc and debugfs removed twice or never");
