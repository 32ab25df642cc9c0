// SPDX-License-Identifier: GPL-2.0-only
/*
 * registration.c - the calls by which a driver hands its functions to the
 * kernel: they tell what each entry is for. See role.h.
 */
#include <linux/fs.h>
#include <linux/pci.h>
#include <linux/seq_file.h>

#include <suture/rule.h>
#include "../binding.h"
#include "../classes/file.h"
#include "../domain.h"
#include "../role.h"
#include "driver.h"

#define ROLE(ident, text, value, bits)						\
	static const struct suture_role ident = {				\
		.name = text, .failed = (value), .flags = (bits)		\
	}

SUTURE_ROLE_PROBE(role_probe, struct pci_dev, dev);
SUTURE_ROLE_REMOVE(role_remove, struct pci_dev, dev);
ROLE(role_shutdown, "shutdown", 0, 0);
ROLE(role_pm, "pm", -EIO, 0);
ROLE(role_file, "file", -EIO, SUTURE_ROLE_TERMINAL);
ROLE(role_file_poll, "file_poll", 0, SUTURE_ROLE_TERMINAL);
ROLE(role_file_release, "file_release", 0, SUTURE_ROLE_TERMINAL);
ROLE(role_seq, "seq", 0, SUTURE_ROLE_PAIRED);

#define PCI(field, which) { offsetof(struct pci_driver, field), &(which) }
static const struct suture_role_slot pci_slots[] = {
	PCI(probe, role_probe),
	PCI(remove, role_remove),
	PCI(suspend, role_pm),
	PCI(resume, role_pm),
	PCI(shutdown, role_shutdown),
};

#define FILE(field, which) { offsetof(struct file_operations, field), &(which) }
static const struct suture_role_slot file_slots[] = {
	FILE(llseek, role_file),
	FILE(read, role_file),
	FILE(write, role_file),
	FILE(read_iter, role_file),
	FILE(write_iter, role_file),
	FILE(poll, role_file_poll),
	FILE(unlocked_ioctl, role_file),
	FILE(compat_ioctl, role_file),
	FILE(mmap, role_file),
	FILE(open, role_file),
	FILE(release, role_file_release),
	FILE(fsync, role_file),
};

void suture_file_roles(const struct file_operations *fops)
{
	suture_role_set_ops(fops, file_slots, ARRAY_SIZE(file_slots));
}
EXPORT_SYMBOL_GPL(suture_file_roles);

#define SEQ(field) { offsetof(struct seq_operations, field), &role_seq }
static const struct suture_role_slot seq_slots[] = {
	SEQ(start), SEQ(stop), SEQ(next), SEQ(show),
};

void suture_seq_roles(const struct seq_operations *ops)
{
	suture_role_set_ops(ops, seq_slots, ARRAY_SIZE(seq_slots));
}

/* suture_pci_roles() - label the entries of a PCI driver. Context: any. */
void suture_pci_roles(const struct pci_driver *driver)
{
	suture_role_set_ops(driver, pci_slots, ARRAY_SIZE(pci_slots));
}

SUTURE_DEFINE(int, seq_open, struct file *file, const struct seq_operations *ops)
{
	suture_seq_roles(ops);
	return seq_open(file, ops);
}
SUTURE_WRAPPER(seq_open);

