/*
 * options_row: a row of options.def as the files of the options module see it.
 *
 * Private to options*.c.
 */
#ifndef SERVER_OPTIONS_ROW_H
#define SERVER_OPTIONS_ROW_H

#include "server/options.h"

enum option_kind {
    KIND_FLAG,
    KIND_REPEAT,
    KIND_SWITCH,
    KIND_NUMBER,
    KIND_PORT,
    KIND_MEGABYTES,
    KIND_SIZE,
    KIND_FACTOR,
    KIND_OCTAL,
    KIND_CHAR,
    KIND_TEXT,
    KIND_LIST,
    KIND_WORD,
    /* Rows without a field: */
    KIND_GROUP,   /* a heading; `help` is its title */
    KIND_ACTION,  /* `id` is enum option_action */
    KIND_REFUSED, /* `note` says why */
    KIND_IGNORED, /* `note` says what larder does instead */
    KIND_ALIAS,   /* `note` is the words it stands for */
};

enum option_action { ACTION_HELP, ACTION_LICENSE, ACTION_VERSION, ACTION_EXTENDED };

struct option_row {
    enum option_kind kind;
    int id;      /* enum option_id or enum option_action */
    char letter; /* 0 for a word of -o */
    const char *name;
    size_t at; /* of the field, in struct options */
    const char *argument;
    double least, most;
    const char *def;
    const char *note;
    const char *help;
};

extern const struct option_row option_rows[], suboption_rows[];
extern const size_t n_option_rows, n_suboption_rows;

/* Whether the row has a field in struct options, and whether it wants a value behind it. */
bool option_has_field(const struct option_row *);
bool option_has_value(const struct option_row *);

/* Reads `text` into the field; false if it is not what the row expects, and nothing is changed. */
MUST_USE bool option_set(const struct option_row *, struct options *, const char *text);

/* The field as it was before anything was set. */
void option_clear(const struct option_row *, struct options *);

/* What option_set takes, in words: "a number from 1 to 500". */
void option_expects(const struct option_row *, char *text, size_t n_text);

/* -o: false when a word is wrong, and `err` says how. */
MUST_USE bool options_extended(struct options *, const char *words, FILE *err);

void options_print_help(FILE *);
void options_print_license(FILE *);
void options_print_version(FILE *);

#endif
