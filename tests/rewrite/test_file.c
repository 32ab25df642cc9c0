// SPDX-License-Identifier: GPL-2.0-only
/* test_file.c - reading what is compressed, and writing all or nothing. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

static void each_compression_is_read(void **state)
{
	static const char *const names[] = { PLAIN ".gz", PLAIN ".xz", PLAIN ".zst" };
	struct bytes plain = read_fixture(PLAIN), other;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		other = read_fixture(names[i]);
		assert_int_equal(other.size, plain.size);
		assert_memory_equal(other.data, plain.data, plain.size);
		free(other.data);
	}
	free(plain.data);
}

/* A truncated stream is damaged, wherever it ends. */
static void truncated_streams_are_refused(void **state)
{
	static const char *const names[] = { PLAIN ".gz", PLAIN ".xz", PLAIN ".zst" };
	struct suture_rewrite_error err;
	struct bytes packed;
	size_t i, size, out_size;
	void *out;
	int r;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		FILE *f = fopen(names[i], "rb");
		uint8_t raw[20000];

		assert_non_null(f);
		packed.data = raw;
		packed.size = fread(raw, 1, sizeof(raw), f);
		fclose(f);
		assert_in_range(packed.size, 100, sizeof(raw) - 1);
		for (size = 8; size < packed.size; size++) {
			/* Of its own size, so that a read too far is seen. */
			void *copy = malloc(size);

			memcpy(copy, raw, size);
			r = unpack_payload("x", copy, size, &out, &out_size, &err);
			free(copy);
			/* xz and gzip end with an index or a checksum. */
			assert_int_equal(r, -EBADMSG);
			assert_contains(err.text, "data is damaged");
		}
	}
}

static void missing_files_are_named(void **state)
{
	struct suture_rewrite_error err;
	struct bytes b;

	(void)state;
	assert_int_equal(file_read("/nonexistent/x.ko", &b.data, &b.size, &err), -ENOENT);
	assert_contains(err.text, "/nonexistent/x.ko: cannot open");
	assert_int_equal(file_read("/", &b.data, &b.size, &err), -EISDIR);
	assert_contains(err.text, "/: cannot read");
}

static int count_files(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void writing_is_all_or_nothing(void **state)
{
	char folder[] = "/tmp/suture-test-XXXXXX", path[64], taken[64];
	struct suture_guarded g = { .image = "image", .size = 5 };
	struct suture_rewrite_error err;
	struct bytes b;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/out.ko", folder);
	assert_int_equal(suture_guarded_write(&g, path, &err), 0);
	b = read_fixture(path);
	assert_int_equal(b.size, 5);
	assert_memory_equal(b.data, "image", 5);
	free(b.data);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0700, 0600);
	assert_int_equal(count_files(folder), 1);

	/* It cannot be renamed onto a folder: nothing of it may stay. */
	snprintf(taken, sizeof(taken), "%s/taken", folder);
	assert_int_equal(mkdir(taken, 0700), 0);
	assert_true(suture_guarded_write(&g, taken, &err) < 0);
	assert_contains(err.text, "taken: cannot write");
	assert_int_equal(count_files(folder), 2);
	snprintf(taken, sizeof(taken), "%s/no/such/folder.ko", folder);
	assert_int_equal(suture_guarded_write(&g, taken, &err), -ENOENT);

	snprintf(taken, sizeof(taken), "%s/taken", folder);
	assert_int_equal(rmdir(taken), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_compression_is_read),
		cmocka_unit_test(truncated_streams_are_refused),
		cmocka_unit_test(missing_files_are_named),
		cmocka_unit_test(writing_is_all_or_nothing),
	};

	return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}
