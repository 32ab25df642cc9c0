// SPDX-License-Identifier: GPL-2.0-only
/*
 * timeline.c - events along an axis, for the page of a report.
 *
 * Plain elements at per cents of the width, no picture: so it fits a phone and a wide
 * screen, and follows the reader's colours.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "text.h"
#include "timeline.h"
#include "uapi/linux/suture.h"

/* So many marks at most stand side by side; events that fall together make one taller. */
#define BINS 120

/* A pause shorter than this never ends an episode. */
#define PAUSE_NS 60000000000ULL

static const struct {
	const char *action;
	const char *class;
	const char *word;
} deeds[DEEDS] = {
	[DEED_OBSERVED] = { "observe", "observed", "observed" },
	[DEED_REPAIRED] = { "repair", "repaired", "repaired" },
	[DEED_UNWOUND] = { "unwind", "unwound", "call abandoned" },
	[DEED_CYCLED] = { "power-cycle", "cycled", "power-cycled" },
	[DEED_RESTARTED] = { "restart", "restarted", "restarted" },
	[DEED_QUARANTINED] = { "quarantine", "quarantined", "quarantined" },
	[DEED_FAILED] = { "failed", "failed", "attempt failed" },
};

enum deed deed_of(const struct record *event)
{
	const char *action = record_text(event, SUTURE_A_ACTION);
	enum deed deed;

	for (deed = DEED_OBSERVED; deed < DEEDS; deed++)
		if (strcmp(action, deeds[deed].action) == 0)
			return deed;
	return DEED_OBSERVED;
}

const char *deed_class(enum deed deed)
{
	return deeds[deed].class;
}

const char *deed_word(enum deed deed)
{
	return deeds[deed].word;
}

static uint64_t time_of(const struct record *event)
{
	return record_number(event, SUTURE_A_TIME);
}

static int by_time(const void *a, const void *b)
{
	const struct record *one = *(struct record *const *)a, *other = *(struct record *const *)b;
	uint64_t t = time_of(one), u = time_of(other);

	if (t == u) {
		t = record_number(one, SUTURE_A_SEQ);
		u = record_number(other, SUTURE_A_SEQ);
	}
	return (t > u) - (t < u);
}

/* The longest pause between events of @episode that is no cut yet; where it ends. */
static uint64_t longest(const struct records *events, const struct episode *episode, size_t *at)
{
	uint64_t pause = 0, here;
	size_t i;

	for (i = episode->first + 1; i < episode->end; i++) {
		here = time_of(events->list[i]) - time_of(events->list[i - 1]);
		if (here > pause) {
			pause = here;
			*at = i;
		}
	}
	return pause;
}

size_t timeline_cut(struct records *events, struct episode episode[EPISODES])
{
	size_t n = 1, i, which, at = 0, cut = 0;
	uint64_t pause, most;

	if (events->count == 0)
		return 0;
	qsort(events->list, events->count, sizeof(*events->list), by_time);
	episode[0] = (struct episode){ 0, events->count };
	while (n < EPISODES) {
		most = 0;
		which = 0;
		for (i = 0; i < n; i++) {
			pause = longest(events, &episode[i], &at);
			if (pause > most) {
				most = pause;
				which = i;
				cut = at;
			}
		}
		if (most < PAUSE_NS)
			break;
		memmove(&episode[which + 1], &episode[which], (n - which) * sizeof(*episode));
		episode[which].end = cut;
		episode[which + 1].first = cut;
		n++;
	}
	return n;
}

/* ------------------------------------------------------------------ writing */

struct axis {
	uint64_t start;
	uint64_t length; /* never 0 */
};

static double percent(const struct axis *axis, uint64_t ns)
{
	if (ns <= axis->start)
		return 0;
	ns -= axis->start;
	return ns >= axis->length ? 100 : (double)ns * 100 / (double)axis->length;
}

/* "12.34", in every country. */
static void put_percent(FILE *to, double value)
{
	unsigned int hundredths = (unsigned int)(value * 100 + 0.5);

	fprintf(to, "%u.%02u%%", hundredths / 100, hundredths % 100);
}

/* Where a step of a crash's record stands on the axis, if it is @driver's and of @deed. */
static bool step_span(const struct record *head, const struct record *step, enum deed deed,
		      const char *driver, uint64_t *begin, uint64_t *end)
{
	if (strcmp(record_text(step, SUTURE_A_PART), "step") != 0 ||
	    strcmp(record_text(step, SUTURE_A_NAME), deeds[deed].action) != 0 ||
	    strcmp(record_text(head, SUTURE_A_DOMAIN), driver) != 0)
		return false;
	*begin = time_of(head) + record_number(step, SUTURE_A_BEGAN);
	*end = *begin + record_number(step, SUTURE_A_DURATION);
	return true;
}

/* How long each rung took, as a bar behind the marks. */
static void write_spans(FILE *to, const struct story *story, const struct axis *axis,
			enum deed deed, const char *driver)
{
	struct crash crash;
	uint64_t begin, end;
	char took[32];
	size_t at = 0, i;

	while (crash_next(&story->crashes, &at, &crash)) {
		for (i = 0; i < crash.parts; i++) {
			if (!step_span(crash.head, crash.part[i], deed, driver, &begin, &end) ||
			    end < axis->start || begin > axis->start + axis->length)
				continue;
			text_duration(took, sizeof(took), end - begin);
			fprintf(to, "<i class=\"bar %s\" style=\"left:", deeds[deed].class);
			put_percent(to, percent(axis, begin));
			fputs(";width:", to);
			put_percent(to, percent(axis, end) - percent(axis, begin));
			fprintf(to, "\" title=\"%s: took %s\"></i>", deeds[deed].word, took);
		}
	}
}

static bool is_in(const struct record *event, const char *driver, enum deed deed)
{
	return deed_of(event) == deed && strcmp(record_text(event, SUTURE_A_DOMAIN), driver) == 0;
}

static void write_mark(FILE *to, enum deed deed, size_t bin, unsigned int n)
{
	/* One is seen, and a hundred do not fill the lane. */
	unsigned int height = 45 + (unsigned int)(11 * log2(n));

	fprintf(to, "<i class=\"mark %s\" style=\"left:", deeds[deed].class);
	put_percent(to, (double)bin * 100 / (BINS - 1));
	fprintf(to, ";height:%u%%\" title=\"%s", height > 100 ? 100 : height, deeds[deed].word);
	if (n > 1)
		fprintf(to, ", %u times", n);
	fputs("\"></i>", to);
}

/* One row of a lane: what was done in one way. Nothing if nothing was. */
static void write_row(FILE *to, const struct story *story, const struct episode *episode,
		      const struct axis *axis, const char *driver, enum deed deed)
{
	unsigned int bins[BINS] = { 0 }, n = 0;
	size_t i, bin;

	for (i = episode->first; i < episode->end; i++) {
		const struct record *event = story->events.list[i];

		if (!is_in(event, driver, deed))
			continue;
		bin = (size_t)(percent(axis, time_of(event)) * (BINS - 1) / 100 + 0.5);
		bins[bin]++;
		n++;
	}
	if (!n)
		return;
	fprintf(to, "<div class=\"row\"><span class=\"label\">%s <b>%u</b></span>",
		deeds[deed].word, n);
	fprintf(to, "<span class=\"track\" role=\"img\" aria-label=\"%s: %u times\">",
		deeds[deed].word, n);
	write_spans(to, story, axis, deed, driver);
	for (bin = 0; bin < BINS; bin++)
		if (bins[bin])
			write_mark(to, deed, bin, bins[bin]);
	fputs("</span></div>\n", to);
}

/* Is it the first event of its driver in the episode? */
static bool is_first(const struct records *events, const struct episode *episode, size_t at)
{
	const char *driver = record_text(events->list[at], SUTURE_A_DOMAIN);
	size_t i;

	for (i = episode->first; i < at; i++)
		if (strcmp(record_text(events->list[i], SUTURE_A_DOMAIN), driver) == 0)
			return false;
	return true;
}

/* As text_duration(), but minutes, hours and days for what is longer than it is meant for. */
static void span_text(char *buf, size_t size, uint64_t ns)
{
	uint64_t minutes = ns / 60000000000ULL;

	if (minutes < 2)
		text_duration(buf, size, ns);
	else if (minutes < 120)
		snprintf(buf, size, "%" PRIu64 " min", minutes);
	else if (minutes < 48 * 60)
		snprintf(buf, size, "%" PRIu64 " h %02" PRIu64 " min", minutes / 60, minutes % 60);
	else
		snprintf(buf, size, "%" PRIu64 " days", minutes / 1440);
}

static void write_axis(FILE *to, const struct axis *axis)
{
	char took[32];
	int i;

	fputs("<div class=\"row axis\"><span class=\"label\"></span><span class=\"ticks\">", to);
	for (i = 0; i <= 4; i++) {
		fprintf(to, "<span class=\"tick t%d\">", i);
		if (i == 0) {
			html_time(to, axis->start, 11);
		} else {
			span_text(took, sizeof(took), axis->length / 4 * (uint64_t)i);
			fprintf(to, "+%s", took);
		}
		fputs("</span>", to);
	}
	fputs("</span></div>\n", to);
}

/* Until the last rung was done that began in the episode, if that is later than its last event. */
static uint64_t last_moment(const struct story *story, const struct episode *episode)
{
	uint64_t end = time_of(story->events.list[episode->end - 1]), last = end, step;
	struct crash crash;
	size_t at = 0, i;

	while (crash_next(&story->crashes, &at, &crash)) {
		for (i = 0; i < crash.parts; i++) {
			step = time_of(crash.head) + record_number(crash.part[i], SUTURE_A_BEGAN);
			if (strcmp(record_text(crash.part[i], SUTURE_A_PART), "step") != 0 ||
			    step < time_of(story->events.list[episode->first]) || step > end)
				continue;
			step += record_number(crash.part[i], SUTURE_A_DURATION);
			last = step > last ? step : last;
		}
	}
	return last;
}

void timeline_write(FILE *to, const struct story *story, const struct episode *episode)
{
	const struct records *events = &story->events;
	struct axis axis = { .start = time_of(events->list[episode->first]) };
	enum deed deed;
	size_t i;

	axis.length = last_moment(story, episode) - axis.start;
	/* A single event stands at the beginning of a second. */
	if (axis.length == 0)
		axis.length = 1000000000;
	fputs("<div class=\"timeline\">\n", to);
	for (i = episode->first; i < episode->end; i++) {
		const char *driver = record_text(events->list[i], SUTURE_A_DOMAIN);

		if (!is_first(events, episode, i))
			continue;
		fputs("<div class=\"lane\"><h4>", to);
		html_text(to, *driver ? driver : "no driver");
		fputs("</h4>\n", to);
		for (deed = DEED_OBSERVED; deed < DEEDS; deed++)
			write_row(to, story, episode, &axis, driver, deed);
		fputs("</div>\n", to);
	}
	write_axis(to, &axis);
	fputs("</div>\n", to);
}
