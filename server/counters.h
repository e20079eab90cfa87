/*
 * counters: the numbers of a worker's counters, one for each row of
 * counters.def; the engine has its own counters.
 */
#ifndef SERVER_COUNTERS_H
#define SERVER_COUNTERS_H

#include "base/counter.h"

enum worker_counter {
#define COUNTER(name, ...) WORKER_N_##name,
#include "server/counters.def"
#undef COUNTER
    WORKER_N_COUNTERS
};

#endif
