/* stats conns: a few lines for each listening socket, then for each connection, by descriptor as memcached lists them. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "server/address.h"
#include "server/conn_set.h"
#include "server/server.h"
#include "server/sockets.h"
#include "server/stats_groups.h"
#include "server/watch.h"
#include "server/watcher.h"
#include "server/worker.h"

static void
add(struct stat_list *l, int fd, const char *name, const char *value)
{
    char full[48];
    snprintf(full, sizeof full, "%d:%s", fd, name);
    stat_list_add(l, full, "%s", value);
}

static void
add_seconds(struct stat_list *l, int fd, uint32_t since_s)
{
    char text[16];
    uint32_t now = clock_now_s();
    snprintf(text, sizeof text, "%u", now > since_s ? now - since_s : 0);
    add(l, fd, "secs_since_last_cmd", text);
}

/* memcached tags listeners too, and keeps the tags to itself. */
static void
add_tag(struct stat_list *l, int fd, const struct listening *socket)
{
    if (socket->traits.tag[0] != '\0')
        add(l, fd, "tag", socket->traits.tag);
}

static void
add_listening(struct stat_list *l, const struct listening *socket)
{
    int fd = socket->fd;
    char text[ADDRESS_TEXT_MAX];
    bool udp = socket->worker >= 0;
    if (udp)
        add(l, fd, "UDP", "UDP");
    address_text_of_socket(fd, false, text, sizeof text);
    add(l, fd, "addr", text);
    add_tag(l, fd, socket);
    add(l, fd, "state", udp ? "conn_read" : "conn_listening");
    add_seconds(l, fd, 0);
}

static void
add_conn(void *arg, const struct conn_info *c)
{
    char text[ADDRESS_TEXT_MAX];
    address_text_of_socket(c->fd, true, text, sizeof text);
    add(arg, c->fd, "addr", text);
    address_text_of_socket(c->fd, false, text, sizeof text);
    add(arg, c->fd, "listen_addr", text);
    add_tag(arg, c->fd, c->from);
    add(arg, c->fd, "state", c->state);
    add_seconds(arg, c->fd, c->last_cmd_s);
}

/* Who has them all before any is added, to sort them. */
struct gathered {
    struct stat_list *list;
    struct conn_info *conn;
    size_t n, size;
};

/* One for whom there is no memory is added at once, out of turn. */
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
stats_conns(const struct server *server, struct stat_list *l)
{
    struct gathered g = {.list = l};
    const struct listening *socket;
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
