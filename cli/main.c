// SPDX-License-Identifier: GPL-2.0-only
/*
 * main.c - the command `suture`: finds the subcommand and starts it.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "kernel/version.h"

static const struct command *const commands[] = {
	&check_command,	     &load_command,   &unload_command,	  &status_command, &events_command,
	&rules_command,	     &inject_command, &restart_command,	  &learn_command,  &report_command,
	&quarantine_command, &stats_command,  &attention_command, &policy_command, &enable_command,
	&disable_command,    &doctor_command,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void print_help(FILE *to)
{
	size_t i;

	fprintf(to, "suture: guards a device driver while it runs\n\n"
		    "Usage: suture [-j] COMMAND [ARGUMENTS]\n\n");
	for (i = 0; i < COMMANDS; i++)
		fprintf(to, "  %-10s %s\n", commands[i]->name, commands[i]->brief);
	fprintf(to, "\n"
		    "  -j, --json     answer in JSON, for programs\n"
		    "  -h, --help     this help; `suture COMMAND --help` for one command\n"
		    "  -V, --version  version of this command\n\n"
		    "Exit status: 0 done, 1 failed, 2 not understood.\n");
}

static int help(struct out *out, bool asked)
{
	json_t *list, *object;
	size_t i;

	if (!asked)
		return out_usage(out, "no command given; see `suture --help`");
	if (!out->json) {
		print_help(out->to);
		return EXIT_SUCCESS;
	}
	list = json_array();
	for (i = 0; i < COMMANDS; i++) {
		object = json_object();
		out_set(object, "name", commands[i]->name);
		out_set(object, "brief", commands[i]->brief);
		json_array_append_new(list, object);
	}
	return out_json(out, json_pack("{s:o}", "commands", list));
}

static int version(struct out *out)
{
	out_text(out, "suture %s\n", SUTURE_VERSION);
	return out_json(out, json_pack("{s:s}", "version", SUTURE_VERSION));
}

static int run(struct out *out, int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i]->name, argv[0]) == 0)
			return commands[i]->run(out, argc, argv);
	return out_usage(out, "%s: no such command; see `suture --help`", argv[0]);
}

static bool is(const char *arg, const char *letter, const char *word)
{
	return strcmp(arg, letter) == 0 || strcmp(arg, word) == 0;
}

static int start(struct out *out, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (is(argv[i], "-j", "--json"))
			out->json = true;
		else if (is(argv[i], "-h", "--help"))
			return help(out, true);
		else if (is(argv[i], "-V", "--version"))
			return version(out);
		else
			return out_usage(out, "%s: no such option; see `suture --help`", argv[i]);
	}
	if (i < argc && strcmp(argv[i], "help") == 0) {
		static char ask[] = "--help";

		if (i + 1 == argc)
			return help(out, true);
		argv[i] = argv[i + 1];
		argv[i + 1] = ask;
		argc = i + 2;
	}
	if (i == argc)
		return help(out, false);
	return run(out, argc - i, argv + i);
}

int main(int argc, char **argv)
{
	struct out out;
	int i;

	out_start(&out, false);

	/* A complaint about the options before a -j is wanted as JSON too. */
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (is(argv[i], "-j", "--json"))
			out.json = true;

	return out_finish(&out, start(&out, argc, argv));
}
