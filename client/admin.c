/* admin: calls of larder.h that concern servers, not keys. */
#include "client/refresh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* The state of a call that collects answers from servers. */
struct query {
    struct answer answer;
    struct larder *l;
    struct conn *conn; /* larder_command: the connection to the server */
    uint32_t timeout_ms;
    larder_line *on_line;
    void *arg;
    bool stopped;
    int error; /* the code of a line that could not be passed on */
    struct buffer_out name, value;
};

/* Copies the bytes to `room` and adds a terminating zero.  NULL when out of memory. */
static const char *
terminated(struct buffer_out *room, struct bytes word)
{
    char *p = buffer_out_room(room, word.n + 1);

    if (p == NULL)
        return NULL;
    if (word.n > 0)
        memcpy(p, word.p, word.n);
    p[word.n] = '\0';
    return p;
}

static void
query_free(struct query *h)
{
    buffer_out_fini(&h->name);
    buffer_out_fini(&h->value);
    free(h);
}

/* The value of a line; *name is its name. */
static struct bytes
line_of(const struct reply *reply, struct bytes *name)
{
    *name = reply->status == REPLY_VERSION ? BYTES("version") : reply->key;
    return reply->status == REPLY_VALUE ? reply->value : reply->text;
}

static void
pass_line(struct query *h, const char *server, const struct reply *reply)
{
    struct bytes key, words = line_of(reply, &key);

    if (h->stopped || h->on_line == NULL)
        return;
    const char *name = terminated(&h->name, key), *value = terminated(&h->value, words);
    if (name == NULL || value == NULL)
        h->error = LARDER_NO_MEMORY;
    h->stopped = h->error != LARDER_OK || !h->on_line(h->arg, server, name, value);
}

static bool
has_line(const struct reply *reply)
{
    return reply->status == REPLY_STAT || reply->status == REPLY_VERSION;
}

/* p->user is the connection. */
static void
on_reply(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct query *h = p->arg;
    const struct conn *c = p->user;

    if (reply != NULL && has_line(reply))
        pass_line(h, c->target.label, reply);
    if (!last)
        return;
    MUST(h->answer.left > 0);
    h->answer.left--;
    if (code != LARDER_OK && h->answer.code == LARDER_OK)
        h->answer.code = code;
}

/* Sends the request to all servers at the same time.  Returns the first error, else LARDER_OK. */
static int
ask_all(struct larder *l, struct ask *ask, larder_line *on_line, void *arg)
{
    struct query *h = calloc(1, sizeof *h);

    if (h == NULL)
        return LARDER_NO_MEMORY;
    refresh_begin(l);
    uint64_t now_ns = clock_ns();
    h->on_line = on_line;
    h->arg = arg;
    h->answer.code = l->n_conns > 0 ? LARDER_OK : LARDER_NO_SERVERS;
    for (size_t i = 0; i < l->n_conns; i++) {
        struct pending p = {.sink = on_reply,
            .arg = h,
            .user = l->conns[i],
            .deadline_ns = handle_deadline_ns(l, now_ns),
            .end = PENDING_TO_END};
        int code = conn_ask(l->conns[i], ask, NULL, p, now_ns);
        if (code == LARDER_OK)
            h->answer.left++;
        else if (h->answer.code == LARDER_OK)
            h->answer.code = code;
    }
    core_wait(l, &h->answer.left, now_ns);
    int code = h->error != LARDER_OK ? h->error : h->answer.code;
    query_free(h);
    return code;
}

int
larder_stats(struct larder *l, const char *group, larder_line *on_line, void *arg)
{
    struct ask ask = {.kind = ASK_STATS, .words = bytes_of(group, group != NULL ? strlen(group) : 0)};
    return ask_all(l, &ask, on_line, arg);
}

int
larder_version(struct larder *l, larder_line *on_line, void *arg)
{
    struct ask ask = {.kind = ASK_VERSION};
    return ask_all(l, &ask, on_line, arg);
}

int
larder_flush(struct larder *l, uint32_t delay)
{
    struct ask ask = {.kind = ASK_FLUSH, .exptime = delay};
    return ask_all(l, &ask, NULL, NULL);
}

/* ---- any line ----------------------------------------------------------- */

/*
 * Without a limit from the caller, the first line has the handle's timeout: a
 * server that never answers must not block the call.
 */
static uint64_t
line_deadline_ns(const struct query *h, bool first)
{
    uint64_t now_ns = clock_ns();

    if (h->timeout_ms > 0)
        return now_ns + h->timeout_ms * UINT64_C(1000000);
    return first ? handle_deadline_ns(h->l, now_ns) : UINT64_MAX;
}

/* Each line has its own deadline. */
static void
on_line_reply(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct query *h = p->arg;

    if (reply != NULL && !handle_is_error(code))
        pass_line(h, h->conn->target.label, reply);
    if (last) {
        h->answer.left = 0;
        h->answer.code = code;
        return;
    }
    pending_first(&h->conn->asked)->deadline_ns = line_deadline_ns(h, false);
    if (h->stopped)
        h->answer.left = 0;
}

/* One reply answers a meta command; the answers of others may have several lines. */
static enum pending_end
end_of(const char *line, bool lines)
{
    bool meta = line[0] == 'm' && line[1] != '\0' && (line[2] == ' ' || line[2] == '\0');

    return lines ? PENDING_LINES : meta ? PENDING_ONE : PENDING_TO_END;
}

int
larder_command(struct larder *l, size_t n, const char *line, bool lines, uint32_t timeout_ms,
    larder_line *on_line, void *arg)
{
    handle_must_be(l);
    struct ask ask = {.kind = ASK_LINE, .words = bytes_of(line, strlen(line))};
    struct query *h = n < l->n_conns ? calloc(1, sizeof *h) : NULL;

    if (h == NULL)
        return n < l->n_conns ? LARDER_NO_MEMORY : LARDER_BAD_ARGUMENT;
    h->l = l;
    h->conn = l->conns[n];
    h->timeout_ms = timeout_ms;
    h->on_line = on_line;
    h->arg = arg;
    core_release(l); /* not refresh_begin, which may renumber the servers */
    struct pending p = {.sink = on_line_reply,
        .arg = h,
        .deadline_ns = line_deadline_ns(h, true),
        .end = (uint8_t)end_of(line, lines)};
    h->answer.code = conn_ask(h->conn, &ask, NULL, p, clock_ns());
    h->answer.left = h->answer.code == LARDER_OK;
    while (h->answer.left > 0) {
        core_run(l, -1, false);
        buffer_in_release(&h->conn->in); /* each line was passed on; a watch may last for ever */
    }
    int code = h->answer.code;
    if (h->stopped && h->conn->asked.count > 0) {
        h->on_line = NULL;
        conn_drop(h->conn, LARDER_CLOSED, false, clock_ns());
        code = LARDER_OK;
    }
    code = h->error != LARDER_OK ? h->error : code;
    query_free(h);
    return code;
}
