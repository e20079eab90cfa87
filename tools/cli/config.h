/*
 * config: settings from a file and from the environment, with the names of liblarder's
 * options, and "servers".
 *
 * A line of the file is "name = value"; "#" begins a comment.  The environment is set
 * after the file, and the options of the command line after both.
 */
#ifndef TOOLS_CLI_CONFIG_H
#define TOOLS_CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/must.h"

/* Called with each setting.  After false, `why` has the message. */
typedef bool config_set(void *arg, const char *name, const char *value, char *why, size_t n_why);

/* Reads all lines of a file.  After false, `why` has the message, with the number of the line. */
MUST_USE bool config_read(FILE *, const char *name, config_set *, void *arg, char *why, size_t n_why);

/*
 * Reads the file at `path`, or if that is NULL the first of these that exists:
 * $LARDER_CONFIG, $XDG_CONFIG_HOME/larder/larder.conf, $HOME/.config/larder/larder.conf,
 * /etc/larder/larder.conf; there need not be one.  Then LARDER_SERVERS, LARDER_PROTOCOL,
 * LARDER_RING, LARDER_USERNAME and LARDER_PASSWORD.
 */
MUST_USE bool config_load(const char *path, config_set *, void *arg, char *why, size_t n_why);

#endif
