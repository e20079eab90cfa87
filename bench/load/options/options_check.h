/*
 * options_check: the rules between options: which need each other, exclude each other, or have no effect here.
 *
 * An option without effect is refused, since the user expects one from it.
 *
 * Threads: only reads its arguments.
 */
#ifndef BENCH_LOAD_OPTIONS_OPTIONS_CHECK_H
#define BENCH_LOAD_OPTIONS_OPTIONS_CHECK_H

#include "bench/load/options/options.h"

/* True if the options agree; if not, `why` has the reason. */
MUST_USE bool options_agree(const struct options *, char *why, size_t n_why);

#endif
