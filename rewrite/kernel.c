// SPDX-License-Identifier: GPL-2.0-only
/*
 * kernel.c - find the kernel's BTF in what the kernel comes as: the bare BTF of
 * /sys/kernel/btf/vmlinux, an ELF vmlinux, or the bootable vmlinuz in which a
 * compressed vmlinux is packed.
 */
#include <linux/btf.h>

#include "internal.h"

static int elf_btf(const char *path, const void *data, size_t size, const void **btf,
		   size_t *btf_size, struct suture_rewrite_error *err)
{
	struct arena work = { 0 };
	const struct section *s;
	struct elf elf;
	int r;

	r = elf_parse(&elf, &work, path, data, size, err);
	if (!r) {
		s = &elf.sections[elf_find(&elf, ".BTF")];
		*btf = s->data;
		*btf_size = s->h.sh_size;
		if (!s->data)
			r = complain(
				err, ENOEXEC,
				"%s: no section .BTF; give a vmlinux with BTF or /sys/kernel/btf/vmlinux",
				path);
	}
	elf_end(elf.handle);
	arena_free(&work);
	return r;
}

/* The boot protocol's header, as far as it matters here. */
#define SETUP_SECTS	0x1f1
#define BOOT_MAGIC	0x202 /* "HdrS" */
#define BOOT_VERSION	0x206
#define PAYLOAD_OFFSET	0x248
#define PAYLOAD_LENGTH	0x24c
#define BOOT_HEADER_END 0x250

static uint32_t get32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Where the compressed vmlinux is; NULL: this is no vmlinuz. */
static const void *boot_payload(const uint8_t *data, size_t size, size_t *length)
{
	uint64_t start;

	if (size < BOOT_HEADER_END || memcmp(data + BOOT_MAGIC, "HdrS", 4) ||
	    (data[BOOT_VERSION] | data[BOOT_VERSION + 1] << 8) < 0x208)
		return NULL;
	start = ((data[SETUP_SECTS] ? data[SETUP_SECTS] : 4) + 1) * 512ull +
		get32(data + PAYLOAD_OFFSET);
	*length = get32(data + PAYLOAD_LENGTH);
	if (start > size || *length > size - start || *length < 4)
		return NULL;
	/* The size of what is packed stands behind it. */
	*length -= 4;
	return data + start;
}

/*
 * kernel_vmlinux() - find the ELF file in a vmlinux's or vmlinuz's bytes
 * @unpacked:	what has to be freed when @elf is not needed any more
 */
int kernel_vmlinux(const char *path, const void *data, size_t size, void **unpacked,
		   const void **elf, size_t *elf_size, struct suture_rewrite_error *err)
{
	const void *payload;
	size_t length;
	int r;

	payload = boot_payload(data, size, &length);
	if (payload) {
		r = unpack_payload(path, payload, length, unpacked, &size, err);
		if (r < 0)
			return r;
		data = r ? *unpacked : payload;
		if (!r)
			size = length;
	}
	if (size < SELFMAG || memcmp(data, ELFMAG, SELFMAG))
		return complain(
			err, ENOEXEC,
			"%s: holds no BTF, vmlinux or vmlinuz; give /sys/kernel/btf/vmlinux or the kernel's vmlinuz",
			path);
	*elf = data;
	*elf_size = size;
	return 0;
}

/*
 * kernel_btf() - find the BTF in a file's bytes
 * @vmlinux:	what has to be freed when @btf is not needed any more
 */
int kernel_btf(const char *path, const void *data, size_t size, void **vmlinux, const void **btf,
	       size_t *btf_size, struct suture_rewrite_error *err)
{
	const uint16_t magic = BTF_MAGIC;
	int r;

	if (size >= sizeof(magic) && !memcmp(data, &magic, sizeof(magic))) {
		*btf = data;
		*btf_size = size;
		return 0;
	}
	r = kernel_vmlinux(path, data, size, vmlinux, &data, &size, err);
	if (r)
		return r;
	return elf_btf(path, data, size, btf, btf_size, err);
}
