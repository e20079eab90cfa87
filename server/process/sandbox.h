/*
 * sandbox: the system calls that a running server may make, and no others.
 *
 * With -o drop_privileges the process enters it when everything is up: no
 * program can be started, no file written, no socket opened, no memory made
 * executable, no other process touched.  It holds for all threads, those to
 * come too, and cannot be left.  Who makes another call ends the process with
 * a line that names it and status EX_SOFTWARE: it is a gap in the list in
 * sandbox.c, or somebody who has taken the server over.
 *
 * What a reload, new certificates and password files need is allowed: files
 * may be read.
 *
 * Threads: entered by the main thread.
 */
#ifndef SERVER_PROCESS_SANDBOX_H
#define SERVER_PROCESS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

/* Whether there is one: libseccomp was there when larderd was built. */
bool sandbox_exists(void);

/* For good.  false, with a sentence in `why`, when the kernel refuses it. */
MUST_USE bool sandbox_enter(char *why, size_t n_why);

#endif
