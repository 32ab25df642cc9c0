// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool.c - asks an interface everything that ethtool(8) would, sets some of it, and
 * joins and leaves multicast groups.
 *
 *   ethtool INTERFACE	prints one line for each question
 *
 * "Not supported" is an answer. The exit status is 0 if at least the driver's name came.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const char *interface;
static int sock;

static int ask(const char *what, void *data)
{
	struct ifreq ifr = { .ifr_data = data };
	int ret;

	strncpy(ifr.ifr_name, interface, IFNAMSIZ - 1);
	ret = ioctl(sock, SIOCETHTOOL, &ifr);
	printf("%s: %s\n", what, ret ? strerror(errno) : "ok");
	return ret ? -errno : 0;
}

static void ask_value(const char *what, __u32 cmd)
{
	struct ethtool_value value = { .cmd = cmd };

	ask(what, &value);
}

static void ask_registers(__u32 size)
{
	struct ethtool_regs *regs = calloc(1, sizeof(*regs) + size);

	if (!regs)
		exit(1);
	regs->cmd = ETHTOOL_GREGS;
	regs->len = size;
	ask("registers", regs);
	free(regs);
}

static void ask_eeprom(__u32 size)
{
	struct ethtool_eeprom *eeprom = calloc(1, sizeof(*eeprom) + size);

	if (!eeprom)
		exit(1);
	eeprom->cmd = ETHTOOL_GEEPROM;
	eeprom->len = size;
	ask("eeprom", eeprom);
	free(eeprom);
}

static void ask_statistics(__u32 count)
{
	struct ethtool_gstrings *names =
		calloc(1, sizeof(*names) + (size_t)count * ETH_GSTRING_LEN);
	struct ethtool_stats *stats = calloc(1, sizeof(*stats) + count * sizeof(__u64));

	if (!names || !stats)
		exit(1);
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = count;
	ask("names of statistics", names);
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = count;
	ask("statistics", stats);
	free(names);
	free(stats);
}

/* The driver programs its filter each time. */
static void multicast(void)
{
	struct ifreq ifr = { 0 };
	int i;

	for (i = 0; i < 40; i++) {
		memset(&ifr, 0, sizeof(ifr));
		strncpy(ifr.ifr_name, interface, IFNAMSIZ - 1);
		memcpy(ifr.ifr_hwaddr.sa_data, "\x01\x00\x5e\x01\x02", 5);
		ifr.ifr_hwaddr.sa_data[5] = (char)(i % 20);
		if (ioctl(sock, i < 20 ? SIOCADDMULTI : SIOCDELMULTI, &ifr)) {
			perror("multicast group");
			exit(1);
		}
	}
	for (i = 0; i < 2; i++) {
		memset(&ifr, 0, sizeof(ifr));
		strncpy(ifr.ifr_name, interface, IFNAMSIZ - 1);
		if (ioctl(sock, SIOCGIFFLAGS, &ifr))
			exit(1);
		ifr.ifr_flags ^= IFF_ALLMULTI;
		if (ioctl(sock, SIOCSIFFLAGS, &ifr)) {
			perror("all multicast");
			exit(1);
		}
	}
}

int main(int argc, char **argv)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_ringparam ring = { .cmd = ETHTOOL_GRINGPARAM };
	struct ethtool_coalesce coalesce = { .cmd = ETHTOOL_GCOALESCE };
	struct ethtool_pauseparam pause = { .cmd = ETHTOOL_GPAUSEPARAM };
	struct ethtool_wolinfo wol = { .cmd = ETHTOOL_GWOL };
	struct {
		struct ethtool_link_settings base;
		__u32 masks[3 * 127];
	} link = { .base.cmd = ETHTOOL_GLINKSETTINGS };

	if (argc != 2) {
		fprintf(stderr, "usage: ethtool INTERFACE\n");
		return 2;
	}
	interface = argv[1];
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || ask("driver", &info))
		return 1;
	printf("name: %s\n", info.driver);

	/* The first question says how many words a mask has, as a negative number. */
	if (!ask("link settings", &link) && link.base.link_mode_masks_nwords < 0) {
		link.base.link_mode_masks_nwords = (__s8)-link.base.link_mode_masks_nwords;
		link.base.cmd = ETHTOOL_GLINKSETTINGS;
		ask("link settings with masks", &link);
	}
	ask_value("link", ETHTOOL_GLINK);
	ask_value("message level", ETHTOOL_GMSGLVL);
	ask("wake on LAN", &wol);
	ask("coalescing", &coalesce);
	ask("pause", &pause);
	ask_registers(info.regdump_len);
	ask_eeprom(info.eedump_len < 128 ? info.eedump_len : 128);
	ask_statistics(info.n_stats);
	if (!ask("rings", &ring)) {
		ring.cmd = ETHTOOL_SRINGPARAM;
		ring.rx_pending = ring.rx_pending > 128 ? ring.rx_pending / 2 : ring.rx_pending;
		ask("shorter rings", &ring);
	}
	multicast();
	ask_value("negotiation", ETHTOOL_NWAY_RST);
	return 0;
}
