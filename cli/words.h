/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * words.h - what the kernel's refusal to load or unload a module means.
 */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* What is true of the machine and makes one errno mean different things. */
struct words_facts {
	bool root;
	bool modules_disabled; /* kernel.modules_disabled */
	char lockdown[32];     /* "integrity", "confidentiality" or "" */
};

void words_facts(struct words_facts *facts);

/* Takes the chosen word out of "none [integrity] confidentiality"; "" for none. */
void words_lockdown(const char *line, char *word, size_t size);

/* "what is wrong; next step" for a failed init_module(); @error is negative. */
void words_load(char *buf, size_t size, int error, const char *name,
		const struct words_facts *facts);

/* The same for delete_module(); @users: "a, b" or "" if it is not known. */
void words_unload(char *buf, size_t size, int error, const char *name, const char *users,
		  const struct words_facts *facts);

#endif /* CLI_WORDS_H */
