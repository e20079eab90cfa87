/*
 * pressure_level: what a reading of our surroundings means, as pure functions.
 *
 * A level follows from the share of the control group's limit that is used:
 *
 *   normal | warning | critical | emergency      -o pressure_warning, _critical, _emergency
 *        0.75      0.90       0.95
 *
 * and from waiting for memory: a tenth of the last ten seconds in which somebody
 * waited is a warning, one in which everybody did is critical.  Of a machine
 * that nobody has limited, waiting counts only as far as its memory is really
 * used up: a neighbour may wait for his own limit.
 *
 * Up, a level changes at once.  Down, one step at a time, each after LEVEL_CALM_S
 * in which everything stayed LEVEL_MARGIN below where the level begins: so it does not flap.
 *
 * Threads: none; the caller's memory.
 */
#ifndef SERVER_PRESSURE_PRESSURE_LEVEL_H
#define SERVER_PRESSURE_PRESSURE_LEVEL_H

#include "server/memory/memory_source.h"
#include "slab/store.h"

#define LEVEL_MARGIN        0.02
#define LEVEL_STALL_WARNING 0.10 /* of the time, somebody */
#define LEVEL_STALL_FULL    0.10 /* of the time, everybody */
enum { LEVEL_CALM_S = 3 };

struct level_rules {
    double warning, critical, emergency; /* shares, rising */
};

/* The level that a reading has by itself, everything being `margin` worse than it is. */
enum store_pressure level_of(const struct level_rules *, const struct memory_reading *, double margin);

/* A level with its past.  All zero to begin with. */
struct level {
    enum store_pressure now;
    uint64_t calm_since_ns; /* 0: it is not calm */
};

/* Takes a reading in; true if the level is another one now. */
bool level_take(struct level *, const struct level_rules *, const struct memory_reading *, uint64_t now_ns);

/* How much the store may have. */
struct level_limit {
    uint64_t wanted;  /* by the operator: -m */
    uint64_t least;   /* never less, whatever happens */
    uint64_t current; /* as it is */
    uint64_t taken;   /* bytes that the store has touched, pages and index */
    uint64_t unread;  /* of them, so many came while the reading was made, which may not have them in it */
};

/*
 * The limit for the store from here on: what is left until the group is three
 * quarters of the way from warning to critical is the store's to grow by, so it never causes the
 * rest by itself, however fast it fills.  At critical it may be less than is
 * taken, by a sixteenth a step, at emergency by an eighth; then pages go back to the kernel.
 * Where nobody but waiting presses, it is a 64th, down to half of what was wanted.
 */
uint64_t level_limit(const struct level_limit *, const struct level_rules *, const struct memory_reading *,
    enum store_pressure);

const char *level_name(enum store_pressure);

#endif
