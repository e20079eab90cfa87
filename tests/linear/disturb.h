/*
 * disturb: what else goes on in the server while rounds are played.
 *
 * One thread stores, reads and deletes items of all sizes; one lets long values
 * grow; one is the operator who raises and lowers the limit and has pages moved,
 * those of the rounds' keys first of all.
 */
#ifndef TESTS_LINEAR_DISTURB_H
#define TESTS_LINEAR_DISTURB_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct disturb {
    const char *address;
    unsigned limit_mib; /* of the server: the operator goes down to three quarters of it */
    unsigned n_keys;    /* of the first: few, and nothing need be evicted */
    unsigned n_players; /* whose keys are hot0-0 to hot0-2, hot1-0 and so on */
    uint64_t seed;
    atomic_bool stop;
    _Atomic uint64_t n_resized, n_moves;
    pthread_t thread[3];
};

void disturb_begin(struct disturb *);
void disturb_end(struct disturb *);

#endif
