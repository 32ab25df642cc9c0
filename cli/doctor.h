/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * doctor.h - what `suture doctor` looks at, and where it puts down what it finds.
 */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include <stdbool.h>

#include "system.h"

/**
 * enum health - what a finding means
 * @HEALTH_GOOD:	as it should be
 * @HEALTH_NOTE:	works, but somebody should know
 * @HEALTH_BAD:		something that was asked for does not work
 */
enum health { HEALTH_GOOD, HEALTH_NOTE, HEALTH_BAD };

/**
 * struct doctor - one examination
 * @root:	the system
 * @release:	the kernel
 * @runs:	that kernel runs there now: what /proc and /sys say is about it
 * @dir:	its modules
 * @cmdline:	its command line, or ""
 * @findings:	an array of {"check", "state", "what", "todo"}
 */
struct doctor {
	struct root root;
	const char *release;
	bool runs;
	char *dir;
	char *cmdline;
	json_t *findings;
};

/* Puts a finding down; @todo is what to do, NULL: nothing. */
void doctor_say(struct doctor *doctor, const char *check, enum health health, const char *todo,
		const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* A small file of the system, without its last newline; freed by the caller, NULL: not there. */
char *doctor_read(const struct doctor *doctor, const char *path);

/* Is a word on the kernel's command line? */
bool doctor_cmdline(const struct doctor *doctor, const char *word);

/* kernel, its configuration, headers, suture.ko, what was learnt: doctor_kernel.c */
void doctor_kernel(struct out *out, struct doctor *doctor);

/* The processor, keys and lockdown, kdump, what runs beside Suture: doctor_machine.c */
void doctor_machine(struct out *out, struct doctor *doctor);

/* What `suture enable` has prepared: doctor_prepared.c */
void doctor_prepared(struct out *out, struct doctor *doctor);

#endif /* CLI_DOCTOR_H */
