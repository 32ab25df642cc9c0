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
 */
struct bench_case {
	const char *name;
	void (*once)(void);
	void (*loop)(unsigned int times);
};

/* The cases of the driver, ended by one without a name; NULL takes them back. */
void bench_register(const struct bench_case *cases);

#endif /* BENCH_CALLER_H */
