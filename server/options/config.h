/*
 * config: the file of --config.
 *
 *   name = value      # the long names of the options, and the words of -o
 *   name value        # the same
 *   name              # for what is yes or no: yes
 *   name = "a # b"    # in quotes, blanks and # are part of the value; a quote cannot be
 *
 * Behind a blank, or at the beginning of a line, # begins a comment.  Of a
 * setting that is written twice the last counts, of a list all.  What the
 * command line has given is read and checked, and not taken.
 *
 * Threads: the main thread's.
 */
#ifndef SERVER_OPTIONS_CONFIG_H
#define SERVER_OPTIONS_CONFIG_H

#include <stdio.h>

#include "base/bytes.h"
#include "base/must.h"

struct options;

/* Reads the file at `path`, and keeps its absolute name in o->config.  False when it cannot be read or is wrong. */
MUST_USE bool config_read(struct options *o, const char *path, FILE *err);

/* The lines of a file that `file` is the name of. */
MUST_USE bool config_parse(struct options *o, const char *file, struct bytes text, FILE *err);

#endif
