/*
 * stderr: bytes to standard error, whose reader may have stopped to read.
 *
 * Standard error may be a pipe that other processes write to as well, so its
 * open file description, and with it O_NONBLOCK, is not ours to change.
 */
#ifndef BASE_STDERR_H
#define BASE_STDERR_H

#include <stdbool.h>
#include <stddef.h>

enum {
    STDERR_WAIT_MS = 1000,    /* the longest that stderr_write waits for room */
    STDERR_ATOMIC_MAX = 4096, /* a pipe takes so many bytes at once, or none of them (PIPE_BUF) */
};

/*
 * Writes at most STDERR_ATOMIC_MAX bytes; false if they were not written.  Waits for room
 * for STDERR_WAIT_MS; after one wait in vain, not at all until there is room.  Where
 * another process fills the pipe between our look and our write, the write may wait
 * longer: the log of a running server goes through log_start's thread instead.
 *
 * Async-signal-safe.  Threads: any.
 */
bool stderr_write(const char *p, size_t n);

#endif
