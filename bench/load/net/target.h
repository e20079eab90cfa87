/*
 * target: the server's addresses, and the TLS context for it.
 *
 * Threads: made before other threads start, then read-only, except for OpenSSL's own counters.
 */
#ifndef BENCH_LOAD_NET_TARGET_H
#define BENCH_LOAD_NET_TARGET_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/socket.h>

#include "base/must.h"

struct options;
struct ssl_ctx_st;

enum { TARGET_ADDRESSES_MAX = 16 };

struct target {
    struct {
        struct sockaddr_storage address;
        socklen_t n;
    } at[TARGET_ADDRESSES_MAX];
    unsigned n;
    bool is_local;          /* the server's first address is on this machine */
    struct ssl_ctx_st *tls; /* or NULL */
    const char *name;       /* name or address for TLS to request and verify */
};

/* Resolves the server; false, with the reason on `err`. */
MUST_USE bool target_init(struct target *, const struct options *, FILE *err);
void target_fini(struct target *);

/* A non-blocking socket that is connecting to address `i`; or a negative errno. */
MUST_USE int target_connect(const struct target *, unsigned i);

#endif
