// SPDX-License-Identifier: GPL-2.0-only
/*
 * page_events.c - events and records of crashes, in the page of a report.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "page_part.h"
#include "text.h"
#include "uapi/linux/suture.h"

/* Events that differ only in their time and in who was there. */
struct bunch {
	const struct record *first;
	const struct record *last;
	uint64_t count;
};

/* What two events of one bunch have in common. */
static bool alike(const struct record *a, const struct record *b)
{
	static const int same[] = { SUTURE_A_DOMAIN, SUTURE_A_RULE, SUTURE_A_ACTION,
				    SUTURE_A_REPAIR, SUTURE_A_SITE, SUTURE_A_ENTRY };
	size_t i;

	for (i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (strcmp(record_text(a, same[i]), record_text(b, same[i])) != 0)
			return false;
	return true;
}

static struct bunch *bunch_of(const struct story *story, const struct episode *episode,
			      size_t *count)
{
	struct bunch *bunch = calloc(episode->end - episode->first, sizeof(*bunch));
	size_t i, b;

	*count = 0;
	for (i = episode->first; bunch && i < episode->end; i++) {
		const struct record *event = story->events.list[i];

		for (b = 0; b < *count && !alike(bunch[b].first, event); b++)
			;
		if (b == *count)
			bunch[(*count)++].first = event;
		bunch[b].last = event;
		bunch[b].count++;
	}
	return bunch;
}

/* " (FILE:LINE)" behind a place, if a debug file tells the line. */
static void write_line(FILE *to, struct source *source, const char *site, const char *driver,
		       bool after)
{
	struct source_place place;
	const char *file, *slash;
	int line;

	if (!*site || !source_place(site, &place))
		return;
	if (!*place.module && driver)
		snprintf(place.module, sizeof(place.module), "%s", driver);
	if (!source_line(source, &place, after, &file, &line))
		return;
	slash = strrchr(file, '/');
	fputs(" <span class=\"mono\">(", to);
	html_text(to, slash ? slash + 1 : file);
	fprintf(to, ":%d)</span>", line);
}

static void fact(FILE *to, bool *begun, const char *lead, const char *element, const char *text)
{
	if (!*text)
		return;
	fputs(*begun ? "; " : "", to);
	*begun = true;
	html_element(to, lead, element, text);
}

static void write_facts(FILE *to, const struct story *story, const struct record *event,
			struct source *source)
{
	bool begun = false;

	fputs("<p class=\"facts\">", to);
	fact(to, &begun, "at ", "code", record_text(event, SUTURE_A_SITE));
	write_line(to, source, record_text(event, SUTURE_A_SITE),
		   record_raw(event, SUTURE_A_DOMAIN), crash_is_after(&story->crashes, event));
	fact(to, &begun, "called through ", "code", record_text(event, SUTURE_A_ENTRY));
	fact(to, &begun, "context: ", "span", record_text(event, SUTURE_A_CONTEXT));
	if (record_has(event, SUTURE_A_CPU))
		fprintf(to, "%scpu %" PRIu64, begun ? "; " : "",
			record_number(event, SUTURE_A_CPU));
	if (*record_text(event, SUTURE_A_COMM)) {
		html_element(to, "; while ", "code", record_text(event, SUTURE_A_COMM));
		fputs(" ran", to);
	}
	fputs("</p>\n", to);
	if (*record_text(event, SUTURE_A_REPAIR)) {
		fputs("<p class=\"facts\">", to);
		html_element(to, "repair: ", "b", record_text(event, SUTURE_A_REPAIR));
		html_element(to, "; given up for it: ", "span",
			     record_text(event, SUTURE_A_GIVES_UP));
		fputs("</p>\n", to);
	}
}

static void write_bunch(FILE *to, const struct story *story, const struct bunch *bunch,
			struct source *source)
{
	const struct record *event = bunch->first;
	enum deed deed = deed_of(event);
	struct crash crash;

	fputs("<li><span class=\"when\">", to);
	html_time(to, record_number(event, SUTURE_A_TIME), 11);
	if (bunch->count > 1) {
		fputs(" to ", to);
		html_time(to, record_number(bunch->last, SUTURE_A_TIME), 11);
	}
	fputs("</span>", to);
	html_element(to, "", "code", record_text(event, SUTURE_A_DOMAIN));
	fputs(" ", to);
	page_rule_link(to, story, record_text(event, SUTURE_A_RULE));
	fprintf(to, " <span class=\"chip %s\">%s</span>", deed_class(deed), deed_word(deed));
	if (bunch->count > 1)
		fprintf(to, "<span class=\"times\">&times; %" PRIu64 "</span>", bunch->count);
	if (crash_find(&story->crashes, event, &crash))
		fprintf(to, " <a class=\"facts\" href=\"#crash-%" PRIu64 "\">its record</a>",
			record_number(crash.head, SUTURE_A_SEQ));
	html_element(to, "\n", "p class=\"what\"", record_text(event, SUTURE_A_TEXT));
	fputs("\n", to);
	write_facts(to, story, event, source);
	fputs("</li>\n", to);
}

void page_events(FILE *to, const struct story *story, const struct episode *episode,
		 struct source *source)
{
	size_t count, b;
	struct bunch *bunch = bunch_of(story, episode, &count);

	fputs("<ol class=\"events\">\n", to);
	for (b = 0; b < count; b++)
		write_bunch(to, story, &bunch[b], source);
	fputs("</ol>\n", to);
	free(bunch);
}

/* ------------------------------------------------------------------ crashes */

/* What the parts of a record need to know of the whole. */
struct scene {
	struct source *source;
	const struct record *innermost; /* frame */
};

static void term(FILE *to, const char *key, const char *element, const char *text)
{
	if (!*text)
		return;
	fprintf(to, "<dt>%s</dt><dd>", key);
	html_element(to, "", element, text);
	fputs("</dd>\n", to);
}

static void write_head(FILE *to, const struct record *head)
{
	const char *outcome = record_text(head, SUTURE_A_OUTCOME);
	char hex[32];

	fprintf(to, "<h3 id=\"crash-%" PRIu64 "\">", record_number(head, SUTURE_A_SEQ));
	html_text(to, record_text(head, SUTURE_A_DOMAIN));
	html_element(to, ": ", "span", record_text(head, SUTURE_A_TEXT));
	fputs("</h3>\n<dl>\n<dt>when</dt><dd>", to);
	html_time(to, record_number(head, SUTURE_A_TIME), 0);
	fputs("</dd>\n", to);
	term(to, "outcome", "b", *outcome ? outcome : "not known when this was written");
	term(to, "rule", "span", record_text(head, SUTURE_A_RULE));
	term(to, "where", "code", record_text(head, SUTURE_A_SITE));
	term(to, "entry", "code", record_text(head, SUTURE_A_ENTRY));
	term(to, "which is for", "span", record_text(head, SUTURE_A_ROLE));
	term(to, "context", "span", record_text(head, SUTURE_A_CONTEXT));
	term(to, "task", "code", record_text(head, SUTURE_A_COMM));
	term(to, "device", "code", record_text(head, SUTURE_A_DEVICE));
	if (record_has(head, SUTURE_A_ADDRESS)) {
		snprintf(hex, sizeof(hex), "0x%" PRIx64, record_number(head, SUTURE_A_ADDRESS));
		term(to, "address", "code", hex);
	}
	term(to, "kernel", "span", record_text(head, SUTURE_A_KERNEL));
	term(to, "module version", "span", record_text(head, SUTURE_A_MODVERSION));
	term(to, "srcversion", "code", record_text(head, SUTURE_A_SRCVERSION));
	term(to, "build id", "code", record_text(head, SUTURE_A_BUILD_ID));
	term(to, "code bytes", "code", record_text(head, SUTURE_A_CODE));
	fputs("</dl>\n", to);
}

static void write_step(FILE *to, const struct record *part, const struct scene *scene)
{
	char began[32], took[32];

	(void)scene;
	text_duration(began, sizeof(began), record_number(part, SUTURE_A_BEGAN));
	text_duration(took, sizeof(took), record_number(part, SUTURE_A_DURATION));
	fputs("<li>", to);
	html_element(to, "", "b", record_text(part, SUTURE_A_NAME));
	fprintf(to, " after %s, took %s", began, took);
	html_element(to, ": ", "code", record_text(part, SUTURE_A_DEVICE));
	html_element(to, ": ", "span", record_text(part, SUTURE_A_TEXT));
	fputs("</li>\n", to);
}

static void write_place(FILE *to, const struct record *part, const struct scene *scene)
{
	const char *site = record_text(part, SUTURE_A_SITE);
	char hex[32];

	snprintf(hex, sizeof(hex), "0x%" PRIx64, record_number(part, SUTURE_A_ADDRESS));
	html_element(to, "", "code", *site ? site : hex);
	/* All but the innermost frame are addresses that a call returns to. */
	write_line(to, scene->source, site, NULL, part != scene->innermost);
}

static void write_frame(FILE *to, const struct record *part, const struct scene *scene)
{
	const char *where = record_text(part, SUTURE_A_WHERE);
	bool unsure = record_number(part, SUTURE_A_UNSURE);

	fprintf(to, "<li class=\"%s%s\"><span class=\"who\">",
		strcmp(where, "driver") == 0 ? "driver" : "other", unsure ? " unsure" : "");
	html_text(to, where);
	fputs("</span> ", to);
	write_place(to, part, scene);
	fputs(unsure ? " (may be an old one)</li>\n" : "</li>\n", to);
}

static void write_held(FILE *to, const struct record *part, const struct scene *scene)
{
	(void)scene;
	fputs("<li>", to);
	html_text(to, record_text(part, SUTURE_A_NAME));
	if (record_has(part, SUTURE_A_COUNT))
		fprintf(to, ": %" PRIu64, record_number(part, SUTURE_A_COUNT));
	html_element(to, ", taken at ", "code", record_text(part, SUTURE_A_SITE));
	fputs("</li>\n", to);
}

static void write_object(FILE *to, const struct record *part, const struct scene *scene)
{
	char bytes[32];

	(void)scene;
	fputs("<li>", to);
	html_text(to, record_text(part, SUTURE_A_NAME));
	fprintf(to, ": %" PRIu64, record_number(part, SUTURE_A_COUNT));
	if (record_has(part, SUTURE_A_BYTES)) {
		text_bytes(bytes, sizeof(bytes), record_number(part, SUTURE_A_BYTES));
		fprintf(to, ", %s", bytes);
	}
	fputs("</li>\n", to);
}

static void write_call(FILE *to, const struct record *part, const struct scene *scene)
{
	char began[32];

	text_duration(began, sizeof(began), record_number(part, SUTURE_A_BEGAN));
	fputs("<li>", to);
	html_element(to, "", "code", record_text(part, SUTURE_A_NAME));
	fprintf(to, ", %s before, at ", began);
	write_place(to, part, scene);
	fputs("</li>\n", to);
}

static void write_register(FILE *to, const struct record *part, const struct scene *scene)
{
	(void)scene;
	fputs("<span class=\"mono\">", to);
	html_text(to, record_text(part, SUTURE_A_NAME));
	fprintf(to, " %016" PRIx64 "</span>\n", record_number(part, SUTURE_A_ADDRESS));
}

/* The lists of a record: how each is introduced, and how an element is written. */
static const struct {
	const char *part;
	const char *begin;
	const char *end;
	void (*write)(FILE *to, const struct record *part, const struct scene *scene);
} lists[] = {
	{ "step", "<h4>What was done</h4><ol class=\"steps\">", "</ol>", write_step },
	{ "frame",
	  "<details open><summary>The stack, innermost first</summary><ol class=\"stack\">",
	  "</ol></details>", write_frame },
	{ "held", "<details><summary>What the driver's function held</summary><ul class=\"plain\">",
	  "</ul></details>", write_held },
	{ "object", "<details><summary>What the driver held</summary><ul class=\"plain\">",
	  "</ul></details>", write_object },
	{ "call",
	  "<details><summary>Its calls into the kernel, the last one first</summary>"
	  "<ul class=\"plain\">",
	  "</ul></details>", write_call },
	{ "register", "<details><summary>Registers</summary><div class=\"registers\">",
	  "</div></details>", write_register },
};

void page_crash(FILE *to, const struct crash *crash, struct source *source)
{
	struct scene scene = { .source = source };
	bool begun;
	size_t l, i;

	fputs("<section class=\"card\">\n", to);
	write_head(to, crash->head);
	for (l = 0; l < sizeof(lists) / sizeof(lists[0]); l++) {
		begun = false;
		for (i = 0; i < crash->parts; i++) {
			if (strcmp(record_text(crash->part[i], SUTURE_A_PART), lists[l].part) != 0)
				continue;
			if (!begun)
				fprintf(to, "%s\n", lists[l].begin);
			begun = true;
			if (!scene.innermost && strcmp(lists[l].part, "frame") == 0)
				scene.innermost = crash->part[i];
			lists[l].write(to, crash->part[i], &scene);
		}
		if (begun)
			fprintf(to, "%s\n", lists[l].end);
	}
	fputs("</section>\n", to);
}
