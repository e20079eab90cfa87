/*
 * disturb: other load on the server while rounds are played.
 *
 * One thread stores, reads and deletes items of all sizes.  One lets long values
 * grow.  One acts as the operator: it raises and lowers the limit and moves pages,
 * most often those of the rounds' keys.
 */
#ifndef TESTS_LINEAR_DISTURB_H
#define TESTS_LINEAR_DISTURB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct disturb {
    const char *address;
    unsigned limit_mib; /* of the server; the operator lowers it to three quarters at most */
    unsigned n_keys;    /* keys of the first thread: with few, no item need be evicted */
    unsigned n_players; /* whose keys are hot0-0 to hot0-2, hot1-0 and so on */
    uint64_t seed;
    atomic_bool stop;
    _Atomic uint64_t n_resized, n_moves;
    pthread_t thread[3];
};

void disturb_begin(struct disturb *);
void disturb_end(struct disturb *);

#endif
