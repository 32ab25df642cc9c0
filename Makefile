# SPDX-License-Identifier: GPL-2.0-only
# The two commands of a newcomer: `make demo` and `make check`.
