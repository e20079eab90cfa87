/*
 * liblarder: client library for the cache servers larder and memcached.
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
 * Keys have up to 250 bytes: any bytes in the meta and binary protocols, no blanks
 * and control characters in the text protocol.  Keys and values are bytes and a
 * length, without a terminating zero.  Times to live are in seconds: 0 means that
 * the item never expires, up to 30 days they count from now, larger ones are Unix
 * times, and an item with a negative one expires at once.
 *
 * Errors     Every function that can fail returns an enum larder_code.  larder_strerror
 *            describes the code, larder_why returns the message of the server or system.
 *            Codes from LARDER_TIMEOUT on are errors: they do not tell whether the item
 *            exists or was changed.
 * Timeouts   A call takes at most connect_timeout_ms plus timeout_ms for each server
 *            that it tries (one, unless there are replicas), and the same again if a
 *            server's connection breaks.  Exception: host names are looked up by the
 *            system's resolver, which has timeouts of its own.
 * Ownership  Arguments stay the caller's; the library does not read them after the call.
 *            Results belong to the handle and are valid until the next call on it.
 * Threads    One thread at a time uses a handle; any thread uses a struct larder_pool.
 * Misuse     A call that breaks a rule of this file, such as one on a handle that was freed, or
 *            one that a callback must not make, is undefined.  If the library notices it, it
 *            writes a message to standard error, and ends the program with abort(3).
 * Signals    The library raises no other signal, catches none, and starts no thread.
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
    LARDER_MISS,       /* the server has no item with this key */
    LARDER_EXISTS,     /* the item has changed: its CAS number differs from the given one */
    LARDER_NOT_STORED, /* add: the item exists; replace, append, prepend: it does not */

    LARDER_TIMEOUT = 16,   /* no answer in time; whether the server carried out the request is unknown */
    LARDER_UNREACHABLE,    /* connecting failed */
    LARDER_CLOSED,         /* the connection broke before the answer */
    LARDER_DEAD,           /* nothing was sent: the server is marked down after recent failures */
    LARDER_NO_SERVERS,     /* the handle has no servers */
    LARDER_TLS,            /* TLS failed: certificate, name, version */
    LARDER_DENIED,         /* the login was refused, or the user may not do this */
    LARDER_PROTOCOL,       /* the server broke the protocol; the connection is closed */
    LARDER_BAD_KEY,        /* the key is empty, too long, or not valid in this protocol */
    LARDER_BAD_ARGUMENT,   /* another argument is invalid, such as an option's name or value */
    LARDER_NOT_SUPPORTED,  /* the protocol or the server does not have this operation */
    LARDER_TOO_LARGE,      /* the value is too large for the server, or larger than value_max */
    LARDER_NO_ROOM,        /* the value is longer than the caller's buffer; n_value is its length */
    LARDER_NOT_NUMBER,     /* the item's value is not a number */
    LARDER_SERVER_MEMORY,  /* the server is out of memory */
    LARDER_SERVER_ERROR,   /* the server reports an error of its own */
    LARDER_SERVER_REFUSED, /* the server reports that the request is invalid */
    LARDER_NO_MEMORY,      /* this process is out of memory */
    LARDER_BUSY,           /* more than queue_max bytes wait to be sent: call larder_service */
    LARDER_BAD_VALUE,      /* the item's flags say that its value is compressed, but it is not */
};

/* A description of the code; never NULL. */
LARDER_API const char *larder_strerror(int code);

/* ---- a handle ----------------------------------------------------------- */

struct larder;

/* A handle without servers; NULL when out of memory.  It connects to a server when the first call needs it. */
LARDER_API struct larder *larder_new(void);

/* Another handle with the same options and servers, and connections of its own. */
LARDER_API struct larder *larder_clone(const struct larder *);

/* Closes the handle's connections; submitted requests without an answer are not called back.  NULL does nothing. */
LARDER_API void larder_free(struct larder *);

/*
 * Sets an option by name.  It applies to later connections and requests.  A new
 * protocol closes the open connections: requests on them end with LARDER_CLOSED.
 *
 *   protocol            meta, text or binary [meta]
 *   connect_timeout_ms  longest time to connect, including TLS and login [1000]
 *   timeout_ms          longest time to wait for an answer, without the time to connect [1000]
 *   failures            failed requests in a row after which a server is marked down [2]
 *   retry_ms            time until a server that is marked down is tried again; doubles each time [1000]
 *   retry_max_ms        ... up to this time [60000]
 *   refresh_ms          time between two look-ups of servers in a file, DNS or a cluster [10000]
 *   failover            on: the next server of the ring replaces one that is marked down [off]
 *   replicas            servers that each item is written to [1]
 *   ring                the mapping of keys to servers: see liblarder(3) [ketama]
 *   hash_tag            two characters; only the part of a key between them is hashed [none]
 *   value_max           bytes of the largest value that is received [134217728]
 *   queue_max           bytes that may wait to be sent to a server [67108864]
 *   compression         pylibmc, php-zlib or php-fastlz: values are compressed in this client's format [none]
 *   compression_min     bytes of the smallest value that is compressed [2000]
 *   username, password  for the login: SASL PLAIN in binary, the auth file's login in text and meta [none]
 *   tls                 on: all servers speak TLS [off]
 *   tls_verify          off: accept any certificate [on]
 *   tls_ca              file with the certificates to trust [the system's]
 *   tls_cert, tls_key   files with the client's certificate and its key [none]
 *   tls_name            the name that the server's certificate must have [the host's]
 *
 * With compression, the library removes the flags that mark a compressed value from
 * an item, and they may not be set (LARDER_BAD_ARGUMENT).  Append and prepend return
 * LARDER_NOT_SUPPORTED.  Compression loads zlib, which must be installed.
 *
 * LARDER_OK, LARDER_BAD_ARGUMENT, LARDER_NO_MEMORY, or LARDER_NOT_SUPPORTED without zlib.
 * After an error the option keeps its old value.
 */
LARDER_API int larder_option(struct larder *, const char *name, const char *value);

/*
 * Sets the servers: "host[:port[:weight]][=name]", separated by commas or blanks;
 * "[address]" for IPv6, a path for a UNIX socket.  A ring hashes the name if there is
 * one, else host and port.  Servers that are also in the new list keep their
 * connections; requests to servers that are not end with LARDER_CLOSED.
 *
 * Or `list` names the source of such a list, which is read now and again later:
 *
 *   file+/path                    a file; # starts a comment, up to the end of the line
 *   dns+host[:port]               the addresses of a name: IPv4 if it has any, else IPv6
 *   cluster+host[:port][,...]     the answer of one of these servers, or of those found last,
 *                                 to `config get cluster`
 *
 * Calls that wait read the source again every refresh_ms, and one second after a
 * server has failed.  So does larder_service, except for DNS, where a look-up may take
 * long.  If the list cannot be read, is invalid or empty, the servers stay as they
 * are, and larder_why has the reason.  Each of these calls may renumber the servers.
 */
LARDER_API int larder_servers(struct larder *, const char *list);

/* Reads the source of the list now.  LARDER_OK, or the reason why the servers stay as they are. */
LARDER_API int larder_refresh(struct larder *);

/* The number of servers; the n'th as "host:port"; false if it is marked down. */
LARDER_API size_t larder_n_servers(const struct larder *);
LARDER_API const char *larder_server_name(const struct larder *, size_t n);
LARDER_API bool larder_server_alive(const struct larder *, size_t n);

/* The number of the server that has the key; SIZE_MAX without servers. */
LARDER_API size_t larder_server_of(const struct larder *, const void *key, size_t n_key);

/* The last error on this handle: the server's name, and the server's or system's message; "" if there was none. */
LARDER_API const char *larder_why(const struct larder *);

/* ---- items -------------------------------------------------------------- */

struct larder_item {
    const char *key; /* *_many functions: the key to look up */
    size_t n_key;
    const char *value;
    size_t n_value;
    uint64_t cas;      /* 0 if not requested */
    uint64_t number;   /* arithmetic: the result */
    int64_t exptime_s; /* larder_set_many: the time to live to set */
    int64_t ttl_s;     /* if requested: seconds left, -1 if the item never expires */
    uint32_t flags;    /* the client's flags, stored and returned with the item */
    int code;          /* *_many functions: the result for this item */
    bool won;          /* recache: this caller should compute the new value */
    bool stale;        /* the value is out of date, and another caller computes the new one */
    bool token_sent;   /* another caller has been told to compute the new value */
    uint64_t reserved[4];
};

/* Reads an item.  On LARDER_OK `item` is set; its value stays valid until the next call on the handle. */
LARDER_API int larder_get(struct larder *, const void *key, size_t n_key, struct larder_item *item);
LARDER_API int larder_gets(
    struct larder *, const void *key, size_t n_key, struct larder_item *item); /* with its CAS number */
LARDER_API int larder_gat(struct larder *, const void *key, size_t n_key, int64_t exptime,
    struct larder_item *item); /* and sets its time to live */

/*
 * Like larder_gets, but copies the value to `room`, to which item->value then points.
 * LARDER_NO_ROOM: the value is longer than n_room; item->n_value is its length, and
 * nothing is copied.
 */
LARDER_API int larder_get_into(
    struct larder *, const void *key, size_t n_key, void *room, size_t n_room, struct larder_item *item);

/*
 * Reads `n` items with one call, from all servers in parallel.  The caller sets `key`
 * and `n_key` of each; the call sets `code`, the result for this item, and the other
 * fields.  All values stay valid until the next call on the handle.  LARDER_OK if the
 * code of each is LARDER_OK or LARDER_MISS, else the first error.
 */
LARDER_API int larder_get_many(struct larder *, struct larder_item *items, size_t n);

/* Stores an item.  LARDER_OK: it is stored. */
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
/* Stores only if the item still has this CAS number; else LARDER_EXISTS. */
LARDER_API int larder_cas(struct larder *, const void *key, size_t n_key, const void *value, size_t n_value,
    uint32_t flags, int64_t exptime, uint64_t cas);

/* Stores `n` items with one call, like larder_get_many; the caller sets key, value, flags and exptime_s. */
LARDER_API int larder_set_many(struct larder *, struct larder_item *items, size_t n);

LARDER_API int larder_delete(struct larder *, const void *key, size_t n_key);
LARDER_API int larder_touch(struct larder *, const void *key, size_t n_key, int64_t exptime);

/*
 * Add to or subtract from a value of decimal digits, 64 bits wide.  A sum wraps, a
 * difference stops at 0.  `result` may be NULL.
 */
LARDER_API int larder_incr(struct larder *, const void *key, size_t n_key, uint64_t delta, uint64_t *result);
LARDER_API int larder_decr(struct larder *, const void *key, size_t n_key, uint64_t delta, uint64_t *result);
/* The same (delta < 0 subtracts); a missing item is created with `initial`.  Not in the text protocol. */
LARDER_API int larder_count(struct larder *, const void *key, size_t n_key, int64_t delta, uint64_t initial,
    int64_t exptime, uint64_t *result);

/* ---- servers ------------------------------------------------------------ */

/*
 * Called for each line of an answer; the strings are valid until it returns.  It returns
 * false to receive no more lines.  It must not call functions that take the handle,
 * except larder_why.
 */
typedef bool larder_line(void *arg, const char *server, const char *name, const char *value);

/* The statistics of all servers; `group` may be NULL or a group such as "items". */
LARDER_API int larder_stats(struct larder *, const char *group, larder_line *, void *arg);

/*
 * The versions of all servers, as values of the name "version".  larderd answers with
 * memcached's version; its own is "larder_version" in the statistics group "larder".
 */
LARDER_API int larder_version(struct larder *, larder_line *, void *arg);

/* Invalidates all items of all servers, in `delay` seconds. */
LARDER_API int larder_flush(struct larder *, uint32_t delay);

/*
 * Sends one line to the n'th server, and passes each line of the answer to `on_line`, as
 * a value without a name, up to the last one ("END", "EN", "OK", "RESET", an error).
 * The answers of `watch` and of dumps begin with OK: with `lines`, the call reads on
 * after an OK; the answer of watch ends only when `on_line` returns false.  timeout_ms
 * is the time to wait for each line; 0 means the handle's timeout_ms for the first line
 * and no limit for the next ones.  Not in the binary protocol.  The connection is closed
 * if `on_line` returns false.
 */
LARDER_API int larder_command(struct larder *, size_t n, const char *line, bool lines, uint32_t timeout_ms,
    larder_line *on_line, void *arg);

/* ---- fetch or compute --------------------------------------------------- */

/*
 * Computes the value of an item that is missing or out of date.  The caller owns the
 * value's memory, which must stay valid until larder_fetch has returned.  LARDER_OK,
 * or any other code, which larder_fetch then returns.
 */
typedef int larder_compute(void *arg, const void *key, size_t n_key, const char **value, size_t *n_value);

struct larder_fetch {
    larder_compute *compute;
    void *arg;
    int64_t ttl_s;    /* time to live of the computed value */
    int64_t early_s;  /* one caller recomputes the value this long before it expires; 0: not before */
    int64_t lease_s;  /* time that one caller has to compute before another may; 0: 10 */
    uint32_t wait_ms; /* time that a caller without a value waits for the one that computes; 0: lease_s */
    uint32_t flags;   /* the item's flags */
    uint64_t reserved[4];
};

/*
 * Reads the item; if it is missing or out of date, calls `compute` and stores the
 * result.  If many callers (in any process) miss the same key at the same time, only
 * one of them computes: the others get the old value if there is one (item->stale),
 * else they wait for the new one, and compute after wait_ms.  If the servers fail,
 * `compute` is called and nothing is stored; that returns LARDER_OK too.  Only in the
 * meta protocol.
 */
LARDER_API int larder_fetch(
    struct larder *, const void *key, size_t n_key, const struct larder_fetch *, struct larder_item *item);

/*
 * Marks the item as out of date: the next larder_fetch computes its value.  Until then,
 * for at most `ttl` seconds, reads get the old value.
 */
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
    LARDER_WITH_CAS = 1,  /* reads: return item.cas */
    LARDER_IF_CAS = 2,    /* SET, DELETE: only if the item has the CAS number `cas` */
    LARDER_AND_TOUCH = 4, /* GET: also set the item's time to live to `exptime` */
    LARDER_WITH_TTL = 8,  /* GET, in the meta protocol: return item.ttl_s */
};

/* Fields that the operation does not use are zero. */
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
 * Called once for each submitted request, by larder_service, by any call that waits, by
 * larder_pool_give, or by larder_option or larder_servers, if they close its connection.
 * `item` is valid until it returns.  Of the functions that take the handle it may call
 * only larder_submit and larder_why.
 */
typedef void larder_done(void *arg, int code, const struct larder_item *item);

/*
 * Queues a request and returns without waiting; key and value are copied.  After a code
 * other than LARDER_OK the request is not queued and not called back.  It is sent only to
 * the key's first server, even with the option `replicas`.
 */
LARDER_API int larder_submit(struct larder *, const struct larder_request *, larder_done *, void *arg);

/* The number of submitted requests that have not been called back. */
LARDER_API size_t larder_outstanding(const struct larder *);

/* The fields of struct pollfd. */
struct larder_pollfd {
    int fd;
    short events; /* POLLIN, POLLOUT */
    short revents;
};

/*
 * The descriptors to wait for before the next call of larder_service: writes up to `n`
 * of them to `fds`, and returns how many there are.  *timeout_ms is the longest time to
 * wait if no descriptor gets ready; -1: no limit.
 */
LARDER_API size_t larder_pollfds(struct larder *, struct larder_pollfd *fds, size_t n, int *timeout_ms);

/*
 * Sends and receives what the sockets accept and have, and calls back finished requests.
 * Waits up to timeout_ms for a socket to get ready; 0: does not wait, for use in an
 * event loop; -1: no limit.  LARDER_OK.
 */
LARDER_API int larder_service(struct larder *, int timeout_ms);

/* ---- many threads ------------------------------------------------------- */

struct larder_pool;

/*
 * A pool of up to `n_max` handles with the options and servers of `model`, which stays
 * the caller's.  NULL when out of memory.
 */
LARDER_API struct larder_pool *larder_pool_new(const struct larder *model, size_t n_max);

/* All handles must have been given back. */
LARDER_API void larder_pool_free(struct larder_pool *);

/*
 * Takes a handle, which only this thread uses until it gives it back.  Waits up to
 * timeout_ms for one, -1: no limit; NULL if none was given back in time, or when out
 * of memory.
 */
LARDER_API struct larder *larder_pool_take(struct larder_pool *, int timeout_ms);

/*
 * Gives a handle back.  First it calls back each submitted request that has no answer
 * yet with LARDER_CLOSED, also requests that such a callback submits.
 */
LARDER_API void larder_pool_give(struct larder_pool *, struct larder *);

/* Sets the servers, like larder_servers, of each handle when it is taken next. */
LARDER_API int larder_pool_servers(struct larder_pool *, const char *list);

#ifdef __cplusplus
}
#endif
#endif
