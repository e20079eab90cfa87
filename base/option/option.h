/*
 * option: settings as rows of a table, from which command line, files and help are made.
 *
 * A program lists its settings in a .def file, and makes of its rows a struct
 * with a field for each and a struct option_table.  The engine reads values into
 * the fields, remembers where each comes from, and says what is wrong in
 * sentences that name the option, what was written, and what is expected.
 *
 *   option_row.c     finds a row               option_value.c   reads a value, compares, frees
 *   option_take.c    one setting, from argv    option_print.c   writes a value, and what is expected
 *                    or a line of a file       option_fields.c  all fields at once
 *   option_line.c    goes through argv         option_help.c    a row of --help, and line breaks
 *
 * What only one program has stays there: kinds of values (KIND_OWN), bits that
 * rows carry (`use`), what actions do, and which options exclude each other.
 *
 * Threads: option_line one at a time in the process (getopt); else each call touches only what it is given.
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
    ROW_SETTING, /* `id` is its place in the array of origins */
    ROW_SYNONYM, /* another name for the setting `id` */
    ROW_ACTION,  /* does something instead of setting a field; `id` is the program's */
    ROW_IGNORED, /* its value is read, and `note` is a warning */
    ROW_REFUSED, /* `note` says why */
    ROW_ALIAS,   /* of words alone: `note` is the words it stands for */
};

/* How a value is written, and the C type of its field.  `least` and `most` bound numbers; `most` 0: no bound. */
enum option_kind {
    KIND_NONE,         /* of rows that have no value */
    KIND_FLAG,         /* bool: nothing, or yes or no */
    KIND_SWITCH,       /* bool: `name` or `no_name`, or yes or no behind it */
    KIND_REPEAT,       /* uint32_t: nothing, counts; or a number */
    KIND_NUMBER,       /* uint32_t: decimal */
    KIND_WIDE,         /* uint64_t: decimal digits, and nothing else */
    KIND_SCALED,       /* uint64_t: digits, with k, m or g behind for thousands, millions, billions */
    KIND_SIGNED,       /* int64_t: decimal, of any size */
    KIND_PORT,         /* int32_t: decimal */
    KIND_KIBIBYTES,    /* size_t: decimal, in KiB; the field is in bytes */
    KIND_SIZE,         /* size_t: bytes, or with k or m behind for KiB or MiB */
    KIND_MILLISECONDS, /* uint64_t: seconds as "5", "0.5" or "5s", or "200ms" */
    KIND_FACTOR,       /* double: a number over `least` */
    KIND_OCTAL,        /* uint32_t: octal */
    KIND_CHAR,         /* char: one character */
    KIND_CHOICE, /* uint32_t: one of the words in `argument`, between bars; the field is its number, from 0 */
    KIND_RANGE,  /* struct option_range: "8-20", or "8" for "8-8"; numbers as SCALED */
    KIND_RATIO,  /* struct option_ratio: "1:10"; numbers as SCALED */
    KIND_OWN,    /* the program's own: struct option_own */
    KIND_STRING, /* char *: anything, nothing too.  From here on it is from malloc, or NULL. */
    KIND_TEXT,   /* anything but nothing */
    KIND_FILE,   /* a path; the field is absolute where the source has a folder */
    KIND_LIST,   /* commas or repeats; the field has commas */
    KIND_WORD,   /* one of the words in `argument`, between bars */
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
    unsigned use; /* bits that the program gives a meaning */
    bool is_word; /* a word of the list of -o; on the command line it is no option by itself */
    char letter;  /* or 0 */
    const char *name;
    size_t at; /* of the field, in the struct of all fields */
    const char
        *argument; /* what the value is called; NULL or "": it has none; in brackets: it may be left out */
    double least, most;
    const char *def;  /* or NULL */
    const char *note; /* of a setting: a warning if it is set to anything but the default */
    const char *help;
};

enum option_read {
    OPTION_READ,
    OPTION_MISREAD, /* option_expects says what would do */
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
    const char *program; /* what messages begin with */
    const char *lister;  /* the command that lists all options */
    const struct option_own *own;
};

#define OPTION_EACH(row, table) \
    for (const struct option_row *row = (table)->rows; row < (table)->rows + (table)->n_rows; row++)

/* By its letter, or by its number among the settings; NULL if there is none. */
const struct option_row *option_row_of_letter(const struct option_table *, char letter);
const struct option_row *option_row_of_id(const struct option_table *, int id);

/* By its long name, or as a word with is_word.  `no` is set if it was `no_name`. */
const struct option_row *option_row_of_name(
    const struct option_table *, struct bytes name, bool is_word, bool *no);

/* Whether the row can have a value, and whether it must. */
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
 * Reads `text` into `field`.  A relative path is one from `cwd`, if that is not
 * NULL.  If it cannot, the field is as before.
 */
MUST_USE enum option_read option_read(
    const struct option_table *, const struct option_row *, void *field, const char *text, const char *cwd);

/* The same for words that are no options: decimal digits alone; "5", "0.5", "5s" or "200ms"; a whole number. */
MUST_USE bool option_wide(const char *text, uint64_t *out);
MUST_USE bool option_milliseconds(const char *text, uint64_t *out);

/* An integer as KIND_NUMBER reads it, with blanks around; *end is what follows. */
MUST_USE bool option_integer(const char *text, int base, long long *out, const char **end);

/* What option_read takes, in words: "a number from 1 to 500". */
void option_expects(const struct option_table *, const struct option_row *, char *text, size_t n_text);

/* The value as it would be written; nothing if it is NULL.  The field may be an atomic that is stored meanwhile. */
void option_print(const struct option_table *, const struct option_row *, const void *field, FILE *);

/* The same as text from malloc; NULL: out of memory. */
char *option_text(const struct option_table *, const struct option_row *, const void *field);

size_t option_size(const struct option_table *, const struct option_row *);
bool option_equal(const struct option_table *, const struct option_row *, const void *a, const void *b);
void option_clear(const struct option_table *, const struct option_row *, void *field);

/* ---- all fields ----------------------------------------------------------- */

/* Sets the defaults in fields that are all 0.  False: out of memory. */
MUST_USE bool option_set_defaults(const struct option_table *, void *fields);

/* Gives `to`, a copy of `from` byte by byte, texts of its own.  False, with what there is to be cleared: out of memory. */
MUST_USE bool option_copy_texts(const struct option_table *, void *to, const void *from);

void option_clear_all(const struct option_table *, void *fields);

/* ---- where settings come from --------------------------------------------- */

/* 0 the default, else the line of a file, or this. */
#define OPTION_FROM_COMMAND_LINE UINT32_MAX

/* A command line, or a line of a file. */
struct option_source {
    const struct option_table *table;
    void *fields;
    uint32_t *origin; /* of each setting, by its id */
    const char *cwd;  /* where relative paths begin; NULL: they stay relative */
    FILE *err;        /* for complaints and warnings */
    const char *file; /* NULL: the command line */
    uint32_t line;
    uint8_t warned[OPTION_ROWS_MAX]; /* rows whose note has been said */
};

/*
 * Takes a setting.  `value` is NULL when there was none; `no` for no_name.  The
 * command line overrides a file, whichever is read first.
 * False when it is wrong, and `err` says how.
 */
MUST_USE bool option_take(struct option_source *, const struct option_row *, const char *value, bool no);

/* Says where `row` was met, as "larderd: -p (--port)" or "larderd: /etc/larderd.conf:3: port". */
void option_blame(const struct option_source *, const struct option_row *);

/* Says that `value`, or NULL for none, will not do, and what would. */
void option_complain(const struct option_source *, const struct option_row *, const char *value);

/* ---- the command line ----------------------------------------------------- */

struct option_line {
    struct option_source *source;
    int argc;
    char **argv;
    int next; /* at the end: the first word that is no option; options were moved before it */
};

enum option_line_result {
    OPTION_LINE_ROW,
    OPTION_LINE_END,
    OPTION_LINE_WRONG, /* the source's `err` says how */
};

void option_line_begin(struct option_line *, struct option_source *, int argc, char **argv);

/* The next option, by its own row where it has synonyms; *value is NULL when there is none. */
MUST_USE enum option_line_result option_line_next(
    struct option_line *, const struct option_row **row, const char **value);

/* ---- help ----------------------------------------------------------------- */

struct option_layout {
    int column;       /* where sentences begin, 60 at most */
    size_t room;      /* how long they may be before they are broken; 0: any length */
    char equals;      /* between a name and its argument */
    bool names_words; /* the sentence names the words of a WORD */
};

/* `text` as lines broken between words, of at most `room` bytes (0: of any length), with `begin` before each but the first. */
void option_help_wrap(FILE *, const char *text, size_t room, const char *begin);

/* A row of the help; `def` stands for the row's default if it is not NULL. */
void option_help_row(FILE *, const struct option_row *, const char *def, const struct option_layout *);

#endif
