/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * record.h - one message of suture.ko, taken apart and checked.
 *
 * A record owns its copies of everything. Whatever is in it has been checked: an
 * attribute of the wrong type or length, a string without its NUL, or a message that ends
 * in the middle of an attribute makes no record at all. Attributes
 * that a newer suture.ko may send are passed over.
 */
#ifndef CLI_RECORD_H
#define CLI_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <libmnl/libmnl.h>

struct record;

struct records {
	struct record **list;
	size_t count;
	size_t room;
};

/* -EBADMSG: the message cannot be read; -ENOMEM. @nlh is a complete message. */
int record_parse(const struct nlmsghdr *nlh, struct record **record);
void record_free(struct record *record);

/* The command (enum suture_cmd) that the message carries. */
uint8_t record_command(const struct record *record);

bool record_has(const struct record *record, int attr);

/* As it came, or NULL. Only to compare with and to give back to the kernel. */
const char *record_raw(const struct record *record, int attr);

/* Fit for a terminal; "" if it is not there. */
const char *record_text(const struct record *record, int attr);

/* 0 if it is not there. */
uint64_t record_number(const struct record *record, int attr);

/* Repairs of a rule, in order of preference: name, and what it gives up (or ""). */
size_t record_repairs(const struct record *record);
const char *record_repair(const struct record *record, size_t i, const char **gives_up);

/* Everything in the record, under the names that docs/ promises to keep. */
json_t *record_json(const struct record *record);

/*
 * The record that @object was made from, by record_json() or crash_json(). Names that are no
 * attributes, lists and objects are passed over. -EBADMSG: the value of *@bad is of another
 * type than it should be; -ENOMEM.
 */
int record_of_json(const json_t *object, uint8_t command, struct record **record, const char **bad);

/* Takes over @record; -ENOMEM frees it. */
int records_add(struct records *records, struct record *record);
void records_clear(struct records *records);

/* The record whose @attr is the string @value, or NULL. */
const struct record *records_find(const struct records *records, int attr, const char *value);

#endif /* CLI_RECORD_H */
