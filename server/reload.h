/*
 * reload: what may change while larderd runs, changed.
 *
 * A part is something that was made from files and can be made again: a row
 * in reload.c with a function that reads them.  SIGHUP runs all parts.
 * A part that finds something wrong leaves everything of
 * its own as it was and says what; the others go on all the same.
 *
 *   settings     the command line, where `-m auto` may come to something else now,
 *                and the file of --config, read again by options_parse_again
 *   users        the files of those who may log in (auth.h)
 *   certificates of TLS, and our key (tls.h), which the command refresh_certs also reads again
 *
 * Threads: the main thread's.
 */
#ifndef SERVER_RELOAD_H
#define SERVER_RELOAD_H

#include "base/must.h"
#include "server/options/options.h"

struct server;

enum { RELOAD_WHY_MAX = 512 };

struct reload {
    struct options
        *running;        /* what everybody reads; its LIVE fields are stored here, and by admin commands */
    struct options said; /* what the command line and the file said when they were last read */
};

/* Reads everything again; the log says what became of it. */
void reload_all(struct server *);

/* Keeps a copy of `o` as it was parsed, before anything is made to fit the machine.  False: no memory. */
MUST_USE bool reload_settings_init(struct reload *, struct options *o);
void reload_settings_fini(struct reload *);

/* ---- the parts ---- */

MUST_USE bool reload_settings(struct server *, char *why, size_t n_why);

#endif
