// SPDX-License-Identifier: GPL-2.0-only
/*
 * check.c - `suture check`: what would be guarded in a driver, what not, and why.
 *
 * Rewrites the module in memory. Needs no root, loads nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "contracts.h"
#include "group.h"
#include "guard.h"
#include "report.h"
#include "survey.h"

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "verbose", no_argument, NULL, 'v' },
		{ "output", required_argument, NULL, 'o' },
		{ "core", required_argument, NULL, OPTION_LONG },
		{ "kernel-dir", required_argument, NULL, OPTION_LONG + 1 },
		{ "btf", required_argument, NULL, OPTION_LONG + 2 },
		{ "contracts", required_argument, NULL, OPTION_LONG + 6 },
		{ "entries-only", no_argument, NULL, OPTION_LONG + 3 },
		{ "with", required_argument, NULL, OPTION_LONG + 4 },
		{ "alone", no_argument, NULL, OPTION_LONG + 5 },
		{ "all", no_argument, NULL, OPTION_LONG + 7 },
		{ "loaded", no_argument, NULL, OPTION_LONG + 8 },
		{ 0 },
	};
	struct guard guard = { 0 };
	struct group group = { 0 };
	struct suture_rewrite_error err;
	const char *core = NULL, *output = NULL;
	bool verbose = false, all = false, loaded = false;
	int option, status;

	while ((option = option_next(out, &check_command, argc, argv, "vo:", longs)) !=
	       OPTION_END) {
		switch (option) {
		case 'v':
			verbose = true;
			break;
		case 'o':
			output = optarg;
			break;
		case OPTION_LONG:
			core = optarg;
			break;
		case OPTION_LONG + 1:
			guard.kernel_dir = optarg;
			break;
		case OPTION_LONG + 2:
			guard.btf = optarg;
			break;
		case OPTION_LONG + 3:
			guard.flags |= SUTURE_REWRITE_ENTRIES_ONLY;
			break;
		case OPTION_LONG + 4:
			status = group_with(out, &group, optarg);
			if (status)
				return status;
			break;
		case OPTION_LONG + 5:
			group.alone = true;
			break;
		case OPTION_LONG + 6:
			guard.contracts = optarg;
			break;
		case OPTION_LONG + 7:
			all = true;
			break;
		case OPTION_LONG + 8:
			loaded = true;
			break;
		default:
			return option_exit(option);
		}
	}
	status = operands(out, &check_command, argc, !all && !loaded, !all && !loaded);
	if (!status && loaded && guard.kernel_dir)
		status = out_usage(out, "check: --loaded is about the kernel that runs, not about "
					"--kernel-dir");
	if (!status && (all || loaded) && (output || group.nwith || group.alone))
		status = out_usage(out, "check: %s: -o, --with and --alone are for one module",
				   all ? "--all" : "--loaded");
	if (status)
		return status;

	guard.core_path = core ? strdup(core) : NULL;
	if (all || loaded) {
		status = survey(out, &guard, loaded, verbose);
		guard_end(&guard);
		return status;
	}
	status = guard_prepare(out, &guard, argv[optind]);
	if (!status)
		status = group_prepare(out, &group, &guard);
	guard.group = &group;
	if (!status && output && suture_guarded_write(guard.guarded, output, &err) < 0)
		status = out_fail(out, "%s", err.text);
	if (!status)
		status = report_show(out, &guard, verbose);
	group_end(&group);
	guard_end(&guard);
	return status;
}

const struct command check_command = {
	.name = "check",
	.run = run,
	.brief = "show what would be guarded in a driver, without loading it",
	.usage = "check [options] MODULE | --all | --loaded",
	.help = "Rewrites MODULE in memory and shows what is guarded, what is not, and what cannot\n"
		"be seen. MODULE is a file, or the name or alias of a module. Needs no root.\n\n"
		"  --all                  a table of every module of the kernel\n"
		"  --loaded               a table of the modules that are in the kernel now\n"
		"  -v, --verbose          list every entry and every imported symbol; in a table, the\n"
		"                         rules that apply to each module\n"
		"  -o, --output FILE      write the guarded image to FILE\n"
		"  --core FILE            the suture.ko to check against (default: the one installed\n"
		"                         for the kernel that MODULE was built for)\n"
		"  --kernel-dir DIR       /lib/modules/VERSION of another kernel or root: names and\n"
		"                         suture.ko are looked for there\n"
		"  --btf FILE             the kernel's types: vmlinux, or /sys/kernel/btf/vmlinux\n"
		"                         (default if MODULE is for the running kernel)\n"
		"  --contracts FILE       what `suture learn` has learnt from the kernel (default:\n"
		"                         from " CONTRACTS_CACHE ")\n"
		"  --entries-only         leave the calls of the driver alone\n"
		"  --with MODULE          MODULE, which the driver imports from, is a part of it\n"
		"  --alone                without its parts\n",
};
