/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prometheus.h - counters in the text format that Prometheus reads.
 */
#ifndef CLI_PROMETHEUS_H
#define CLI_PROMETHEUS_H

#include <stdio.h>

#include <jansson.h>

/* @stats: the answer of `suture stats -j`. */
void prometheus_print(FILE *to, const json_t *stats);

#endif /* CLI_PROMETHEUS_H */
