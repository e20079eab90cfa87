/*
 * options_check: what no option can say by itself: which ones need each other, exclude each other, or do nothing here.
 *
 * An option that would do nothing is refused: whoever gave it expects something of it.
 *
 * Threads: touches only what it is given.
 */
#ifndef BENCH_OPTIONS_CHECK_H
#define BENCH_OPTIONS_CHECK_H

#include "bench/options.h"

/* Whether the options go together; if not, `why` says in words what is wrong. */
MUST_USE bool options_agree(const struct options *, char *why, size_t n_why);

#endif
