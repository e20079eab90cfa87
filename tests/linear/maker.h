/*
 * maker: makes the commands of a round, according to its theme.
 *
 * A theme is a mix of commands that may conflict.  Each value that is stored has a
 * beginning of its own, so that a reply shows which write it is from.
 */
#ifndef TESTS_LINEAR_MAKER_H
#define TESTS_LINEAR_MAKER_H

#include "tests/linear/op.h"

enum maker_theme {
    MAKER_COUNT,  /* arithmetic concurrent with touches and reads */
    MAKER_TEXT,   /* all commands that store, compare or delete */
    MAKER_STALE,  /* invalidation, winners, late writers */
    MAKER_VIVIFY, /* misses that make an item */
    MAKER_LARGE,  /* long values that grow while they are touched */
    MAKER_ALL,
    MAKER_EXPIRY, /* items that expire after a second or two; for rounds that last longer */
    MAKER_THEMES
};

enum { MAKER_CAS = 8 };

struct maker {
    uint64_t random;
    enum maker_theme theme;
    bool pinned; /* only commands whose items are never evicted */
    char key[32];
    uint64_t cas[MAKER_CAS]; /* numbers that replies have shown in this round */
    unsigned n_cas, n_values;
};

const char *maker_theme_name(enum maker_theme);

uint64_t maker_random(struct maker *);

/* Begins a new round. */
void maker_begin(struct maker *, enum maker_theme, const char *key);

/* The bytes of a value, valid until the thread's next call. */
struct maker_value {
    const char *bytes;
    size_t n;
};

/* Writes the first command of a round into `op`; returns its value, if it has one. */
struct maker_value maker_first(struct maker *, struct op *);
struct maker_value maker_next(struct maker *, struct op *);

/* Writes the last command of a round, which asks for all properties of the item. */
void maker_last(struct maker *, struct op *);

/* Reads the reply, which may show a CAS number. */
void maker_learn(struct maker *, const struct op *);

#endif
