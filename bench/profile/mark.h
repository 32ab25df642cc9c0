/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * mark.h - the two instructions that counter.c waits for: nopl 0x53757430(%rax,%rax,1) and
 * nopl 0x53757431(%rax,%rax,1).
 */
#ifndef BENCH_MARK_H
#define BENCH_MARK_H

#define MARK_BEGIN 0x0f, 0x1f, 0x84, 0x00, 0x30, 0x74, 0x75, 0x53
#define MARK_END   0x0f, 0x1f, 0x84, 0x00, 0x31, 0x74, 0x75, 0x53

#endif /* BENCH_MARK_H */
