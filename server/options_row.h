/*
 * options_row: a row of options.def as the files of the options module see it.
 *
 *   options_table.c     the rows
 *   options_value.c     a value: read, compared, stored         options_print.c   printed
 *   options_take.c      one setting, from wherever it comes
 *   options.c           the command line        options_words.c   its -o
 *   config.c            the file of --config    options_fit.c     whether all of it goes together
 *   options_help.c      -h, -V, -i              options_show.c    --check-config, --sample-config
 *
 * Private to these, to reload_settings.c and to tests.
 */
#ifndef SERVER_OPTIONS_ROW_H
#define SERVER_OPTIONS_ROW_H

#include "base/bytes.h"
#include "server/options.h"

enum option_row_type {
    ROW_GROUP,   /* a heading; `help` is its title */
    ROW_SETTING, /* `id` is enum option_id */
    ROW_ACTION,  /* `id` is enum option_action */
    ROW_IGNORED, /* `note` says what larder does instead */
    ROW_REFUSED, /* `note` says why */
    ROW_ALIAS,   /* `note` is the words it stands for */
};

enum option_kind {
    KIND_NONE, /* no value: of rows that are neither settings nor ignored */
    KIND_FLAG,
    KIND_REPEAT,
    KIND_SWITCH,
    KIND_NUMBER,
    KIND_PORT,
    KIND_KIBIBYTES,
    KIND_MEMORY,
    KIND_SIZE,
    KIND_FACTOR,
    KIND_OCTAL,
    KIND_CHAR,
    KIND_CHOICE,
    KIND_TEXT, /* from here on the field is a char * from malloc, or NULL */
    KIND_FILE,
    KIND_LIST,
    KIND_WORD,
};

enum option_change { CHANGE_FIXED, CHANGE_LIVE };

enum option_action {
    ACTION_CONFIG,
    ACTION_CHECK,
    ACTION_SAMPLE,
    ACTION_HASH_PASSWORD,
    ACTION_HELP,
    ACTION_LICENSE,
    ACTION_VERSION,
    ACTION_EXTENDED,
};

struct option_row {
    enum option_row_type type;
    enum option_kind kind;
    enum option_change change;
    int id;
    bool is_word; /* of -o */
    char letter;  /* or 0 */
    const char *name;
    size_t at; /* of the field, in struct options */
    const char *argument;
    double least, most;
    const char *def;
    const char *note;
    const char *help;
};

/* ---- options_table.c ---- */

enum { OPTION_ROWS_MAX = 160 };
extern const struct option_row option_rows[];
extern const size_t n_option_rows;

const struct option_row *option_row_of_letter(char letter);

/* As in a list of -o, with is_word, or as a long option.  `no` is set if it was `no_name`. */
const struct option_row *option_row_of_name(struct bytes name, bool is_word, bool *no);

/* Whether the row can have a value, and whether it must. */
bool option_takes_value(const struct option_row *);
bool option_needs_value(const struct option_row *);

/* ---- options_value.c and options_print.c ---- */

enum { OPTION_KIB = 1 << 10, OPTION_MIB = 1 << 20 };

/* What one in the text is in the field: 1, or of KIBIBYTES and MEMORY so many bytes. */
static inline size_t
option_scale(enum option_kind kind)
{
    return kind == KIND_KIBIBYTES ? OPTION_KIB : kind == KIND_MEMORY ? OPTION_MIB : 1;
}

enum option_read {
    OPTION_READ,
    OPTION_MISREAD, /* option_expects says what would do */
    OPTION_NO_MEMORY,
};

/*
 * Reads `text` into the field at `field`, which nobody else looks at yet.  A
 * relative path is one from `cwd`.  If it cannot, the field is as before.
 */
MUST_USE enum option_read option_read(
    const struct option_row *, void *field, const char *text, const char *cwd);

/* What option_read takes, in words: "a number from 1 to 500". */
void option_expects(const struct option_row *, char *text, size_t n_text);

/* The value as it would be written; nothing if it is NULL. */
void option_print(const struct option_row *, const void *field, FILE *);

bool option_equal(const struct option_row *, const void *a, const void *b);
void option_clear(const struct option_row *, void *field);

/* `to` is LIVE and may be read by anyone meanwhile. */
void option_store(const struct option_row *, void *to, const void *from);

static inline void *
option_field(const struct option_row *row, struct options *o)
{
    return (char *)o + row->at;
}

static inline const void *
option_field_of(const struct option_row *row, const struct options *o)
{
    return (const char *)o + row->at;
}

/* ---- options_take.c ---- */

/* Somebody who says what settings are to be: the command line, or a line of a file. */
struct option_source {
    struct options *o;
    FILE *err;
    const char *file; /* NULL: the command line */
    uint32_t line;
    uint8_t warned[OPTION_ROWS_MAX]; /* rows whose note has been said */
};

/* Says where `row` was met, as "larderd: -p (--port)" or "larderd: /etc/larderd.conf:3: port". */
void option_blame(const struct option_source *, const struct option_row *);

/*
 * `value` is NULL when there was none; `no` for no_name.
 * False when it is wrong, and `err` says how.
 */
MUST_USE bool option_take(struct option_source *, const struct option_row *, const char *value, bool no);

/* ---- options_words.c ---- */

/* -o: false when a word is wrong. */
MUST_USE bool options_take_words(struct option_source *, const char *words);

/* ---- options_fit.c ---- */

/* Settles what was not given but follows from what was.  False when things do not go together, and `err` says which. */
MUST_USE bool options_fit(struct options *, FILE *err);

/* ---- options_help.c and options_show.c ---- */

/* The default as people want to read it: the row's, or the engine's.  "" if there is none. */
void option_default(const struct option_row *, char *text, size_t n_text);

void options_print_help(FILE *);
void options_print_license(FILE *);
void options_print_version(FILE *);
void options_print_check(const struct options *, FILE *out, FILE *err);
void options_print_sample(FILE *);

#endif
