/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * selftest.h - Suture proves its own mechanism before it takes a driver.
 */
#ifndef SUTURE_SELFTEST_H
#define SUTURE_SELFTEST_H

int suture_selftest_start(void);

#endif /* SUTURE_SELFTEST_H */
