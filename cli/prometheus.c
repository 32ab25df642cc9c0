// SPDX-License-Identifier: GPL-2.0-only
/*
 * prometheus.c - counters in the text format that Prometheus reads.
 *
 * Names follow its conventions: suture_, the unit in the plural, _total for what only
 * grows. A metric stands in one block, with its help before it, whatever the number of drivers.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "prometheus.h"

static const char *string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void head(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* NAME="VALUE", with what the format wants escaped. */
static void label(FILE *to, const char *before, const char *name, const char *value)
{
	fprintf(to, "%s%s=\"", before, name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", to);
		else if (*value == '\\' || *value == '"')
			fprintf(to, "\\%c", *value);
		else
			fputc(*value, to);
	}
	fputc('"', to);
}

/* The figures that each driver has. */
static const struct {
	const char *name;
	const char *type;
	const char *key;
	const char *help;
} figures[] = {
	{ "suture_driver_entries", "gauge", "entry_thunks",
	  "Functions of the driver that the kernel can call." },
	{ "suture_driver_call_sites", "gauge", "wrapped_sites",
	  "Call sites of the driver that are checked." },
	{ "suture_driver_objects", "gauge", "objects", "Objects that the driver holds." },
	{ "suture_driver_object_bytes", "gauge", "bytes", "Memory that the driver holds." },
	{ "suture_driver_untracked_objects_total", "counter", "untracked",
	  "Objects that the ledger had no room for." },
	{ "suture_driver_events_total", "counter", "events", "Events of the driver." },
	{ "suture_driver_unwinds_total", "counter", "unwinds", "Visits that were abandoned." },
	{ "suture_driver_restarts_total", "counter", "restarts", "Restarts of the driver." },
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static void print_violations(FILE *to, const json_t *drivers)
{
	const json_t *driver, *violation;
	size_t i, v;

	head(to, "suture_driver_violations_total", "counter",
	     "How often the driver broke a rule, by what was done about it.");
	json_array_foreach(drivers, i, driver) {
		json_array_foreach(json_object_get(driver, "violations"), v, violation) {
			fputs("suture_driver_violations_total", to);
			label(to, "{", "driver", string(driver, "driver"));
			label(to, ",", "rule", string(violation, "rule"));
			label(to, ",", "action", string(violation, "action"));
			fprintf(to, "} %" JSON_INTEGER_FORMAT "\n", number(violation, "count"));
		}
	}
}

/* A state is 1 for the one it is in and 0 for the others, so that a change is seen. */
static void print_states(FILE *to, const json_t *drivers)
{
	static const char *const states[] = { "live", "restarting", "detaching", "quarantined" };
	const json_t *driver;
	size_t i, s;

	head(to, "suture_driver_state", "gauge", "1 for the state that the driver is in.");
	json_array_foreach(drivers, i, driver) {
		for (s = 0; s < sizeof(states) / sizeof(states[0]); s++) {
			fputs("suture_driver_state", to);
			label(to, "{", "driver", string(driver, "driver"));
			label(to, ",", "state", states[s]);
			fprintf(to, "} %d\n", strcmp(string(driver, "state"), states[s]) == 0);
		}
	}
}

static void print_restart(FILE *to, const json_t *drivers)
{
	const json_t *driver;
	size_t i;

	head(to, "suture_driver_last_restart_seconds", "gauge", "How long the last restart took.");
	json_array_foreach(drivers, i, driver) {
		json_int_t ns = number(driver, "duration_ns");

		if (!number(driver, "restarts"))
			continue;
		fputs("suture_driver_last_restart_seconds", to);
		label(to, "{", "driver", string(driver, "driver"));
		/* Not with %f, which writes a comma in some countries. */
		fprintf(to, "} %" JSON_INTEGER_FORMAT ".%09" JSON_INTEGER_FORMAT "\n",
			ns / 1000000000, ns % 1000000000);
	}
}

static void print_rules(FILE *to, const json_t *rules)
{
	const json_t *rule;
	size_t i;

	head(to, "suture_rule_violations_total", "counter",
	     "How often a rule was broken by any driver, also by those that have gone.");
	json_array_foreach(rules, i, rule) {
		fputs("suture_rule_violations_total", to);
		label(to, "{", "rule", string(rule, "rule"));
		label(to, ",", "class", string(rule, "class"));
		fprintf(to, "} %" JSON_INTEGER_FORMAT "\n", number(rule, "hits"));
	}
}

void prometheus_print(FILE *to, const json_t *stats)
{
	const json_t *drivers = json_object_get(stats, "drivers"), *driver;
	const json_t *suture = json_object_get(stats, "suture");
	size_t f, i;

	head(to, "suture_info", "gauge", "1, with the version of suture.ko.");
	fputs("suture_info", to);
	label(to, "{", "version", string(suture, "version"));
	fputs("} 1\n", to);
	head(to, "suture_events_total", "counter", "Events of all drivers.");
	fprintf(to, "suture_events_total %" JSON_INTEGER_FORMAT "\n", number(suture, "events"));
	head(to, "suture_lost_events_total", "counter",
	     "Events that were overwritten before anyone read them.");
	fprintf(to, "suture_lost_events_total %" JSON_INTEGER_FORMAT "\n", number(suture, "lost"));
	for (f = 0; f < FIGURES; f++) {
		head(to, figures[f].name, figures[f].type, figures[f].help);
		json_array_foreach(drivers, i, driver) {
			fputs(figures[f].name, to);
			label(to, "{", "driver", string(driver, "driver"));
			fprintf(to, "} %" JSON_INTEGER_FORMAT "\n", number(driver, figures[f].key));
		}
	}
	print_violations(to, drivers);
	print_states(to, drivers);
	print_restart(to, drivers);
	print_rules(to, json_object_get(stats, "rules"));
}
