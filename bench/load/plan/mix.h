/*
 * mix: a client's next request: sets and gets by --ratio, keys by --key-pattern, with sizes and expiry times.
 *
 * Threads: a struct mix is read-only once it is made; a struct mix_client and the
 *          random numbers that it points to belong to its thread.
 */
#ifndef BENCH_LOAD_PLAN_MIX_H
#define BENCH_LOAD_PLAN_MIX_H

#include "bench/load/plan/ask.h"
#include "bench/load/plan/keys.h"
#include "bench/load/options/options.h"
#include "bench/load/plan/random.h"
#include "bench/load/plan/sizes.h"
#include "bench/load/plan/values.h"

struct mix {
    const struct options *o;
    struct keys keys;
    struct sizes sizes;
    struct values values;
    uint32_t keys_per_get;
    uint64_t n_clients;
};

struct mix_client {
    struct random *random; /* its own, or its thread's */
    struct random own;
    struct keys_place set_place, get_place;
    uint64_t at;      /* position in the cycle of --ratio */
    uint64_t n_sets;  /* since the last WAIT */
    uint64_t n_waits; /* WAITs that are due now */
    uint64_t left;    /* requests left to send */
};

struct mix_request {
    enum ask ask;
    uint32_t n_keys;
    size_t n_value;                  /* of a set */
    uint64_t expiry_s;               /* of a set */
    uint64_t n_replicas, timeout_ms; /* of a wait */
};

enum mix_result { MIX_OK, MIX_NO_LIST, MIX_NO_MEMORY }; /* the errors of sizes.h */

MUST_USE enum mix_result mix_init(struct mix *, const struct options *);
void mix_fini(struct mix *);

/* Initializes client `me`; `shared` is its thread's random numbers, used unless the client has its own. */
void mix_client_init(
    const struct mix *, struct mix_client *, uint64_t me, uint64_t seed, struct random *shared);

/* Chooses the next request and writes the numbers of its keys to `numbers`, which must be large enough. */
void mix_next(const struct mix *, struct mix_client *, struct mix_request *, uint64_t *numbers);

#endif
