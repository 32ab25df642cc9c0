// SPDX-License-Identifier: GPL-2.0-only
/*
 * inject.c - `suture inject`: lets a guarded driver crash, or its calls fail, to see it recover.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "failure.h"
#include "force.h"
#include "link.h"
#include "table.h"
#include "uapi/linux/suture.h"

struct fault {
	const char *kind; /* crash, crash-locked, hang, none: as the kernel calls them */
	const char *entry;
	uint64_t nth;
};

/* Calls that fail: the nth, or a share of them. */
struct plan {
	uint64_t value;
	uint64_t nth;
	int64_t rate;	/* of 10000; -1: see @nth */
	uint64_t after; /* seconds */
};

static int arm(struct out *out, const char *driver, const struct fault *fault)
{
	struct link *link;
	json_t *answer;
	int status, ret;

	status = link_start(out, &link);
	if (status)
		return status;
	status = strcmp(fault->kind, "none") != 0 ? force_first(out, link) : EXIT_SUCCESS;
	if (status) {
		link_close(link);
		return status;
	}

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

/* "--rate 12.5": percent. Return: of 10000 calls so many, or -1. */
static int64_t parse_rate(const char *text)
{
	char *end;
	double rate;

	if (*text < '0' || *text > '9')
		return -1;
	rate = strtod(text, &end);
	if (*end == '%')
		end++;
	return *end || rate > 100 ? -1 : (int64_t)(rate * 100 + 0.5);
}

static void describe(char *buf, size_t size, const struct plan *plan)
{
	int n;

	if (plan->rate >= 0)
		n = snprintf(buf, size, "%g %% of its calls fail", (double)plan->rate / 100);
	else
		n = snprintf(buf, size, "call %" PRIu64 " fails", plan->nth);
	if (plan->after && n > 0 && (size_t)n < size)
		snprintf(buf + n, size - n, ", counted from %" PRIu64 " s on", plan->after);
}

/* A function that fails, or with no @plan->value one that works again. */
static int set_fault(struct out *out, const char *driver, const char *api, const struct plan *plan,
		     bool stop)
{
	struct link *link;
	json_t *answer;
	char what[96], result[32];
	int status, ret;

	status = link_start(out, &link);
	if (status)
		return status;
	status = !stop ? force_first(out, link) : EXIT_SUCCESS;
	if (status) {
		link_close(link);
		return status;
	}
	link_begin(link, SUTURE_CMD_SET_FAULT);
	link_put_string(link, SUTURE_A_DOMAIN, driver);
	link_put_string(link, SUTURE_A_API, api);
	if (!stop) {
		link_put_number(link, SUTURE_A_VALUE, plan->value);
		if (plan->rate >= 0)
			link_put_number(link, SUTURE_A_RATE, plan->rate);
		else
			link_put_number(link, SUTURE_A_NTH, plan->nth);
		link_put_number(link, SUTURE_A_AFTER, plan->after * 1000);
	}
	ret = link_do(link, NULL);
	status = ret ? link_fail(out, link, api, ret) : EXIT_SUCCESS;
	link_close(link);
	if (status)
		return status;

	answer = json_object();
	out_set(answer, "driver", driver);
	out_set(answer, "function", api);
	if (stop) {
		out_text(out, "%s: %s: works again\n", driver, api);
		out_set(answer, "inject", "none");
		return out_json(out, answer);
	}
	describe(what, sizeof(what), plan);
	failure_text(result, sizeof(result), plan->value);
	out_text(out, "%s: %s: %s, returning %s\n", driver, api, what, result);
	out_set(answer, "inject", "failure");
	json_object_set_new(answer, "value", json_integer((json_int_t)plan->value));
	if (plan->rate >= 0)
		out_set_number(answer, "rate", plan->rate);
	else
		out_set_number(answer, "nth", plan->nth);
	out_set_number(answer, "after_ms", plan->after * 1000);
	return out_json(out, answer);
}

/* What is made to fail now; @driver may be NULL. */
static int list_faults(struct out *out, const char *driver)
{
	struct records faults = { 0 };
	json_t *list = json_array(), *one;
	struct table table;
	struct link *link;
	char rate[32];
	int status;
	size_t i;

	status = link_start(out, &link);
	if (status) {
		json_decref(list);
		return status;
	}
	status = link_table(out, link, SUTURE_CMD_GET_FAULT, &faults);
	link_close(link);
	if (status) {
		json_decref(list);
		return status;
	}
	table_start(&table, "DRIVER|FUNCTION|>NTH|>RATE|>CALLS|>FAILED");
	for (i = 0; i < faults.count; i++) {
		const struct record *fault = faults.list[i];

		if (driver && strcmp(record_text(fault, SUTURE_A_DOMAIN), driver) != 0)
			continue;
		one = record_json(fault);
		/* An error is a negative number, here as in the answer that set it. */
		json_object_set_new(one, "value",
				    json_integer((json_int_t)record_number(fault, SUTURE_A_VALUE)));
		json_array_append_new(list, one);
		table_cell(&table, record_raw(fault, SUTURE_A_DOMAIN));
		table_cell(&table, record_raw(fault, SUTURE_A_API));
		if (record_number(fault, SUTURE_A_NTH)) {
			table_number(&table, record_number(fault, SUTURE_A_NTH));
			table_cell(&table, NULL);
		} else {
			table_cell(&table, NULL);
			snprintf(rate, sizeof(rate), "%g %%",
				 (double)record_number(fault, SUTURE_A_RATE) / 100);
			table_cell(&table, rate);
		}
		table_number(&table, record_number(fault, SUTURE_A_CALLS));
		table_number(&table, record_number(fault, SUTURE_A_STRUCK));
	}
	table_end(&table, out, 0);
	records_clear(&faults);
	return out_json(out, json_pack("{s:o}", "faults", list));
}

enum {
	OPT_CRASH = OPTION_LONG,
	OPT_LOCKED,
	OPT_HANG,
	OPT_NONE,
	OPT_NTH,
	OPT_RATE,
	OPT_AFTER,
	OPT_ERROR,
	OPT_STOP
};

static const struct option longs[] = {
	{ "crash", required_argument, NULL, OPT_CRASH },
	{ "crash-locked", required_argument, NULL, OPT_LOCKED },
	{ "hang", required_argument, NULL, OPT_HANG },
	{ "none", required_argument, NULL, OPT_NONE },
	{ "nth", required_argument, NULL, OPT_NTH },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "after", required_argument, NULL, OPT_AFTER },
	{ "error", required_argument, NULL, OPT_ERROR },
	{ "stop", no_argument, NULL, OPT_STOP },
	{ 0 },
};

/* What the words of the command line ask for. */
struct request {
	struct fault fault;
	struct plan plan;
	const char *error;
	bool stop;
	bool planned; /* an option that only a failing call has */
	int kinds;
};

/* The exit code, or this: */
#define GO_ON (-1)

static int read_options(struct out *out, int argc, char **argv, struct request *request)
{
	int option;

	while ((option = option_next(out, &inject_command, argc, argv, "", longs)) != OPTION_END) {
		switch (option) {
		case OPT_CRASH:
		case OPT_LOCKED:
		case OPT_HANG:
		case OPT_NONE:
			request->fault.kind = longs[option - OPTION_LONG].name;
			request->fault.entry = optarg;
			request->kinds++;
			break;
		case OPT_NTH:
			if (parse_number(optarg, 1, &request->fault.nth))
				return out_usage(out, "inject: --nth %s: is no number from 1 on",
						 optarg);
			request->plan.nth = request->fault.nth;
			break;
		case OPT_RATE:
			request->plan.rate = parse_rate(optarg);
			if (request->plan.rate < 0)
				return out_usage(out,
						 "inject: --rate %s: is no percentage (0 to 100)",
						 optarg);
			request->planned = true;
			break;
		case OPT_AFTER:
			if (parse_number(optarg, 0, &request->plan.after))
				return out_usage(out, "inject: --after %s: is no number of seconds",
						 optarg);
			request->planned = true;
			break;
		case OPT_ERROR:
			request->error = optarg;
			request->planned = true;
			break;
		case OPT_STOP:
			request->stop = true;
			break;
		default:
			return option_exit(option);
		}
	}
	return GO_ON;
}

static int run(struct out *out, int argc, char **argv)
{
	struct request request = { .fault.nth = 1, .plan = { .nth = 1, .rate = -1 } };
	const char *api;
	int status, n;
	char *driver;

	status = read_options(out, argc, argv, &request);
	if (status != GO_ON)
		return status;
	n = argc - optind;
	status = operands(out, &inject_command, argc, 0, 2);
	if (status)
		return status;
	driver = n ? module_name(argv[optind]) : NULL;
	api = n == 2 ? argv[optind + 1] : NULL;

	if (request.kinds == 1 && n == 1 && !request.planned && !request.stop)
		status = arm(out, driver, &request.fault);
	else if (request.kinds)
		status = out_usage(out, "inject: give a driver and one of --crash, --crash-locked, "
					"--hang and --none, "
					"with the name of an entry (see `suture status -v`)");
	else if (!api && (request.planned || request.stop))
		status = out_usage(out, "inject: name the function that is to fail (see "
					"`suture check -v DRIVER`)");
	else if (!api)
		status = list_faults(out, driver);
	else {
		if (!request.stop)
			status = failure_value(out, api, request.error, &request.plan.value);
		if (!status)
			status = set_fault(out, driver, api, &request.plan, request.stop);
	}
	free(driver);
	return status;
}

const struct command inject_command = {
	.name = "inject",
	.run = run,
	.brief = "let calls of a driver fail, or let it crash or hang, to test it",
	.usage =
		"inject DRIVER (--crash | --crash-locked | --hang | --none) ENTRY [--nth N]\n"
		"       suture inject DRIVER FUNCTION [--nth N | --rate P] [--after T] [--error E]\n"
		"       suture inject DRIVER FUNCTION --stop\n"
		"       suture inject [DRIVER]",
	.help = "Arms a fault in one entry of a guarded driver; `suture status -v DRIVER` lists the\n"
		"entries. The fault strikes once, inside the guarded visit. Policy refuses faults, but in the\n"
		"profiles observe and developer: `suture policy show`.\n\n"
		"  --crash ENTRY          write to a bad address\n"
		"  --crash-locked ENTRY   crash as soon as the driver holds a lock in there\n"
		"  --hang ENTRY           loop for ever\n"
		"  --none ENTRY           disarm\n"
		"  --nth N                strike at the Nth call from now (default: 1, the next)\n\n"
		"Or lets a kernel function that the driver calls (`suture check -v DRIVER` lists them)\n"
		"fail as it documents failure, for this driver only. A driver that is not loaded yet\n"
		"meets the failure from its load on; with the driver the failure goes.\n\n"
		"  --nth N                the Nth call from now fails (default: 1)\n"
		"  --rate P               P per cent of the calls fail, the same ones each time\n"
		"  --after T              counted from T seconds from now\n"
		"  --error E              it returns E: ENOMEM or another error, or a number\n"
		"  --stop                 the function works again\n\n"
		"Without a function: lists what is made to fail.\n",
};
