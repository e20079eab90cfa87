/*
 * reload: reads files again while larderd runs.
 *
 * A part is made from files and can be made again: it has a row in reload.c with a
 * function that reads them.  SIGHUP runs all parts.  If a part finds an error, it keeps
 * everything as it was and logs the error; the other parts are reloaded nevertheless.
 *
 *   settings     the command line, because `-m auto` may mean another limit now,
 *                and the file of --config, parsed again by options_parse_again
 *   users        the files of users (auth.h)
 *   certificates of TLS, and our key (tls.h); the command refresh_certs also reads them again
 *
 * Threads: the main thread's.
 */
#ifndef SERVER_RELOAD_H
#define SERVER_RELOAD_H

#include "base/must.h"
#include "server/options/options.h"

struct server;

enum { RELOAD_WHY_MAX = 512 };

#define RELOAD_MAGIC 0x72656c64u

struct reload {
    uint32_t magic;          /* from reload_settings_init on */
    struct options *running; /* in force; reloads and commands store LIVE fields here */
    struct options parsed;   /* of the command line and the file when they were last read */
};

/* Reads everything again, and logs the result. */
void reload_all(struct server *);

/* Keeps a copy of `o` as it was parsed, before it is adapted to the machine.  false when out of memory. */
MUST_USE bool reload_settings_init(struct reload *, struct options *o);
void reload_settings_fini(struct reload *);

/* ---- the parts ---- */

MUST_USE bool reload_settings(struct server *, char *why, size_t n_why);

#endif
