// SPDX-License-Identifier: GPL-2.0-only
/*
 * sign.c - signatures of modules, with the key that DKMS signs with.
 *
 * A prepared module is as good as the suture.ko that it needs, which DKMS has signed: whoever trusts
 * that key trusts both. The signing itself is done by sign-file, which comes with the kernel's
 * headers, as DKMS does it.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sign.h"
#include "words.h"

static char *readable(char *path)
{
	if (path && access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* It stands where the kernel's build tree has it, or where Debian's packages put it. */
static char *find_program(const struct root *root, const char *release)
{
	int series = strcspn(release, ".");
	char *path;

	path = readable(root_path(root, "/lib/modules/%s/build/scripts/sign-file", release));
	if (path)
		return path;
	if (release[series])
		series += 1 + strspn(release + series + 1, "0123456789");
	return readable(
		root_path(root, "/usr/lib/linux-kbuild-%.*s/scripts/sign-file", series, release));
}

static char *find_hash(const struct root *root, const char *release)
{
	static const char key[] = "\nCONFIG_MODULE_SIG_HASH=\"";
	char *path = root_path(root, "/boot/config-%s", release);
	char *config = path ? file_text(path) : NULL;
	char *value = config ? strstr(config, key) : NULL, *hash;

	if (value) {
		value += sizeof(key) - 1;
		value[strcspn(value, "\"\n")] = '\0';
	}
	hash = strdup(value && *value ? value : "sha256");
	free(config);
	free(path);
	return hash;
}

int sign_open(struct out *out, const struct root *root, const char *release, struct sign *sign)
{
	if (!sign->key) {
		sign->key = readable(root_path(root, SIGN_KEY));
		free(sign->cert);
		sign->cert = sign->key ? readable(root_path(root, SIGN_CERT)) : NULL;
	}
	if (!sign->key)
		return EXIT_SUCCESS;
	if (!sign->cert)
		return out_fail(out,
				"%s: there is no certificate with it; name it with --cert FILE",
				sign->key);
	sign->program = find_program(root, release);
	if (!sign->program)
		return out_fail(out,
				"%s: sign-file: not found for %s; install linux-headers-%s, or "
				"do without signatures (--unsigned)",
				sign->key, release, release);
	sign->hash = find_hash(root, release);
	return sign->hash ? EXIT_SUCCESS : out_fail(out, "out of memory");
}

void sign_end(struct sign *sign)
{
	free(sign->key);
	free(sign->cert);
	free(sign->program);
	free(sign->hash);
	memset(sign, 0, sizeof(*sign));
}

int sign_module(struct out *out, const struct sign *sign, const char *path)
{
	const char *argv[] = { sign->program, sign->hash, sign->key, sign->cert, path, NULL };
	int status;

	if (!sign->key)
		return EXIT_SUCCESS;
	status = program_run(argv);
	if (status)
		return out_fail(out, "%s: cannot be signed with %s: %s left with status %d", path,
				sign->key, sign->program, status);
	return EXIT_SUCCESS;
}

bool sign_wanted(void)
{
	char *enforce = file_text("/sys/module/module/parameters/sig_enforce");
	struct words_facts facts;
	bool wanted;

	words_facts(&facts);
	wanted = (enforce && enforce[0] == 'Y') || facts.lockdown[0];
	free(enforce);
	return wanted;
}
