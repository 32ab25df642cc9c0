/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * wide.h - what wide_export.ko gives to wide_import.ko: a function with more arguments
 * than registers, and a pointer to another one.
 */
#ifndef WIDE_H
#define WIDE_H

/* Return: the arguments as the digits of a number; 88888888 crashes. */
long wide_digits(long a, int b, long c, unsigned char d, long e, long f, long g, short h);

typedef long (*wide_fn)(long a, int b, long c, unsigned char d, long e, long f, long g, short h);
extern const wide_fn wide_pointer;

#endif /* WIDE_H */
