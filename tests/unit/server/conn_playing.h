/*
 * conn_playing: a worker's connections without its thread, and clients that the test plays.
 *
 * A client is a stream whose other end is the test.  It sends its requests in pieces of any size, reads its replies
 * in pieces of any size, closes, or fails with any error.  Its descriptor is an eventfd: readable when the client
 * has sent bytes or has ended, and always writable.  So libevent calls the connection for the event that it waits for.
 * The store has no background thread, and the clock does not tick.
 */
#ifndef TESTS_UNIT_SERVER_CONN_PLAYING_H
#define TESTS_UNIT_SERVER_CONN_PLAYING_H

#include "server/conn/conn_memory.h"
#include "server/conn/conn_set.h"

#include "tests/unit/unit.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include "proto/binary.h"
#include "server/auth/checker.h"
#include "server/cmd/trace.h"
#include "server/inbox.h"
#include "server/memory/memory_limit.h"
#include "server/net/sockets.h"
#include "server/options/options.h"
#include "server/rights.h"
#include "server/server.h"
#include "server/stats/stat_list.h"
#include "server/text/cluster.h"
#include "server/watch/prefix.h"
#include "server/watch/watch.h"
#include "server/watch/watcher.h"

enum { CLIENTS = 4, SAYS_MAX = 4 << 20, TAKEN_MAX = 8 << 20 };

struct client {
    int fd;
    bool readable;
    struct stream *stream; /* the connection's; NULL when the server has closed it */
    char *says, *taken;
    size_t n_says, at, n_taken;
    size_t piece; /* the most bytes of `says` that one read returns */
    int end;      /* the result of a read after the last byte of `says`: -EAGAIN, 0 or another error */
    size_t takes; /* bytes that it accepts before a send blocks; a test adds to it */
    size_t bite;  /* the most bytes that one send accepts */
    int refuses;  /* the error of every send; 0: it accepts bytes */
    unsigned n_sends;
};

static struct {
    struct options options;
    struct cmd_tables tables; /* the server's own, except for the commands that a test replaces */
    struct server server;
    struct memory_limit memory;
    struct inbox inbox;
    struct event_base *base;
    struct store_thread *thread;
    counter counters[WORKER_N_COUNTERS];
    struct conn_set set;
    struct conn_set *sets[1];
    struct stat_list stat_list;
    bool watch_has_stopped;
    struct listening from;
    struct client clients[CLIENTS];
    _Atomic uint64_t
        n_moved; /* bytes and closings, to see whether a round did work; also counted by the watch thread */
    char words[512];
} play;

/* ---- the stream ------------------------------------------------------------ */

static struct client *
client_of(const struct stream *s)
{
    for (int i = 0; i < CLIENTS; i++)
        if (play.clients[i].fd == s->fd)
            return &play.clients[i];
    fail_msg("no client has the descriptor %d", s->fd);
    return NULL;
}

static ssize_t
client_recvv(struct stream *s, const struct iovec *iov, int n_iov)
{
    struct client *c = client_of(s);
    size_t left = c->n_says - c->at < c->piece ? c->n_says - c->at : c->piece, all = 0;
    for (int i = 0; i < n_iov && left > 0; i++) {
        size_t n = iov[i].iov_len < left ? iov[i].iov_len : left;
        memcpy(iov[i].iov_base, c->says + c->at, n);
        c->at += n;
        all += n;
        left -= n;
    }
    play.n_moved += all;
    return all > 0 ? (ssize_t)all : c->end;
}

static ssize_t
client_recv(struct stream *s, void *p, size_t n)
{
    return client_recvv(s, &(struct iovec){p, n}, 1);
}

static ssize_t
client_sendv(struct stream *s, const struct iovec *iov, int n_iov)
{
    struct client *c = client_of(s);
    size_t left = c->takes < c->bite ? c->takes : c->bite, all = 0;
    c->n_sends++;
    if (c->refuses != 0 || left == 0)
        return c->refuses != 0 ? c->refuses : -EAGAIN;
    for (int i = 0; i < n_iov && left > 0; i++) {
        size_t n = iov[i].iov_len < left ? iov[i].iov_len : left;
        assert_true(n <= TAKEN_MAX - c->n_taken);
        memcpy(c->taken + c->n_taken, iov[i].iov_base, n);
        c->n_taken += n;
        all += n;
        left -= n;
    }
    c->takes -= all;
    play.n_moved += all;
    return (ssize_t)all;
}

static ssize_t
client_send(struct stream *s, const void *p, size_t n)
{
    return client_sendv(s, &(struct iovec){(void *)(uintptr_t)p, n}, 1);
}

static void
client_close(struct stream *s)
{
    struct client *c = client_of(s);
    close(c->fd);
    c->fd = -1;
    c->stream = NULL;
    play.n_moved++;
}

static const struct stream_ops client_ops = {
    client_recv, client_recvv, client_send, client_sendv, client_close};

/* ---- the server ------------------------------------------------------------ */

static inline void
play_freed(void *arg)
{
    (void)arg;
    inbox_post(&play.inbox, &play.set.starved.freed);
}

static inline void
play_left(void *arg, int fd, const struct address_peer *peer, const char *reason)
{
    (void)arg, (void)fd, (void)peer, (void)reason;
}

static inline void
play_options(const char *words)
{
    static char *argv[32];
    int argc = 0;
    char *rest;
    snprintf(play.words, sizeof play.words, "larderd -t 1 -m 16 -o no_numa,shadow=0 %s", words);
    for (char *word = strtok_r(play.words, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    assert_int_equal(options_parse(&play.options, argc, argv, stdout, stderr), OPTIONS_OK);
}

static inline void
play_store(void)
{
    char why[256] = "";
    struct store_options engine = options_for_store(&play.options);
    engine.background = false;
    engine.hooks =
        (struct store_hooks){&play.server.traced, trace_evicted, trace_page_moved, play_freed, &play.server};
    play.server.store = store_new(&engine, why, sizeof why);
    if (play.server.store == NULL)
        fail_msg("%s", why);
    play.thread = store_thread_new(play.server.store);
    assert_non_null(play.thread);
    memory_limit_init(&play.memory, play.server.store, play.options.memory_limit, play.options.item_size_max);
    store_set_partial_bound(play.server.store, play.options.body_memory);
}

static inline void
play_parts(void)
{
    struct server *s = &play.server;
    char why[512] = "";
    const struct watch_options w = {.n_rings = 1,
        .ring_bytes = 64 << 10,
        .buffer_bytes = 64 << 10,
        .wanted = &s->traced,
        .left = play_left};
    s->options = &play.options;
    s->tables = &play.tables;
    s->memory = &play.memory;
    s->stop_fd = -1;
    s->auth = auth_new(s->options, why, sizeof why);
    if (s->auth == NULL)
        fail_msg("%s", why);
    if (auth_rights_at_first(s->auth) == RIGHTS_BEFORE_LOGIN)
        s->checker = checker_start(why, sizeof why);
    s->cluster = cluster_new();
    s->prefixes = prefix_new(':');
    s->watch = watch_new(&w);
    s->conn_sets = play.sets;
    s->n_workers = 1;
    s->stat_lists = &play.stat_list;
    assert_true(s->cluster != NULL && s->prefixes != NULL && s->watch != NULL);
}

/* A server with these words on its command line. */
static inline void
play_begin(const char *words)
{
    memset(&play, 0, sizeof play);
    for (int i = 0; i < CLIENTS; i++)
        play.clients[i].fd = -1;
    play.tables = rights_tables;
    play_options(words);
    play_parts();
    lock_init(&play.server.looking, LOCK_LISTENER);
    play_store();
    assert_true(inbox_init(&play.inbox));
    owner_take(&play.inbox.owner);
    owner_take(&play.server.main);
    play.base = event_base_new();
    assert_non_null(play.base);
    assert_true(
        conn_set_init(&play.set, &play.server, NULL, &play.inbox, play.base, play.thread, play.counters));
    play.sets[0] = &play.set;
    play.set.ctx.ring = watch_nth_ring(play.server.watch, 0);
    play.from.traits.protocol =
        play.options.protocol == NULL ? PROTOCOL_AUTO : address_protocol(play.options.protocol);
}

/* Ends the watch thread, once. */
static inline void
play_stop_watch(void)
{
    if (!play.watch_has_stopped)
        watch_stop(play.server.watch);
    play.watch_has_stopped = true;
}

/* Closes all connections.  No item may be held afterwards, and the store must be sound. */
static inline void
play_end(void)
{
    char why[256] = "";
    conn_set_fini(&play.set);
    checker_stop(&play.server.checker);
    play_stop_watch();
    for (int i = 0; i < CLIENTS; i++) {
        assert_null(play.clients[i].stream);
        free(play.clients[i].says);
        free(play.clients[i].taken);
    }
    event_base_free(play.base);
    inbox_fini(&play.inbox);
    if (!store_check(play.server.store, why, sizeof why))
        fail_msg("%s", why);
    stat_list_fini(&play.stat_list);
    store_thread_free(&play.thread);
    memory_limit_fini(&play.memory);
    store_free(&play.server.store);
    lock_fini(&play.server.looking);
    watch_free(&play.server.watch);
    prefix_free(&play.server.prefixes);
    cluster_free(&play.server.cluster);
    auth_free(&play.server.auth);
    options_fini(&play.options);
}

/* ---- the clients ----------------------------------------------------------- */

/* A client that sends and reads as many bytes at a time as it can. */
static inline struct client *
client_open(int number)
{
    struct client *c = &play.clients[number];
    assert_int_equal(c->fd, -1);
    char *says = c->says != NULL ? c->says : calloc(1, SAYS_MAX);
    char *taken = c->taken != NULL ? c->taken : malloc(TAKEN_MAX);
    assert_true(says != NULL && taken != NULL);
    *c = (struct client){.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
        .says = says,
        .taken = taken,
        .piece = SIZE_MAX,
        .end = -EAGAIN,
        .takes = SIZE_MAX,
        .bite = SIZE_MAX};
    assert_true(c->fd >= 0);
    assert_true(conn_set_open(&play.set, (struct stream){.ops = &client_ops, .fd = c->fd}, &play.from));
    c->stream = &TAILQ_LAST(&play.set.all, conn_list)->stream;
    return c;
}

static inline struct conn *
client_conn(const struct client *c)
{
    return (struct conn *)((char *)c->stream - offsetof(struct conn, stream));
}

static inline void
client_set_ready(struct client *c)
{
    uint64_t n = 1;
    bool readable = c->at < c->n_says || c->end != -EAGAIN;
    if (c->fd < 0 || readable == c->readable)
        return;
    c->readable = readable;
    assert_int_equal(readable ? write(c->fd, &n, sizeof n) : read(c->fd, &n, sizeof n), sizeof n);
}

/* Runs rounds of the worker's loop until two of them did no work: a note may have changed an event in the first. */
static inline void
play_on(void)
{
    for (int n_quiet = 0; n_quiet < 2;) {
        uint64_t before = play.n_moved;
        for (int i = 0; i < CLIENTS; i++)
            client_set_ready(&play.clients[i]);
        assert_true(event_base_loop(play.base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        conn_set_run_yielded(&play.set);
        inbox_run(&play.inbox);
        lock_take(&play.inbox.lock);
        bool has_notes = !TAILQ_EMPTY(&play.inbox.notes);
        lock_give(&play.inbox.lock);
        bool quiet = play.n_moved == before && !conn_set_has_ready(&play.set) && !has_notes;
        n_quiet = quiet ? n_quiet + 1 : 0;
    }
}

static inline void
client_adds(struct client *c, const char *p, size_t n)
{
    assert_true(n < SAYS_MAX - c->n_says);
    memcpy(c->says + c->n_says, p, n);
    c->n_says += n;
    c->says[c->n_says] = '\0';
}

static inline void
client_says(struct client *c, const char *text)
{
    client_adds(c, text, strlen(text));
    play_on();
}

/* Gives the connection the rights of a role, without a login. */
static inline void
client_becomes(struct client *c, enum rights rights)
{
    cmd_peer_may(&client_conn(c)->peer, &play.tables, rights);
}

/* Compares all bytes that the client has received since the last call. */
static inline void
client_expects(struct client *c, const char *text)
{
    size_t n = strlen(text);
    if (c->n_taken != n || memcmp(c->taken, text, n) != 0)
        fail_msg("to ...%s\nthe reply is\n%.*s\ninstead of\n%s",
            c->says + (c->n_says < 80 ? 0 : c->n_says - 80), (int)(c->n_taken < 2000 ? c->n_taken : 2000),
            c->taken, text);
    c->n_taken = 0;
}

static inline void
client_asks(struct client *c, const char *text, const char *reply)
{
    client_says(c, text);
    client_expects(c, reply);
}

static inline void
client_hangs_up(struct client *c)
{
    c->end = 0;
    play_on();
    assert_null(c->stream);
}

static inline bool
client_is_open(const struct client *c)
{
    return c->stream != NULL;
}

/* Stores values of so many bytes until the server, which has -M, refuses one. */
static inline void
client_fills(struct client *c, uint32_t n_value)
{
    char line[64];
    for (int i = 0; c->n_taken == 0; i++) {
        assert_true(i < 400000);
        c->n_says = c->at = 0;
        client_adds(c, line, (size_t)snprintf(line, sizeof line, "ms %x-%d %u q\r\n", n_value, i, n_value));
        memset(c->says + c->n_says, 'v', n_value);
        c->n_says += n_value;
        client_says(c, "\r\n");
    }
    client_expects(c, "SERVER_ERROR out of memory storing object\r\n");
}

/* ---- conversations --------------------------------------------------------- */

/* Requests, and all bytes of their replies. */
struct exchange {
    const char *says, *reply;
};

/* Flushes all items, so that earlier requests of the test have no effect. */
static inline void
play_forget_items(void)
{
    store_enter(play.thread);
    store_flush(play.thread, 0);
    store_leave(play.thread);
}

static inline void
play_one(const struct exchange *e, size_t n_first, size_t piece, size_t bite)
{
    struct client *c = client_open(0);
    size_t n = strlen(e->says);
    play_forget_items();
    c->piece = piece;
    c->bite = bite;
    client_adds(c, e->says, n_first);
    play_on();
    client_adds(c, e->says + n_first, n - n_first);
    play_on();
    client_expects(c, e->reply);
    if (client_is_open(c))
        client_hangs_up(c);
}

/* Sends the requests whole, byte by byte in both directions, and cut in two at each byte. */
static inline void
play_exchange(const struct exchange *e)
{
    size_t n = strlen(e->says);
    play_one(e, 0, SIZE_MAX, SIZE_MAX);
    play_one(e, 0, 1, 1);
    for (size_t i = 1; i < n; i++)
        play_one(e, i, SIZE_MAX, SIZE_MAX);
}

static inline void
play_exchanges(const char *words, const struct exchange *e, size_t n)
{
    play_begin(words);
    for (size_t i = 0; i < n; i++)
        play_exchange(&e[i]);
    play_end();
}

/* Sends each exchange whole, one after the other on one connection; items stay. */
static inline void
play_in_order(struct client *c, const struct exchange *e, size_t n)
{
    for (size_t i = 0; i < n; i++)
        client_asks(c, e[i].says, e[i].reply);
}

/* Sends each request alone and expects the same reply, in most tests that the role may not use the command. */
static inline void
play_each(struct client *c, const char *const *says, size_t n, const char *reply)
{
    for (size_t i = 0; i < n; i++)
        client_asks(c, says[i], reply);
}

/* ---- packets --------------------------------------------------------------- */

/* Adds a request of the binary protocol to the bytes that the client sends. */
static inline void
client_adds_packet(struct client *c, int opcode, const char *extras, size_t n_extras, const char *key,
    const char *value, size_t n_value)
{
    size_t n_key = strlen(key);
    char head[BINARY_HEAD] = {(char)BINARY_REQUEST, (char)opcode};
    binary_put16(head + 2, (uint16_t)n_key);
    head[4] = (char)n_extras;
    binary_put32(head + 8, (uint32_t)(n_extras + n_key + n_value));
    client_adds(c, head, sizeof head);
    client_adds(c, extras, n_extras);
    client_adds(c, key, n_key);
    client_adds(c, value, n_value);
}

/* Takes the next packet that the client has received.  Returns its status; *value is the body after extras and key. */
static inline int
client_takes_packet(struct client *c, int opcode, struct bytes *value)
{
    static char body[1 << 16];
    assert_true(c->n_taken >= BINARY_HEAD);
    assert_int_equal((uint8_t)c->taken[0], BINARY_REPLY);
    assert_int_equal((uint8_t)c->taken[1], opcode);
    size_t n_body = binary_get32(c->taken + 8), n_skip = (uint8_t)c->taken[4] + binary_get16(c->taken + 2);
    int status = binary_get16(c->taken + 6);
    assert_true(n_body <= sizeof body && n_skip <= n_body && c->n_taken >= BINARY_HEAD + n_body);
    memcpy(body, c->taken + BINARY_HEAD, n_body);
    *value = bytes_of(body + n_skip, n_body - n_skip);
    c->n_taken -= BINARY_HEAD + n_body;
    memmove(c->taken, c->taken + BINARY_HEAD + n_body, c->n_taken);
    return status;
}

#endif
