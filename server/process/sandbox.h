/*
 * sandbox: restricts a running server to the system calls that it needs.
 *
 * With -o drop_privileges the process enters the sandbox when everything is ready: it can
 * then start no program, write no file, open no socket, make no memory executable, and act on
 * no other process.  This applies to all threads, also to later ones, and cannot be undone.
 * Any other system call ends the process with EX_SOFTWARE and a line that names the call:
 * either the list in sandbox.c has a gap, or an attacker controls the server.
 *
 * Files may be read, because reloads of settings, certificates and passwords need it.
 *
 * Threads: entered by the main thread.
 */
#ifndef SERVER_PROCESS_SANDBOX_H
#define SERVER_PROCESS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/must.h"

/* Whether larderd was built with libseccomp. */
bool sandbox_exists(void);

/* Enters for good.  false, with a sentence in `why`, if the kernel refuses. */
MUST_USE bool sandbox_enter(char *why, size_t n_why);

#endif
