/*
 * pressure_level: the pressure level of a reading, as pure functions.
 *
 * A level follows from the used share of the control group's limit:
 *
 *   normal | warning | critical | emergency      -o pressure_warning, _critical, _emergency
 *        0.75      0.90       0.95
 *
 * and from waiting for memory: if some thread waited for a tenth of the last ten
 * seconds, the level is warning; if all threads did, it is critical.  On a machine
 * without a limit on our group, waiting counts only as far as the machine's memory is
 * really used, because a process in another group may wait for its own limit.
 *
 * A level rises immediately.  It falls one step at a time, each after LEVEL_CALM_S during which
 * everything stayed LEVEL_MARGIN below the begin of the level, so that it does not flap.
 *
 * Threads: none; the caller's memory.
 */
#ifndef SERVER_PRESSURE_PRESSURE_LEVEL_H
#define SERVER_PRESSURE_PRESSURE_LEVEL_H

#include "server/memory/memory_source.h"
#include "slab/store.h"

#define LEVEL_MARGIN        0.02
#define LEVEL_STALL_WARNING 0.10 /* share of the time that some thread waited */
#define LEVEL_STALL_FULL    0.10 /* share of the time that all threads waited */
enum { LEVEL_CALM_S = 3 };

struct level_rules {
    double warning, critical, emergency; /* shares, in rising order */
};

/* The level of this reading alone, if all values were `margin` higher. */
enum store_pressure level_of(const struct level_rules *, const struct memory_reading *, double margin);

/* A level and its history.  All zero to begin with. */
struct level {
    enum store_pressure now;
    uint64_t calm_since_ns; /* 0: it is not calm */
};

/* Adds a reading; true if the level has changed. */
bool level_take(struct level *, const struct level_rules *, const struct memory_reading *, uint64_t now_ns);

/* The values from which the store's limit follows. */
struct level_limit {
    uint64_t wanted;  /* by the operator: -m */
    uint64_t least;   /* never less than this */
    uint64_t current; /* the limit now */
    uint64_t taken;   /* bytes that the store has touched, pages and index */
    uint64_t unread;  /* bytes of `taken` that were added during the reading, which may not include them */
};

/*
 * The next limit of the store.  The store may grow by the bytes that are left until the group is
 * three quarters of the way from warning to critical, so it never causes the next levels by
 * itself, however fast it fills.  At critical the limit may be less than the memory in use, by a
 * sixteenth a step, at emergency by an eighth; the pages then return to the kernel.  If only
 * waiting causes the level, the step is a 64th, down to half of `wanted`.
 */
uint64_t level_limit(const struct level_limit *, const struct level_rules *, const struct memory_reading *,
    enum store_pressure);

const char *level_name(enum store_pressure);

#endif
