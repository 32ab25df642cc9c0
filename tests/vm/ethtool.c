// SPDX-License-Identifier: GPL-2.0-only
/*
 * ethtool.c - asks an interface everything that ethtool(8) would, sets some of it, and
 * joins and leaves multicast groups.
 *
 *   ethtool INTERFACE	prints one line for each question
 *   ethtool INTERFACE all	also asks for, and sets, what few people use: each function that a driver
 *				may have is called, and all stays as it is
 *
 * "Not supported" is an answer. The exit status is 0 if at least the driver's name came.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/mii.h>
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

/* Reads with @get, writes the same with @set. */
static void ask_and_set(const char *what, void *data, __u32 get, __u32 set)
{
	__u32 *cmd = data;

	*cmd = get;
	if (ask(what, data))
		return;
	*cmd = set;
	ask(what, data);
}

static void ask_phy(void)
{
	struct ifreq ifr = { 0 };
	struct mii_ioctl_data *mii = (void *)&ifr.ifr_data;

	strncpy(ifr.ifr_name, interface, IFNAMSIZ - 1);
	if (!ioctl(sock, SIOCGMIIPHY, &ifr)) {
		mii->reg_num = MII_BMSR;
		ioctl(sock, SIOCGMIIREG, &ifr);
	}
}

static void ask_counts(void)
{
	struct {
		struct ethtool_sset_info info;
		__u32 count[32];
	} sets = { .info.cmd = ETHTOOL_GSSET_INFO, .info.sset_mask = 0xffff };
	int i;

	ask("sets of strings", &sets);
	for (i = ETH_SS_TEST; i <= ETH_SS_PRIV_FLAGS; i++) {
		struct ethtool_gstrings *names = calloc(1, sizeof(*names) + 256 * ETH_GSTRING_LEN);

		if (!names)
			exit(1);
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = (__u32)i;
		ask("strings", names);
		free(names);
	}
}

/* What a driver may switch in hardware, off and on. */
static void toggle(const char *what, __u32 get, __u32 set)
{
	struct ethtool_value value = { .cmd = get };
	__u32 was;

	if (ask(what, &value))
		return;
	was = value.data;
	value.cmd = set;
	value.data = !was;
	ask(what, &value);
	value.data = was;
	ask(what, &value);
}

static void everything(void)
{
	struct ethtool_coalesce coalesce = { 0 };
	struct ethtool_pauseparam pause = { 0 };
	struct ethtool_wolinfo wol = { 0 };
	struct ethtool_value value = { 0 };
	struct ethtool_channels channels = { 0 };
	struct ethtool_eee eee = { 0 };
	struct ethtool_ts_info stamps = { .cmd = ETHTOOL_GET_TS_INFO };
	struct ethtool_rxnfc rules = { .cmd = ETHTOOL_GRXRINGS };
	struct ethtool_rxfh hash = { .cmd = ETHTOOL_GRSSH };
	struct {
		struct ethtool_test test;
		__u64 data[32];
	} test = { .test.cmd = ETHTOOL_TEST, .test.len = 32 };
	struct ethtool_value blink = { .cmd = ETHTOOL_PHYS_ID, .data = 1 };
	struct {
		struct ethtool_link_settings base;
		__u32 masks[3 * 127];
	} link = { .base.cmd = ETHTOOL_GLINKSETTINGS };

	ask_and_set("coalescing", &coalesce, ETHTOOL_GCOALESCE, ETHTOOL_SCOALESCE);
	ask_and_set("pause", &pause, ETHTOOL_GPAUSEPARAM, ETHTOOL_SPAUSEPARAM);
	ask_and_set("wake on LAN", &wol, ETHTOOL_GWOL, ETHTOOL_SWOL);
	ask_and_set("message level", &value, ETHTOOL_GMSGLVL, ETHTOOL_SMSGLVL);
	ask_and_set("private flags", &value, ETHTOOL_GPFLAGS, ETHTOOL_SPFLAGS);
	ask_and_set("channels", &channels, ETHTOOL_GCHANNELS, ETHTOOL_SCHANNELS);
	ask_and_set("energy efficiency", &eee, ETHTOOL_GEEE, ETHTOOL_SEEE);
	ask("time stamps", &stamps);
	ask("receive rings", &rules);
	rules.cmd = ETHTOOL_GRXFH;
	rules.flow_type = TCP_V4_FLOW;
	ask("hash of flows", &rules);
	ask("hash", &hash);
	ask_counts();
	ask_phy();
	toggle("receive checksums", ETHTOOL_GRXCSUM, ETHTOOL_SRXCSUM);
	toggle("segmentation", ETHTOOL_GTSO, ETHTOOL_STSO);
	if (!ask("link settings", &link) && link.base.link_mode_masks_nwords < 0) {
		link.base.link_mode_masks_nwords = (__s8)-link.base.link_mode_masks_nwords;
		if (!ask("link settings", &link)) {
			link.base.cmd = ETHTOOL_SLINKSETTINGS;
			ask("link settings", &link);
		}
	}
	ask("blink", &blink);
	ask("self-test", &test);
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

	if (argc != 2 && (argc != 3 || strcmp(argv[2], "all") != 0)) {
		fprintf(stderr, "usage: ethtool INTERFACE [all]\n");
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
	if (argc == 3)
		everything();
	return 0;
}
