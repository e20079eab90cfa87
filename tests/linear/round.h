/*
 * round: some clients use one key for a short time; the result is a history.
 *
 * A round begins without the item.  The first client makes one.  Then all clients
 * send at once: each a few commands, alone or several in one write, and after the
 * replies some more.  One thread plays all clients of a round, because only the
 * server's threads have to be concurrent.
 *
 * The remaining time to live of an item with a known expiry shows the server's
 * second, before and after.
 */
#ifndef TESTS_LINEAR_ROUND_H
#define TESTS_LINEAR_ROUND_H

#include "tests/linear/history.h"
#include "tests/linear/maker.h"
#include "tests/linear/peer.h"

enum { ROUND_CLIENTS = 8 };

struct round_client {
    struct peer peer;
    int left; /* commands that it still has to send in this phase */
    int n_waiting, waiting[HISTORY_MAX];
};

struct round_clients {
    int n;
    char clock_key[32]; /* the item that shows the server's second */
    bool pins_clock;    /* otherwise it might be evicted */
    uint64_t began;
    struct round_client client[ROUND_CLIENTS];
};

struct round {
    struct maker maker;
    struct history history;
    int64_t second;  /* the server's, when it was last read */
    bool clock_lost; /* it could not be read, so the round proves nothing */
};

void round_connect(struct round_clients *, const char *address, int n, const char *clock_key, bool pin);
void round_hang_up(struct round_clients *);

/* The parts of a round, in this order; the middle one repeats as long as the history has space. */
void round_begin(struct round_clients *, struct round *, enum maker_theme, const char *key);
void round_phase(struct round_clients *, struct round *, int each);

/* Between two phases, after a time without commands. */
void round_read_clock(struct round_clients *, struct round *);

void round_end(struct round_clients *, struct round *);

#endif
