/*
 * log_thread: writes the log's lines, so that no other thread waits for the
 * reader of standard error.
 *
 * The reader may be a pipe, a terminal, the journal's socket or a disk: only a
 * thread that may block can write to all of them.  The alternatives fail:
 * O_NONBLOCK would change the open file description, which other processes may
 * share; a separate description (/proc/self/fd/2) needs /proc and the right to
 * open the pipe, and is impossible for sockets; poll before write can still block
 * as soon as there is a second writer.
 *
 * There are two buffers: lines are added to one while the thread writes the
 * other.  When the thread has written its buffer, it exchanges the two.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_internal.h"
#include "base/stderr.h"
#include "base/thread.h"

enum { BUFFER_BYTES = 128 << 10, NAP_NS = 1000000 };

struct buffer {
    size_t n;
    uint64_t n_lines;
    uint64_t n_dropped; /* lines dropped after those in this buffer */
    char p[BUFFER_BYTES];
};

enum state {
    DIRECT,   /* no thread: the caller writes the line */
    BUFFERED, /* the log's thread writes */
    STUCK,    /* log_stop timed out: the thread still waits with unwritten lines, so new lines are dropped */
};

static struct {
    pthread_mutex_t mutex; /* guards the fields that are not atomic */
    pthread_cond_t filled; /* the thread waits here */
    pthread_t thread;
    enum state state;
    bool stopping, waiting;
    struct buffer *buffers; /* two */
    struct buffer *filling;
    /*
     * Lines passed to the thread, stored under the mutex; lines that it is done
     * with.  Release, for wait_written.
     */
    _Atomic uint64_t n_put, n_done;
    _Atomic uint64_t n_dropped; /* relaxed */
} sink = {.mutex = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER};

static void
count_dropped(uint64_t n)
{
    atomic_fetch_add_explicit(&sink.n_dropped, n, memory_order_relaxed);
}

uint64_t
log_lines_dropped(void)
{
    return atomic_load_explicit(&sink.n_dropped, memory_order_relaxed);
}

/* ---- adding a line ---- */

static void
add_line(struct buffer *b, const char *line, size_t n)
{
    if (b->n_dropped > 0 || n > sizeof b->p - b->n) { /* drop shorter lines, too, until the gap is reported */
        b->n_dropped++;
        count_dropped(1);
        return;
    }
    memcpy(b->p + b->n, line, n);
    b->n += n;
    b->n_lines++;
    atomic_fetch_add_explicit(&sink.n_put, 1, memory_order_release);
}

void
log_put(const char *line, size_t n)
{
    MUST(n > 0 && n <= LOG_LINE_MAX && line[n - 1] == '\n');
    pthread_mutex_lock(&sink.mutex);
    enum state state = sink.state;
    bool wake = state == BUFFERED && sink.waiting;
    if (state == BUFFERED)
        add_line(sink.filling, line, n);
    sink.waiting = false;
    pthread_mutex_unlock(&sink.mutex);
    if (wake)
        pthread_cond_signal(&sink.filled);
    if (state == STUCK || (state == DIRECT && !stderr_write(line, n)))
        count_dropped(1);
}

/* ---- the thread ---- */

/* Exchanges `mine`, which is written, for the filled buffer; NULL if the thread must end. */
static struct buffer *
exchange(struct buffer *mine)
{
    mine->n = mine->n_lines = mine->n_dropped = 0;
    pthread_mutex_lock(&sink.mutex);
    while (sink.filling->n == 0 && !sink.stopping) {
        sink.waiting = true;
        pthread_cond_wait(&sink.filled, &sink.mutex);
    }
    sink.waiting = false;
    struct buffer *theirs = sink.filling->n > 0 ? sink.filling : NULL;
    if (theirs != NULL)
        sink.filling = mine;
    pthread_mutex_unlock(&sink.mutex);
    MUST(theirs != mine && (theirs == NULL || theirs->n <= sizeof theirs->p));
    return theirs;
}

/* If another process has made standard error non-blocking, this waits by poll. */
static bool
write_all(const char *p, size_t n)
{
    struct pollfd fd = {.fd = STDERR_FILENO, .events = POLLOUT};
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, p, n);
        if (done > 0) {
            p += done;
            n -= (size_t)done;
        } else if (done < 0 && errno == EAGAIN)
            (void)poll(&fd, 1, -1);
        else if (done == 0 || errno != EINTR)
            return false; /* a failure to log does not end the server */
    }
    return true;
}

/* As many whole lines as a pipe accepts at once, so that lines of several writers do not mix. */
static size_t
next_piece(const char *p, size_t n)
{
    if (n <= STDERR_ATOMIC_MAX)
        return n;
    const char *end = memrchr(p, '\n', STDERR_ATOMIC_MAX);
    MUST(end != NULL); /* a line is shorter */
    return (size_t)(end - p) + 1;
}

static uint64_t
lines_in(const char *p, size_t n)
{
    uint64_t n_lines = 0;
    for (size_t i = 0; i < n; i++)
        n_lines += p[i] == '\n';
    return n_lines;
}

/* Returns how many lines could not be written. */
static uint64_t
write_buffer(const struct buffer *b)
{
    uint64_t n_failed = 0;
    for (size_t at = 0, n; at < b->n; at += n) {
        n = next_piece(b->p + at, b->n - at);
        if (!write_all(b->p + at, n))
            n_failed += lines_in(b->p + at, n);
    }
    count_dropped(n_failed);
    return n_failed;
}

static bool
report_dropped(uint64_t n_lines)
{
    char line[LOG_LINE_MAX];
    int n = snprintf(line, sizeof line,
        "larderd: warning: %llu log lines were dropped: standard error did not accept them\n",
        (unsigned long long)n_lines);
    return write_all(line, (size_t)n);
}

static void *
log_main(void *arg)
{
    struct buffer *b = arg;
    uint64_t n_unreported = 0;
    pthread_setname_np(pthread_self(), "log");
    while ((b = exchange(b)) != NULL) {
        n_unreported += write_buffer(b) + b->n_dropped;
        if (n_unreported > 0 && report_dropped(n_unreported))
            n_unreported = 0;
        atomic_fetch_add_explicit(&sink.n_done, b->n_lines, memory_order_release);
    }
    return NULL;
}

/* ---- start and end ---- */

static void
set_state(enum state state, bool stopping)
{
    pthread_mutex_lock(&sink.mutex);
    sink.state = state;
    sink.stopping = stopping;
    pthread_mutex_unlock(&sink.mutex);
}

int
log_start(void)
{
    MUST(sink.state == DIRECT && sink.buffers == NULL);
    sink.buffers = calloc(2, sizeof *sink.buffers);
    if (sink.buffers == NULL)
        return ENOMEM;
    sink.filling = &sink.buffers[0];
    sink.stopping = false; /* left from an earlier thread */
    must_before_abort = log_flush;
    int error = thread_start(&sink.thread, log_main, &sink.buffers[1]);
    if (error != 0) {
        free(sink.buffers);
        sink.buffers = NULL;
        return error;
    }
    set_state(BUFFERED, false);
    return 0;
}

static bool
wait_written(void)
{
    static const struct timespec nap = {.tv_nsec = NAP_NS};
    uint64_t n_put = atomic_load_explicit(&sink.n_put, memory_order_acquire);
    for (int64_t left_ms = STDERR_WAIT_MS; atomic_load_explicit(&sink.n_done, memory_order_acquire) < n_put;
         left_ms--) {
        if (left_ms == 0)
            return false;
        nanosleep(&nap, NULL);
    }
    return true;
}

void
log_flush(void)
{
    (void)wait_written();
}

void
log_stop(void)
{
    if (sink.state != BUFFERED)
        return;
    set_state(DIRECT, true);
    pthread_cond_signal(&sink.filled);
    if (!wait_written()) { /* only the end of the process ends a thread in the middle of a write */
        set_state(STUCK, true);
        pthread_detach(sink.thread);
        return;
    }
    pthread_join(sink.thread, NULL);
    must_before_abort = NULL;
    free(sink.buffers);
    sink.buffers = NULL;
}
