/*
 * thread: starts a thread that leaves all signals to the main thread.
 *
 * Only SIGSYS is not blocked in it, because the sandbox sends that signal to the
 * thread whose system call it refuses (server/process/sandbox.h).
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

#include "base/must.h"

/* 0, or the error of pthread_create.  The signals of the calling thread do not change. */
MUST_USE int thread_start(pthread_t *, void *(*run)(void *), void *arg);

#endif
