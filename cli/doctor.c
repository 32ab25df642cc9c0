// SPDX-License-Identifier: GPL-2.0-only
/*
 * doctor.c - `suture doctor`: is all there that guarding drivers needs, and what is in its way?
 *
 * Looks, changes nothing, and does not need suture.ko. Each finding that is not good comes with what
 * to do about it.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "command.h"
#include "doctor.h"
#include "text.h"

static const char *const states[] = { "good", "note", "bad" };

void doctor_say(struct doctor *doctor, const char *check, enum health health, const char *todo,
		const char *fmt, ...)
{
	json_t *finding = json_object();
	va_list args;
	char *what;

	va_start(args, fmt);
	if (vasprintf(&what, fmt, args) < 0)
		what = NULL;
	va_end(args);
	out_set(finding, "check", check);
	out_set(finding, "state", states[health]);
	out_set(finding, "what", what);
	if (todo)
		out_set(finding, "todo", todo);
	json_array_append_new(doctor->findings, finding);
	free(what);
}

char *doctor_read(const struct doctor *doctor, const char *path)
{
	char *file = root_path(&doctor->root, "%s", path);
	char *text = file ? file_text(file) : NULL;
	size_t len = text ? strlen(text) : 0;

	if (len && text[len - 1] == '\n')
		text[len - 1] = '\0';
	free(file);
	return text;
}

bool doctor_cmdline(const struct doctor *doctor, const char *word)
{
	size_t len = strlen(word);
	const char *at = doctor->cmdline;

	while ((at = strstr(at, word))) {
		if ((at == doctor->cmdline || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
		at += len;
	}
	return false;
}

/* The one that runs; of another system, the newest. */
static int choose(struct out *out, struct doctor *doctor, struct utsname *name, json_t *kernels)
{
	char *release = doctor_read(doctor, "/proc/sys/kernel/osrelease");
	size_t n = json_array_size(kernels), i;

	if (!doctor->release && release && strlen(release) < sizeof(name->release))
		doctor->release = strcpy(name->release, release);
	free(release);
	if (!doctor->release && n)
		doctor->release = json_string_value(json_array_get(kernels, n - 1));
	for (i = 0; i < n; i++)
		if (doctor->release &&
		    strcmp(json_string_value(json_array_get(kernels, i)), doctor->release) == 0)
			return EXIT_SUCCESS;
	return out_fail(out,
			"%s: has no modules in %s/lib/modules; name another kernel with --kernel",
			doctor->release ? doctor->release : "no kernel",
			doctor->root.dir ? doctor->root.dir : "");
}

static int show(struct out *out, const struct doctor *doctor)
{
	unsigned int count[3] = { 0 }, i, k;
	const char *state, *todo;
	json_t *finding, *answer;
	char *clean;

	json_array_foreach(doctor->findings, i, finding) {
		state = json_string_value(json_object_get(finding, "state"));
		todo = json_string_value(json_object_get(finding, "todo"));
		for (k = 0; k < 3; k++)
			count[k] += strcmp(state, states[k]) == 0;
		clean = text_clean(json_string_value(json_object_get(finding, "what")));
		out_text(out, "%-4s  %-10s  %s\n", state,
			 json_string_value(json_object_get(finding, "check")), clean ? clean : "");
		free(clean);
		if (todo)
			out_text(out, "                  to do: %s\n", todo);
	}
	out_text(out, "\n%u good, %u to know, %u bad\n", count[HEALTH_GOOD], count[HEALTH_NOTE],
		 count[HEALTH_BAD]);
	answer = json_object();
	out_set(answer, "kernel", doctor->release);
	json_object_set(answer, "findings", doctor->findings);
	out_set_number(answer, "notes", count[HEALTH_NOTE]);
	out_set_number(answer, "bad", count[HEALTH_BAD]);
	out_json(out, answer);
	return count[HEALTH_BAD] ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(struct out *out, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "root", required_argument, NULL, OPTION_LONG },
		{ "kernel", required_argument, NULL, OPTION_LONG + 1 },
		{ 0 },
	};
	struct doctor doctor = { 0 };
	json_t *kernels = NULL;
	struct utsname name;
	char *running;
	int option, status = EXIT_SUCCESS;

	while (!status &&
	       (option = option_next(out, &doctor_command, argc, argv, "", longs)) != OPTION_END) {
		switch (option) {
		case OPTION_LONG:
			status = root_set(out, &doctor.root, optarg);
			break;
		case OPTION_LONG + 1:
			doctor.release = optarg;
			break;
		default:
			return option_exit(option);
		}
	}
	if (!status)
		status = operands(out, &doctor_command, argc, 0, 0);
	if (status)
		return status;

	kernels = root_kernels(&doctor.root);
	status = choose(out, &doctor, &name, kernels);
	if (!status) {
		running = doctor_read(&doctor, "/proc/sys/kernel/osrelease");
		doctor.runs = running && strcmp(running, doctor.release) == 0;
		free(running);
		doctor.cmdline = doctor.runs ? doctor_read(&doctor, "/proc/cmdline") : NULL;
		if (!doctor.cmdline)
			doctor.cmdline = strdup("");
		doctor.dir = root_path(&doctor.root, "/lib/modules/%s", doctor.release);
		doctor.findings = json_array();
		if (doctor.cmdline && doctor.dir) {
			doctor_kernel(out, &doctor);
			doctor_machine(out, &doctor);
			doctor_prepared(out, &doctor);
			status = show(out, &doctor);
		}
	}
	json_decref(doctor.findings);
	json_decref(kernels);
	free(doctor.cmdline);
	free(doctor.dir);
	return status;
}

const struct command doctor_command = {
	.name = "doctor",
	.run = run,
	.brief = "is all there that guarding needs, and what is in its way",
	.usage = "doctor [--kernel VERSION] [--root DIR]",
	.help = "Looks at the kernel and its configuration, at suture.ko and what it is built with, at\n"
		"signatures and lockdown, at prepared modules, and at what else meddles with the kernel.\n"
		"Changes nothing. Each finding is good, a note (to know) or bad, with what to do. Exit\n"
		"status: 1 if anything is bad.\n\n"
		"  --kernel VERSION       another kernel than the one that runs\n"
		"  --root DIR             the system in DIR instead of this one\n",
};
