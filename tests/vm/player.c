// SPDX-License-Identifier: GPL-2.0-only
/*
 * player.c - a program that goes on playing while its card is recovered, and what it takes to
 * tell whether it was heard.
 *
 *   player play CARD DEVICE RATE FILE	plays as long as FILE exists; FILE.count is
 *					"FRAMES LATE SUSPENDED ERRORS REOPENED". SIGUSR1: close
 *					and open the stream; SIGUSR2: pause it for a moment
 *   player record CARD DEVICE RATE	opens, records four periods, closes
 *   player heard WAVE FROM TO		is there a piece of 8192 frames in the recording, bit for bit,
 *					that starts between these two?
 *   player controls CARD [back]	all controls and their values; back: write each again
 *   player spread CARD			what plays loudest, each other control a value of its own
 *
 * Each frame is unlike all others: its number, multiplied by an odd one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sound/asound.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PERIOD 1024
#define BUFFER (8 * PERIOD)
#define PIECE  8192
/* So often what fails is tried again, 0.1 s each. */
#define TRIES 100

static uint32_t frames[PERIOD];
static uint32_t now, late, suspended, errors, reopened;
static volatile sig_atomic_t reopen, hush;

static uint32_t frame(uint32_t n)
{
	return n * 2654435761u;
}

static void die(const char *what)
{
	fprintf(stderr, "player: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int call(int fd, unsigned long request, void *data)
{
	int ret;

	do {
		ret = ioctl(fd, request, data);
	} while (ret && errno == EINTR && !reopen && !hush);
	return ret;
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

/* Return: the stream, set up; -1 and errno. */
static int stream(int card, int device, char way, unsigned int rate)
{
	struct snd_pcm_hw_params hw = { 0 };
	struct snd_pcm_sw_params sw = { 0 };
	char path[64];
	size_t i;
	int fd, err;

	snprintf(path, sizeof(path), "/dev/snd/pcmC%dD%d%c", card, device, way);
	fd = open(path, O_RDWR);
	if (fd < 0)
		return -1;
	memset(hw.masks, 0xff, sizeof(hw.masks));
	for (i = 0; i < sizeof(hw.intervals) / sizeof(hw.intervals[0]); i++)
		hw.intervals[i].max = UINT_MAX;
	hw.rmask = ~0u;
	mask_one(&hw, SNDRV_PCM_HW_PARAM_ACCESS, SNDRV_PCM_ACCESS_RW_INTERLEAVED);
	mask_one(&hw, SNDRV_PCM_HW_PARAM_FORMAT, SNDRV_PCM_FORMAT_S16_LE);
	mask_one(&hw, SNDRV_PCM_HW_PARAM_SUBFORMAT, SNDRV_PCM_SUBFORMAT_STD);
	interval_one(&hw, SNDRV_PCM_HW_PARAM_CHANNELS, 2);
	interval_one(&hw, SNDRV_PCM_HW_PARAM_RATE, rate);
	interval_one(&hw, SNDRV_PCM_HW_PARAM_PERIOD_SIZE, PERIOD);
	interval_one(&hw, SNDRV_PCM_HW_PARAM_BUFFER_SIZE, BUFFER);
	sw.period_step = 1;
	sw.avail_min = PERIOD;
	sw.start_threshold = way == 'p' ? BUFFER : 1;
	sw.stop_threshold = BUFFER;
	if (!call(fd, SNDRV_PCM_IOCTL_HW_PARAMS, &hw) &&
	    !call(fd, SNDRV_PCM_IOCTL_SW_PARAMS, &sw) && !call(fd, SNDRV_PCM_IOCTL_PREPARE, NULL))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static int stream_again(int card, int device, unsigned int rate)
{
	int fd, tries = 0;

	while ((fd = stream(card, device, 'p', rate)) < 0) {
		errors++;
		if (++tries == TRIES)
			die("opening the stream again");
		usleep(100000);
	}
	return fd;
}

static void count(const char *file)
{
	char path[256], temporary[260], line[80];
	int fd, n;

	snprintf(path, sizeof(path), "%s.count", file);
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		die(temporary);
	n = snprintf(line, sizeof(line), "%u %u %u %u %u\n", now, late, suspended, errors,
		     reopened);
	if (write(fd, line, n) != n)
		die(temporary);
	close(fd);
	rename(temporary, path);
}

/* As alsa-lib's snd_pcm_recover(). */
static int recover(int fd, int card, int device, unsigned int rate)
{
	switch (errno) {
	case EPIPE:
		late++;
		break;
	case ESTRPIPE:
		suspended++;
		if (!call(fd, SNDRV_PCM_IOCTL_RESUME, NULL))
			return fd;
		break;
	default:
		errors++;
	}
	if (!call(fd, SNDRV_PCM_IOCTL_PREPARE, NULL))
		return fd;
	errors++;
	close(fd);
	return stream_again(card, device, rate);
}

static int play(int card, int device, unsigned int rate, const char *file)
{
	struct snd_xferi transfer = { .buf = frames, .frames = PERIOD };
	int i, fd = stream(card, device, 'p', rate);

	if (fd < 0)
		die("opening the stream");
	while (!access(file, F_OK)) {
		if (reopen) {
			reopen = 0;
			reopened++;
			close(fd);
			fd = stream_again(card, device, rate);
		}
		if (hush) {
			hush = 0;
			if (!call(fd, SNDRV_PCM_IOCTL_PAUSE, (void *)1)) {
				usleep(300000);
				call(fd, SNDRV_PCM_IOCTL_PAUSE, NULL);
			}
		}
		for (i = 0; i < PERIOD; i++)
			frames[i] = frame(now + i);
		if (!call(fd, SNDRV_PCM_IOCTL_WRITEI_FRAMES, &transfer)) {
			now += PERIOD;
			count(file);
		} else if (errno != EINTR) {
			fd = recover(fd, card, device, rate);
		}
	}
	count(file);
	call(fd, SNDRV_PCM_IOCTL_DROP, NULL);
	close(fd);
	return 0;
}

static int record(int card, int device, unsigned int rate)
{
	struct snd_xferi transfer = { .buf = frames, .frames = PERIOD };
	int i, fd = stream(card, device, 'c', rate);

	if (fd < 0)
		die("opening the stream");
	for (i = 0; i < 4; i++)
		if (call(fd, SNDRV_PCM_IOCTL_READI_FRAMES, &transfer) && errno != EPIPE)
			die("recording");
	call(fd, SNDRV_PCM_IOCTL_DROP, NULL);
	return close(fd);
}

static int heard(const char *path, uint32_t from, uint32_t to)
{
	static uint32_t piece[PIECE];
	/* The last minute is enough, and QEMU's samples begin at a multiple of a frame. */
	const off_t most = 60 * 48000 * 4;
	struct stat st;
	off_t start;
	char *data;
	ssize_t n;
	int i, fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		die(path);
	start = st.st_size > most ? (st.st_size - most) & ~3 : 0;
	data = malloc(most + 4);
	if (!data)
		die("memory");
	n = pread(fd, data, most, start);
	if (n < 0)
		die(path);
	for (; from + PIECE <= to; from += PIECE / 2) {
		for (i = 0; i < PIECE; i++)
			piece[i] = frame(from + i);
		if (memmem(data, n, piece, sizeof(piece))) {
			printf("frames from %u on were heard\n", from);
			return 0;
		}
	}
	printf("no piece was heard as it was played: frames to %u, recorded %lld bytes\n", to,
	       (long long)st.st_size);
	return 1;
}

/* ------------------------------------------------------------- controls */

/* What plays at its largest; to the others a value of their own, unlike their neighbours'. */
static void choose(const struct snd_ctl_elem_info *info, unsigned int n,
		   struct snd_ctl_elem_value *value)
{
	long low = info->value.integer.min, high = info->value.integer.max;
	bool loud = strstr((const char *)info->id.name, "Playback");
	unsigned int i;

	for (i = 0; i < info->count && i < 128; i++)
		if (info->type != SNDRV_CTL_ELEM_TYPE_BOOLEAN &&
		    info->type != SNDRV_CTL_ELEM_TYPE_INTEGER)
			break;
		else if (loud)
			value->value.integer.value[i] = high;
		else if (info->type == SNDRV_CTL_ELEM_TYPE_INTEGER)
			value->value.integer.value[i] = low + (3 * n + i) % (high - low + 1);
		else
			value->value.integer.value[i] = (n + i) & 1;
}

static void print_value(const struct snd_ctl_elem_info *info,
			const struct snd_ctl_elem_value *value)
{
	unsigned int i;

	printf("%s %u:", info->id.name, info->id.index);
	for (i = 0; i < info->count && i < 128; i++)
		switch (info->type) {
		case SNDRV_CTL_ELEM_TYPE_BOOLEAN:
		case SNDRV_CTL_ELEM_TYPE_INTEGER:
			printf(" %ld", value->value.integer.value[i]);
			break;
		case SNDRV_CTL_ELEM_TYPE_ENUMERATED:
			printf(" %u", value->value.enumerated.item[i]);
			break;
		default:
			printf(" %u", value->value.bytes.data[i]);
		}
	printf("\n");
}

static int controls(int card, bool back, bool spread)
{
	struct snd_ctl_elem_list list = { 0 };
	struct snd_ctl_elem_value value;
	struct snd_ctl_elem_info info;
	unsigned int i, failed = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/snd/controlC%d", card);
	fd = open(path, O_RDWR);
	if (fd < 0 || call(fd, SNDRV_CTL_IOCTL_ELEM_LIST, &list))
		die(path);
	list.space = list.count;
	list.pids = calloc(list.count + 1, sizeof(*list.pids));
	if (!list.pids || call(fd, SNDRV_CTL_IOCTL_ELEM_LIST, &list))
		die(path);
	for (i = 0; i < list.used; i++) {
		memset(&info, 0, sizeof(info));
		info.id = list.pids[i];
		memset(&value, 0, sizeof(value));
		value.id = list.pids[i];
		if (call(fd, SNDRV_CTL_IOCTL_ELEM_INFO, &info)) {
			failed++;
			continue;
		}
		if (!(info.access & SNDRV_CTL_ELEM_ACCESS_READ) ||
		    info.access & SNDRV_CTL_ELEM_ACCESS_VOLATILE)
			continue;
		if (call(fd, SNDRV_CTL_IOCTL_ELEM_READ, &value)) {
			failed++;
			continue;
		}
		if (spread)
			choose(&info, i, &value);
		if ((back || spread) && info.access & SNDRV_CTL_ELEM_ACCESS_WRITE &&
		    call(fd, SNDRV_CTL_IOCTL_ELEM_WRITE, &value) < 0)
			failed++;
		if (!spread)
			print_value(&info, &value);
	}
	close(fd);
	if (failed)
		fprintf(stderr, "player: %u controls failed\n", failed);
	return failed && !spread;
}

static void on_signal(int signal)
{
	if (signal == SIGUSR1)
		reopen = 1;
	else
		hush = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	if (argc == 6 && !strcmp(argv[1], "play"))
		return play(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]), argv[5]);
	if (argc == 5 && !strcmp(argv[1], "record"))
		return record(atoi(argv[2]), atoi(argv[3]), atoi(argv[4]));
	if (argc == 5 && !strcmp(argv[1], "heard"))
		return heard(argv[2], strtoul(argv[3], NULL, 0), strtoul(argv[4], NULL, 0));
	if (argc >= 3 && !strcmp(argv[1], "controls"))
		return controls(atoi(argv[2]), argc > 3, false);
	if (argc == 3 && !strcmp(argv[1], "spread"))
		return controls(atoi(argv[2]), false, true);
	fprintf(stderr, "player: what to do? See player.c\n");
	return 2;
}
