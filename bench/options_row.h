/*
 * options_row: the rows of options.def as an array; reads and writes an option's value.
 *
 * Threads: const tables; the functions use only their arguments.
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
    const char *group; /* a heading: the other fields are unset */
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

/* Finds a row by its long name without the dashes; NULL if there is none. */
const struct option_row *option_row_of_name(const char *name);

/* Reads `text` into the row's field; false, with `o` unchanged, if the row does not allow that text. */
MUST_USE bool option_read(const struct option_row *, struct options *o, const char *text);

/* The bounds of the row's number, as words that follow its argument; "" if it has none. */
void option_bounds(const struct option_row *, char *text, size_t n_text);

/* Writes the field's value in the form that option_read reads. */
void option_write(const struct option_row *, const struct options *o, char *text, size_t n_text);

/* Prints all of --help. */
void options_print_help(FILE *out);

#endif
