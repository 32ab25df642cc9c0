/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * catalogue.h - what catalogue.c and reach.c share.
 */
#ifndef SUTURE_REWRITE_CATALOGUE_H
#define SUTURE_REWRITE_CATALOGUE_H

#include "internal.h"

/* SUTURE_MAX_REPAIRS of rule.h, and more than it will ever be. */
#define SUTURE_CATALOGUE_REPAIRS 8

struct suture_catalogue {
	struct arena arena;
	struct buffer rules; /* struct suture_catalogue_rule */
};

struct place {
	uint32_t section;
	uint64_t offset;
};

/**
 * struct object - suture.ko or a pack, while it is read
 * @elf:	the file
 * @bytes:	what is in it
 * @file:	its name without a folder
 * @rules:	struct place: where each of its rules is
 * @first_rule:	index of its first rule in the catalogue
 * @first_node: index of its first function or variable (reach.c)
 * @nnodes:	their number
 */
struct object {
	struct elf elf;
	void *bytes;
	const char *file;
	struct buffer rules;
	size_t first_rule;
	uint32_t first_node;
	uint32_t nnodes;
};

bool object_pointer(const struct object *o, uint32_t index, uint64_t offset, struct place *to);

/* Fills in the functions of each rule. */
int reach_find(struct suture_catalogue *c, struct object *objects, size_t n, struct arena *work,
	       struct suture_rewrite_error *err);

#endif /* SUTURE_REWRITE_CATALOGUE_H */
