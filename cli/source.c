// SPDX-License-Identifier: GPL-2.0-only
/*
 * source.c - from a place in a driver's code to a line of its source, where debug files exist.
 *
 * libdwfl finds a separate debug file by build id or by the link in the module, unpacks
 * compressed modules, and applies the relocations of debug sections. The rewriter changes no
 * offset inside a function, so a place in a guarded driver is one in its file.
 */
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "modules.h"
#include "source.h"

/* A driver that was asked for. */
struct driver {
	char *name;
	Dwfl *dwfl; /* NULL: there is no file of it */
	Dwfl_Module *module;
	struct driver *next;
};

struct source {
	char *modules; /* /lib/modules/RELEASE */
	char *debug;   /* a folder, or NULL */
	char *path;    /* where libdwfl looks for debug files */
	Dwfl_Callbacks callbacks;
	struct driver *drivers;
};

bool source_place(const char *text, struct source_place *place)
{
	int end = 0;

	memset(place, 0, sizeof(*place));
	if (sscanf(text, "%127[^+ ]+0x%lx%n", place->function, &place->offset, &end) != 2)
		return false;
	text += end;
	if (sscanf(text, "/0x%lx%n", &place->size, &end) == 1)
		text += end;
	if (*text && sscanf(text, " [%63[^] ]", place->module) != 1)
		return false;
	return true;
}

struct source *source_open(const char *kernel, const char *debug)
{
	struct source *source = calloc(1, sizeof(*source));
	struct utsname name;

	if (!source)
		return NULL;
	if (!kernel && uname(&name) == 0)
		kernel = name.release;
	if (asprintf(&source->modules, "/lib/modules/%s", kernel ? kernel : "") < 0)
		source->modules = NULL;
	if (asprintf(&source->path, "%s%s:.debug:/usr/lib/debug", debug ? debug : "",
		     debug ? ":" : "") < 0)
		source->path = NULL;
	source->debug = debug ? strdup(debug) : NULL;
	if (!source->modules || !source->path || (debug && !source->debug)) {
		source_close(source);
		return NULL;
	}
	source->callbacks = (Dwfl_Callbacks){
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &source->path,
	};
	return source;
}

void source_close(struct source *source)
{
	struct driver *driver;

	if (!source)
		return;
	while ((driver = source->drivers)) {
		source->drivers = driver->next;
		dwfl_end(driver->dwfl);
		free(driver->name);
		free(driver);
	}
	free(source->modules);
	free(source->debug);
	free(source->path);
	free(source);
}

/* Is @file NAME.ko, compressed or not, or a debug file of it? */
static bool is_file_of(const char *file, const char *name)
{
	char stem[NAME_MAX + 1];
	const char *end = strstr(file, ".ko");

	if (!end || (end[3] && end[3] != '.') || (size_t)(end - file) >= sizeof(stem))
		return false;
	memcpy(stem, file, (size_t)(end - file));
	stem[end - file] = '\0';
	return modules_same(stem, name);
}

/* The file of the module @name below @folder, freed by the caller; NULL: there is none. */
static char *find_below(const char *folder, const char *name)
{
	char *const roots[] = { (char *)folder, NULL };
	char *path = NULL;
	FTSENT *entry;
	FTS *tree;

	tree = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, NULL);
	while (tree && !path && (entry = fts_read(tree))) {
		/* The build tree of a kernel is no place of modules. */
		if (entry->fts_info == FTS_D && entry->fts_level == 1 &&
		    (strcmp(entry->fts_name, "build") == 0 ||
		     strcmp(entry->fts_name, "source") == 0))
			fts_set(tree, entry, FTS_SKIP);
		else if (entry->fts_info == FTS_F && is_file_of(entry->fts_name, name))
			path = strdup(entry->fts_path);
	}
	if (tree)
		fts_close(tree);
	return path;
}

static void driver_open(struct source *source, struct driver *driver)
{
	char *path = source->debug ? find_below(source->debug, driver->name) : NULL;

	if (!path)
		path = find_below(source->modules, driver->name);
	if (!path)
		return;
	driver->dwfl = dwfl_begin(&source->callbacks);
	if (driver->dwfl) {
		dwfl_report_begin(driver->dwfl);
		driver->module = dwfl_report_offline(driver->dwfl, driver->name, path, -1);
		dwfl_report_end(driver->dwfl, NULL, NULL);
	}
	free(path);
}

static struct driver *driver_get(struct source *source, const char *name)
{
	struct driver *driver;

	for (driver = source->drivers; driver; driver = driver->next)
		if (strcmp(driver->name, name) == 0)
			return driver;
	driver = calloc(1, sizeof(*driver));
	if (!driver)
		return NULL;
	driver->name = strdup(name);
	driver->next = source->drivers;
	source->drivers = driver;
	if (driver->name)
		driver_open(source, driver);
	return driver;
}

/* Two static functions may have one name: their size tells them apart. */
static bool find_function(Dwfl_Module *module, const struct source_place *place, GElf_Addr *start)
{
	int i, n = dwfl_module_getsymtab(module);

	for (i = 0; i < n; i++) {
		GElf_Addr address;
		GElf_Word section;
		GElf_Sym symbol;
		const char *name =
			dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL);

		if (!name || GELF_ST_TYPE(symbol.st_info) != STT_FUNC ||
		    strcmp(name, place->function) != 0)
			continue;
		/* What %pS takes for the size goes on to the next symbol: padding is in it. */
		if (place->size &&
		    (symbol.st_size > place->size || symbol.st_size + 64 < place->size))
			continue;
		*start = address;
		return true;
	}
	return false;
}

bool source_line(struct source *source, const struct source_place *place, bool after,
		 const char **file, int *line)
{
	struct driver *driver = *place->module ? driver_get(source, place->module) : NULL;
	GElf_Addr address;
	Dwfl_Line *where;

	if (!driver || !driver->module || !find_function(driver->module, place, &address))
		return false;
	address += place->offset - (after && place->offset ? 1 : 0);
	where = dwfl_module_getsrc(driver->module, address);
	if (!where)
		return false;
	*file = dwfl_lineinfo(where, NULL, line, NULL, NULL, NULL);
	return *file && *line > 0;
}

const char *source_function(struct source *source, const char *driver, const char *file, int line)
{
	struct driver *found = driver_get(source, driver);
	const char *slash = strrchr(file, '/');
	Dwfl_Line **lines = NULL;
	const char *name = NULL;
	Dwarf_Addr address;
	size_t n = 0;

	if (!found || !found->module)
		return NULL;
	/* libdwfl takes a whole path, which is another one here, or a name. */
	if (dwfl_module_getsrc_file(found->module, slash ? slash + 1 : file, line, 0, &lines, &n) ==
		    0 &&
	    n && dwfl_lineinfo(lines[0], &address, NULL, NULL, NULL, NULL))
		name = dwfl_module_addrname(found->module, address);
	free(lines);
	return name;
}
