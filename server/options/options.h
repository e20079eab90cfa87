/*
 * options: the settings of larderd, and where they come from.
 *
 * options.def has a row for each; this header makes struct options of them.
 * The command line goes before the file of --config, and that before the
 * defaults.  Parsing prints what it has to say (help, warnings, what is wrong)
 * to the streams it is given and leaves ending the process to its caller.
 *
 * Threads: options_parse before there are any.  Then a FIXED field is only
 * read; a LIVE one is an atomic that reload.h stores and anyone loads.  Each
 * is a value of its own that no other memory depends on, so relaxed will do:
 * OPTION_NOW says so where it matters.
 */
#ifndef SERVER_OPTIONS_OPTIONS_H
#define SERVER_OPTIONS_OPTIONS_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"
#include "base/option/option.h"
#include "slab/store.h"

/* The C type of a field, by the kind of its row (base/option/option.h has the others), and by whether it may change. */
#define OPTION_TYPE_MEMORY       size_t
#define OPTION_FIELD_FIXED(type) type
#define OPTION_FIELD_LIVE(type)  _Atomic type

/* Which setting: options_given(o, OPTION_conn_limit). */
enum option_id {
#define OPTION(field, ...)    OPTION_##field,
#define SUBOPTION(field, ...) OPTION_##field,
#include "server/options/options.def"
    OPTION_N_IDS
};

struct options {
#define OPTION(field, letter, name, kind, change, ...) OPTION_FIELD_##change(OPTION_TYPE_##kind) field;
#define SUBOPTION(field, name, kind, change, ...)      OPTION_FIELD_##change(OPTION_TYPE_##kind) field;
#include "server/options/options.def"
    uint32_t origin[OPTION_N_IDS]; /* where each comes from: OPTION_FROM_COMMAND_LINE, ... */
    char *config;                  /* the file of --config, absolute; or NULL */
    char *cwd;                     /* where we were started, which relative paths mean */
    int argc;                      /* to be read again by a reload */
    char **argv;
};

enum options_result {
    OPTIONS_OK,    /* start with these */
    OPTIONS_SHOWN, /* what was asked for (help, version, ...) went to `out`: nothing more to do */
    OPTIONS_HASH,  /* --hash-password: the caller hashes what standard input has */
    OPTIONS_WRONG, /* `err` says what and what was expected: exit with EX_USAGE */
};

/*
 * Fills `o` with the defaults, what the command line says, and what the file
 * of --config says besides.  Keeps `argv`.
 * To be freed with options_fini, whatever it returns.
 */
MUST_USE enum options_result options_parse(struct options *o, int argc, char **argv, FILE *out, FILE *err);

/* The same once more, for a reload: the command line and place of `before`, the file as it is now. */
MUST_USE enum options_result options_parse_again(struct options *o, const struct options *before, FILE *err);

/* False, with what there is to be freed, when there is no memory. */
MUST_USE bool options_copy(struct options *to, const struct options *from);

void options_fini(struct options *);

/* Whether the command line or the file has said it (options_table.c). */
bool options_given(const struct options *, enum option_id);

/* A LIVE field, on a path that runs often. */
#define OPTION_NOW(o, field) atomic_load_explicit(&(o)->field, memory_order_relaxed)

/* What the engine is to be made with. */
struct store_options options_for_store(const struct options *);

/* larder's own version, which the build passes; SERVER_PROTOCOL_VERSION is what `version` answers. */
#ifdef PACKAGE_VERSION
#define SERVER_VERSION PACKAGE_VERSION
#else
#define SERVER_VERSION "0.1.0"
#endif

#endif
