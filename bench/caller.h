/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * caller.h - what caller.ko, in the place of the kernel, calls in micro.ko.
 */
#ifndef BENCH_CALLER_H
#define BENCH_CALLER_H

/**
 * struct bench_case - one thing to measure
 * @name:	its name in the results
 * @once:	does it once, is called over and over; or NULL
 * @loop:	is called once and does it as often as it is told; or NULL
 * @live:	so many objects are held meanwhile; not measured
 */
struct bench_case {
	const char *name;
	void (*once)(void);
	void (*loop)(unsigned int times);
	unsigned int live;
};

/**
 * struct bench_driver - what caller.ko knows of micro.ko
 * @cases:	its cases, ended by one without a name
 * @hold:	acquires so many objects; returns how many it got
 * @drop:	releases so many
 */
struct bench_driver {
	const struct bench_case *cases;
	unsigned int (*hold)(unsigned int n);
	void (*drop)(unsigned int n);
};

/* The driver; NULL takes it back. */
void bench_register(const struct bench_driver *driver);

#endif /* BENCH_CALLER_H */
