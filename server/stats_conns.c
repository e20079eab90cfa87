/* stats conns: a few lines for each listening socket, then for each connection, worker by worker. */
#include <stdio.h>

#include "base/clock.h"
#include "server/address.h"
#include "server/listener.h"
#include "server/server.h"
#include "server/sockets.h"
#include "server/stats_groups.h"
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
add_listening(void *arg, const struct listening *socket)
{
    int fd = socket->fd;
    char text[ADDRESS_TEXT_MAX];
    bool udp = socket->worker >= 0;
    if (udp)
        add(arg, fd, "UDP", "UDP");
    address_text_of_socket(fd, false, text, sizeof text);
    add(arg, fd, "addr", text);
    add_tag(arg, fd, socket);
    add(arg, fd, "state", udp ? "conn_read" : "conn_listening");
    add_seconds(arg, fd, 0);
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

void
stats_conns(const struct server *server, struct stat_list *l)
{
    listener_each_socket(server->listener, add_listening, l);
    for (int i = 0; i < server->n_workers; i++)
        worker_each_conn(server->workers[i], add_conn, l);
}
