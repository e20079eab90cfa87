/*
 * options_row: the rows of options.def as an array, and how one is read and written.
 *
 * Threads: const tables; the functions touch only what they are given.
 */
#ifndef BENCH_OPTIONS_ROW_H
#define BENCH_OPTIONS_ROW_H

#include "bench/options.h"

enum option_kind {
    KIND_FLAG,
    KIND_NUMBER,
    KIND_COUNT,
    KIND_REAL,
    KIND_TEXT,
    KIND_WORD,
    KIND_RANGE,
    KIND_RATIO
};

struct option_row {
    const char *group; /* a heading: nothing else is set */
    const char *name;
    char letter; /* or 0 */
    enum option_kind kind;
    bool is_alias;
    enum option_id id;
    size_t offset; /* of the field in struct options */
    const char *argument;
    double least, most; /* `most` 0: no bound */
    const char *def, *help;
};

extern const struct option_row option_rows[];
extern const size_t n_option_rows;

const struct option_row *option_row_of_id(enum option_id);

/* By "--name" without its dashes; NULL if there is none. */
const struct option_row *option_row_of_name(const char *name);

/* Reads `text` into the row's field; false if it is none of what the row takes, and `o` is as it was. */
MUST_USE bool option_read(const struct option_row *, struct options *o, const char *text);

/* Which numbers the row takes, as words behind its argument; "" if there is nothing to say. */
void option_bounds(const struct option_row *, char *text, size_t n_text);

/* The field's value as option_read would take it. */
void option_write(const struct option_row *, const struct options *o, char *text, size_t n_text);

/* The whole of --help. */
void options_print_help(FILE *out);

#endif
