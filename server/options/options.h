/*
 * options: the settings of larderd, and where they come from.
 *
 * options.def has a row for each setting; this header makes struct options of the rows.  The command
 * line overrides the file of --config, and the file overrides the defaults.  Parsing prints help,
 * warnings and errors to the streams that the caller passes, and never ends the process.
 *
 * Threads: options_parse runs before there are other threads.  Then a FIXED field is only
 *          read; a LIVE one is an atomic that a reload (reload.h) or a command stores and any
 *          thread loads.  No other memory depends on the value of a LIVE field, so relaxed
 *          order is enough: OPTION_NOW loads with it on paths that run often.
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

/* The C type of a field, by the kind of its row (base/option/option.h has the others), and by its change. */
#define OPTION_TYPE_MEMORY       size_t
#define OPTION_FIELD_FIXED(type) type
#define OPTION_FIELD_LIVE(type)  _Atomic type

/* The number of a setting: options_given(o, OPTION_conn_limit). */
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
    uint32_t origin[OPTION_N_IDS]; /* where each value comes from: OPTION_FROM_COMMAND_LINE, ... */
    char *config;                  /* the file of --config, absolute; or NULL */
    char *cwd;                     /* the directory at the start, to which relative paths refer */
    int argc;                      /* kept so that a reload can parse them again */
    char **argv;
};

enum options_result {
    OPTIONS_OK,      /* valid: start with these settings */
    OPTIONS_SHOWN,   /* the requested text (help, version, ...) was printed to `out`: exit */
    OPTIONS_HASH,    /* --hash-password: the caller hashes the password from standard input */
    OPTIONS_INVALID, /* `err` has the error and the expected value: exit with EX_USAGE */
};

/*
 * Fills `o` with the defaults, then the settings of the command line, then those of the file of
 * --config.  Keeps `argv`.  The caller frees `o` with options_fini, whatever the result.
 */
MUST_USE enum options_result options_parse(struct options *o, int argc, char **argv, FILE *out, FILE *err);

/* Parses again for a reload: the command line and directory of `before`, and the file as it is now. */
MUST_USE enum options_result options_parse_again(struct options *o, const struct options *before, FILE *err);

/* false when out of memory; the caller frees `to` in either case. */
MUST_USE bool options_copy(struct options *to, const struct options *from);

void options_fini(struct options *);

/* Whether the command line or the file has set it (options_table.c). */
bool options_given(const struct options *, enum option_id);

/* Loads a LIVE field, on a path that runs often. */
#define OPTION_NOW(o, field) atomic_load_explicit(&(o)->field, memory_order_relaxed)

/* The options of the engine. */
struct store_options options_for_store(const struct options *);

/* larder's own version, which the build defines; SERVER_PROTOCOL_VERSION is the answer of `version`. */
#ifdef PACKAGE_VERSION
#define SERVER_VERSION PACKAGE_VERSION
#else
#define SERVER_VERSION "0.1.0"
#endif

#endif
