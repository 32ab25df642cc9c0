// SPDX-License-Identifier: GPL-2.0-only
/*
 * soundtest.c - a small client of a sound card: reads all controls and writes them back,
 * plays, and records, with the bare ioctls.
 *
 *   soundtest CARD [OUT]
 *
 * What it plays first is a wave that wave.py knows, in a buffer that is started when it is full, so
 * that it comes out in one piece. Silence follows, as a device drops the last of what it has
 * fetched when it is stopped. OUT is the playback device's number, 0 by default. The exit status is
 * 0 only if everything was played and recorded.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sound/asound.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define RATE   44100
#define PERIOD 2048
#define BUFFER (4 * PERIOD)
#define WAVE   (2 * PERIOD)
/* How often a slow machine may be late. */
#define LATE 20

static int16_t frames[BUFFER][2];

static void die(const char *what)
{
	fprintf(stderr, "soundtest: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void call(int fd, const char *what, unsigned long request, void *data)
{
	int ret;

	do {
		ret = ioctl(fd, request, data);
	} while (ret && errno == EINTR);
	if (ret)
		die(what);
}

#define CALL(fd, request, data) call(fd, #request, SNDRV_##request, data)

static int node(const char *format, int card, int device)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), format, card, device);
	fd = open(path, O_RDWR);
	if (fd < 0)
		die(path);
	return fd;
}

/* Which values of a control are at their largest: volumes up, switches on. */
static void turn_up(const struct snd_ctl_elem_info *info, struct snd_ctl_elem_value *value)
{
	unsigned int i;

	if (!strstr((const char *)info->id.name, "Playback") ||
	    (info->type != SNDRV_CTL_ELEM_TYPE_BOOLEAN &&
	     info->type != SNDRV_CTL_ELEM_TYPE_INTEGER))
		return;
	for (i = 0; i < info->count; i++)
		value->value.integer.value[i] = info->value.integer.max;
}

static void controls(int card)
{
	struct snd_ctl_elem_list list = { 0 };
	struct snd_ctl_elem_value value;
	struct snd_ctl_elem_info info;
	unsigned int i, written = 0;
	int fd = node("/dev/snd/controlC%d", card, 0);

	CALL(fd, CTL_IOCTL_ELEM_LIST, &list);
	list.space = list.count;
	list.pids = calloc(list.count + 1, sizeof(*list.pids));
	if (!list.pids)
		die("memory");
	CALL(fd, CTL_IOCTL_ELEM_LIST, &list);
	for (i = 0; i < list.used; i++) {
		memset(&info, 0, sizeof(info));
		info.id = list.pids[i];
		CALL(fd, CTL_IOCTL_ELEM_INFO, &info);
		memset(&value, 0, sizeof(value));
		value.id = list.pids[i];
		if (!(info.access & SNDRV_CTL_ELEM_ACCESS_READ))
			continue;
		CALL(fd, CTL_IOCTL_ELEM_READ, &value);
		turn_up(&info, &value);
		if (info.access & SNDRV_CTL_ELEM_ACCESS_WRITE &&
		    !(info.access & SNDRV_CTL_ELEM_ACCESS_LOCK) &&
		    !ioctl(fd, SNDRV_CTL_IOCTL_ELEM_WRITE, &value))
			written++;
	}
	printf("%u controls read, %u written\n", list.used, written);
	close(fd);
}

static void mask_one(struct snd_pcm_hw_params *params, int which, unsigned int bit)
{
	struct snd_mask *mask = &params->masks[which - SNDRV_PCM_HW_PARAM_FIRST_MASK];

	memset(mask, 0, sizeof(*mask));
	mask->bits[bit / 32] = 1u << bit % 32;
}

static void interval_one(struct snd_pcm_hw_params *params, int which, unsigned int value)
{
	struct snd_interval *interval =
		&params->intervals[which - SNDRV_PCM_HW_PARAM_FIRST_INTERVAL];

	memset(interval, 0, sizeof(*interval));
	interval->min = interval->max = value;
	interval->integer = 1;
}

static void set_up(int fd)
{
	struct snd_pcm_hw_params hw = { 0 };
	struct snd_pcm_sw_params sw = { 0 };
	size_t i;

	memset(hw.masks, 0xff, sizeof(hw.masks));
	for (i = 0; i < sizeof(hw.intervals) / sizeof(hw.intervals[0]); i++)
		hw.intervals[i].max = UINT_MAX;
	hw.rmask = ~0u;
	mask_one(&hw, SNDRV_PCM_HW_PARAM_ACCESS, SNDRV_PCM_ACCESS_RW_INTERLEAVED);
	mask_one(&hw, SNDRV_PCM_HW_PARAM_FORMAT, SNDRV_PCM_FORMAT_S16_LE);
	mask_one(&hw, SNDRV_PCM_HW_PARAM_SUBFORMAT, SNDRV_PCM_SUBFORMAT_STD);
	interval_one(&hw, SNDRV_PCM_HW_PARAM_CHANNELS, 2);
	interval_one(&hw, SNDRV_PCM_HW_PARAM_RATE, RATE);
	interval_one(&hw, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, PERIOD);
	interval_one(&hw, SNDRV_PCM_HW_PARAM_BUFFER_SIZE, BUFFER);
	CALL(fd, PCM_IOCTL_HW_PARAMS, &hw);
	sw.period_step = 1;
	sw.avail_min = PERIOD;
	sw.start_threshold = INT_MAX;
	sw.stop_threshold = BUFFER;
	CALL(fd, PCM_IOCTL_SW_PARAMS, &sw);
	CALL(fd, PCM_IOCTL_PREPARE, NULL);
}

static void wave(void)
{
	uint32_t state = 1;
	int i;

	for (i = 0; i < WAVE; i++) {
		state = state * 1664525 + 1013904223;
		frames[i][0] = state >> 16;
		frames[i][1] = ~frames[i][0];
	}
}

static void play(int card, int device)
{
	struct snd_xferi transfer = { .buf = frames, .frames = BUFFER };
	int i, late = 0, fd = node("/dev/snd/pcmC%dD%dp", card, device);

	set_up(fd);
	CALL(fd, PCM_IOCTL_WRITEI_FRAMES, &transfer);
	CALL(fd, PCM_IOCTL_START, NULL);
	CALL(fd, PCM_IOCTL_DRAIN, NULL);
	/* And as other programs do it: on and on. */
	CALL(fd, PCM_IOCTL_PREPARE, NULL);
	for (i = 0; i < 8; i++) {
		transfer.frames = PERIOD;
		while (ioctl(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, &transfer)) {
			if (errno != EPIPE || ++late > LATE)
				die("writing");
			CALL(fd, PCM_IOCTL_PREPARE, NULL);
		}
		if (i == 3)
			ioctl(fd, SNDRV_PCM_IOCTL_START);
	}
	CALL(fd, PCM_IOCTL_DROP, NULL);
	printf("played, %d times late\n", late);
	close(fd);
}

static void capture(int card)
{
	struct snd_xferi transfer = { .buf = frames, .frames = PERIOD };
	int i, late = 0, fd = node("/dev/snd/pcmC%dD%dc", card, 0);

	set_up(fd);
	CALL(fd, PCM_IOCTL_START, NULL);
	for (i = 0; i < 6; i++) {
		while (ioctl(fd, SNDRV_PCM_IOCTL_READI_FRAMES, &transfer)) {
			if (errno != EPIPE || ++late > LATE)
				die("reading");
			CALL(fd, PCM_IOCTL_PREPARE, NULL);
			CALL(fd, PCM_IOCTL_START, NULL);
		}
	}
	CALL(fd, PCM_IOCTL_DROP, NULL);
	printf("recorded, %d times late\n", late);
	close(fd);
}

int main(int argc, char **argv)
{
	int card = argc > 1 ? atoi(argv[1]) : 0;

	wave();
	controls(card);
	play(card, argc > 2 ? atoi(argv[2]) : 0);
	capture(card);
	return 0;
}
