// SPDX-License-Identifier: GPL-2.0-only
/*
 * registration.c - the calls by which a driver hands its functions to the
 * kernel: they tell what each entry is for. See role.h.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/pci.h>
#include <linux/seq_file.h>

#include <suture/rule.h>
#include "../classes/file.h"
#include "../domain.h"
#include "../role.h"

#define ROLE(ident, text, value, bits)						\
	static const struct suture_role ident = {				\
		.name = text, .failed = (value), .flags = (bits)		\
	}

ROLE(role_probe, "probe", -EIO, 0);
ROLE(role_remove, "remove", 0, 0);
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
	PCI(shutdown, role_remove),
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

SUTURE_DEFINE(int, __pci_register_driver,
	      struct pci_driver *drv, struct module *owner, const char *name)
{
	suture_role_set_ops(drv, pci_slots, ARRAY_SIZE(pci_slots));
	return __pci_register_driver(drv, owner, name);
}
SUTURE_WRAPPER(__pci_register_driver);

SUTURE_DEFINE(int, misc_register, struct miscdevice *misc)
{
	suture_role_set_ops(misc->fops, file_slots, ARRAY_SIZE(file_slots));
	return misc_register(misc);
}
SUTURE_WRAPPER(misc_register);

SUTURE_DEFINE(int, seq_open, struct file *file, const struct seq_operations *ops)
{
	suture_role_set_ops(ops, seq_slots, ARRAY_SIZE(seq_slots));
	return seq_open(file, ops);
}
SUTURE_WRAPPER(seq_open);

