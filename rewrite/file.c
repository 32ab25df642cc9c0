// SPDX-License-Identifier: GPL-2.0-only
/*
 * file.c - files in and out: reading them whole, unpacking what is compressed,
 * writing an image so that it is complete or not there.
 */
#include <fcntl.h>
#include <limits.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "internal.h"

/*
 * No module and no vmlinux is as large. A small file can unpack to any size;
 * this is where that ends.
 */
#define MAX_SIZE ((size_t)1 << 30)

struct output {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

/* Make room for more; 0, -ENOMEM or -EFBIG. */
static int output_grow(struct output *out)
{
	size_t capacity = out->capacity ? out->capacity * 2 : 1 << 20;
	uint8_t *data;

	if (out->capacity >= MAX_SIZE)
		return -EFBIG;
	data = realloc(out->data, capacity);
	if (!data)
		return -ENOMEM;
	out->data = data;
	out->capacity = capacity;
	return 0;
}

static int unpack_zlib(const uint8_t *in, size_t size, struct output *out)
{
	z_stream z = { 0 };
	int r = 0, status = Z_OK;

	if (size > UINT_MAX)
		return -EFBIG;
	if (inflateInit2(&z, 15 + 32) != Z_OK)
		return -ENOMEM;
	z.next_in = (uint8_t *)in;
	z.avail_in = size;
	while (status != Z_STREAM_END) {
		if (out->size == out->capacity) {
			r = output_grow(out);
			if (r)
				break;
		}
		z.next_out = out->data + out->size;
		z.avail_out = out->capacity - out->size;
		status = inflate(&z, Z_NO_FLUSH);
		out->size = out->capacity - z.avail_out;
		if (status != Z_OK && status != Z_STREAM_END) {
			r = -EBADMSG;
			break;
		}
	}
	inflateEnd(&z);
	return r;
}

static int unpack_lzma(const uint8_t *in, size_t size, struct output *out)
{
	lzma_stream x = LZMA_STREAM_INIT;
	lzma_ret status = LZMA_OK;
	int r = 0;

	if (lzma_auto_decoder(&x, MAX_SIZE, 0) != LZMA_OK)
		return -ENOMEM;
	x.next_in = in;
	x.avail_in = size;
	while (status != LZMA_STREAM_END) {
		if (out->size == out->capacity) {
			r = output_grow(out);
			if (r)
				break;
		}
		x.next_out = out->data + out->size;
		x.avail_out = out->capacity - out->size;
		status = lzma_code(&x, LZMA_RUN);
		out->size = out->capacity - x.avail_out;
		if (status != LZMA_OK && status != LZMA_STREAM_END) {
			r = status == LZMA_MEM_ERROR ? -ENOMEM : -EBADMSG;
			break;
		}
	}
	lzma_end(&x);
	return r;
}

static int unpack_zstd(const uint8_t *in, size_t size, struct output *out)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	ZSTD_inBuffer input = { in, size, 0 };
	ZSTD_outBuffer output;
	size_t status = 1;
	int r = 0;

	if (!z)
		return -ENOMEM;
	while (status) {
		if (out->size == out->capacity) {
			r = output_grow(out);
			if (r)
				break;
		}
		output = (ZSTD_outBuffer){ out->data, out->capacity, out->size };
		status = ZSTD_decompressStream(z, &output, &input);
		/* No progress with room left: the input ends too early. */
		if (ZSTD_isError(status) ||
		    (status && input.pos == input.size && output.pos < output.size)) {
			r = -EBADMSG;
			break;
		}
		out->size = output.pos;
	}
	ZSTD_freeDStream(z);
	return r;
}

static const struct {
	const char *name;
	const char *magic;
	size_t length;
	int (*unpack)(const uint8_t *in, size_t size, struct output *out);
} packers[] = {
	{ "gzip", "\x1f\x8b", 2, unpack_zlib },
	{ "xz",
	  "\xfd"
	  "7zXZ",
	  6, unpack_lzma },
	{ "lzma", "\x5d\0\0", 3, unpack_lzma },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, unpack_zstd },
};

/*
 * unpack_payload() - unpack @data if it is compressed
 *
 * Return: 1 if @out is the unpacked data (to be freed), 0 if @data is not
 * compressed, or a negative errno.
 */
int unpack_payload(const char *path, const void *data, size_t size, void **unpacked,
		   size_t *unpacked_size, struct suture_rewrite_error *err)
{
	struct output out = { 0 };
	size_t i;
	int r;

	for (i = 0; i < ARRAY_SIZE(packers); i++)
		if (size >= packers[i].length && !memcmp(data, packers[i].magic, packers[i].length))
			break;
	if (i == ARRAY_SIZE(packers))
		return 0;
	r = packers[i].unpack(data, size, &out);
	if (!r) {
		*unpacked = out.data;
		*unpacked_size = out.size;
		return 1;
	}
	free(out.data);
	if (r == -ENOMEM)
		return complain_nomem(err, path);
	if (r == -EFBIG)
		return complain(
			err, EFBIG,
			"%s: %s data is too large: more than %zu bytes when unpacked; give a kernel module",
			path, packers[i].name, MAX_SIZE);
	return complain(err, EBADMSG, "%s: %s data is damaged; get the file anew", path,
			packers[i].name);
}

static int read_descriptor(int fd, struct output *out)
{
	ssize_t n;
	int r;

	do {
		if (out->size == out->capacity) {
			r = output_grow(out);
			if (r)
				return r;
		}
		n = read(fd, out->data + out->size, out->capacity - out->size);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			out->size += n;
	} while (n);
	return 0;
}

/* file_read() - read a file and unpack it; free(@data) in the end */
int file_read(const char *path, void **data, size_t *size, struct suture_rewrite_error *err)
{
	struct output out = { 0 };
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return complain(err, errno, "%s: cannot open: %s; check the name", path,
				strerror(errno));
	r = read_descriptor(fd, &out);
	close(fd);
	if (r) {
		free(out.data);
		return complain(err, -r, "%s: cannot read: %s", path, strerror(-r));
	}
	r = unpack_payload(path, out.data, out.size, data, size, err);
	if (r) {
		free(out.data);
		return r < 0 ? r : 0;
	}
	*data = out.data;
	*size = out.size;
	return 0;
}

int write_all(int fd, const uint8_t *data, size_t size)
{
	ssize_t n;

	while (size) {
		n = write(fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		size -= n;
	}
	return 0;
}

/* file_write() - write a file beside @path, then give it this name */
int file_write(const char *path, const void *data, size_t size, struct suture_rewrite_error *err)
{
	char temporary[PATH_MAX];
	mode_t mask;
	int fd, r;

	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >= (int)sizeof(temporary))
		return complain(err, ENAMETOOLONG, "%s: name is too long; choose a shorter one",
				path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return complain(err, errno,
				"%s: cannot create a file beside it: %s; check the directory", path,
				strerror(errno));
	/* mkstemp() makes it private; these files are to be read by all. */
	mask = umask(0);
	umask(mask);
	r = write_all(fd, data, size);
	if (!r && fchmod(fd, 0644 & ~mask))
		r = -errno;
	if (!r && fsync(fd))
		r = -errno;
	if (close(fd) && !r)
		r = -errno;
	if (!r && rename(temporary, path))
		r = -errno;
	if (r) {
		unlink(temporary);
		return complain(err, -r, "%s: cannot write: %s; nothing was left there", path,
				strerror(-r));
	}
	return 0;
}

int suture_guarded_write(const struct suture_guarded *guarded, const char *path,
			 struct suture_rewrite_error *err)
{
	return file_write(path, guarded->image, guarded->size, err);
}
