/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prepare.h - the guarded images of the enabled drivers, as files, for one kernel.
 */
#ifndef CLI_PREPARE_H
#define CLI_PREPARE_H

#include <stdbool.h>

#include "enabled.h"
#include "prepared.h"
#include "sign.h"
#include "system.h"

/**
 * struct prepare - one kernel's prepared modules
 * @root:	given: the system
 * @release:	given: the kernel
 * @enabled:	given: the drivers that are to be prepared
 * @strict:	given: names of the drivers (an array) that have to work; without the others it goes
 *		on with a warning
 * @sign:	given: how they are signed; what it has not is looked for
 * @unsigned_:	given: they are not signed, whatever keys there are
 * @made:	something was due, and was made
 * @dir:	/lib/modules/VERSION
 * @core_path:	its suture.ko
 * @rules:	what stands in the manifest for that and its packs
 * @old:	what was there
 * @new_:	what was made, in a folder of its own
 * @changed:	names of modules (an array) that are not what they were
 * @drivers:	what is told of each driver: an array of objects
 */
struct prepare {
	const struct root *root;
	const char *release;
	const struct enabled_list *enabled;
	json_t *strict;
	struct sign sign;
	bool unsigned_;

	bool made;
	char *dir;
	char *core_path;
	char *rules;
	struct manifest old;
	struct manifest new_;
	json_t *changed;
	json_t *drivers;
};

/* Looks at what is there. Exit code; prepare_end() is due in any case. */
int prepare_open(struct out *out, struct prepare *prepare);
void prepare_end(struct prepare *prepare);

/*
 * Why the prepared modules of the driver @name are not what they should be, in a buffer of the
 * caller; NULL: they are.
 */
const char *prepare_stale(const struct prepare *prepare, const char *name, char *buf, size_t size);

/* Is there anything that is not as it should be? */
bool prepare_due(const struct prepare *prepare);

/* Rewrites and signs all, in a folder of its own. Exit code. */
int prepare_make(struct out *out, struct prepare *prepare);

/* Puts what was made into place, and runs depmod. Exit code. */
int prepare_install(struct out *out, struct prepare *prepare);

/* Forgets what was made. */
void prepare_drop(struct out *out, struct prepare *prepare);

#endif /* CLI_PREPARE_H */
