// SPDX-License-Identifier: GPL-2.0-only
/*
 * words.c - what the kernel's refusal to load or unload a module means.
 *
 * init_module() answers with the kernel's own errno or with the one that the driver's
 * start function returned; the kernel log tells which. So the words name both
 * where both are likely.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "words.h"

void words_lockdown(const char *line, char *word, size_t size)
{
	const char *open = strchr(line, '[');
	const char *close = open ? strchr(open, ']') : NULL;

	word[0] = '\0';
	if (!close)
		return;
	snprintf(word, size, "%.*s", (int)(close - open - 1), open + 1);
	if (strcmp(word, "none") == 0)
		word[0] = '\0';
}

static void read_line(const char *path, char *buf, size_t size)
{
	FILE *from = fopen(path, "re");

	buf[0] = '\0';
	if (!from)
		return;
	if (!fgets(buf, (int)size, from))
		buf[0] = '\0';
	fclose(from);
}

void words_facts(struct words_facts *facts)
{
	char line[128];

	memset(facts, 0, sizeof(*facts));
	facts->root = geteuid() == 0;
	read_line("/proc/sys/kernel/modules_disabled", line, sizeof(line));
	facts->modules_disabled = line[0] == '1';
	read_line("/sys/kernel/security/lockdown", line, sizeof(line));
	words_lockdown(line, facts->lockdown, sizeof(facts->lockdown));
}

static void not_permitted(char *buf, size_t size, const struct words_facts *facts)
{
	if (facts->modules_disabled)
		snprintf(buf, size,
			 "modules can be neither loaded nor unloaded until the next "
			 "boot (kernel.modules_disabled is 1)");
	else if (!facts->root)
		snprintf(buf, size, "not permitted; try again as root");
	else if (facts->lockdown[0])
		snprintf(buf, size,
			 "kernel lockdown (%s) takes only signed modules, and "
			 "this one is not signed; switch Secure Boot off or sign it",
			 facts->lockdown);
	else
		snprintf(buf, size,
			 "not permitted though root; kernel lockdown, or "
			 "CAP_SYS_MODULE missing (a container)?");
}

void words_load(char *buf, size_t size, int error, const char *name,
		const struct words_facts *facts)
{
	switch (-error) {
	case EEXIST:
		snprintf(buf, size,
			 "already loaded; `suture unload %s` first, or `rmmod %s` if it "
			 "is not guarded",
			 name, name);
		break;
	case ENOEXEC:
		snprintf(buf, size,
			 "the kernel does not take the image; was it built for another "
			 "kernel? Look at dmesg");
		break;
	case EKEYREJECTED:
	case ENOKEY:
		snprintf(buf, size,
			 "this kernel takes only signed modules (Secure Boot or "
			 "module.sig_enforce), and this one is not signed; switch that off or "
			 "sign it with a key that the kernel trusts");
		break;
	case EPERM:
	case EACCES:
		not_permitted(buf, size, facts);
		break;
	case ENOENT:
		snprintf(buf, size,
			 "unknown symbol, or the driver's own start said so; the last "
			 "lines of dmesg name it");
		break;
	case ENODEV:
		snprintf(buf, size, "the driver says that its device is not there");
		break;
	case EBUSY:
		snprintf(buf, size,
			 "busy: a module that it needs is just being loaded or unloaded, "
			 "or the driver's device is taken; try again");
		break;
	case EINVAL:
		snprintf(buf, size,
			 "the kernel or the driver's own start refused it (a parameter "
			 "or a symbol version?); look at dmesg");
		break;
	case ENOMEM:
		snprintf(buf, size, "out of memory in the kernel");
		break;
	case ETXTBSY:
		snprintf(buf, size, "the kernel is tracing or patching it; try again");
		break;
	default:
		snprintf(buf, size, "the driver's own start failed: %s; look at dmesg",
			 strerror(-error));
		break;
	}
}

void words_unload(char *buf, size_t size, int error, const char *name, const char *users,
		  const struct words_facts *facts)
{
	switch (-error) {
	case ENOENT:
		snprintf(buf, size, "is not loaded");
		break;
	case EAGAIN:
		if (*users)
			snprintf(buf, size, "is in use by %s; stop that first", users);
		else
			snprintf(buf, size,
				 "is in use; stop the programs that have its device open");
		break;
	case EBUSY:
		snprintf(buf, size,
			 "is just being loaded or unloaded, or cannot be unloaded at "
			 "all; look at /sys/module/%s/initstate",
			 name);
		break;
	case EPERM:
	case EACCES:
		not_permitted(buf, size, facts);
		break;
	default:
		snprintf(buf, size, "cannot be unloaded: %s", strerror(-error));
		break;
	}
}
