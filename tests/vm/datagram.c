// SPDX-License-Identifier: GPL-2.0-only
/*
 * datagram.c - both ends of a stream of numbered UDP datagrams.
 *
 *   datagram tell ADDRESS PORT FILE [INTERFACE]	one each 10 ms, as long as FILE exists; to a
 *					multicast group through that interface
 *   datagram hear PORT FILE [GROUP INTERFACE]	how many have come stands in FILE.count; the group is
 *					joined once, at the beginning
 *
 * The socket is opened once: what happens to the interface meanwhile must not matter to it. Errors
 * of sending are none of a datagram's business.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int sock;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void put_count(const char *file, unsigned long count)
{
	char name[256], fresh[256];
	FILE *to;

	snprintf(name, sizeof(name), "%s.count", file);
	snprintf(fresh, sizeof(fresh), "%s.new", file);
	to = fopen(fresh, "w");
	if (!to)
		die(fresh);
	fprintf(to, "%lu\n", count);
	fclose(to);
	if (rename(fresh, name))
		die(name);
}

static int tell(const char *address, const char *port, const char *file, const char *interface)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	struct ip_mreqn group = { 0 };
	unsigned long n;

	if (inet_pton(AF_INET, address, &to.sin_addr) != 1)
		die(address);
	if (interface) {
		group.imr_ifindex = (int)if_nametoindex(interface);
		if (setsockopt(sock, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof(group)))
			die(interface);
	}
	for (n = 0; !access(file, F_OK); n++) {
		sendto(sock, &n, sizeof(n), MSG_DONTWAIT, (void *)&to, sizeof(to));
		usleep(10000);
	}
	return 0;
}

static int hear(const char *port, const char *file, const char *group, const char *interface)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
	struct pollfd p = { .fd = sock, .events = POLLIN };
	struct ip_mreqn join = { 0 };
	unsigned long n, count = 0;

	if (bind(sock, (void *)&at, sizeof(at)))
		die(port);
	if (group) {
		join.imr_ifindex = (int)if_nametoindex(interface);
		if (inet_pton(AF_INET, group, &join.imr_multiaddr) != 1 ||
		    setsockopt(sock, IPPROTO_IP, IP_ADD_MEMBERSHIP, &join, sizeof(join)))
			die(group);
	}
	put_count(file, 0);
	while (!access(file, F_OK))
		if (poll(&p, 1, 100) > 0 && recv(sock, &n, sizeof(n), 0) == sizeof(n))
			put_count(file, ++count);
	return 0;
}

int main(int argc, char **argv)
{
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		die("socket");
	if ((argc == 5 || argc == 6) && !strcmp(argv[1], "tell"))
		return tell(argv[2], argv[3], argv[4], argv[5]);
	if ((argc == 4 || argc == 6) && !strcmp(argv[1], "hear"))
		return hear(argv[2], argv[3], argv[4], argc == 6 ? argv[5] : NULL);
	fprintf(stderr, "usage: datagram tell ADDRESS PORT FILE [INTERFACE] | "
			"datagram hear PORT FILE [GROUP INTERFACE]\n");
	return 2;
}
