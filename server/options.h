/*
 * options: the settings of larderd, and the command line that gives them.
 *
 * options.def has a row for each; this header makes struct options of them.
 * Parsing prints what it has to say (help, warnings, what is wrong) to the
 * streams it is given and leaves ending the process to its caller.
 *
 * Threads: options_parse before there are any; then the settings are only read.
 */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/must.h"
#include "slab/store.h"

/* The C type of a field, by the kind of its row. */
#define OPTION_TYPE_FLAG      bool
#define OPTION_TYPE_REPEAT    uint32_t
#define OPTION_TYPE_SWITCH    bool
#define OPTION_TYPE_NUMBER    uint32_t
#define OPTION_TYPE_PORT      int32_t
#define OPTION_TYPE_MEGABYTES size_t
#define OPTION_TYPE_SIZE      size_t
#define OPTION_TYPE_FACTOR    double
#define OPTION_TYPE_OCTAL     uint32_t
#define OPTION_TYPE_CHAR      char
#define OPTION_TYPE_TEXT      char *
#define OPTION_TYPE_LIST      char *
#define OPTION_TYPE_WORD      char *

/* Which settings were given, by field: options_given(o, OPTION_conn_limit). */
enum option_id {
#define GROUP(title)
#define OPTION(field, letter, name, kind, argument, least, most, def, help) OPTION_##field,
#define ACTION(id, letter, name, argument, help)
#define REFUSED(letter, name, note)
#define SUBOPTION(field, name, kind, least, most, def, note, help) OPTION_##field,
#define SUBOPTION_IGNORED(name, note)
#define SUBOPTION_ALIAS(name, words)
#define SUBOPTION_REFUSED(start, note)
#include "server/options.def"
#undef OPTION
#undef SUBOPTION
    OPTION_N_IDS
};
static_assert(OPTION_N_IDS <= 64, "options.given has a bit for each");

struct options {
#define OPTION(field, letter, name, kind, argument, least, most, def, help) OPTION_TYPE_##kind field;
#define SUBOPTION(field, name, kind, least, most, def, note, help)          OPTION_TYPE_##kind field;
#include "server/options.def"
#undef GROUP
#undef OPTION
#undef ACTION
#undef REFUSED
#undef SUBOPTION
#undef SUBOPTION_IGNORED
#undef SUBOPTION_ALIAS
#undef SUBOPTION_REFUSED
    uint64_t given; /* bits by enum option_id */
};

enum options_result {
    OPTIONS_OK,    /* start with these */
    OPTIONS_SHOWN, /* help, licence or version went to `out`: nothing more to do */
    OPTIONS_WRONG, /* `err` says what and what was expected: exit with EX_USAGE */
};

/*
 * Fills `o` with the defaults and then with what the command line says.
 * To be freed with options_fini, whatever it returns.
 */
MUST_USE enum options_result options_parse(struct options *o, int argc, char **argv, FILE *out, FILE *err);
void options_fini(struct options *);

static inline bool
options_given(const struct options *o, enum option_id id)
{
    return (o->given >> id & 1) != 0;
}

/* What the engine is to be made with. */
struct store_options options_for_store(const struct options *);

/* larder's own version, which the build passes; SERVER_PROTOCOL_VERSION is what clients are told first. */
#ifdef PACKAGE_VERSION
#define SERVER_VERSION PACKAGE_VERSION
#else
#define SERVER_VERSION "0.1.0"
#endif

#endif
