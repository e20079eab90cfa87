/* stats conns: the lines of each listening socket and of each connection, by descriptor as in memcached. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "server/text/address.h"
#include "server/conn/conn_set.h"
#include "server/server.h"
#include "server/net/sockets.h"
#include "server/stats/stats_groups.h"
#include "server/watch/watch.h"
#include "server/watch/watcher.h"
#include "server/serve/worker.h"

/* A socket that listens, or a connection. */
struct source {
    const char *address, *listen_address, *tag, *state; /* listen_address: NULL for one that listens */
    bool udp;
    uint32_t idle_s;
};

#define STATS_OF_conns STATS_OF_THIS_FILE
#include "server/stats/stats_fill.h"

static void
add(struct stat_list *l, int fd, const struct source *s)
{
    char instance[16];
    snprintf(instance, sizeof instance, "%d", fd);
    fill(l, STAT_FAMILY_conns_FD, instance, s);
}

static uint32_t
seconds_since(uint32_t since_s)
{
    uint32_t now = clock_now_s();
    return now > since_s ? now - since_s : 0;
}

static void
add_listening(struct stat_list *l, const struct listening *socket)
{
    char text[ADDRESS_TEXT_MAX];
    bool udp = socket->worker >= 0;
    address_text_of_socket(socket->fd, false, text, sizeof text);
    add(l, socket->fd,
        &(struct source){
            .udp = udp,
            .address = text,
            .tag = socket->traits.tag,
            .state = udp ? "conn_read" : "conn_listening",
            .idle_s = seconds_since(0),
        });
}

/* memcached has tags of listeners, too, but does not show them. */
static void
add_conn(void *arg, const struct conn_info *c)
{
    char theirs[ADDRESS_TEXT_MAX], ours[ADDRESS_TEXT_MAX];
    address_text_of_socket(c->fd, true, theirs, sizeof theirs);
    address_text_of_socket(c->fd, false, ours, sizeof ours);
    add(arg, c->fd,
        &(struct source){
            .address = theirs,
            .listen_address = ours,
            .tag = c->from->traits.tag,
            .state = c->state,
            .idle_s = seconds_since(c->last_cmd_s),
        });
}

/* All connections, collected before any is added, so that they can be sorted. */
struct gathered {
    struct stat_list *list;
    struct conn_info *conn;
    size_t n, size;
};

/* When out of memory, the connection is added immediately, out of order. */
static void
gather(void *arg, const struct conn_info *c)
{
    struct gathered *g = arg;
    if (g->n == g->size) {
        size_t size = g->size == 0 ? 64 : g->size * 2;
        struct conn_info *conn = realloc(g->conn, size * sizeof *conn);
        if (conn == NULL) {
            add_conn(g->list, c);
            return;
        }
        g->conn = conn;
        g->size = size;
    }
    MUST(g->n < g->size);
    g->conn[g->n++] = *c;
}

static void
gather_watcher(void *arg, const struct watcher *w)
{
    gather(arg, &(struct conn_info){
                    .fd = w->stream.fd, .from = w->from, .state = "conn_watch", .last_cmd_s = w->since_s});
}

static int
by_fd(const void *a, const void *b)
{
    int fd_a = ((const struct conn_info *)a)->fd, fd_b = ((const struct conn_info *)b)->fd;
    return (fd_a > fd_b) - (fd_a < fd_b);
}

void
stats_conns(const struct stats_ask *ask)
{
    const struct server *server = ask->ctx->server;
    struct stat_list *l = ask->list;
    struct gathered g = {.list = l};
    const struct listening *socket;
    lock_must_own(&server->looking);
    STAILQ_FOREACH(socket, &server->sockets->all, link)
    add_listening(l, socket);
    for (int i = 0; i < server->n_workers; i++)
        worker_each_conn(server->workers[i], gather, &g);
    watch_each(server->watch, gather_watcher, &g);
    if (g.n > 0)
        qsort(g.conn, g.n, sizeof *g.conn, by_fd);
    for (size_t i = 0; i < g.n; i++)
        add_conn(l, &g.conn[i]);
    free(g.conn);
}
