// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject.c - `suture inject`: lets a guarded driver crash, to see it recover.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "link.h"
#include "uapi/linux/suture.h"

struct fault {
	const char *kind; /* crash, hang, none: as the kernel calls them */
	const char *entry;
	uint64_t nth;
};

static int arm(struct out *out, const char *driver, const struct fault *fault)
{
	struct link *link;
	json_t *answer;
	int status, ret;

	status = link_start(out, &link);
	if (status)
		return status;

	link_begin(link, SUTURE_CMD_INJECT);
	link_put_string(link, SUTURE_A_DOMAIN, driver);
	link_put_string(link, SUTURE_A_ENTRY, fault->entry);
	link_put_string(link, SUTURE_A_INJECT, fault->kind);
	link_put_number(link, SUTURE_A_NTH, fault->nth);
	ret = link_do(link, NULL);
	if (ret) {
		status = link_fail(out, link, driver, ret);
		link_close(link);
		return status;
	}
	link_close(link);

	if (strcmp(fault->kind, "none") == 0)
		out_text(out, "%s: %s: disarmed\n", driver, fault->entry);
	else
		out_text(out, "%s: %s: will %s at call %" PRIu64 " from now\n", driver,
			 fault->entry, fault->kind, fault->nth);

	answer = json_object();
	out_set(answer, "driver", driver);
	out_set(answer, "entry", fault->entry);
	out_set(answer, "inject", fault->kind);
	out_set_number(answer, "nth", fault->nth);
	return out_json(out, answer);
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "crash", required_argument, NULL, OPTION_LONG },
		{ "hang", required_argument, NULL, OPTION_LONG + 1 },
		{ "none", required_argument, NULL, OPTION_LONG + 2 },
		{ "nth", required_argument, NULL, OPTION_LONG + 3 },
		{ 0 },
	};
	struct fault fault = { .nth = 1 };
	int option, status, kinds = 0;
	char *driver;

	while ((option = option_next(out, &inject_command, argc, argv, "", longs)) != OPTION_END) {
		switch (option) {
		case OPTION_LONG:
		case OPTION_LONG + 1:
		case OPTION_LONG + 2:
			fault.kind = longs[option - OPTION_LONG].name;
			fault.entry = optarg;
			kinds++;
			break;
		case OPTION_LONG + 3:
			if (parse_number(optarg, 1, &fault.nth))
				return out_usage(out, "inject: --nth %s: is no number from 1 on",
						 optarg);
			break;
		default:
			return option_exit(option);
		}
	}
	status = operands(out, &inject_command, argc, 1, 1);
	if (status)
		return status;
	if (kinds != 1)
		return out_usage(out, "inject: give one of --crash, --hang and --none, "
				      "with the name of an entry (see `suture status -v`)");

	driver = module_name(argv[optind]);
	status = arm(out, driver, &fault);
	free(driver);
	return status;
}

const struct command inject_command = {
	.name = "inject",
	.run = run,
	.brief = "let a guarded driver crash or hang, to test its recovery",
	.usage = "inject DRIVER (--crash | --hang | --none) ENTRY [--nth N]",
	.help = "Arms a fault in one entry of a guarded driver; `suture status -v DRIVER` lists the\n"
		"entries. The fault strikes once, inside the guarded visit.\n\n"
		"  --crash ENTRY          write to a bad address\n"
		"  --hang ENTRY           loop for ever\n"
		"  --none ENTRY           disarm\n"
		"  --nth N                strike at the Nth call from now (default: 1, the next)\n",
};
