/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sign.h - signatures of modules, with the key that DKMS signs with.
 */
#ifndef CLI_SIGN_H
#define CLI_SIGN_H

#include "system.h"

#define SIGN_KEY  "/var/lib/dkms/mok.key"
#define SIGN_CERT "/var/lib/dkms/mok.pub"

/**
 * struct sign - how modules are signed
 * @key:	given, or found: the private key; NULL: there is none, nothing is signed
 * @cert:	given, or found: its certificate
 * @program:	found: sign-file of the kernel's own build tree
 * @hash:	found: the hash that the kernel signs its own modules with
 */
struct sign {
	char *key;
	char *cert;
	char *program;
	char *hash;
};

/*
 * Looks for what is not given, for the kernel @release. A key without sign-file is complained
 * about. Exit code; sign_end() is due in any case.
 */
int sign_open(struct out *out, const struct root *root, const char *release, struct sign *sign);
void sign_end(struct sign *sign);

/* Signs the module file @path, if there is a key. Exit code. */
int sign_module(struct out *out, const struct sign *sign, const char *path);

/* Does the running kernel take signed modules only? */
bool sign_wanted(void);

#endif /* CLI_SIGN_H */
