/*
 * password_input: `larderd --hash-password`.
 *
 * Threads: the main thread, before there are others.
 */
#ifndef SERVER_AUTH_PASSWORD_INPUT_H
#define SERVER_AUTH_PASSWORD_INPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/must.h"

/*
 * Reads the first line of `in`, without echo if that is a terminal, and prints its
 * hash in the form that files of users have.  false: `err` has the reason.
 */
MUST_USE bool password_input_hash(FILE *in, FILE *out, FILE *err);

#endif
