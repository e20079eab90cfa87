/*
 * option: settings as rows of a table, from which command line, files and help are made.
 *
 * A program lists its settings in a .def file, and makes from the rows a struct
 * with a field for each setting, and a struct option_table.  The functions here read
 * values into the fields, record where each comes from, and report mistakes in
 * sentences that name the option, the text that was written, and what is expected.
 *
 *   option_row.c     finds a row               option_value.c   reads a value, compares, frees
 *   option_set.c     sets one setting, from    option_print.c   writes a value, and what is expected
 *                    argv or a line of a file  option_fields.c  all fields at once
 *   option_line.c    reads argv                option_help.c    a row of --help, and line breaks
 *
 * Anything that only one program needs stays in that program: its own kinds of values
 * (KIND_OWN), the bits in rows (`use`), the effects of actions, and which options exclude
 * each other.
 *
 * Threads: option_line by one thread at a time in the process (getopt); the other
 *          functions use only their arguments.
 */
#ifndef BASE_OPTION_OPTION_H
#define BASE_OPTION_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/must.h"

/* ---- rows ----------------------------------------------------------------- */

enum option_row_type {
    ROW_GROUP,   /* a heading; `help` is its title */
    ROW_SETTING, /* `id` is its index in the array of origins */
    ROW_SYNONYM, /* another name for the setting `id` */
    ROW_ACTION,  /* an action, which sets no field; `id` is the program's */
    ROW_IGNORED, /* its value is checked and ignored, and `note` is a warning */
    ROW_REFUSED, /* `note` has the reason */
    ROW_ALIAS,   /* only for words: `note` has the words that it stands for */
};

/*
 * How a value is written, and the C type of its field.  `least` and `most` bound
 * numbers; `most` 0: no bound.  NUMBER, REPEAT, OCTAL, PORT and KIBIBYTES must have
 * one, because their fields cannot hold every number.
 */
enum option_kind {
    KIND_NONE,         /* a row without a value */
    KIND_FLAG,         /* bool: nothing, or yes or no */
    KIND_SWITCH,       /* bool: `name` or `no_name`, or `name` followed by yes or no */
    KIND_REPEAT,       /* uint32_t: a number; without one, each occurrence adds 1 */
    KIND_NUMBER,       /* uint32_t: decimal */
    KIND_WIDE,         /* uint64_t: decimal digits only */
    KIND_SCALED,       /* uint64_t: digits, followed by k, m or g for thousands, millions, billions */
    KIND_SIGNED,       /* int64_t: decimal, of any size */
    KIND_PORT,         /* int32_t: decimal */
    KIND_KIBIBYTES,    /* size_t: decimal, in KiB; the field is in bytes */
    KIND_SIZE,         /* size_t: bytes, or a number with k or m for KiB or MiB */
    KIND_MILLISECONDS, /* uint64_t: seconds as "5", "0.5" or "5s", or "200ms" */
    KIND_FACTOR,       /* double: a number above `least` */
    KIND_OCTAL,        /* uint32_t: octal */
    KIND_CHAR,         /* char: one character */
    KIND_CHOICE,       /* uint32_t: index, from 0, of one of the words in `argument`, separated by bars */
    KIND_RANGE,        /* struct option_range: "8-20", or "8" for "8-8"; numbers as SCALED */
    KIND_RATIO,        /* struct option_ratio: "1:10"; numbers as SCALED */
    KIND_OWN,          /* the program's own: struct option_own */
    KIND_STRING,       /* char *: any text, even empty.  From here on fields are from malloc, or NULL. */
    KIND_TEXT,         /* any text but the empty one */
    KIND_FILE,         /* a path; the field is absolute if the source has a folder */
    KIND_LIST,         /* separated by commas, or repeated; the field has commas */
    KIND_WORD,         /* one of the words in `argument`, separated by bars */
};

struct option_range {
    uint64_t min, max;
};

struct option_ratio {
    uint64_t a, b;
};

#define OPTION_TYPE_FLAG         bool
#define OPTION_TYPE_SWITCH       bool
#define OPTION_TYPE_REPEAT       uint32_t
#define OPTION_TYPE_NUMBER       uint32_t
#define OPTION_TYPE_WIDE         uint64_t
#define OPTION_TYPE_SCALED       uint64_t
#define OPTION_TYPE_SIGNED       int64_t
#define OPTION_TYPE_PORT         int32_t
#define OPTION_TYPE_KIBIBYTES    size_t
#define OPTION_TYPE_SIZE         size_t
#define OPTION_TYPE_MILLISECONDS uint64_t
#define OPTION_TYPE_FACTOR       double
#define OPTION_TYPE_OCTAL        uint32_t
#define OPTION_TYPE_CHAR         char
#define OPTION_TYPE_CHOICE       uint32_t
#define OPTION_TYPE_RANGE        struct option_range
#define OPTION_TYPE_RATIO        struct option_ratio
#define OPTION_TYPE_STRING       char *
#define OPTION_TYPE_TEXT         char *
#define OPTION_TYPE_FILE         char *
#define OPTION_TYPE_LIST         char *
#define OPTION_TYPE_WORD         char *

struct option_row {
    enum option_row_type type;
    enum option_kind kind;
    int id;
    unsigned use; /* bits whose meaning the program defines */
    bool is_word; /* a word of -o's list; it has no option of its own on the command line */
    char letter;  /* 0: none */
    const char *name;
    size_t at;            /* offset of the field in the struct of all fields */
    const char *argument; /* name of the value; NULL or "": no value; in brackets: optional */
    double least, most;
    const char *def;  /* NULL: none */
    const char *note; /* of a setting: a warning if its value is not the default */
    const char *help;
};

enum option_read {
    OPTION_READ,
    OPTION_MISREAD, /* invalid; option_expects has the valid values */
    OPTION_NO_MEMORY,
};

/* A kind that only one program has. */
struct option_own {
    size_t size; /* of its field */
    enum option_read (*read)(const struct option_row *, void *field, const char *text);
    void (*print)(const struct option_row *, const void *field, FILE *);
    void (*expects)(const struct option_row *, char *text, size_t n_text);
};

enum { OPTION_ROWS_MAX = 160 };

struct option_table {
    const struct option_row *rows;
    size_t n_rows;
    const char *program; /* the beginning of messages */
    const char *lister;  /* the command that lists all options */
    const struct option_own *own;
};

#define OPTION_EACH(row, table) \
    for (const struct option_row *row = (table)->rows; row < (table)->rows + (table)->n_rows; row++)

/* Finds a row by its letter, or a setting by its number; NULL if there is none. */
const struct option_row *option_row_of_letter(const struct option_table *, char letter);
const struct option_row *option_row_of_id(const struct option_table *, int id);

/* Finds a row by its long name, or by its word if is_word.  Sets `no` if the name was `no_name`. */
const struct option_row *option_row_of_name(
    const struct option_table *, struct bytes name, bool is_word, bool *no);

/* True if the row may have a value; true if it must. */
bool option_takes_value(const struct option_row *);
bool option_needs_value(const struct option_row *);

static inline void *
option_field(const struct option_row *row, void *fields)
{
    return (char *)fields + row->at;
}

static inline const void *
option_field_of(const struct option_row *row, const void *fields)
{
    return (const char *)fields + row->at;
}

/* ---- values --------------------------------------------------------------- */

enum { OPTION_KIB = 1 << 10, OPTION_MIB = 1 << 20 };

/*
 * Reads `text` into `field`.  A relative path starts at `cwd`, unless that is NULL.
 * If it fails, the field keeps its value, except that a LIST may have gained some of
 * the words when memory ran out.
 */
MUST_USE enum option_read option_read(
    const struct option_table *, const struct option_row *, void *field, const char *text, const char *cwd);

/* The same for text outside of options: decimal digits only; "5", "0.5", "5s" or "200ms"; a whole number. */
MUST_USE bool option_wide(const char *text, uint64_t *out);
MUST_USE bool option_milliseconds(const char *text, uint64_t *out);

/* A letter, large or small, that may follow a number, and its factor.  A row without a letter ends a list. */
struct option_unit {
    char letter;
    long long times;
};

/*
 * All of `text` as KIND_NUMBER reads it: an integer with an optional sign, unit, and
 * spaces around it.  False if it is none, or too large for *out.
 */
MUST_USE bool option_integer(const char *text, int base, const struct option_unit *, long long *out);

/* Describes the values that option_read accepts: "a number from 1 to 500". */
void option_expects(const struct option_table *, const struct option_row *, char *text, size_t n_text);

/*
 * Writes the value as option_read reads it; nothing if it is NULL.  The field
 * may be an atomic that changes.
 */
void option_print(const struct option_table *, const struct option_row *, const void *field, FILE *);

/* The same as a string from malloc; NULL: out of memory. */
char *option_text(const struct option_table *, const struct option_row *, const void *field);

size_t option_size(const struct option_table *, const struct option_row *);
bool option_equal(const struct option_table *, const struct option_row *, const void *a, const void *b);
void option_clear(const struct option_table *, const struct option_row *, void *field);

/* ---- all fields ----------------------------------------------------------- */

/* Sets the defaults in fields that are all 0.  False when out of memory. */
MUST_USE bool option_fields_set_defaults(const struct option_table *, void *fields);

/*
 * Gives `to`, a bytewise copy of `from`, its own texts.  False when out of
 * memory; the caller then still clears `to`.
 */
MUST_USE bool option_copy_texts(const struct option_table *, void *to, const void *from);

void option_clear_all(const struct option_table *, void *fields);

/* ---- the origin of settings ------------------------------------------------ */

/* An origin is 0 for the default, the line of a file, or this. */
#define OPTION_FROM_COMMAND_LINE UINT32_MAX

/* Where a setting is written: the command line, or a line of a file. */
struct option_source {
    const struct option_table *table;
    void *fields;
    uint32_t *origin; /* of each setting, by its id */
    const char *cwd;  /* where relative paths start; NULL: they stay relative */
    FILE *err;        /* for errors and warnings */
    const char *file; /* NULL: the command line */
    uint32_t line;
    uint8_t warned[OPTION_ROWS_MAX]; /* rows whose note was printed */
};

/*
 * Sets a setting.  `value` is NULL if none was written; `no` is true for no_name.  The
 * command line overrides a file, in whichever order they are read.
 * False if it is invalid; `err` then has the reason.
 */
MUST_USE bool option_set(struct option_source *, const struct option_row *, const char *value, bool no);

/* Prints where `row` was written, as "larderd: -p (--port)" or "larderd: /etc/larderd.conf:3: port". */
void option_blame(const struct option_source *, const struct option_row *);

/* Reports that `value` (NULL if none was written) is invalid, and the valid values. */
void option_complain(const struct option_source *, const struct option_row *, const char *value);

/* ---- the command line ----------------------------------------------------- */

struct option_line {
    struct option_source *source;
    int argc;
    char **argv;
    int next; /* at the end: the first word that is no option; getopt moves the options before it */
};

enum option_line_result {
    OPTION_LINE_ROW,
    OPTION_LINE_END,
    OPTION_LINE_WRONG, /* the source's `err` has the reason */
};

void option_line_begin(struct option_line *, struct option_source *, int argc, char **argv);

/* Reads the next option; *row is the setting even for a synonym; *value is NULL if none was written. */
MUST_USE enum option_line_result option_line_next(
    struct option_line *, const struct option_row **row, const char **value);

/* ---- help ----------------------------------------------------------------- */

struct option_layout {
    int column;       /* column where sentences begin, at most 60 */
    size_t room;      /* length at which lines are broken; 0: never */
    char equals;      /* between a name and its argument */
    bool names_words; /* the sentence already names the words of a WORD */
};

/*
 * Breaks `text` between words into lines of at most `room` bytes (0: any
 * length), with `begin` before each but the first.
 */
void option_help_wrap(FILE *, const char *text, size_t room, const char *begin);

/* Prints a row of the help; `def`, if not NULL, replaces the row's default. */
void option_help_row(FILE *, const struct option_row *, const char *def, const struct option_layout *);

#endif
