// SPDX-License-Identifier: GPL-2.0-only
/*
 * failure.c - what a kernel function returns when it fails.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

#define BTF_DIR "/sys/kernel/btf"

#define VALUE(error) ((uint64_t)(int64_t)(error))

/*
 * Functions whose failure their type does not tell, by kernel-doc or by the comment at their
 * definition. The first pattern that fits counts.
 */
static const struct {
	const char *pattern;
	uint64_t value;
} special[] = {
	{ "dma_map_sg_attrs", 0 },
	{ "dma_map_sgtable", VALUE(-EIO) },
	{ "dma_map_*", UINT64_MAX }, /* DMA_MAPPING_ERROR */
	{ "request_threaded_irq", VALUE(-EBUSY) },
	{ "request_any_context_irq", VALUE(-EBUSY) },
	{ "devm_request_threaded_irq", VALUE(-EBUSY) },
	{ "pci_request_*", VALUE(-EBUSY) },
	{ "pci_alloc_irq_vectors*", VALUE(-ENOSPC) },
	{ "pci_enable_msi*", VALUE(-ENOSPC) },
	{ "pcim_iomap_regions", VALUE(-EBUSY) },
	{ "*request_firmware*", VALUE(-ENOENT) },
	{ "register_chrdev*", VALUE(-EBUSY) },
	{ "alloc_chrdev_region", VALUE(-EBUSY) },
	{ "*_copy_from_user", 1 }, /* so many bytes were not copied */
	{ "*_copy_to_user", 1 },
	{ "wait_for_completion*timeout", 0 },
	/* Those below return an error as a pointer. */
	{ "kthread_create_on_*", VALUE(-ENOMEM) },
	{ "platform_device_register_full", VALUE(-ENOMEM) },
	{ "devm_ioremap_resource", VALUE(-EBUSY) },
	{ "devm_platform_ioremap_resource*", VALUE(-EBUSY) },
	{ "__class_create", VALUE(-ENOMEM) },
	{ "class_create", VALUE(-ENOMEM) },
	{ "device_create*", VALUE(-ENOMEM) },
	{ "__devm_drm_dev_alloc", VALUE(-ENOMEM) },
	{ "drm_dev_alloc", VALUE(-ENOMEM) },
	{ "clk_get*", VALUE(-ENOENT) },
	{ "devm_clk_get*", VALUE(-ENOENT) },
	{ "regulator_get*", VALUE(-ENODEV) },
	{ "devm_regulator_get*", VALUE(-ENODEV) },
	{ "*gpiod_get*", VALUE(-ENOENT) },
	{ "phy_connect*", VALUE(-ENODEV) },
	{ "ptp_clock_register", VALUE(-ENOMEM) },
	{ "memdup_user*", VALUE(-ENOMEM) },
	{ "strndup_user", VALUE(-ENOMEM) },
	{ "debugfs_create_*", VALUE(-ENOMEM) },
	{ "blk_mq_alloc_queue*", VALUE(-ENOMEM) },
	{ "__blk_mq_alloc_disk", VALUE(-ENOMEM) },
};

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

/* What @api returns, from one BTF. Return: 0, -ENOENT if it is not there, -EDOM if void. */
static int value_by_type(const struct btf *btf, const char *api, uint64_t *value)
{
	int id = btf__find_by_name_kind(btf, api, BTF_KIND_FUNC);
	const struct btf_type *type;

	if (id < 0)
		return -ENOENT;
	type = btf__type_by_id(btf, id);
	type = btf__type_by_id(btf, type->type); /* the prototype */
	id = btf__resolve_type(btf, type->type);
	if (id <= 0)
		return -EDOM;
	type = btf__type_by_id(btf, id);
	if (btf_is_ptr(type) || (btf_is_int(type) && btf_int_encoding(type) & BTF_INT_BOOL))
		*value = 0;
	else if (fnmatch("*alloc*", api, 0) == 0 || fnmatch("*dup*", api, 0) == 0)
		*value = VALUE(-ENOMEM);
	else
		*value = VALUE(-EIO);
	return 0;
}

/* In the kernel's types, then in those of each module. */
static int value_by_prototype(const char *api, uint64_t *value)
{
	struct btf *base, *btf;
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	libbpf_set_print(quiet);
	base = btf__load_vmlinux_btf();
	if (!base)
		return -errno;
	ret = value_by_type(base, api, value);
	dir = ret == -ENOENT ? opendir(BTF_DIR) : NULL;
	while (dir && ret == -ENOENT && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || strcmp(entry->d_name, "vmlinux") == 0)
			continue;
		btf = btf__load_module_btf(entry->d_name, base);
		if (!btf)
			continue;
		ret = value_by_type(btf, api, value);
		btf__free(btf);
	}
	if (dir)
		closedir(dir);
	btf__free(base);
	return ret;
}

/* "ENOMEM", "-ENOMEM", "-12", "0x10", "12" */
static int parse_error(const char *word, uint64_t *value)
{
	const char *name = *word == '-' ? word + 1 : word;
	char *end;
	int error;

	if (*name == 'E') {
		for (error = 1; error < 134; error++) {
			const char *known = strerrorname_np(error);

			if (known && strcmp(known, name) == 0) {
				*value = VALUE(-error);
				return 0;
			}
		}
		return -EINVAL;
	}
	errno = 0;
	*value = *word == '-' ? (uint64_t)strtoll(word, &end, 0) : strtoull(word, &end, 0);
	return errno || end == word || *end ? -EINVAL : 0;
}

int failure_value(struct out *out, const char *api, const char *error, uint64_t *value)
{
	size_t i;
	int ret;

	if (error) {
		if (parse_error(error, value))
			return out_usage(out,
					 "inject: --error %s: is neither the name of an error "
					 "(ENOMEM) nor a number",
					 error);
		return EXIT_SUCCESS;
	}
	for (i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (fnmatch(special[i].pattern, api, 0) == 0) {
			*value = special[i].value;
			return EXIT_SUCCESS;
		}
	}
	ret = value_by_prototype(api, value);
	if (ret == -EDOM)
		return out_fail(out, "%s: returns nothing, so it cannot fail", api);
	if (ret)
		return out_fail(out,
				"%s: what it returns is not known (no prototype in " BTF_DIR
				"); say it with --error",
				api);
	return EXIT_SUCCESS;
}

void failure_text(char *buf, size_t size, uint64_t value)
{
	const char *name = value > UINT64_MAX - 4095 ? strerrorname_np((int)-value) : NULL;

	if (name)
		snprintf(buf, size, "-%s", name);
	else
		snprintf(buf, size, value < 10 ? "%" PRIu64 : "%#" PRIx64, value);
}
