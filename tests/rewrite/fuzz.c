// SPDX-License-Identifier: GPL-2.0-only
/*
 * fuzz.c - libFuzzer target: any bytes as a module.
 *
 * Random bytes hardly ever pass the first checks, so that half of the mutations
 * are aimed: a field of the ELF header, of a section header, or of an entry of
 * some section gets a value from the borders of what is allowed.
 *
 * libelf is not built with sanitizers. What it reads is therefore put right
 * before memory that is not there, and cannot be written to.
 */
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed);
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROOM ((size_t)1 << 20)

static uint8_t *room;
static struct suture_core *core;
static struct suture_types *types;

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct suture_rewrite_error err;

	(void)argc;
	(void)argv;
	libbpf_set_print(quiet);
	room = mmap(NULL, ROOM + getpagesize(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		    -1, 0);
	if (room == MAP_FAILED || mprotect(room + ROOM, getpagesize(), PROT_NONE)) {
		perror("fuzz: mmap");
		exit(1);
	}
	if (suture_core_open(FIXTURES "/core.ko", &core, &err) ||
	    suture_core_contracts(core, FIXTURES "/contracts", &err) ||
	    suture_types_open(FIXTURES "/kernel.btf", &types, &err)) {
		fprintf(stderr, "%s\n", err.text);
		exit(1);
	}
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct suture_rewrite_error err = { "" };
	struct suture_guarded *g = NULL;
	struct suture_core *other = NULL;
	uint8_t *copy = room + ROOM - size;
	int r;

	if (size > ROOM)
		return 0;
	memcpy(copy, data, size);
	mprotect(room, ROOM, PROT_READ);
	r = suture_rewrite("fuzz", copy, size, core, types, 0, &g, &err);
	if (r ? g || !starts_with(err.text, "fuzz: ") : !g || err.text[0])
		abort();
	suture_guarded_free(g);
	if (!suture_core_parse("fuzz", copy, size, &other, &err))
		suture_core_free(other);
	mprotect(room, ROOM, PROT_READ | PROT_WRITE);
	return 0;
}

static unsigned int next(unsigned int *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

static uint64_t border(unsigned int *seed, size_t size)
{
	const uint64_t values[] = {
		0,
		1,
		2,
		4,
		8,
		24,
		size - 1,
		size,
		size + 1,
		0x7fffffff,
		0xffff,
		0xff00,
		0xffffffff,
		INT64_MAX,
		UINT64_MAX,
		UINT64_MAX - 7,
		next(seed) % 64,
		next(seed) % (size + 1),
	};

	return values[next(seed) % ARRAY_SIZE(values)];
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned int seed)
{
	Elf64_Ehdr eh;
	Elf64_Shdr sh;
	uint64_t at, value, i;

	if (size < sizeof(eh) || next(&seed) % 2)
		return LLVMFuzzerMutate(data, size, max);
	memcpy(&eh, data, sizeof(eh));
	if (eh.e_shoff > size || !eh.e_shnum || eh.e_shnum > (size - eh.e_shoff) / sizeof(sh))
		return LLVMFuzzerMutate(data, size, max);
	i = eh.e_shoff + next(&seed) % eh.e_shnum * sizeof(sh);
	memcpy(&sh, data + i, sizeof(sh));
	switch (next(&seed) % 8) {
	case 0:
		at = next(&seed) % sizeof(eh);
		break;
	case 1:
	case 2:
		at = i + next(&seed) % sizeof(sh) / 4 * 4;
		break;
	default:
		if (sh.sh_type == SHT_NOBITS || !sh.sh_size || sh.sh_offset > size ||
		    sh.sh_size > size - sh.sh_offset)
			return LLVMFuzzerMutate(data, size, max);
		at = sh.sh_offset + next(&seed) % sh.sh_size;
		if (sh.sh_size > 8 && next(&seed) % 4)
			at = sh.sh_offset + (at - sh.sh_offset) / 4 * 4;
	}
	value = border(&seed, size);
	i = 1u << next(&seed) % 4;
	if (at > size || i > size - at)
		return LLVMFuzzerMutate(data, size, max);
	memcpy(data + at, &value, i);
	return size;
}
