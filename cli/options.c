// SPDX-License-Identifier: GPL-2.0-only
/*
 * options.c - how subcommands read their options.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"

#define LONGS_MAX 16

static const struct option common[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
};

static void help(struct out *out, const struct command *command)
{
	if (out->json) {
		json_t *object = json_object();

		out_set(object, "name", command->name);
		out_set(object, "brief", command->brief);
		out_set(object, "usage", command->usage);
		out_set(object, "help", command->help);
		out_json(out, object);
		return;
	}
	out_text(out,
		 "suture %s: %s\n\nUsage: suture %s\n\n%s"
		 "  -j, --json             answer in JSON, for programs\n"
		 "  -h, --help             this help\n",
		 command->name, command->brief, command->usage, command->help);
}

int option_next(struct out *out, const struct command *command, int argc, char **argv,
		const char *letters, const struct option *longs)
{
	struct option all[LONGS_MAX + 1] = { 0 };
	char spec[64];
	size_t n = 0;
	int option;

	for (; longs && longs->name && n < LONGS_MAX - 2; longs++)
		all[n++] = *longs;
	memcpy(&all[n], common, sizeof(common));

	/* The leading colon tells a missing argument from an unknown option. */
	snprintf(spec, sizeof(spec), ":jh%s", letters);
	opterr = 0;

	for (;;) {
		option = getopt_long(argc, argv, spec, all, NULL);
		switch (option) {
		case 'j':
			out->json = true;
			continue;
		case 'h':
			help(out, command);
			return OPTION_HELP;
		case ':':
			out_usage(out, "%s: %s: needs a value; see `suture %s --help`",
				  command->name, argv[optind - 1], command->name);
			return OPTION_BAD;
		case '?':
			/* Without optopt it was a long one; with it, a letter or a value too many. */
			if (optopt && strncmp(argv[optind - 1], "--", 2) != 0)
				out_usage(out, "%s: -%c: no such option; see `suture %s --help`",
					  command->name, optopt, command->name);
			else
				out_usage(out, "%s: %s: %s; see `suture %s --help`", command->name,
					  argv[optind - 1],
					  optopt ? "takes no value" : "no such option",
					  command->name);
			return OPTION_BAD;
		default:
			return option;
		}
	}
}

int option_exit(int option)
{
	return option == OPTION_HELP ? EXIT_SUCCESS : EXIT_USAGE;
}

int operands(struct out *out, const struct command *command, int argc, int min, int max)
{
	int n = argc - optind;

	if (n < min)
		return out_usage(out, "%s: something is missing; usage: suture %s", command->name,
				 command->usage);
	if (max >= 0 && n > max)
		return out_usage(out, "%s: more than is understood; usage: suture %s",
				 command->name, command->usage);
	return EXIT_SUCCESS;
}

int parse_number(const char *text, uint64_t min, uint64_t *n)
{
	char *end;

	/* strtoull() takes signs and spaces; we do not. */
	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	*n = strtoull(text, &end, 10);
	if (errno || *end || *n < min)
		return -EINVAL;
	return 0;
}

char *module_name(const char *text)
{
	char *name = strdup(text);
	char *p;

	for (p = name; p && *p; p++)
		if (*p == '-')
			*p = '_';
	return name;
}
