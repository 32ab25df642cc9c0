// SPDX-License-Identifier: GPL-2.0-only
/*
 * buildid.c - the build id of a module's file, which tells whether it is still the same.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal.h"

#define BUILD_ID_SECTION ".note.gnu.build-id"

/* The first note of type NT_GNU_BUILD_ID; sizes are those of a file that nobody has checked. */
static const uint8_t *find_note(const struct section *s, size_t *size)
{
	const uint8_t *p = s->data, *end = p + s->h.sh_size;
	Elf64_Nhdr note;
	size_t name, id;

	while ((size_t)(end - p) >= sizeof(note)) {
		memcpy(&note, p, sizeof(note));
		p += sizeof(note);
		name = ((size_t)note.n_namesz + 3) & ~(size_t)3;
		id = ((size_t)note.n_descsz + 3) & ~(size_t)3;
		if (name > (size_t)(end - p) || note.n_descsz > (size_t)(end - p) - name)
			return NULL;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof("GNU") &&
		    !memcmp(p, "GNU", sizeof("GNU"))) {
			*size = note.n_descsz;
			return p + name;
		}
		if (id > (size_t)(end - p) - name)
			return NULL;
		p += name + id;
	}
	return NULL;
}

int suture_build_id(const char *path, char text[SUTURE_BUILD_ID], struct suture_rewrite_error *err)
{
	const struct section *s;
	struct arena work = { 0 };
	struct elf elf = { 0 };
	const uint8_t *id = NULL;
	size_t size, n = 0, i;
	void *data;
	int r;

	r = file_read(path, &data, &size, err);
	if (r)
		return r;
	r = elf_parse(&elf, &work, path, data, size, err);
	if (!r) {
		s = &elf.sections[elf_find(&elf, BUILD_ID_SECTION)];
		if (s->data)
			id = find_note(s, &n);
		if (!id || !n || 2 * n >= SUTURE_BUILD_ID)
			r = complain(err, ENOEXEC, "%s: no build id in section " BUILD_ID_SECTION,
				     path);
		for (i = 0; !r && i < n; i++)
			snprintf(text + 2 * i, 3, "%02x", id[i]);
	}
	elf_end(elf.handle);
	arena_free(&work);
	free(data);
	return r;
}
