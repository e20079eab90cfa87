/*
 * config: the file of --config.
 *
 *   name = value      # the long names of the options, and the words of -o
 *   name value        # the same
 *   name              # for a yes-or-no setting: yes
 *   name = "a # b"    # in quotes, blanks and # are part of the value; a quote cannot be
 *
 * A comment begins with # after a blank or at the beginning of a line.  If a setting is
 * written twice, the last value counts; a list is the sum of all its values.  Settings
 * that the command line has given are parsed and checked, but not changed.
 *
 * Threads: the main thread's.
 */
#ifndef SERVER_OPTIONS_CONFIG_H
#define SERVER_OPTIONS_CONFIG_H

#include <stdio.h>

#include "base/bytes.h"
#include "base/must.h"

struct options;

/*
 * Reads the file at `path`, and keeps its absolute name in o->config.  false if
 * it cannot be read or has an error.
 */
MUST_USE bool config_read(struct options *o, const char *path, FILE *err);

/* Parses the text of a file; errors name it `file`. */
MUST_USE bool config_parse(struct options *o, const char *file, struct bytes text, FILE *err);

#endif
