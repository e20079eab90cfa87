/*
 * target: the server's addresses, and what TLS with it needs.
 *
 * Threads: made before there are any; then only read, but for OpenSSL's own counts.
 */
#ifndef BENCH_TARGET_H
#define BENCH_TARGET_H

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
    bool is_local;          /* the server is on this machine, as far as its first address tells */
    struct ssl_ctx_st *tls; /* or NULL */
    const char *name;       /* to be asked for, and verified; may be an address; of TLS */
};

/* Finds the server; false, with the reason on `err`. */
MUST_USE bool target_init(struct target *, const struct options *, FILE *err);
void target_fini(struct target *);

/* A socket on its way to address `i`, not blocking; or a negative errno. */
MUST_USE int target_connect(const struct target *, unsigned i);

#endif
