/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * command.h - what a subcommand is, and how it reads its options.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <getopt.h>

#include "out.h"

/**
 * struct command - one subcommand
 * @name:	as it is typed
 * @run:	does it; argv[0] is @name. Returns an exit code
 * @brief:	what it does, in a few words
 * @usage:	its arguments, as in "load [options] MODULE [PARAM=VALUE...]"
 * @help:	the rest of its help: options and remarks
 */
struct command {
	const char *name;
	int (*run)(struct out *out, int argc, char **argv);
	const char *brief;
	const char *usage;
	const char *help;
};

extern const struct command attention_command;
extern const struct command check_command;
extern const struct command disable_command;
extern const struct command doctor_command;
extern const struct command enable_command;
extern const struct command events_command;
extern const struct command inject_command;
extern const struct command load_command;
extern const struct command report_command;
extern const struct command policy_command;
extern const struct command quarantine_command;
extern const struct command restart_command;
extern const struct command learn_command;
extern const struct command rules_command;
extern const struct command stats_command;
extern const struct command status_command;
extern const struct command unload_command;

/* What option_next() returns besides the characters of options. */
#define OPTION_END  (-1)
#define OPTION_HELP (-2) /* help was printed: stop, successfully */
#define OPTION_BAD  (-3) /* was complained about: stop with EXIT_USAGE */

/* First value for long options without a letter. */
#define OPTION_LONG 256

/*
 * getopt_long() with our own words, and with -j and -h, which every command
 * has. @letters is the usual string; @longs (may be NULL) ends with zeros.
 */
int option_next(struct out *out, const struct command *command, int argc, char **argv,
		const char *letters, const struct option *longs);

/* Turns OPTION_HELP and OPTION_BAD into an exit code. */
int option_exit(int option);

/* Complains about too few or too many operands (@max -1: no limit). Exit code. */
int operands(struct out *out, const struct command *command, int argc, int min, int max);

/* A whole decimal number, at least @min. Returns 0 or -EINVAL. */
int parse_number(const char *text, uint64_t min, uint64_t *n);

/* "my-driver" and "my_driver" are one: the kernel's spelling. Freed by the caller. */
char *module_name(const char *text);

#endif /* CLI_COMMAND_H */
