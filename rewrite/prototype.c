// SPDX-License-Identifier: GPL-2.0-only
/*
 * prototype.c - what functions take and return, from BTF.
 *
 * A module's .BTF is "split": it numbers its types and strings on from where the
 * kernel's own end, so it means nothing without them, and nonsense together with
 * those of another kernel. The latter is found out by the names: an offset into
 * the kernel's strings has to be the start of one.
 *
 * A function whose name and prototype the kernel has as well (a static
 * "probe_one", say) is left out of the module's part, so both are searched.
 */
#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

struct suture_types {
	struct arena arena;
	struct btf *btf;
	struct map functions; /* name -> type of FUNC */
	struct map ambiguous; /* names of several functions that differ */
	const char *strings;
	uint32_t strings_size;
};

struct prototypes {
	struct btf *btf;
	struct map functions;
	struct map ambiguous;
	const struct suture_types *base;
};

/* Deeper chains of typedefs and qualifiers are loops of a hostile file. */
#define MAX_DEPTH 64

static const struct btf_type *strip(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t;
	int depth;

	for (depth = 0; depth < MAX_DEPTH; depth++) {
		t = btf__type_by_id(btf, id);
		if (!t)
			return NULL;
		if (!btf_is_mod(t) && !btf_is_typedef(t) && btf_kind(t) != BTF_KIND_TYPE_TAG)
			return t;
		id = t->type;
	}
	return NULL;
}

static uint8_t int_kind(const struct btf_type *t)
{
	if (btf_int_encoding(t) & BTF_INT_BOOL)
		return SUTURE_RET_BOOL;
	if (!(btf_int_encoding(t) & BTF_INT_SIGNED))
		return t->size <= 8 ? SUTURE_RET_UNSIGNED : SUTURE_RET_OTHER;
	if (t->size <= 4)
		return SUTURE_RET_INT;
	return t->size == 8 ? SUTURE_RET_LONG : SUTURE_RET_OTHER;
}

static uint8_t return_kind(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t;

	if (!id)
		return SUTURE_RET_VOID;
	t = strip(btf, id);
	if (!t)
		return SUTURE_RET_UNKNOWN;
	switch (btf_kind(t)) {
	case BTF_KIND_UNKN:
		return SUTURE_RET_VOID;
	case BTF_KIND_INT:
		return int_kind(t);
	case BTF_KIND_ENUM:
		return SUTURE_RET_INT;
	case BTF_KIND_ENUM64:
		return btf_kflag(t) ? SUTURE_RET_LONG : SUTURE_RET_UNSIGNED;
	case BTF_KIND_PTR:
		return SUTURE_RET_POINTER;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return SUTURE_RET_OTHER;
	}
	return SUTURE_RET_UNKNOWN;
}

#define INT_REGISTERS	6
#define MAX_STACK_WORDS 32

/* One argument's place, by the System V ABI for x86-64. */
static bool place_argument(const struct btf *btf, uint32_t id, unsigned int *registers,
			   struct prototype *proto)
{
	const struct btf_type *t = strip(btf, id);
	unsigned int words = 1;

	if (!t)
		return false;
	if (btf_is_composite(t)) {
		if (t->size > 16) {
			proto->reason = "takes a struct of more than 16 bytes by value";
			return true;
		}
		words = (t->size + 7) / 8;
	} else if (btf_kind(t) == BTF_KIND_INT && t->size > 8) {
		proto->reason = "takes an integer of more than 64 bits";
		return true;
	} else if (btf_kind(t) == BTF_KIND_FLOAT) {
		proto->reason = "takes a floating point argument";
		return true;
	}
	if (*registers + words <= INT_REGISTERS)
		*registers += words;
	else
		proto->stack_words += words;
	if (proto->stack_words > MAX_STACK_WORDS)
		proto->reason = "takes more arguments than a thunk can copy";
	return true;
}

static bool read_prototype(const struct btf *btf, uint32_t func, struct prototype *proto)
{
	const struct btf_type *t = btf__type_by_id(btf, func), *ret;
	const struct btf_param *p;
	unsigned int registers = 0;
	int i, n;

	memset(proto, 0, sizeof(*proto));
	if (!t || !btf_is_func(t))
		return false;
	t = btf__type_by_id(btf, t->type);
	if (!t || !btf_is_func_proto(t))
		return false;
	proto->ret = return_kind(btf, t->type);
	ret = t->type ? strip(btf, t->type) : NULL;
	if (ret &&
	    ((btf_is_composite(ret) && ret->size > 16) || (btf_kind(ret) == BTF_KIND_FLOAT))) {
		proto->reason = "returns a struct of more than 16 bytes by value";
		return true;
	}
	p = btf_params(t);
	n = btf_vlen(t);
	for (i = 0; i < n && !proto->reason; i++) {
		if (!p[i].type) {
			proto->reason = "takes a variable number of arguments";
			break;
		}
		if (!place_argument(btf, p[i].type, &registers, proto))
			return false;
	}
	proto->nargs = n < SUTURE_NARGS_UNKNOWN ? n : SUTURE_NARGS_UNKNOWN;
	return true;
}

static int index_functions(const struct btf *btf, uint32_t first, struct map *functions,
			   struct map *ambiguous)
{
	const struct btf_type *t;
	const char *name;
	uint32_t i, other, n = btf__type_cnt(btf);

	for (i = first; i < n; i++) {
		t = btf__type_by_id(btf, i);
		if (!t || !btf_is_func(t))
			continue;
		name = btf__name_by_offset(btf, t->name_off);
		if (!name || !*name)
			continue;
		if (map_get(functions, name, &other) &&
		    btf__type_by_id(btf, other)->type != t->type && map_put(ambiguous, name, i))
			return -ENOMEM;
		if (map_put(functions, name, i))
			return -ENOMEM;
	}
	return 0;
}

/* Do the module's types continue those of this kernel? */
static bool names_fit(const struct btf *btf, const struct suture_types *base)
{
	uint32_t i, n = btf__type_cnt(btf), off;
	const struct btf_type *t;

	for (i = btf__type_cnt(base->btf); i < n; i++) {
		t = btf__type_by_id(btf, i);
		if (!t)
			return false;
		off = t->name_off;
		if (off && off < base->strings_size && base->strings[off - 1])
			return false;
		if (btf_is_func(t)) {
			t = btf__type_by_id(btf, t->type);
			if (!t || !btf_is_func_proto(t))
				return false;
		}
	}
	return true;
}

/*
 * libbpf declares btf__new_split() but Debian 12's does not have it: the only way
 * in for split BTF is a file name. Return NULL and set errno if it fails.
 */
static struct btf *parse_split(const void *data, size_t size, struct btf *base)
{
	struct btf *btf = NULL;
	char path[32];
	int fd, saved;

	fd = memfd_create("suture-btf", MFD_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (!write_all(fd, data, size)) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		btf = btf__parse_raw_split(path, base);
	}
	saved = errno;
	close(fd);
	errno = saved;
	return btf;
}

/*
 * prototypes_open() - read a module's BTF
 *
 * Return: 0, -ENOMEM, or another negative errno if it is damaged or does not
 * go with @base.
 */
int prototypes_open(struct arena *arena, const void *data, size_t size,
		    const struct suture_types *base, struct prototypes **out)
{
	struct prototypes *p = arena_zalloc(arena, 1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->base = base;
	p->functions.arena = arena;
	p->ambiguous.arena = arena;
	p->btf = parse_split(data, size, base->btf);
	if (!p->btf)
		return errno == ENOMEM ? -ENOMEM : -EINVAL;
	if (!names_fit(p->btf, base)) {
		prototypes_close(p);
		return -EINVAL;
	}
	if (index_functions(p->btf, btf__type_cnt(base->btf), &p->functions, &p->ambiguous)) {
		prototypes_close(p);
		return -ENOMEM;
	}
	*out = p;
	return 0;
}

void prototypes_close(struct prototypes *p)
{
	if (p)
		btf__free(p->btf);
}

bool prototypes_get(const struct prototypes *p, const char *name, struct prototype *proto)
{
	uint32_t id;

	if (map_get(&p->functions, name, &id))
		return read_prototype(p->btf, id, proto);
	return types_get(p->base, name, proto);
}

/* types_get() - prototype of a function of the kernel */
bool types_get(const struct suture_types *types, const char *name, struct prototype *proto)
{
	uint32_t id;

	return map_get(&types->functions, name, &id) && read_prototype(types->btf, id, proto);
}

static void read_signature(const struct btf *btf, const struct btf_type *proto,
			   struct pointer_args *sig)
{
	const struct btf_param *p = btf_params(proto);
	const struct btf_type *t, *ret = proto->type ? strip(btf, proto->type) : NULL;
	unsigned int i, n = btf_vlen(proto);

	sig->ret = return_kind(btf, proto->type);
	sig->answer = ret && (btf_kind(ret) == BTF_KIND_ENUM || btf_kind(ret) == BTF_KIND_ENUM64);
	/* A large result takes the first register. */
	if (ret && btf_is_composite(ret) && ret->size > 16)
		return;
	for (i = 0; i < n && i < INT_REGISTERS; i++) {
		t = p[i].type ? strip(btf, p[i].type) : NULL;
		/* Behind what takes no register, or two, the count is another. */
		if (!t || (btf_is_composite(t) && (t->size > 8 || !t->size)) ||
		    (btf_kind(t) == BTF_KIND_INT && t->size > 8) || btf_kind(t) == BTF_KIND_FLOAT)
			return;
		if (btf_kind(t) != BTF_KIND_PTR)
			continue;
		sig->pointers |= 1 << i;
		t = t->type ? strip(btf, t->type) : NULL;
		if (t && (btf_is_composite(t) || btf_kind(t) == BTF_KIND_PTR ||
			  btf_kind(t) == BTF_KIND_FWD || btf_kind(t) == BTF_KIND_FUNC_PROTO))
			sig->objects |= 1 << i;
		else if (t && (btf_kind(t) == BTF_KIND_INT || btf_kind(t) == BTF_KIND_ENUM))
			sig->numbers |= 1 << i;
	}
}

/*
 * prototypes_pointers() - which arguments of a function are pointers
 * @p:		the types of the module that it is in; NULL: it is the kernel's own
 * @types:	the kernel's types
 * @name:	its name; nothing is known if functions that differ share it
 * @sig:	where to put it
 */
bool prototypes_pointers(const struct prototypes *p, const struct suture_types *types,
			 const char *name, struct pointer_args *sig)
{
	const struct btf *btf = types->btf;
	const struct btf_type *t;
	uint32_t id;

	memset(sig, 0, sizeof(*sig));
	if (p && map_get(&p->functions, name, &id)) {
		if (map_get(&p->ambiguous, name, NULL))
			return false;
		btf = p->btf;
	} else if (!map_get(&types->functions, name, &id) ||
		   map_get(&types->ambiguous, name, NULL)) {
		return false;
	}
	t = btf__type_by_id(btf, id);
	t = t ? btf__type_by_id(btf, t->type) : NULL;
	if (!t || !btf_is_func_proto(t))
		return false;
	read_signature(btf, t, sig);
	return true;
}

static int parse_types(const char *path, const void *data, size_t size, struct suture_types *types,
		       struct suture_rewrite_error *err)
{
	const struct btf_header *h;
	const void *raw;
	uint32_t raw_size;

	types->btf = btf__new(data, size);
	if (!types->btf)
		return complain(err, ENOEXEC, "%s: damaged BTF: %s; get the file anew", path,
				strerror(errno));
	raw = btf__raw_data(types->btf, &raw_size);
	if (!raw)
		return complain_nomem(err, path);
	h = raw;
	types->strings = (const char *)raw + h->hdr_len + h->str_off;
	types->strings_size = h->str_len;
	types->functions.arena = &types->arena;
	types->ambiguous.arena = &types->arena;
	if (index_functions(types->btf, 1, &types->functions, &types->ambiguous))
		return complain_nomem(err, path);
	return 0;
}

int suture_types_open(const char *path, struct suture_types **out, struct suture_rewrite_error *err)
{
	struct suture_types *types;
	void *data, *vmlinux = NULL;
	const void *btf;
	size_t size, btf_size;
	int r;

	r = file_read(path, &data, &size, err);
	if (r)
		return r;
	types = calloc(1, sizeof(*types));
	if (!types)
		r = complain_nomem(err, path);
	else
		r = kernel_btf(path, data, size, &vmlinux, &btf, &btf_size, err);
	if (!r)
		r = parse_types(path, btf, btf_size, types, err);
	free(vmlinux);
	free(data);
	if (r) {
		suture_types_free(types);
		return r;
	}
	*out = types;
	return 0;
}

void suture_types_free(struct suture_types *types)
{
	if (!types)
		return;
	btf__free(types->btf);
	arena_free(&types->arena);
	free(types);
}
