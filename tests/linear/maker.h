/*
 * maker: makes up commands, as the theme of a round wants them.
 *
 * A theme is a mix of commands in which something may go wrong together.  Each
 * value that is stored has a beginning of its own, so that a reply says which
 * write it comes from.
 */
#ifndef TESTS_LINEAR_MAKER_H
#define TESTS_LINEAR_MAKER_H

#include "tests/linear/op.h"

enum maker_theme {
    MAKER_COUNT,  /* arithmetic beside touches and readers */
    MAKER_TEXT,   /* all that stores, compares and deletes */
    MAKER_STALE,  /* invalidation, winners, late writers */
    MAKER_VIVIFY, /* misses that make an item */
    MAKER_LARGE,  /* long values that grow beside touches */
    MAKER_ALL,
    MAKER_EXPIRY, /* items that live for a second or two; for rounds that last longer */
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

/* A new round. */
void maker_begin(struct maker *, enum maker_theme, const char *key);

/* The bytes of a value: good until the next call of the same thread. */
struct maker_value {
    const char *bytes;
    size_t n;
};

/* The command that a round begins with, in `op`'s request; its value, if it has one. */
struct maker_value maker_first(struct maker *, struct op *);
struct maker_value maker_next(struct maker *, struct op *);

/* The one that a round ends with: all that can be told of the item. */
void maker_last(struct maker *, struct op *);

/* A reply has come: it may have shown a CAS number. */
void maker_learn(struct maker *, const struct op *);

#endif
