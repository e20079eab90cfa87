/*
 * options_row: larderd's rows of options.def, as the files of the options module see them.
 *
 *   options_table.c     the rows                base/option     values, sentences, help: the engine
 *   options_memory.c    the kind MEMORY         options.c       the command line, and the options of the store
 *   config.c            the file of --config    options_words.c the command line's -o
 *   options_help.c      -h, -V, -i              options_validate.c   whether the settings agree
 *   options_show.c      --check-config, --sample-config
 *
 * Private to these, to reload_settings.c and to tests.
 */
#ifndef SERVER_OPTIONS_OPTIONS_ROW_H
#define SERVER_OPTIONS_OPTIONS_ROW_H

#include "base/bytes.h"
#include "base/option/option.h"
#include "server/options/options.h"

/* The kind that exists only in larderd. */
#define KIND_MEMORY KIND_OWN
extern const struct option_own options_memory;

/* The value of a row's `use`: whether a reload may change the setting while threads read it. */
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

extern const struct option_table options_table;

/* A source of settings of `o`: the command line, or a file if `file` is not NULL. */
struct option_source options_source(struct options *o, const char *file, FILE *err);

/* `to` is LIVE: any thread may read it during the call. */
void options_store(const struct option_row *, void *to, const void *from);

/* -o: false if a word is invalid. */
MUST_USE bool options_set_words(struct option_source *, const char *words);

/* Sets the settings that follow from others.  false if settings contradict each other; `err` has which. */
MUST_USE bool options_validate(struct options *, FILE *err);

/* The default in readable form: the row's, or the engine's.  "" if there is none. */
void options_default(const struct option_row *, char *text, size_t n_text);

void options_print_help(FILE *);
void options_print_license(FILE *);
void options_print_version(FILE *);
void options_print_check(const struct options *, FILE *out, FILE *err);
void options_print_sample(FILE *);

#endif
