// SPDX-License-Identifier: GPL-2.0-only
/*
 * mkbtf.c - write the types of the fixtures: those of a kernel, those of
 * fixtures/driver.S on top of them, and those of another kernel.
 *
 * usage: mkbtf KERNEL.BTF OTHER.BTF DRIVER.BTF
 */
#include <bpf/btf.h>
#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void write_btf(const struct btf *btf, const char *path)
{
	FILE *f = fopen(path, "w");
	const void *data;
	__u32 size;

	data = btf__raw_data(btf, &size);
	if (!f || !data || fwrite(data, 1, size, f) != size || fclose(f))
		err(1, "%s", path);
}

/* Types of arguments end with -1; 0 is "...". */
static void function(struct btf *btf, const char *name, int ret, ...)
{
	va_list types;
	int proto, type;

	proto = btf__add_func_proto(btf, ret);
	va_start(types, ret);
	while ((type = va_arg(types, int)) != -1)
		if (btf__add_func_param(btf, type ? "x" : "", type))
			errx(1, "%s", name);
	va_end(types);
	if (proto < 0 || btf__add_func(btf, name, BTF_FUNC_STATIC, proto) < 0)
		errx(1, "%s", name);
}

int main(int argc, char **argv)
{
	char name[32];
	int i, l, u, b, c, pointer, small, large, e, td;
	struct btf *kernel, *driver, *other;

	if (argc != 4)
		errx(2, "usage: mkbtf KERNEL.BTF OTHER.BTF DRIVER.BTF");
	kernel = btf__new_empty();
	i = btf__add_int(kernel, "int", 4, BTF_INT_SIGNED);
	l = btf__add_int(kernel, "long", 8, BTF_INT_SIGNED);
	u = btf__add_int(kernel, "unsigned int", 4, 0);
	b = btf__add_int(kernel, "_Bool", 1, BTF_INT_BOOL);
	c = btf__add_int(kernel, "char", 1, BTF_INT_SIGNED);
	c = btf__add_const(kernel, c);
	pointer = btf__add_ptr(kernel, c);
	small = btf__add_struct(kernel, "small", 16);
	btf__add_field(kernel, "a", l, 0, 0);
	btf__add_field(kernel, "b", l, 64, 0);
	e = btf__add_enum(kernel, "answer", 4);
	btf__add_enum_value(kernel, "YES", 1);
	td = btf__add_typedef(kernel, "answer_t", e);
	/* The driver's fx_poll has this prototype too, so it is left out there. */
	function(kernel, "fx_poll", td, pointer, i, -1);
	function(kernel, "api_alloc", pointer, l, u, -1);
	function(kernel, "api_free", 0, pointer, -1);
	function(kernel, "api_bool", b, -1);
	function(kernel, "api_long", l, small, -1);

	driver = btf__new_empty_split(kernel);
	large = btf__add_struct(driver, "large", 24);
	btf__add_field(driver, "a", small, 0, 0);
	btf__add_field(driver, "b", l, 128, 0);
	function(driver, "fx_init", i, -1);
	function(driver, "fx_exit", 0, -1);
	function(driver, "fx_open", i, pointer, l, -1);
	function(driver, "fx_close", 0, pointer, -1);
	function(driver, "fx_late", u, i, i, i, i, i, i, -1);
	function(driver, "fx_wide", l, l, l, l, l, l, l, l, l, -1);
	function(driver, "fx_variadic", i, pointer, 0, -1);
	function(driver, "fx_struct", i, large, -1);
	function(driver, "fx_large", large, i, -1);
	function(driver, "fx_pair", small, l, l, l, l, l, small, l, -1);
	function(driver, "fx_exported", b, -1);
	function(driver, "fx_wide_tail", i, i, i, i, i, i, i, i, i, -1);
	function(driver, "enter", pointer, -1);
	write_btf(kernel, argv[1]);
	write_btf(driver, argv[3]);
	btf__free(driver);

	/* As many types, but other names. */
	other = btf__new_empty();
	for (i = 1; i < (int)btf__type_cnt(kernel); i++) {
		snprintf(name, sizeof(name), "another_name_%d", i);
		btf__add_int(other, name, 4, 0);
	}
	write_btf(other, argv[2]);
	btf__free(other);
	btf__free(kernel);
	return 0;
}
