/*
 * config: settings from a file and from the environment, by the names of liblarder's
 * options, and "servers".
 *
 * A line of the file is "name = value"; "#" begins a comment.  What is given on
 * the command line is set after all that, and the environment after the file.
 */
#ifndef TOOLS_CLI_CONFIG_H
#define TOOLS_CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/must.h"

/* Told of each setting.  On false it has said why in `why`. */
typedef bool config_set(void *arg, const char *name, const char *value, char *why, size_t n_why);

/* All lines of a file.  On false `why` says what is wrong, with the line's number. */
MUST_USE bool config_read(FILE *, const char *name, config_set *, void *arg, char *why, size_t n_why);

/*
 * The file of `path`, or if that is NULL the first of these that is there:
 * $LARDER_CONFIG, $XDG_CONFIG_HOME/larder/larder.conf, $HOME/.config/larder/larder.conf,
 * /etc/larder/larder.conf; none is no mistake.  Then LARDER_SERVERS, LARDER_PROTOCOL,
 * LARDER_RING, LARDER_USERNAME and LARDER_PASSWORD.
 */
MUST_USE bool config_load(const char *path, config_set *, void *arg, char *why, size_t n_why);

#endif
