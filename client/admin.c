/*
 * admin: larder.h's calls to servers rather than to keys.
 */
#include "client/refresh.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* What a call to some servers has heard. */
struct hearing {
    struct answer answer;
    struct larder *l;
    struct conn *conn; /* of larder_command */
    uint32_t timeout_ms;
    larder_line *on_line;
    void *arg;
    bool enough;
    int trouble; /* why it is, if not by on_line's word */
    struct buffer_out name, value;
};

/* With a zero behind them.  NULL when out of memory. */
static const char *
ended(struct buffer_out *room, struct bytes word)
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
hearing_free(struct hearing *h)
{
    buffer_out_fini(&h->name);
    buffer_out_fini(&h->value);
    free(h);
}

/* What a line says, and what it is called. */
static struct bytes
words_of(const struct reply *reply, struct bytes *name)
{
    *name = reply->status == REPLY_VERSION ? BYTES("version") : reply->key;
    return reply->status == REPLY_VALUE ? reply->value : reply->text;
}

static void
tell(struct hearing *h, const char *server, const struct reply *reply)
{
    struct bytes key, words = words_of(reply, &key);

    if (h->enough || h->on_line == NULL)
        return;
    const char *name = ended(&h->name, key), *value = ended(&h->value, words);
    if (name == NULL || value == NULL)
        h->trouble = LARDER_NO_MEMORY;
    h->enough = h->trouble != LARDER_OK || !h->on_line(h->arg, server, name, value);
}

static bool
is_told(const struct reply *reply)
{
    return reply->status == REPLY_STAT || reply->status == REPLY_VERSION;
}

/* `user` is the connection. */
static void
hear(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct hearing *h = p->arg;
    const struct conn *c = p->user;

    if (reply != NULL && is_told(reply))
        tell(h, c->target.label, reply);
    if (!last)
        return;
    MUST(h->answer.left > 0);
    h->answer.left--;
    if (code != LARDER_OK && h->answer.code == LARDER_OK)
        h->answer.code = code;
}

/* All servers are asked the same, at the same time; the first trouble is what it comes to. */
static int
ask_all(struct larder *l, struct ask *ask, larder_line *on_line, void *arg)
{
    struct hearing *h = calloc(1, sizeof *h);

    if (h == NULL)
        return LARDER_NO_MEMORY;
    refresh_begin(l);
    uint64_t now_ns = clock_ns();
    h->on_line = on_line;
    h->arg = arg;
    h->answer.code = l->n_conns > 0 ? LARDER_OK : LARDER_NO_SERVERS;
    for (size_t i = 0; i < l->n_conns; i++) {
        struct pending p = {.sink = hear,
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
    int code = h->trouble != LARDER_OK ? h->trouble : h->answer.code;
    hearing_free(h);
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

/* Without a limit of its own the first line has that of the handle: who says nothing at all is not there. */
static uint64_t
line_deadline_ns(const struct hearing *h, bool first)
{
    uint64_t now_ns = clock_ns();

    if (h->timeout_ms > 0)
        return now_ns + h->timeout_ms * UINT64_C(1000000);
    return first ? handle_deadline_ns(h->l, now_ns) : UINT64_MAX;
}

/* Each line has its own time. */
static void
hear_line(const struct pending *p, int code, const struct reply *reply, bool last)
{
    struct hearing *h = p->arg;

    if (reply != NULL && !handle_is_trouble(code))
        tell(h, h->conn->target.label, reply);
    if (last) {
        h->answer.left = 0;
        h->answer.code = code;
        return;
    }
    pending_first(&h->conn->asked)->deadline_ns = line_deadline_ns(h, false);
    if (h->enough)
        h->answer.left = 0;
}

/* A meta command has one answer; other lines may have several. */
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
    struct hearing *h = n < l->n_conns ? calloc(1, sizeof *h) : NULL;

    if (h == NULL)
        return n < l->n_conns ? LARDER_NO_MEMORY : LARDER_BAD_ARGUMENT;
    h->l = l;
    h->conn = l->conns[n];
    h->timeout_ms = timeout_ms;
    h->on_line = on_line;
    h->arg = arg;
    core_release(l); /* `n` is of the servers that the caller knows */
    struct pending p = {.sink = hear_line,
        .arg = h,
        .deadline_ns = line_deadline_ns(h, true),
        .end = (uint8_t)end_of(line, lines)};
    h->answer.code = conn_ask(h->conn, &ask, NULL, p, clock_ns());
    h->answer.left = h->answer.code == LARDER_OK;
    while (h->answer.left > 0) {
        core_run(l, -1, false);
        buffer_in_release(&h->conn->in); /* each line was handed on: a watcher may listen for ever */
    }
    int code = h->answer.code;
    if (h->enough && h->conn->asked.count > 0) {
        h->on_line = NULL;
        conn_drop(h->conn, LARDER_CLOSED, false, clock_ns());
        code = LARDER_OK;
    }
    code = h->trouble != LARDER_OK ? h->trouble : code;
    hearing_free(h);
    return code;
}
