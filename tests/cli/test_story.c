// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_story.c - what is read from files, and the page made from it: whole ones, and broken ones.
 */
#include <stdio.h>

#include "message.h"
#include "out.h"
#include "page.h"
#include "story.h"

#define RECORDED "recorded/story.json"

static char *recorded;
static size_t recorded_size;

static int slurp(void **state)
{
	FILE *from = fopen(RECORDED, "re");

	(void)state;
	assert_non_null(from);
	assert_true(getdelim(&recorded, &recorded_size, '\0', from) > 0);
	recorded_size = strlen(recorded);
	fclose(from);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	free(recorded);
	return 0;
}

/* Reads @text as a file; *@said is what was complained of, freed by the caller. */
static int read_text(struct story *story, const char *text, size_t size, char **said)
{
	char path[] = "/tmp/suture-story-XXXXXX";
	size_t length;
	struct out out;
	FILE *file;
	int status;

	file = fdopen(mkstemp(path), "we");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	fclose(file);
	out_start(&out, false);
	out.to = out.err = open_memstream(said, &length);
	memset(story, 0, sizeof(*story));
	status = story_read(&out, story, path);
	status = out_finish(&out, status);
	fclose(out.to);
	unlink(path);
	return status;
}

static size_t page_size(const struct story *story)
{
	char *page;
	size_t size;
	FILE *to = open_memstream(&page, &size);

	assert_int_equal(page_write(to, story, NULL), 0);
	fclose(to);
	free(page);
	return size;
}

static void test_round(void **state)
{
	struct story first, second;
	json_t *one, *other;
	char *said, *text;

	(void)state;
	assert_int_equal(read_text(&first, recorded, recorded_size, &said), 0);
	assert_string_equal(said, "");
	free(said);
	assert_int_equal(first.events.count, 18);
	one = story_json(&first);
	json_object_set_new(one, "schema", json_integer(OUT_SCHEMA));
	text = json_dumps(one, 0);
	assert_int_equal(read_text(&second, text, strlen(text), &said), 0);
	free(said);
	other = story_json(&second);
	json_object_set_new(other, "schema", json_integer(OUT_SCHEMA));
	assert_true(json_equal(one, other));
	/* And nothing of the file is missing in it. */
	json_decref(other);
	other = json_loads(recorded, 0, NULL);
	assert_true(json_equal(one, other));
	json_decref(one);
	json_decref(other);
	free(text);
	story_end(&first);
	story_end(&second);
}

static void test_cut(void **state)
{
	struct story story;
	size_t size;
	char *said;

	(void)state;
	for (size = 0; size < recorded_size - 2; size += 997) {
		assert_int_not_equal(read_text(&story, recorded, size, &said), 0);
		assert_non_null(strstr(said, "suture: /tmp/suture-story-"));
		free(said);
		story_end(&story);
	}
}

/* One byte in each is another: what can still be read makes a page. */
static void test_bent(void **state)
{
	uint64_t random = 1;
	struct story story;
	size_t at, i, good = 0;
	char *said, old;

	(void)state;
	for (i = 0; i < 400; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		at = (size_t)(random >> 33) % recorded_size;
		old = recorded[at];
		recorded[at] = "\"{}[]0x-,:\xff\x01<9eE."[(random >> 20) % 18];
		if (read_text(&story, recorded, recorded_size, &said) == 0) {
			good++;
			assert_true(page_size(&story) > 3000);
		} else {
			assert_true(*said);
		}
		free(said);
		story_end(&story);
		recorded[at] = old;
	}
	assert_true(good > 20);
}

static void refused(const char *text, const char *words)
{
	struct story story;
	char *said;

	assert_int_not_equal(read_text(&story, text, strlen(text), &said), 0);
	if (!strstr(said, words))
		fail_msg("\"%s\" is not in: %s", words, said);
	free(said);
	story_end(&story);
}

static void test_refused(void **state)
{
	(void)state;
	refused("", "no events, crashes, rules or drivers in it; make it with");
	refused("{\"schema\": 1}", "no events, crashes, rules or drivers in it");
	refused("[]", "object 1: is no JSON object");
	refused("{\"schema\": 2, \"events\": []}", "\"schema\" is not 1");
	refused("{\"events\": []}", "\"schema\" is not 1");
	refused("{\"schema\": 1, \"events\": {}}", "\"events\" is no list");
	refused("{\"schema\": 1, \"events\": [1]}", "\"events\" has an element that is no object");
	refused("{\"schema\": 1, \"events\": [{}]}", "an event without number or rule");
	refused("{\"schema\": 1, \"events\": [{\"rule\": 1, \"seq\": 1}]}",
		"\"rule\" is of another type");
	refused("{\"schema\": 1, \"events\": [{\"rule\": \"A\", \"seq\": -1}]}",
		"\"seq\" is of another type");
	refused("{\"schema\": 1, \"crashes\": [{\"seq\": 1, \"part\": \"step\"}]}",
		"\"part\" is of another type");
	refused("{\"schema\": 1, \"crashes\": [{\"seq\": 1, \"stack\": [1]}]}",
		"\"stack\" is of another type");
	refused("{\"schema\": 1, \"crashes\": [{\"address\": \"0xg\"}]}",
		"\"address\" is of another type");
	refused("{\"schema\": 1, \"rules\": [{\"rule\": \"A\", \"look\": []}]}",
		"has a rule that cannot be read");
	refused("{\"schema\": 1, \"drivers\": [{\"state\": \"live\"}]}",
		"\"driver\" is of another type");
	refused("{\"schema\": 1, \"type\": \"lost\", \"first\": 3, \"last\": 2}",
		"\"first\" is no number that it can be");
}

/* What a follower wrote: an object a line, with a gap, and its last words. */
static void test_lines(void **state)
{
	static const char text[] =
		"{\"schema\":1,\"type\":\"event\",\"seq\":1,\"rule\":\"A\",\"driver\":\"a\"}\n"
		"{\"schema\":1,\"type\":\"lost\",\"first\":2,\"last\":4}\n"
		"{\"schema\":1,\"type\":\"event\",\"seq\":5,\"rule\":\"B\",\"driver\":\"b\"}\n"
		"{\"schema\":1,\"error\":\"suture.ko was unloaded\"}\n";
	struct story story;
	char *said;

	(void)state;
	assert_int_equal(read_text(&story, text, strlen(text), &said), 0);
	assert_int_equal(story.events.count, 2);
	assert_int_equal(story.lost, 3);
	assert_non_null(strstr(said, "object 4 tells of a failure: suture.ko was unloaded"));
	free(said);
	story_since(&story, 2);
	assert_int_equal(story.events.count, 1);
	story_only(&story, "a");
	assert_int_equal(story.events.count, 0);
	story_end(&story);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round), cmocka_unit_test(test_cut),
		cmocka_unit_test(test_bent),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lines),
	};

	return cmocka_run_group_tests(tests, slurp, forget);
}
