// SPDX-License-Identifier: GPL-2.0-only
/*
 * holder.c - a program that keeps a device file open and goes on using it.
 *
 *   holder watchdog DEVICE FILE	sets the timeout, pings, asks for all there is to ask
 *   holder random DEVICE FILE		reads random numbers; two reads are never alike
 *   holder leds DEVICE FILE		switches a keyboard's LEDs and reads them back
 *   holder terminal DEVICE FILE	writes lines that somebody at the other end sends back
 *
 * As long as FILE exists; FILE.count is "TURNS ERRORS WRONG". With SIGUSR1 a watchdog is
 * stopped, a terminal told to send a break, and either closed and opened again; everything else
 * keeps its file from the beginning to the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <linux/watchdog.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define TURN_US 100000
#define LINE_MS 1000
#define SECONDS 20

static unsigned int turns, errors, wrong;
static volatile sig_atomic_t reopen;

static void die(const char *what)
{
	fprintf(stderr, "holder: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void count(const char *file)
{
	char path[256], temporary[260], line[64];
	int fd, n;

	snprintf(path, sizeof(path), "%s.count", file);
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	n = snprintf(line, sizeof(line), "%u %u %u\n", turns, errors, wrong);
	if (fd < 0 || write(fd, line, n) != n)
		die(temporary);
	close(fd);
	rename(temporary, path);
}

static int failed(int result)
{
	if (result >= 0 || errno == EINTR)
		return 0;
	errors++;
	return 1;
}

static void watchdog(int *fd, const char *device)
{
	int seconds = SECONDS;

	if (reopen) {
		reopen = 0;
		failed(write(*fd, "V", 1));
		close(*fd);
		while ((*fd = open(device, O_RDWR)) < 0) {
			failed(-1);
			usleep(TURN_US);
		}
	}
	failed(ioctl(*fd, WDIOC_SETTIMEOUT, &seconds));
	failed(write(*fd, "\0", 1));
	seconds = 0;
	if (!failed(ioctl(*fd, WDIOC_GETTIMEOUT, &seconds)) && seconds != SECONDS)
		wrong++;
	/* Not every watchdog can tell. It never has more than it was given. */
	if (ioctl(*fd, WDIOC_GETTIMELEFT, &seconds)) {
		if (errno != EOPNOTSUPP)
			errors++;
	} else if (seconds > SECONDS + 1) {
		wrong++;
	}
	ioctl(*fd, WDIOC_GETSTATUS, &seconds);
	ioctl(*fd, WDIOC_GETBOOTSTATUS, &seconds);
}

static void randoms(int fd)
{
	static unsigned char last[64];
	unsigned char now[64];
	ssize_t n = read(fd, now, sizeof(now));

	if (failed(n))
		return;
	if (n >= 16 && !memcmp(last, now, 16))
		wrong++;
	memcpy(last, now, sizeof(last));
}

static void leds(int fd)
{
	struct input_event events[2] = {
		{ .type = EV_LED, .code = LED_CAPSL, .value = turns & 1 },
		{ .type = EV_SYN, .code = SYN_REPORT },
	};
	unsigned char lit[LED_CNT / 8 + 1] = { 0 };

	if (failed(write(fd, events, sizeof(events))))
		return;
	if (!failed(ioctl(fd, EVIOCGLED(sizeof(lit)), lit)) &&
	    (lit[0] >> LED_CAPSL & 1) != (turns & 1))
		wrong++;
}

/* Lines, not characters, without echo of its own; the speed changes with each turn. */
static struct termios setting(void)
{
	struct termios t = { .c_cflag = CS8 | CREAD | CLOCAL, .c_lflag = ICANON };

	t.c_cc[VMIN] = 1;
	cfsetspeed(&t, turns & 1 ? B115200 : B9600);
	return t;
}

static void line_back(int fd, const char *sent, size_t length)
{
	struct pollfd poll_in = { .fd = fd, .events = POLLIN };
	char line[64];
	ssize_t n;

	/* Lines that come late are those of earlier turns, and were counted then. */
	while (poll(&poll_in, 1, LINE_MS) == 1) {
		n = read(fd, line, sizeof(line));
		if (failed(n) || !n)
			return;
		if ((size_t)n == length && !memcmp(line, sent, length))
			return;
	}
	errors++;
}

static void terminal(int *fd, const char *device)
{
	struct termios want = setting(), have;
	int n, modem;
	char line[32];

	if (reopen) {
		reopen = 0;
		tcsendbreak(*fd, 0);
		close(*fd);
		while ((*fd = open(device, O_RDWR | O_NOCTTY)) < 0) {
			failed(-1);
			usleep(TURN_US);
		}
	}
	failed(tcsetattr(*fd, TCSANOW, &want));
	if (!failed(tcgetattr(*fd, &have)) && have.c_lflag != want.c_lflag)
		wrong++;
	/* Not every terminal has such lines. */
	if (!ioctl(*fd, TIOCMGET, &modem))
		ioctl(*fd, TIOCMSET, &modem);
	n = snprintf(line, sizeof(line), "turn %u of many\n", turns);
	if (!failed(write(*fd, line, n)))
		line_back(*fd, line, n);
}

static void on_signal(int signal)
{
	(void)signal;
	reopen = 1;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int fd;

	if (argc != 4) {
		fprintf(stderr, "usage: holder watchdog|random|leds|terminal DEVICE FILE\n");
		return 2;
	}
	sigaction(SIGUSR1, &action, NULL);
	fd = open(argv[2], (argv[1][0] == 'r' ? O_RDONLY : O_RDWR) | O_NOCTTY);
	if (fd < 0)
		die(argv[2]);
	while (!access(argv[3], F_OK)) {
		if (argv[1][0] == 'w')
			watchdog(&fd, argv[2]);
		else if (argv[1][0] == 'r')
			randoms(fd);
		else if (argv[1][0] == 't')
			terminal(&fd, argv[2]);
		else
			leds(fd);
		turns++;
		count(argv[3]);
		usleep(TURN_US);
	}
	if (argv[1][0] == 'w')
		failed(write(fd, "V", 1));
	close(fd);
	return 0;
}
