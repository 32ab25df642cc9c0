/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * config.h - the policy files: /etc/suture/suture.conf and its drop-ins.
 *
 * All files are read, all that is wrong in them is collected, each with file, line and the
 * word that is wrong; a configuration with a single problem is of no use to anyone. What
 * holds somewhere is found by config_find(): the most specific section counts, of like ones the
 * last. suture.conf(5) has the words.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out.h"

#define CONFIG_DIR  "/etc/suture"
#define CONFIG_MAIN "suture.conf"
#define CONFIG_DROP "suture.conf.d"

/* The kernel takes some more: those of the profile. */
#define CONFIG_SECTIONS_MAX 512

enum config_key {
	KEY_PROFILE,
	KEY_ACTION,
	KEY_CEILING,
	KEY_REPAIRS,
	/* Numbers, in the order of their netlink attributes. */
	KEY_ESCALATE_UNWINDS,
	KEY_ESCALATE_REPAIRS,
	KEY_ESCALATE_MS,
	KEY_BUDGET_TASK_MS,
	KEY_BUDGET_SOFTIRQ_MS,
	KEY_BUDGET_IRQOFF_MS,
	KEYS,
};

/* What a section is about; an empty word is any. */
struct scope {
	char driver[56]; /* pattern */
	char function[64];
	char rule[64];
	char class_[64];
};

/**
 * struct setting - one line
 * @file:	where it stands; of a profile "profile NAME"
 * @line:	number of the line; 0: of a profile
 * @section:	number of its section, counted through all files
 * @scope:	what that is about
 * @key:	what is set
 * @value:	to what, in one spelling
 * @number:	the same, of numbers
 */
struct setting {
	char *file;
	unsigned int line;
	unsigned int section;
	struct scope scope;
	enum config_key key;
	char *value;
	uint64_t number;
};

/* One line that is wrong. @word is the word that is, or "". */
struct problem {
	char *file;
	unsigned int line;
	char *word;
	char *text;
};

/* A rule that there is; @repairs: their names, separated by spaces. */
struct config_rule {
	const char *id;
	const char *class_;
	const char *repairs;
	const char *action;
};

/**
 * struct config - what the files say
 * @rules:	given: the rules that there are; NULL: not known, then names of rules are believed
 * @nrules:	given: their number
 * @want:	given: is called before the first rule or class that is named, to say which there
 *		are, as to find out takes time; returns an exit code. NULL: they are given, or not
 * @data:	given: for @want
 * @failed:	what @want returned
 * @settings:	all lines, in order; those of the profile first
 * @problems:	what is wrong
 * @profile:	name of the profile
 * @sections:	sections so far
 */
struct config {
	const struct config_rule *rules;
	size_t nrules;
	int (*want)(struct config *config);
	void *data;
	int failed;
	struct setting *settings;
	size_t nsettings;
	struct problem *problems;
	size_t nproblems;
	const char *profile;
	unsigned int sections;
	bool nomem;
};

/*
 * Read what stands in @dir; a file that is not there is none. With @name, what @text has instead of
 * the drop-in of that name: a change can be tried before it is made.
 */
void config_read(struct config *config, const char *dir, const char *name, const char *text);

/* Read one file, or @size bytes of @text as if they stood in one. config_close() is due. */
void config_file(struct config *config, const char *path);
void config_text(struct config *config, const char *path, const char *text, size_t size);

/* All has been read: choose the profile, and put what it says before the rest. */
void config_close(struct config *config);
void config_end(struct config *config);

/* Says what is wrong. Returns EXIT_SUCCESS if nothing is. */
int config_complain(struct out *out, const struct config *config);

/* "driver e1000 rule LCK-SLEEP" into a scope; false, and a problem of @file, if it is none. */
bool config_scope(struct config *config, const char *file, unsigned int line, const char *words,
		  struct scope *scope);
/* And back; "suture" for an empty one. */
void scope_text(char *buf, size_t size, const struct scope *scope);
bool scope_same(const struct scope *a, const struct scope *b);
unsigned int scope_weight(const struct scope *scope);

/* Does @scope hold for the rule, driver and function? NULL: none in particular. */
bool scope_holds(const struct scope *scope, const struct config_rule *rule, const char *driver,
		 const char *function);

/* What is set there, or NULL. */
const struct setting *config_find(const struct config *config, enum config_key key,
				  const struct config_rule *rule, const char *driver,
				  const char *function);

/* Of all that the kernel is told: never 0. */
uint64_t config_digest(const struct config *config);

const char *key_name(enum config_key key);
/* -1 if there is no such key. */
int key_find(const char *name);

/* Place of @word in a list that ends with NULL, or -1. */
int word_find(const char *const *words, const char *word);
extern const char *const config_actions[]; /* in the order of the ladder */

/* --- profile.c */

struct profile {
	const char *name;
	bool inject;
	struct {
		enum config_key key;
		const char *value;
	} says[6];
	const char *brief;
};

#define PROFILE_DEFAULT "server"

extern const struct profile profiles[];
extern const size_t nprofiles;
const struct profile *profile_find(const char *name);

#endif /* CLI_CONFIG_H */
