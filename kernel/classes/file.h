/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * file.h - files that drivers offer to programs.
 */
#ifndef SUTURE_CLASSES_FILE_H
#define SUTURE_CLASSES_FILE_H

struct file_operations;

/* rules/registration.c: label the entries of a file. Context: any. */
void suture_file_roles(const struct file_operations *fops);

#endif /* SUTURE_CLASSES_FILE_H */
