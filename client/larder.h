/*
 * liblarder: the client library of larder, for memcached's servers as well.
 *
 *   struct larder *l = larder_new();
 *   larder_servers(l, "cache1:11211, cache2:11211, [::1]:11212, /run/larder.sock");
 *   larder_option(l, "timeout_ms", "200");
 *
 *   struct larder_item item;
 *   if (larder_get(l, "key", 3, &item) == LARDER_OK)
 *       fwrite(item.value, 1, item.n_value, stdout);
 *   larder_set(l, "key", 3, "value", 5, 0, 60);
 *   larder_free(l);
 *
 * Keys are up to 250 bytes; meta and binary take any bytes, text no blanks and
 * control characters.  Keys and values are bytes and a length: no ending zero is
 * wanted or given.  Times to live are in seconds: 0 is for ever, up to 30 days they
 * count from now, larger ones are Unix times, negative ones are past.
 *
 * Errors     Every function that can fail returns an enum larder_code; larder_strerror
 *            says it in words, larder_why what the server or the system said.
 *            From LARDER_TIMEOUT on it is a trouble, and nothing is known of the item.
 * Timeouts   No call takes longer than connect_timeout_ms and timeout_ms allow for each
 *            server that it tries (one, unless there are replicas), and once more
 *            for one whose connection broke; but for the name of a host, which the
 *            system's resolver looks up.
 * Ownership  What is handed in is the caller's, and is not looked at after the call.
 *            What comes back is the handle's, and is good until the next call on it.
 * Threads    A handle is used by one thread at a time; a struct larder_pool by any.
 * Signals    None is raised or caught; no thread is started.
 */
#ifndef CLIENT_LARDER_H
#define CLIENT_LARDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define LARDER_API __attribute__((visibility("default")))

/* ---- results ------------------------------------------------------------ */

enum larder_code {
    LARDER_OK = 0,
    LARDER_MISS,       /* there is no such item */
    LARDER_EXISTS,     /* the item has changed: another CAS number than was compared */
    LARDER_NOT_STORED, /* add: there is one; replace, append, prepend: there is none */

    LARDER_TIMEOUT = 16,   /* not answered in time; whether it was carried out is not known */
    LARDER_UNREACHABLE,    /* no connection could be made */
    LARDER_CLOSED,         /* the connection broke before the answer */
    LARDER_DEAD,           /* the server failed lately, and was not asked */
    LARDER_NO_SERVERS,     /* none is known */
    LARDER_TLS,            /* no TLS with it: certificate, name, version */
    LARDER_DENIED,         /* the login was refused, or this is not allowed to it */
    LARDER_PROTOCOL,       /* the server does not speak as it should; the connection is given up */
    LARDER_BAD_KEY,        /* empty, too long, or not for this protocol */
    LARDER_BAD_ARGUMENT,   /* any other that makes no sense; an option's name or value */
    LARDER_NOT_SUPPORTED,  /* the protocol cannot say this, or the server does not know it */
    LARDER_TOO_LARGE,      /* the value, for the server, or for value_max */
    LARDER_NO_ROOM,        /* for the value in the caller's buffer; n_value says how long it is */
    LARDER_NOT_NUMBER,     /* the item's value is none */
    LARDER_SERVER_MEMORY,  /* the server has no room left */
    LARDER_SERVER_ERROR,   /* the server says that it cannot */
    LARDER_SERVER_REFUSED, /* the server says that the request makes no sense */
    LARDER_NO_MEMORY,      /* here */
    LARDER_BUSY,           /* more waits to be sent than queue_max: let larder_service work */
    LARDER_BAD_VALUE,      /* the item's flags say that its value is compressed, and it is not */
};

/* In words; never NULL. */
LARDER_API const char *larder_strerror(int code);

/* ---- a handle ----------------------------------------------------------- */

struct larder;

/* Without servers yet; NULL when out of memory.  Nothing is connected before it is needed. */
LARDER_API struct larder *larder_new(void);

/* Another handle with the same options and servers, and connections of its own. */
LARDER_API struct larder *larder_clone(const struct larder *);

/* Closes its connections; what was submitted and is not answered is never called back.  NULL is nothing. */
LARDER_API void larder_free(struct larder *);

/*
 * Sets an option by name, for connections made and requests sent from now on.  Another
 * protocol gives up the connections there are: requests on them are answered LARDER_CLOSED.
 *
 *   protocol            meta, text or binary [meta]
 *   connect_timeout_ms  until a connection, TLS and login included, is there [1000]
 *   timeout_ms          until an answer is there, the connection not included [1000]
 *   failures            in a row, until a server is taken for dead [2]
 *   retry_ms            until a dead server is tried again; doubles each time [1000]
 *   retry_max_ms        ... up to this [60000]
 *   refresh_ms          until servers that come from a file, DNS or a cluster are looked for again [10000]
 *   failover            on: the next server of the ring stands in for a dead one [off]
 *   replicas            servers that each item is written to [1]
 *   ring                who has which key: see liblarder(3) [ketama]
 *   hash_tag            two characters; only what stands between them is hashed [none]
 *   value_max           bytes of a value that is taken [134217728]
 *   queue_max           bytes that may wait to be sent to a server [67108864]
 *   compression         pylibmc, php-zlib or php-fastlz: values are compressed as these clients do it [none]
 *   compression_min     bytes of the shortest value that is [2000]
 *   username, password  a login: SASL PLAIN in binary, the auth file's way in text and meta [none]
 *   tls                 on: all servers speak TLS [off]
 *   tls_verify          off: take any certificate [on]
 *   tls_ca              file with the certificates to trust [the system's]
 *   tls_cert, tls_key   files with the certificate to show, and its key [none]
 *   tls_name            the name that the certificate must have [the host's]
 *
 * With compression, the flags of an item that say so are not shown, and may not be
 * set (LARDER_BAD_ARGUMENT); nothing can be appended or prepended
 * (LARDER_NOT_SUPPORTED).  It needs the machine's zlib.
 *
 * LARDER_OK, LARDER_BAD_ARGUMENT, LARDER_NO_MEMORY, or LARDER_NOT_SUPPORTED without zlib;
 * an option that was refused stays as it was.
 */
LARDER_API int larder_option(struct larder *, const char *name, const char *value);

/*
 * The servers from now on: "host[:port[:weight]][=name]", with commas or blanks
 * between; "[address]" for IPv6, a path for a unix socket.  The name is what a
 * ring knows the server by, if not by host and port.  Servers that stay keep their
 * connections; requests to those that go are answered LARDER_CLOSED.
 *
 * Or where such a list is found, now and from now on:
 *
 *   file+/path                    in a file; # and what is behind it is a comment
 *   dns+host[:port]               the addresses of a name: IPv4 if it has any, else IPv6
 *   cluster+host[:port][,...]     what one of these servers, or of those found last, answers
 *                                 to `config get cluster`
 *
 * It is looked for again every refresh_ms, and a second after a server has failed; by
 * any call that waits, and by larder_service, but for names, whose look-up may
 * take long.  What cannot be had then, is broken or empty, changes nothing, and
 * larder_why says so.  Servers' numbers may change with each of these calls.
 */
LARDER_API int larder_servers(struct larder *, const char *list);

/* Looks now.  LARDER_OK, or why the servers stay as they were. */
LARDER_API int larder_refresh(struct larder *);

/* How many there are; the n'th as "host:port"; whether it is taken for alive. */
LARDER_API size_t larder_n_servers(const struct larder *);
LARDER_API const char *larder_server_name(const struct larder *, size_t n);
LARDER_API bool larder_server_alive(const struct larder *, size_t n);

/* The number of the server that has the key; SIZE_MAX without servers. */
LARDER_API size_t larder_server_of(const struct larder *, const void *key, size_t n_key);

/* What went wrong last, with the server's name and its own or the system's words; "" at first. */
LARDER_API const char *larder_why(const struct larder *);

/* ---- items -------------------------------------------------------------- */

struct larder_item {
    const char *key; /* of the *_many functions: asked for */
    size_t n_key;
    const char *value;
    size_t n_value;
    uint64_t cas;      /* 0 where it was not asked for */
    uint64_t number;   /* of arithmetic */
    int64_t exptime_s; /* larder_set_many: its time to live */
    int64_t ttl_s;     /* seconds left, -1 for ever; where it was asked for */
    uint32_t flags;    /* the client's: stored with the item, and given back */
    int code;          /* of the *_many functions: what it came to */
    bool won;          /* of a request that may recache: it is the caller's to make the value anew */
    bool stale;        /* the value is out of date, and another makes it anew */
    bool token_sent;   /* another has been told that it has won */
    uint64_t reserved[4];
};

/* Reads.  `item` is filled when there is one; its value stays good until the next call on the handle. */
LARDER_API int larder_get(struct larder *, const void *key, size_t n_key, struct larder_item *item);
LARDER_API int larder_gets(
    struct larder *, const void *key, size_t n_key, struct larder_item *item); /* with its CAS number */
LARDER_API int larder_gat(struct larder *, const void *key, size_t n_key, int64_t exptime,
    struct larder_item *item); /* and set its time to live */

/*
 * As larder_gets, the value copied into `room`, which item->value then is.
 * LARDER_NO_ROOM: it is longer; item->n_value says how long, nothing is copied.
 */
LARDER_API int larder_get_into(
    struct larder *, const void *key, size_t n_key, void *room, size_t n_room, struct larder_item *item);

/*
 * Reads `n` items at once, from all servers at the same time.  Of each, `key` and
 * `n_key` are the caller's; `code` says what it came to, and the rest is filled.
 * All values stay good until the next call on the handle.  LARDER_OK if each was
 * found or missed, else the code of the first that met a trouble.
 */
LARDER_API int larder_get_many(struct larder *, struct larder_item *items, size_t n);

/* Writes.  LARDER_OK: it is stored. */
LARDER_API int larder_set(struct larder *, const void *key, size_t n_key, const void *value, size_t n_value,
    uint32_t flags, int64_t exptime);
LARDER_API int larder_add(struct larder *, const void *key, size_t n_key, const void *value, size_t n_value,
    uint32_t flags, int64_t exptime);
LARDER_API int larder_replace(struct larder *, const void *key, size_t n_key, const void *value,
    size_t n_value, uint32_t flags, int64_t exptime);
LARDER_API int larder_append(
    struct larder *, const void *key, size_t n_key, const void *value, size_t n_value);
LARDER_API int larder_prepend(
    struct larder *, const void *key, size_t n_key, const void *value, size_t n_value);
/* If the item still has this CAS number; else LARDER_EXISTS. */
LARDER_API int larder_cas(struct larder *, const void *key, size_t n_key, const void *value, size_t n_value,
    uint32_t flags, int64_t exptime, uint64_t cas);

/* Sets `n` items at once: key, value, flags and exptime_s are the caller's.  Else as larder_get_many. */
LARDER_API int larder_set_many(struct larder *, struct larder_item *items, size_t n);

LARDER_API int larder_delete(struct larder *, const void *key, size_t n_key);
LARDER_API int larder_touch(struct larder *, const void *key, size_t n_key, int64_t exptime);

/* Arithmetic on decimal digits, 64 bits wide; `result` may be NULL.  Decrementing ends at 0, incrementing wraps. */
LARDER_API int larder_incr(struct larder *, const void *key, size_t n_key, uint64_t delta, uint64_t *result);
LARDER_API int larder_decr(struct larder *, const void *key, size_t n_key, uint64_t delta, uint64_t *result);
/* The same (delta < 0 decrements), and an item that is missing is made with `initial`.  Not in text. */
LARDER_API int larder_count(struct larder *, const void *key, size_t n_key, int64_t delta, uint64_t initial,
    int64_t exptime, uint64_t *result);

/* ---- servers ------------------------------------------------------------ */

/*
 * Called for each line; the words are good until it returns.  false: enough.  It
 * calls nothing that takes the handle but larder_why.
 */
typedef bool larder_line(void *arg, const char *server, const char *name, const char *value);

/* Statistics of all servers; `group` may be NULL or words such as "items". */
LARDER_API int larder_stats(struct larder *, const char *group, larder_line *, void *arg);

/*
 * The version of all servers, as the value of "version".  larderd answers memcached's;
 * its own is "larder_version" in the statistics of "larder".
 */
LARDER_API int larder_version(struct larder *, larder_line *, void *arg);

/* All items of all servers are gone, in `delay` seconds. */
LARDER_API int larder_flush(struct larder *, uint32_t delay);

/*
 * Sends one line to the n'th server, and hands on each line of the answer, as a
 * value without a name, until the one that ends it ("END", "EN", "OK", "RESET", an
 * error).  Of `watch` and dumps, where OK begins, `lines` goes on behind it, and
 * for watch only `on_line` ends it.  timeout_ms is for each line to come; with 0
 * the first has the handle's, and those behind it any time.  Not in binary.  The
 * connection is closed if `on_line` had enough.
 */
LARDER_API int larder_command(struct larder *, size_t n, const char *line, bool lines, uint32_t timeout_ms,
    larder_line *on_line, void *arg);

/* ---- fetch or compute --------------------------------------------------- */

/*
 * Makes the value of an item that is missing or out of date.  Memory is the
 * caller's: it must stay until larder_fetch has returned.  LARDER_OK, or any code,
 * which larder_fetch then returns.
 */
typedef int larder_compute(void *arg, const void *key, size_t n_key, const char **value, size_t *n_value);

struct larder_fetch {
    larder_compute *compute;
    void *arg;
    int64_t ttl_s;   /* of the value that was computed */
    int64_t early_s; /* one caller computes it anew when less than this is left; 0: not before */
    int64_t lease_s; /* as long a caller has to compute it, before another may; 0: 10 */
    uint32_t
        wait_ms;    /* who finds nothing waits so long for another who computes, then computes; 0: lease_s */
    uint32_t flags; /* of the item */
    uint64_t reserved[4];
};

/*
 * The item, or what `compute` makes of it, which is stored.  Of many callers
 * anywhere who miss at once, one computes: the others get the value that is out of
 * date where there is one (item->stale), else wait.  If the servers are in
 * trouble, `compute` is called and nothing is stored; LARDER_OK then, too.
 * Only in meta.
 */
LARDER_API int larder_fetch(
    struct larder *, const void *key, size_t n_key, const struct larder_fetch *, struct larder_item *item);

/* Marks the item as out of date, for larder_fetch to make anew; it is given out meanwhile, `ttl` seconds at most. */
LARDER_API int larder_invalidate(struct larder *, const void *key, size_t n_key, int64_t ttl);

/* ---- without waiting ---------------------------------------------------- */

enum larder_operation {
    LARDER_GET,
    LARDER_SET,
    LARDER_ADD,
    LARDER_REPLACE,
    LARDER_APPEND,
    LARDER_PREPEND,
    LARDER_DELETE,
    LARDER_TOUCH,
    LARDER_INCR,
    LARDER_DECR,
};

enum larder_request_bits {
    LARDER_WITH_CAS = 1,  /* reads: item.cas is wanted */
    LARDER_IF_CAS = 2,    /* SET, DELETE: only if the item has `cas` */
    LARDER_AND_TOUCH = 4, /* GET: `exptime` is its time to live from now on */
    LARDER_WITH_TTL = 8,  /* GET, in meta: item.ttl_s is wanted */
};

/* All zero but for what is meant. */
struct larder_request {
    int operation; /* enum larder_operation */
    unsigned bits; /* enum larder_request_bits */
    const void *key;
    size_t n_key;
    const void *value;
    size_t n_value;
    uint32_t flags;
    int64_t exptime;
    uint64_t cas;
    uint64_t delta;
    uint64_t reserved[4];
};

/*
 * Called once for each request that was submitted, from larder_service, any call
 * that waits or larder_pool_give.  `item` is good until it returns.  It may submit, and call
 * nothing else that takes the handle but larder_why.
 */
typedef void larder_done(void *arg, int code, const struct larder_item *item);

/*
 * Takes a request up: key and value are copied, nothing waits.  A code other than
 * LARDER_OK says that it was not taken up, and will not be called back.  It goes
 * to the key's first server, whatever `replicas` says.
 */
LARDER_API int larder_submit(struct larder *, const struct larder_request *, larder_done *, void *arg);

/* How many have been submitted and not called back. */
LARDER_API size_t larder_outstanding(const struct larder *);

/* As struct pollfd has it. */
struct larder_pollfd {
    int fd;
    short events; /* POLLIN, POLLOUT */
    short revents;
};

/*
 * What to wait for before larder_service is called next: up to `n` descriptors are
 * written to `fds`, and how many there are is returned.  *timeout_ms: it has to be
 * called by then even if none is ready; -1 never.
 */
LARDER_API size_t larder_pollfds(struct larder *, struct larder_pollfd *fds, size_t n, int *timeout_ms);

/*
 * Sends and receives what can be, and calls back.  Waits up to timeout_ms for
 * something to do, 0 not at all, -1 until there is.  A timeout_ms of 0 suits any
 * event loop.  LARDER_OK.
 */
LARDER_API int larder_service(struct larder *, int timeout_ms);

/* ---- many threads ------------------------------------------------------- */

struct larder_pool;

/* Up to `n_max` handles like `model`, which stays the caller's.  NULL when out of memory. */
LARDER_API struct larder_pool *larder_pool_new(const struct larder *model, size_t n_max);

/* All handles have been given back. */
LARDER_API void larder_pool_free(struct larder_pool *);

/*
 * A handle for this thread alone, until it is given back.  Waits up to timeout_ms
 * for one, -1 for ever; NULL if none came, or when out of memory.
 */
LARDER_API struct larder *larder_pool_take(struct larder_pool *, int timeout_ms);

/*
 * Who waits for a request that was submitted and is not answered hears LARDER_CLOSED
 * of it first, and of what it then submits.
 */
LARDER_API void larder_pool_give(struct larder_pool *, struct larder *);

/* New servers, as of larder_servers, for each handle when it is taken next. */
LARDER_API int larder_pool_servers(struct larder_pool *, const char *list);

#ifdef __cplusplus
}
#endif
#endif
