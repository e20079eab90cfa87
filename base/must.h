/*
 * must: assertions about our own code that stay on in production.
 *
 * MUST          cheap, in every build.
 * CHECKED_MUST  with ./configure --enable-checks; for tests that cost a cache
 *               line or a lock.
 * UNREACHABLE   after a switch that has returned for every case.
 *
 * Never use them for the behaviour of a peer or the machine: bytes from a socket,
 * a full disk or missing memory are results, and functions return them.
 */
#ifndef BASE_MUST_H
#define BASE_MUST_H

#define MUST_USE    __attribute__((warn_unused_result))
#define LIKELY(x)   __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)

/*
 * Prints the failed assertion and its place to standard error, then aborts.  It
 * waits only briefly for the reader.
 */
_Noreturn void must_fail(const char *what, const char *file, int line, const char *function);

/* must_fail calls it before it prints; may be NULL.  Set by log_start, before there is a second thread. */
extern void (*must_before_abort)(void);

#define MUST(x)                                          \
    do {                                                 \
        if (UNLIKELY(!(x)))                              \
            must_fail(#x, __FILE__, __LINE__, __func__); \
    } while (0)

#ifdef LARDER_CHECKS
#define CHECKED_MUST(x) MUST(x)
#else
#define CHECKED_MUST(x) ((void)sizeof(!(x)))
#endif

#define UNREACHABLE() must_fail("unreachable", __FILE__, __LINE__, __func__)

#endif
