/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - files that drivers offer to programs.
 */
#ifndef SUTURE_CLASSES_FILE_H
#define SUTURE_CLASSES_FILE_H

struct dentry;
struct file_operations;
struct proc_dir_entry;
struct seq_operations;

/* rules/registration.c: label the entries of a file. Context: any. */
void suture_file_roles(const struct file_operations *fops);
void suture_seq_roles(const struct seq_operations *ops);

/* rules/entry.c: what a driver has made, NULL or an error pointer included. Context: any. */
void suture_proc_made(const struct proc_dir_entry *entry, const char *name,
		      const struct proc_dir_entry *parent, unsigned long site);
void suture_debugfs_made(const struct dentry *dentry, const struct dentry *parent,
			 unsigned long site);

#endif /* SUTURE_CLASSES_FILE_H */
