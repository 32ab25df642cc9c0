// SPDX-License-Identifier: GPL-2.0-only
/*
 * learn.c - `suture learn`: which pointers the functions of a kernel cannot do without.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "command.h"
#include "contracts.h"

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "kernel", required_argument, NULL, OPTION_LONG },
		{ "modules", required_argument, NULL, OPTION_LONG + 1 },
		{ "output", required_argument, NULL, 'o' },
		{ 0 },
	};
	const char *kernel = NULL, *modules = NULL, *output = NULL;
	struct suture_learned learned;
	struct contracts_paths paths = { 0 };
	struct utsname name;
	json_t *answer;
	int option, status;

	while ((option = option_next(out, &learn_command, argc, argv, "o:", longs)) != OPTION_END) {
		switch (option) {
		case OPTION_LONG:
			kernel = optarg;
			break;
		case OPTION_LONG + 1:
			modules = optarg;
			break;
		case 'o':
			output = optarg;
			break;
		default:
			return option_exit(option);
		}
	}
	status = operands(out, &learn_command, argc, 0, 0);
	if (status)
		return status;
	if (kernel && !output)
		return out_usage(out, "learn: --kernel: say where to write with -o");
	if (uname(&name))
		return out_fail(out, "uname: cannot ask which kernel is running");
	status = contracts_paths(out, NULL, name.release, &paths);
	if (status)
		return status;
	if (!kernel) {
		kernel = paths.kernel;
		modules = modules ? modules : paths.modules;
	}
	status = contracts_learn(out, kernel, modules, output ? output : paths.cache, &learned);
	if (!status) {
		out_text(
			out,
			"%s: %u functions exported by the kernel and %u modules: %u with a pointer "
			"that must be good, %u more with one that must be canonical\n",
			learned.release, learned.functions, learned.modules, learned.strong,
			learned.weak);
		answer = json_object();
		out_set(answer, "release", learned.release);
		out_set(answer, "file", output ? output : paths.cache);
		out_set_number(answer, "functions", learned.functions);
		out_set_number(answer, "modules", learned.modules);
		out_set_number(answer, "typed", learned.typed);
		out_set_number(answer, "strong", learned.strong);
		out_set_number(answer, "weak", learned.weak);
		status = out_json(out, answer);
	}
	contracts_paths_end(&paths);
	return status;
}

const struct command learn_command = {
	.name = "learn",
	.run = run,
	.brief = "learn from a kernel which pointers its functions cannot do without",
	.usage = "learn [--kernel FILE] [--modules DIR] [-o FILE]",
	.help = "Reads the machine code and the types of a kernel and of its modules, and writes down\n"
		"which of their functions dereference which argument whatever happens. A driver that is\n"
		"guarded is then not let through to them with NULL, an error pointer, a user address or\n"
		"the like. `suture load` does this by itself when it has not been done for the\n"
		"running kernel, or the kernel's file is newer.\n\n"
		"  --kernel FILE          another kernel's vmlinuz; needs -o\n"
		"  --modules DIR          its modules, /lib/modules/VERSION\n"
		"  -o, --output FILE      where to write (default: " CONTRACTS_CACHE "\n"
		"                         in the folder of the running kernel's version)\n",
};
