/*
 * stderr: writes to standard error even if its reader has stopped reading.
 *
 * Standard error may be a pipe that other processes also write to.  They share its
 * open file description, and with it O_NONBLOCK, so we do not set O_NONBLOCK.
 */
#ifndef BASE_STDERR_H
#define BASE_STDERR_H

#include <stdbool.h>
#include <stddef.h>

enum {
    STDERR_WAIT_MS = 1000,    /* how long stderr_write waits at most */
    STDERR_ATOMIC_MAX = 4096, /* a pipe accepts up to this many bytes as a whole or not at all (PIPE_BUF) */
};

/*
 * Writes at most STDERR_ATOMIC_MAX bytes; false if they were not written.  Waits up
 * to STDERR_WAIT_MS for space; after one timeout it does not wait again until there is
 * space.  If another process fills the pipe between our poll and our write, the write
 * may block longer: therefore a running server logs through log_start's thread.
 *
 * Async-signal-safe.  Threads: any.
 */
bool stderr_write(const char *p, size_t n);

#endif
