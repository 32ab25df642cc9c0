// SPDX-License-Identifier: GPL-2.0-only
/*
 * system.c - the machine that is set up, or another one's root directory: its files, its kernels,
 * its programs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system.h"

#define PROGRAMS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

int root_set(struct out *out, struct root *root, const char *dir)
{
	struct stat st;

	if (stat(dir, &st) || !S_ISDIR(st.st_mode))
		return out_fail(out, "--root %s: is no directory", dir);
	root->dir = strcmp(dir, "/") == 0 ? NULL : dir;
	return EXIT_SUCCESS;
}

char *root_path(const struct root *root, const char *fmt, ...)
{
	char *rest, *path = NULL;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&rest, fmt, args) < 0)
		rest = NULL;
	va_end(args);
	if (rest && asprintf(&path, "%s%s", root->dir ? root->dir : "", rest) < 0)
		path = NULL;
	free(rest);
	return path;
}

/* A folder that a removed kernel has left is none of a kernel. */
static bool is_kernel(const char *folder, const char *name)
{
	bool is = false;
	char *path;

	if (name[0] == '.' || asprintf(&path, "%s/%s/kernel", folder, name) < 0)
		return false;
	is = access(path, F_OK) == 0;
	free(path);
	return is;
}

json_t *root_kernels(const struct root *root)
{
	char *folder = root_path(root, "/lib/modules");
	json_t *kernels = json_array();
	struct dirent **entry = NULL;
	int n = folder ? scandir(folder, &entry, NULL, versionsort) : -1;
	int i;

	for (i = 0; i < n; i++) {
		if (is_kernel(folder, entry[i]->d_name))
			json_array_append_new(kernels, json_string(entry[i]->d_name));
		free(entry[i]);
	}
	free(entry);
	free(folder);
	return kernels;
}

bool root_runs(const struct root *root, const char *release)
{
	struct utsname name;

	return !root->dir && !uname(&name) && strcmp(name.release, release) == 0;
}

char *file_text(const char *path)
{
	char *text = NULL, *more;
	size_t size = 0, room = 0, n;
	FILE *from = fopen(path, "re");

	if (!from)
		return NULL;
	do {
		room += 65536;
		more = realloc(text, room + 1);
		if (!more)
			break;
		text = more;
		n = fread(text + size, 1, room - size, from);
		size += n;
	} while (n && size == room);
	if (!more || ferror(from)) {
		free(text);
		text = NULL;
	} else {
		text[size] = '\0';
	}
	fclose(from);
	return text;
}

void file_folders(const char *path)
{
	char *copy = strdup(path), *slash;

	for (slash = copy ? strchr(copy + 1, '/') : NULL; slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0755);
		*slash = '/';
	}
	free(copy);
}

int file_put(struct out *out, const char *path, const char *text)
{
	int status = EXIT_SUCCESS;
	char *beside;
	FILE *to;

	file_folders(path);
	if (asprintf(&beside, "%s.new", path) < 0)
		return out_fail(out, "out of memory");
	to = fopen(beside, "we");
	if (!to || fputs(text, to) < 0 || fflush(to) || fsync(fileno(to)))
		status = out_fail(out, "%s: cannot be written: %s%s", beside, strerror(errno),
				  errno == EACCES ? "; try again as root" : "");
	if (to && fclose(to) && !status)
		status = out_fail(out, "%s: cannot be written: %s", beside, strerror(errno));
	if (!status && rename(beside, path))
		status = out_fail(out, "%s: cannot be replaced: %s", path, strerror(errno));
	if (status)
		unlink(beside);
	free(beside);
	return status;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int folder_remove(struct out *out, const char *path)
{
	if (access(path, F_OK) && errno == ENOENT)
		return EXIT_SUCCESS;
	if (nftw(path, remove_one, 16, FTW_PHYS | FTW_DEPTH))
		return out_fail(out, "%s: cannot be removed: %s%s", path, strerror(errno),
				errno == EACCES ? "; try again as root" : "");
	return EXIT_SUCCESS;
}

/* The administrator's programs are not in every user's PATH. */
static char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	char *places, *place, *rest, *file;

	if (strchr(name, '/'))
		return access(name, X_OK) ? NULL : strdup(name);
	if (asprintf(&places, "%s:" PROGRAMS, path ? path : "") < 0)
		return NULL;
	rest = places;
	while ((place = strsep(&rest, ":"))) {
		if (!*place || asprintf(&file, "%s/%s", place, name) < 0)
			continue;
		if (!access(file, X_OK)) {
			free(places);
			return file;
		}
		free(file);
	}
	free(places);
	return NULL;
}

bool program_there(const char *name)
{
	char *file = find_program(name);

	free(file);
	return file != NULL;
}

static int run(const char *const *argv, int output)
{
	posix_spawn_file_actions_t actions;
	char *file = find_program(argv[0]);
	extern char **environ;
	int status = 127;
	pid_t child;

	if (!file)
		return 127;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (posix_spawn(&child, file, &actions, NULL, (char *const *)argv, environ) == 0) {
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	posix_spawn_file_actions_destroy(&actions);
	free(file);
	return status;
}

int program_run(const char *const *argv)
{
	fflush(NULL);
	return run(argv, STDERR_FILENO);
}

int program_ask(const char *const *argv, char **text)
{
	char name[] = "/tmp/suture.XXXXXX", path[32];
	int fd = mkostemp(name, O_CLOEXEC), status;

	*text = NULL;
	if (fd < 0)
		return 127;
	unlink(name);
	status = run(argv, fd);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd);
	*text = file_text(path);
	close(fd);
	if (!*text)
		return 127;
	return status;
}
