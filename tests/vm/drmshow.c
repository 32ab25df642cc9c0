// SPDX-License-Identifier: GPL-2.0-only
/*
 * drmshow.c - a program that shows a picture and draws it anew all the time: page flips, dirty
 * rectangles, a cursor that moves, modes that are asked for and set again, buffers that are made and
 * dropped. It opens the card once and keeps it.
 *
 *   drmshow DRIVER FOLDER
 *
 * In FOLDER it writes how many pictures it has drawn (count). While there is a file "still" it shows
 * the test picture, which is always the same, and does nothing else; then "shown" is there, too. With a
 * file "modes" it also sets the mode anew, switches the screen off and on, and asks for the modes.
 * It ends when there is a file "end", and at the first call that fails for good, as any program would.
 */
#include "drmcard.h"

#include <limits.h>
#include <time.h>

static const char *folder;
static uint32_t crtc, connector;
static struct drm_mode_modeinfo mode;
static struct buffer pages[2];
static unsigned int shown;

static char *path(const char *name)
{
	static char text[PATH_MAX];

	snprintf(text, sizeof(text), "%s/%s", folder, name);
	return text;
}

static int there(const char *name)
{
	return !access(path(name), F_OK);
}

static void count(unsigned long pictures)
{
	char text[32], *old;
	int fd, n;

	n = snprintf(text, sizeof(text), "%lu\n", pictures);
	fd = open(path("count.new"), O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		die("count");
	close(fd);
	old = strdup(path("count.new"));
	if (!old || rename(old, path("count")))
		die("count");
	free(old);
}

/* Frame 0 is the test picture: colour bars, a ramp, a grid. Others differ everywhere. */
static uint32_t pixel(uint32_t x, uint32_t y, uint32_t frame)
{
	static const uint32_t bars[8] = { 0xffffff, 0xffff00, 0x00ffff, 0x00ff00,
					  0xff00ff, 0xff0000, 0x0000ff, 0x000000 };
	uint32_t colour;

	if (!(x & 63) || !(y & 63))
		colour = 0x808080;
	else if (y < mode.vdisplay * 2U / 3)
		colour = bars[x * 8 / mode.hdisplay];
	else
		colour = x * 255 / mode.hdisplay << 16 | y * 255 / mode.vdisplay << 8 | (x ^ y);
	return colour ^ frame * 0x030507U;
}

static void draw(struct buffer *b, uint32_t frame)
{
	uint32_t x, y;

	for (y = 0; y < mode.vdisplay; y++)
		for (x = 0; x < mode.hdisplay; x++)
			b->pixels[y * b->dumb.pitch / 4 + x] = pixel(x, y, frame);
}

static void set_mode(const struct buffer *b)
{
	struct drm_mode_crtc set = { .crtc_id = crtc };

	if (b) {
		set.fb_id = b->id;
		set.set_connectors_ptr = user(&connector);
		set.count_connectors = 1;
		set.mode = mode;
		set.mode_valid = 1;
	}
	CALL(MODE_SETCRTC, &set);
}

static void dirty(const struct buffer *b)
{
	struct drm_clip_rect clip = { 0, 0, mode.hdisplay, mode.vdisplay };
	struct drm_mode_fb_dirty_cmd cmd = { .fb_id = b->id,
					     .num_clips = 1,
					     .clips_ptr = user(&clip) };
	int ret;

	do {
		ret = ioctl(card, DRM_IOCTL_MODE_DIRTYFB, &cmd);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	if (ret && errno != ENOSYS)
		die("MODE_DIRTYFB");
}

static void show(uint32_t frame)
{
	struct buffer *next = &pages[++shown & 1];
	struct drm_mode_crtc_page_flip flip = { .crtc_id = crtc,
						.fb_id = next->id,
						.flags = DRM_MODE_PAGE_FLIP_EVENT };

	draw(next, frame);
	CALL(MODE_PAGE_FLIP, &flip);
	await_flip();
	dirty(next);
}

/* Asked for as a desktop does when a screen is plugged in: with a probe, then the modes. */
static void get_modes(void)
{
	struct drm_mode_get_connector conn = { .connector_id = connector };
	static struct drm_mode_modeinfo modes[128];
	static uint32_t chosen;
	uint32_t i, n;

	CALL(MODE_GETCONNECTOR, &conn);
	n = conn.count_modes < 128 ? conn.count_modes : 128;
	conn.count_props = 0;
	conn.count_encoders = 0;
	conn.count_modes = n;
	conn.modes_ptr = user(modes);
	CALL(MODE_GETCONNECTOR, &conn);
	/* The smallest that is no toy: it is drawn by an emulated processor. */
	for (i = 0; !chosen && i < n; i++)
		if (modes[i].hdisplay >= 640 &&
		    (!mode.hdisplay || modes[i].hdisplay < mode.hdisplay))
			mode = modes[i];
	chosen = mode.hdisplay;
}

/* A cursor that moves, of a buffer of its own that is dropped again. Not all cards have one. */
static void cursor(unsigned int n)
{
	struct drm_mode_cursor c = { .flags = DRM_MODE_CURSOR_BO, .crtc_id = crtc };
	static int lacks;
	struct buffer b = { 0 };
	int ret;

	buffer_make(&b, 64, 64);
	memset(b.pixels, (int)n, 64UL * b.dumb.pitch);
	c.width = 64;
	c.height = 64;
	c.handle = b.dumb.handle;
	do {
		ret = lacks ? 0 : ioctl(card, DRM_IOCTL_MODE_CURSOR, &c);
	} while (ret && (errno == EINTR || errno == EAGAIN));
	lacks = lacks || (ret && (errno == ENXIO || errno == ENOSYS));
	if (ret && !lacks)
		die("MODE_CURSOR");
	if (!lacks) {
		c.flags = DRM_MODE_CURSOR_MOVE;
		c.x = (int)(n * 5 % 100);
		c.y = (int)(n * 3 % 100);
		CALL(MODE_CURSOR, &c);
		c.flags = DRM_MODE_CURSOR_BO;
		c.handle = 0;
		CALL(MODE_CURSOR, &c);
	}
	buffer_drop(&b);
}

/* Somebody else opens the card for a moment. */
static void visitor(const char *name)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	struct drm_mode_card_res res = { .count_crtcs = 8,
					 .count_connectors = 8,
					 .count_encoders = 8 };
	const struct timespec pause = { 0, 20000000 };
	uint32_t crtcs[8], connectors[8], encoders[8];
	unsigned long pictures;
	char name[32], node[64] = "", link[32];

	if (argc != 3) {
		fputs("usage: drmshow DRIVER FOLDER\n", stderr);
		return 2;
	}
	folder = argv[2];
	card_open(argv[1], name, sizeof(name));
	snprintf(link, sizeof(link), "/proc/self/fd/%d", card);
	if (readlink(link, node, sizeof(node) - 1) < 0)
		die(link);
	res.crtc_id_ptr = user(crtcs);
	res.connector_id_ptr = user(connectors);
	res.encoder_id_ptr = user(encoders);
	CALL(MODE_GETRESOURCES, &res);
	errno = ENODEV;
	if (!res.count_crtcs || !res.count_connectors)
		die("no screen");
	crtc = crtcs[0];
	connector = connectors[0];
	get_modes();
	errno = ENOENT;
	if (!mode.hdisplay)
		die("no mode");
	buffer_make(&pages[0], mode.hdisplay, mode.vdisplay);
	buffer_make(&pages[1], mode.hdisplay, mode.vdisplay);
	draw(&pages[0], 0);
	set_mode(&pages[0]);

	for (pictures = 1; !there("end"); pictures++) {
		if (there("still")) {
			show(0);
			close(open(path("shown"), O_WRONLY | O_CREAT, 0644));
			while (there("still"))
				nanosleep(&pause, NULL);
			unlink(path("shown"));
		}
		show((uint32_t)pictures);
		cursor((unsigned int)pictures);
		if (there("modes")) {
			get_modes();
			set_mode(NULL);
			set_mode(&pages[shown & 1]);
			visitor(node);
		}
		count(pictures);
		nanosleep(&pause, NULL);
	}
	printf("drmshow: %s, %ux%u, %lu pictures\n", name, mode.hdisplay, mode.vdisplay, pictures);
	return 0;
}
