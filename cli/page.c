// SPDX-License-Identifier: GPL-2.0-only
/*
 * page.c - a report as one page of HTML, for someone who was not there.
 *
 * It needs nothing but itself: no script, no picture, no other file. A policy in its head
 * says so to the browser, so that not even a name that got through as markup could do anything.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "html.h"
#include "kernel/version.h"
#include "page.h"
#include "page_part.h"
#include "text.h"
#include "uapi/linux/suture.h"

static const char *string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

const json_t *page_rule(const struct story *story, const char *name)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(story->rules, i, rule)
		if (strcmp(string(rule, "rule"), name) == 0)
			return rule;
	return NULL;
}

void page_rule_link(FILE *to, const struct story *story, const char *name)
{
	if (!page_rule(story, name)) {
		html_element(to, "", "b", name);
		return;
	}
	fputs("<a href=\"#rule-", to);
	html_text(to, name);
	fputs("\"><b>", to);
	html_text(to, name);
	fputs("</b></a>", to);
}

/* ------------------------------------------------------------------ rules */

static bool is_about(const struct records *records, const char *rule)
{
	size_t i;

	for (i = 0; i < records->count; i++)
		if (strcmp(record_text(records->list[i], SUTURE_A_RULE), rule) == 0)
			return true;
	return false;
}

static void write_rule(FILE *to, const json_t *rule)
{
	const json_t *repair;
	size_t i;

	fputs("<section class=\"card\" id=\"rule-", to);
	html_text(to, string(rule, "rule"));
	fputs("\"><h3>", to);
	html_text(to, string(rule, "rule"));
	fputs("</h3>\n", to);
	html_element(to, "", "p", string(rule, "contract"));
	if (*string(rule, "example")) {
		fputs("<pre><code>", to);
		html_lines(to, string(rule, "example"));
		fputs("</code></pre>\n", to);
	}
	html_element(to, "", "p", string(rule, "look"));
	if (json_array_size(json_object_get(rule, "repairs")))
		fputs("<p>How it is repaired, in order of preference:</p><ul class=\"gives\">", to);
	json_array_foreach(json_object_get(rule, "repairs"), i, repair) {
		html_element(to, "<li>", "b", string(repair, "repair"));
		html_element(to, ", which gives up: ", "span", string(repair, "gives_up"));
		fputs("</li>\n", to);
	}
	if (json_array_size(json_object_get(rule, "repairs")))
		fputs("</ul>\n", to);
	html_element(to, "<p class=\"facts\">Class: ", "span", string(rule, "class"));
	html_element(to, ". Where it is written down: ", "span", string(rule, "source"));
	fputs("</p>\n</section>\n", to);
}

void page_rules(FILE *to, const struct story *story)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(story->rules, i, rule) {
		const char *name = string(rule, "rule");

		if (is_about(&story->events, name) || is_about(&story->crashes, name))
			write_rule(to, rule);
	}
}

/* ------------------------------------------------------------------ totals */

struct totals {
	uint64_t deed[DEEDS];
	uint64_t violations; /* events that are no doings of Suture's own */
	uint64_t drivers;
	uint64_t longest; /* restart */
	uint64_t from, to;
};

/* Rules of this class tell what Suture did, not what a driver did wrong. */
static bool is_own(const struct story *story, const struct record *event)
{
	const json_t *rule = page_rule(story, record_text(event, SUTURE_A_RULE));

	return rule && strcmp(string(rule, "class"), "recovery") == 0;
}

static bool seen_before(const struct records *events, size_t at)
{
	const char *driver = record_text(events->list[at], SUTURE_A_DOMAIN);
	size_t i;

	for (i = 0; i < at; i++)
		if (strcmp(record_text(events->list[i], SUTURE_A_DOMAIN), driver) == 0)
			return true;
	return !*driver;
}

static void count_steps(const struct records *crashes, struct totals *totals)
{
	size_t i;

	for (i = 0; i < crashes->count; i++) {
		const struct record *part = crashes->list[i];
		uint64_t took = record_number(part, SUTURE_A_DURATION);
		const char *name = record_text(part, SUTURE_A_NAME);

		if (strcmp(record_text(part, SUTURE_A_PART), "step") != 0)
			continue;
		if ((strcmp(name, "restart") == 0 || strcmp(name, "power-cycle") == 0) &&
		    took > totals->longest)
			totals->longest = took;
	}
}

static void count(const struct story *story, struct totals *totals)
{
	size_t i;

	memset(totals, 0, sizeof(*totals));
	for (i = 0; i < story->events.count; i++) {
		const struct record *event = story->events.list[i];
		uint64_t time = record_number(event, SUTURE_A_TIME);

		totals->deed[deed_of(event)]++;
		totals->violations += !is_own(story, event);
		totals->drivers += !seen_before(&story->events, i);
		if (i == 0 || time < totals->from)
			totals->from = time;
		totals->to = time > totals->to ? time : totals->to;
	}
	count_steps(&story->crashes, totals);
}

/* ------------------------------------------------------------------ page */

static void write_begin(FILE *to, const struct story *story)
{
	const char *host = json_string_value(story->host);

	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n"
	      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>Suture: drivers",
	      to);
	if (host) {
		fputs(" of ", to);
		html_text(to, host);
	}
	fprintf(to, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", page_style);
}

/* A sentence, if there is something to tell. */
static void lead(FILE *to, uint64_t n, const char *one, const char *many)
{
	if (!n)
		return;
	fputc(' ', to);
	html_count(to, n, one, many);
	fputc('.', to);
}

static void write_lead(FILE *to, const struct story *story, const struct totals *totals)
{
	const char *kernel = json_string_value(story->kernel);
	char took[32];

	if (!story->events.count) {
		fputs("<p class=\"lead\">No guarded driver has broken a rule.</p>\n", to);
		return;
	}
	fputs("<p class=\"lead\">", to);
	html_count(to, totals->drivers, "driver", "drivers");
	fputs(" broke the rules of the kernel ", to);
	html_count(to, totals->violations, "time", "times");
	fputs(" between ", to);
	html_second(to, totals->from);
	fputs(" and ", to);
	html_second(to, totals->to);
	html_element(to, " (kernel ", "span", kernel);
	fputs(kernel ? ")." : ".", to);
	lead(to, totals->deed[DEED_OBSERVED], "violation was only observed",
	     "violations were only observed");
	lead(to, totals->deed[DEED_REPAIRED], "was repaired on the spot",
	     "were repaired on the spot");
	lead(to, totals->deed[DEED_UNWOUND], "call into a driver was abandoned",
	     "calls into drivers were abandoned");
	lead(to, totals->deed[DEED_CYCLED], "device was power-cycled",
	     "times a device was power-cycled");
	lead(to, totals->deed[DEED_RESTARTED], "restart of a driver followed",
	     "restarts of drivers followed");
	lead(to, totals->deed[DEED_QUARANTINED], "driver was quarantined",
	     "times a driver was quarantined");
	lead(to, totals->deed[DEED_FAILED], "attempt failed", "attempts failed");
	if (totals->longest) {
		text_duration(took, sizeof(took), totals->longest);
		fprintf(to, " The longest restart took %s.", took);
	}
	fputs("</p>\n", to);
}

static void figure(FILE *to, uint64_t n, const char *what, const char *class)
{
	fprintf(to, "<li><b class=\"%s\">%" PRIu64 "</b><span>%s</span></li>\n", n ? class : "", n,
		what);
}

static void write_figures(FILE *to, const struct totals *totals)
{
	static const struct {
		enum deed deed;
		bool always;
		const char *what;
	} figures[] = {
		{ DEED_OBSERVED, false, "only observed" },
		{ DEED_REPAIRED, true, "repaired" },
		{ DEED_UNWOUND, true, "calls abandoned" },
		{ DEED_CYCLED, false, "power-cycled" },
		{ DEED_RESTARTED, true, "drivers restarted" },
		{ DEED_QUARANTINED, false, "quarantined" },
		{ DEED_FAILED, false, "attempts failed" },
	};
	size_t i;

	fputs("<ul class=\"figures\">\n", to);
	figure(to, totals->drivers, totals->drivers == 1 ? "driver" : "drivers", "");
	figure(to, totals->violations, "times a rule was broken", "");
	for (i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		if (figures[i].always || totals->deed[figures[i].deed])
			figure(to, totals->deed[figures[i].deed], figures[i].what,
			       deed_class(figures[i].deed));
	fputs("</ul>\n", to);
}

static void write_episodes(FILE *to, const struct story *story, const struct episode *episode,
			   size_t episodes, struct source *source)
{
	size_t i;

	fputs("<h2 id=\"line\">What happened</h2>\n", to);
	if (story->lost)
		fprintf(to, "<p>%" PRIu64 " events are missing here: they were not kept.</p>\n",
			story->lost);
	for (i = 0; i < episodes; i++) {
		fputs("<h3>", to);
		html_second(to, record_number(story->events.list[episode[i].first], SUTURE_A_TIME));
		fputs(", ", to);
		html_count(to, episode[i].end - episode[i].first, "event", "events");
		fputs("</h3>\n", to);
		timeline_write(to, story, &episode[i]);
		page_events(to, story, &episode[i], source);
	}
}

static void write_driver(FILE *to, const json_t *driver)
{
	static const struct {
		const char *key;
		const char *words;
	} facts[] = {
		{ "entry_thunks", "functions that the kernel can call" },
		{ "wrapped_sites", "call sites checked" },
		{ "objects", "objects held" },
		{ "events", "events" },
		{ "unwinds", "calls abandoned" },
		{ "restarts", "restarts" },
	};
	size_t i;

	fputs("<section class=\"card\"><h4>", to);
	html_text(to, string(driver, "driver"));
	html_element(to, " (", "span", string(driver, "state"));
	fputs(")</h4>\n<p class=\"facts\">", to);
	for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
		fprintf(to, "%s%s: %" JSON_INTEGER_FORMAT, i ? "; " : "", facts[i].words,
			json_integer_value(json_object_get(driver, facts[i].key)));
	fputs("</p></section>\n", to);
}

static void write_crashes(FILE *to, const struct story *story, struct source *source)
{
	struct crash crash;
	size_t at = 0;

	if (!story->crashes.count)
		return;
	fputs("<h2 id=\"crashes\">Records of crashes</h2>\n"
	      "<p class=\"soft\">What Suture wrote down when a driver's function could not go on. "
	      "Addresses in the stack have the names that they had then.</p>\n",
	      to);
	while (crash_next(&story->crashes, &at, &crash))
		page_crash(to, &crash, source);
}

static void write_legend(FILE *to)
{
	static const struct {
		enum deed deed;
		const char *words;
	} legend[] = {
		{ DEED_OBSERVED, "the violation was reported, and nothing was changed" },
		{ DEED_REPAIRED, "the call was made right, and the driver went on" },
		{ DEED_UNWOUND,
		  "the driver's function was left behind as if it had returned with an "
		  "error; what it held was released" },
		{ DEED_CYCLED, "the device was stopped and started; what programs hold stayed" },
		{ DEED_RESTARTED, "the driver was restarted under the programs that use it" },
		{ DEED_QUARANTINED,
		  "the driver was taken off its devices, and is not entered any more" },
		{ DEED_FAILED, "an attempt did not work; what follows says what was done instead" },
	};
	size_t i;

	fputs("<h2 id=\"legend\">How to read this</h2>\n"
	      "<p>Suture guards drivers while they run: it checks how they use the functions of the "
	      "kernel. A contract between driver and kernel is a rule; an event says that a driver "
	      "broke one, and what was done about it. The place is a function of the driver with the "
	      "offset in it. A mark in a time line is one event, a taller one several that fell "
	      "together, a pale bar how long it took. All times are UTC.</p>\n<dl>\n",
	      to);
	for (i = 0; i < sizeof(legend) / sizeof(legend[0]); i++)
		fprintf(to, "<dt><span class=\"chip %s\">%s</span></dt><dd>%s</dd>\n",
			deed_class(legend[i].deed), deed_word(legend[i].deed), legend[i].words);
	fputs("</dl>\n", to);
}

static void write_end(FILE *to, const struct story *story)
{
	const json_t *version = json_object_get(story->suture, "version");
	char now[48];

	text_utc(now, sizeof(now), (uint64_t)time(NULL) * 1000000000);
	now[10] = ' ';
	fprintf(to, "</main>\n<footer>Made by suture %s, %.16s UTC", SUTURE_VERSION, now);
	html_element(to, ", from what suture.ko ", "span", json_string_value(version));
	fputs(version ? " kept.</footer>\n</body>\n</html>\n" : ".</footer>\n</body>\n</html>\n",
	      to);
}

int page_write(FILE *to, const struct story *story, const char *debug)
{
	struct source *source = source_open(json_string_value(story->kernel), debug);
	struct story sorted = *story;
	struct episode episode[EPISODES];
	struct totals totals;
	const json_t *driver;
	size_t episodes, i;

	if (!source)
		return -1;
	episodes = timeline_cut(&sorted.events, episode);
	count(&sorted, &totals);
	write_begin(to, &sorted);
	fputs("<header>\n<h1>Guarded drivers", to);
	html_element(to, " of ", "span", json_string_value(story->host));
	fputs("</h1>\n", to);
	write_lead(to, &sorted, &totals);
	fputs("<nav>", to);
	if (episodes)
		fputs("<a href=\"#line\">What happened</a>", to);
	if (story->crashes.count)
		fputs("<a href=\"#crashes\">Records of crashes</a>", to);
	fputs("<a href=\"#rules\">Rules</a><a href=\"#legend\">How to read this</a></nav>\n"
	      "</header>\n<main>\n",
	      to);
	write_figures(to, &totals);
	if (episodes)
		write_episodes(to, &sorted, episode, episodes, source);
	write_crashes(to, &sorted, source);
	if (json_array_size(story->drivers))
		fputs("<h2 id=\"drivers\">The drivers when this was written</h2>\n", to);
	json_array_foreach(story->drivers, i, driver)
		write_driver(to, driver);
	fputs("<h2 id=\"rules\">The rules that it is about</h2>\n", to);
	if (!story->rules)
		fputs("<p>Their texts were not at hand when this was written; "
		      "<code>suture report --core</code> names a suture.ko that has them.</p>\n",
		      to);
	page_rules(to, &sorted);
	write_legend(to);
	write_end(to, story);
	source_close(source);
	return 0;
}
