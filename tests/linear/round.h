/*
 * round: some clients at one key, for a short while, and a history of it.
 *
 * A round begins without the item.  The first client makes one, then all send
 * at once: each a few commands, alone or several in one write, and when these are
 * answered some more.  One thread plays all clients of a round; that their
 * commands meet is up to the server's threads.
 *
 * What the server's second is, an item with a known expiry tells, before and
 * after.
 */
#ifndef TESTS_LINEAR_ROUND_H
#define TESTS_LINEAR_ROUND_H

#include "tests/linear/history.h"
#include "tests/linear/maker.h"
#include "tests/linear/peer.h"

enum { ROUND_CLIENTS = 8 };

struct round_client {
    struct peer peer;
    int left; /* commands that it is still to send in this phase */
    int n_waiting, waiting[HISTORY_MAX];
};

struct round_clients {
    int n;
    char clock_key[32]; /* the item that tells the second */
    bool pins_clock;    /* or it would be evicted */
    uint64_t began;
    struct round_client client[ROUND_CLIENTS];
};

struct round {
    struct maker maker;
    struct history history;
    int64_t second;  /* the server's, when it was last asked for */
    bool clock_lost; /* it could not be had: the round says nothing */
};

void round_connect(struct round_clients *, const char *address, int n, const char *clock_key, bool pin);
void round_hang_up(struct round_clients *);

/* The parts of a round, in this order; the middle one as often as there is room in the history. */
void round_begin(struct round_clients *, struct round *, enum maker_theme, const char *key);
void round_phase(struct round_clients *, struct round *, int each);

/* Between two phases, after a while in which nothing was done. */
void round_read_clock(struct round_clients *, struct round *);

void round_end(struct round_clients *, struct round *);

#endif
