/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prepared.h - the modules of a kernel that `suture enable` has prepared.
 *
 * They lie in updates/suture of the kernel's directory, where depmod prefers them to the stock
 * ones. Beside them a manifest says what each was made from. boot/modprobe and the
 * hook of initramfs-tools read the first two words of its lines, too.
 */
#ifndef CLI_PREPARED_H
#define CLI_PREPARED_H

#include <stdbool.h>
#include <stddef.h>

#include "out.h"

#define PREPARED_FOLDER	  "updates/suture"
#define PREPARED_MANIFEST "manifest"

/* What the install lines in modprobe.d run. */
#define BOOT_MODPROBE "/usr/lib/suture/modprobe"

/**
 * struct prepared - a prepared module
 * @name:	its name
 * @stock:	the stock file, from the kernel's directory on
 * @build_id:	of the stock file
 * @rules:	of the suture.ko and the packs that it was made for: guard_rules()
 * @mark:	"signed" or "unsigned"
 * @driver:	the enabled driver that it belongs to
 * @words:	that driver's words in the list of enabled ones, or ""
 */
struct prepared {
	char *name;
	char *stock;
	char *build_id;
	char *rules;
	char *mark;
	char *driver;
	char *words;
};

struct manifest {
	struct prepared *list;
	size_t count;
};

/* That of the kernel in @dir; one that is not there has no entries. Exit code. */
int manifest_read(struct out *out, const char *dir, struct manifest *manifest);

/* Writes it into the folder @folder. Exit code. */
int manifest_write(struct out *out, const char *folder, const struct manifest *manifest);

/* Takes over what @prepared points to. Exit code. */
int manifest_add(struct out *out, struct manifest *manifest, const struct prepared *prepared);

const struct prepared *manifest_find(const struct manifest *manifest, const char *name);
void manifest_end(struct manifest *manifest);

/* Is all about the two the same? NULL is the same as nothing. */
bool prepared_same(const struct prepared *a, const struct prepared *b);

/*
 * The stock file of the module file @path, if that is a prepared one, else a copy of @path.
 * Freed by the caller; NULL: no memory.
 */
char *prepared_stock(const char *path);

#endif /* CLI_PREPARED_H */
